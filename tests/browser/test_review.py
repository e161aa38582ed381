"""Reading a campaign by keys, in a real browser."""

import pytest

from campaigns.models import Campaign, Creative
from campaigns.services import audience, briefs, review, writing
from catalogue.models import BrandVoice
from delivery.models import Sender
from profiles.services import segments
from tenants.context import scope
from tenants.models import Tenant
from tests.campaigns.conftest import EVERYBODY, make_people, make_product, write_all

pytestmark = pytest.mark.browser


@pytest.fixture
def campaign(site: str) -> Campaign:
    """A small campaign of Acme, written and in review."""
    acme = Tenant.objects.get(slug="acme")
    with scope(acme.pk):
        BrandVoice.objects.create(
            name="House",
            brand_name="Tarnfield",
            languages=["en"],
            website="https://tarnfield.example",
            is_default=True,
        )
        shoe = make_product("cascade-4", "Cascade 4", "Shoes", "120.00")
        make_people(40)
        Sender.objects.create(
            name="Acme", email="news@acme.example", host="localhost", is_default=True
        )
        everybody = segments.create_segment(name="Everybody", rules=EVERYBODY)
        row = briefs.create_campaign(name="Come back", goal="winback", products=[shoe])
        audience.set_audience(row, segment=everybody, detail=2, smallest_group=5)
        writing.start_writing(row)
        write_all(row)
        row.refresh_from_db()
    return row


def test_a_reviewer_reads_by_keys_and_can_undo(sign_in, campaign: Campaign) -> None:
    with scope(campaign.tenant_id):
        first, second = review.creatives_to_review(campaign).order[:2]
    page = sign_in("olga")
    page.goto(f"/w/acme/campaigns/{campaign.public_id}/review/")

    page.keyboard.press("2")
    assert page.get_attribute("#preview", "src").endswith("#fact-2")
    page.keyboard.press("a")
    page.wait_for_url(f"**creative={second.public_id}**")
    page.locator(".review-undo").wait_for()
    page.keyboard.press("u")
    page.wait_for_url(f"**creative={first.public_id}**")
    page.keyboard.press("j")
    page.locator(f'iframe[src*="{second.public_id}"]').wait_for()
    page.keyboard.press("r")
    page.locator("#review-reject[open]").wait_for()
    page.keyboard.press("a")  # keys rest while a dialog is open
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    page.locator("text=Show facts").wait_for()

    with scope(campaign.tenant_id):
        assert not Creative.objects.exclude(verdict="").exists()
    assert page.faults == []


def test_on_a_phone_the_text_comes_first_and_the_buttons_stay(sign_in, campaign: Campaign) -> None:
    page = sign_in("olga", width=390)
    page.goto(f"/w/acme/campaigns/{campaign.public_id}/review/")

    text = page.locator(".review-text").bounding_box()
    facts = page.locator(".review-facts").bounding_box()
    bar = page.locator(".review-bar").bounding_box()

    assert text["y"] < facts["y"]
    assert bar["y"] + bar["height"] <= 900
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.faults == []
