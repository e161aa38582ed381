"""The pages of the steps Brief, Audience and Content, as people use them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CampaignState
from campaigns.services import audience, briefs, review, writing
from catalogue import services as catalogue
from catalogue.models import Offer, Product, TextLanguage
from inference.errors import ModelMissing
from profiles.models import Segment
from tenants.models import AuditEntry, Tenant
from tests.campaigns.conftest import make_people, write_all
from tests.campaigns.test_approval import read_all

pytestmark = pytest.mark.django_db


def page(name: str, campaign: Campaign | None = None) -> str:
    args = ["acme", campaign.public_id] if campaign else ["acme"]
    return reverse(f"campaigns:{name}", args=args)


def test_an_empty_workspace_is_told_what_a_campaign_is(as_olga: Client) -> None:
    answer = as_olga.get(page("campaign-list"))
    assert answer.status_code == 200
    assert "No campaigns yet" in answer.content.decode()


def test_a_campaign_is_made_by_name_and_goal(as_olga: Client, in_acme: Tenant) -> None:
    answer = as_olga.post(page("campaign-create"), {"name": "Come back", "goal": "winback"})
    campaign = Campaign.objects.get()
    assert answer.headers["Location"] == page("campaign-brief", campaign)
    assert campaign.name == "Come back"
    body = as_olga.get(page("campaign-brief", campaign)).content.decode()
    assert "No product is chosen" in body
    assert "No brand voice is chosen" in body


def test_the_brief_is_saved_with_its_products_in_order(
    as_olga: Client, campaign: Campaign, shoe: Product, jacket: Product
) -> None:
    answer = as_olga.post(
        page("campaign-brief", campaign),
        {
            "name": "Winter",
            "goal": "launch",
            "message": "New grip for wet trails.",
            "voice": str(campaign.voice.public_id),
            "tone": "warm",
            "languages": ["en"],
            "channels": ["email", "ad"],
            "never_say": "injury, 最好",
            "attribution_days": 14,
            "products_shown": "1",
            "products": [str(jacket.public_id), str(shoe.public_id)],
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.name, campaign.goal, campaign.tone) == ("Winter", "launch", "warm")
    assert campaign.never_say == ["injury", "最好"]
    assert campaign.offer is None
    assert briefs.products_of(campaign) == [jacket, shoe]


def shown(client: Client, step: str, campaign: Campaign) -> dict[str, Any]:
    """The values of the step's form as the page shows them, as a browser sends them back."""
    values = client.get(page(f"campaign-{step}", campaign)).context["form"].initial
    products = [str(product.public_id) for product in briefs.products_of(campaign)]
    kept = {key: value for key, value in values.items() if value is not None}
    return kept | {"products_shown": "1", "products": products}


@pytest.mark.parametrize("step", ["brief", "audience"])
def test_who_only_goes_on_to_the_next_step_loses_nothing(
    as_olga: Client, written: Campaign, step: str
) -> None:
    read_all(written)
    review.approve_campaign(written)
    written.refresh_from_db()
    before, entries = written.updated_at, AuditEntry.objects.count()
    values = shown(as_olga, step, written) | {"next": "1"}
    answer = as_olga.post(page(f"campaign-{step}", written), values)
    assert answer.status_code == 302
    written.refresh_from_db()
    assert (written.state, written.updated_at) == (CampaignState.APPROVED, before)
    assert review.live_approval(written)
    assert AuditEntry.objects.count() == entries


def as_a_browser_sends(values: dict[str, Any]) -> dict[str, Any]:
    """Lines end with CRLF, and ticked boxes come in the order of the page."""
    languages = [key for key in TextLanguage.values if key in values["languages"]]
    return values | {"message": values["message"].replace("\n", "\r\n"), "languages": languages}


@pytest.mark.parametrize(
    "brief", [{"message": "Grip is back\n\nNew lugs.\n\nNo mud."}, {"languages": ["zh-hans", "en"]}]
)
def test_a_brief_that_came_by_the_api_stays_as_it_was(
    as_olga: Client, campaign: Campaign, brief: dict[str, Any]
) -> None:
    before = briefs.save_brief(campaign, **brief).updated_at
    values = as_a_browser_sends(shown(as_olga, "brief", campaign))
    assert as_olga.post(page("campaign-brief", campaign), values).status_code == 302
    campaign.refresh_from_db()
    assert {key: getattr(campaign, key) for key in brief} == brief
    assert campaign.updated_at == before


def test_an_offer_that_was_switched_off_stays_in_the_brief(
    as_olga: Client, campaign: Campaign, offer: Offer
) -> None:
    catalogue.update_offer(offer, is_active=False)
    before = campaign.updated_at
    shown_offer = f'<option value="{offer.public_id}" selected>'
    assert shown_offer in as_olga.get(page("campaign-brief", campaign)).content.decode()
    values = as_a_browser_sends(shown(as_olga, "brief", campaign))
    answer = as_olga.post(page("campaign-brief", campaign), values, follow=True)
    assert "is not active. Choose another, or switch it on." in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.offer, campaign.updated_at) == (offer, before)


def test_a_first_line_typed_in_a_browser_becomes_the_subject(
    as_olga: Client, campaign: Campaign
) -> None:
    values = shown(as_olga, "brief", campaign) | {"message": "Grip is back\n\nNew lugs."}
    as_olga.post(page("campaign-brief", campaign), as_a_browser_sends(values))
    campaign.refresh_from_db()
    writing.start_writing(campaign)
    base = campaign.creatives.get(variant="base", language="en")
    assert base.parts["subject"] == "Grip is back"
    assert "\r" not in base.parts["body"]


@pytest.mark.parametrize(
    ("step", "changes", "noted"),
    [
        ("brief", {"tone": "warm"}, ["tone"]),
        ("brief", {"products": []}, ["products"]),
        ("brief", {"products": [], "tone": "warm"}, ["products", "tone"]),
        ("audience", {"detail": "2"}, ["detail"]),
    ],
)
def test_one_value_that_differs_makes_texts_and_approval_out_of_date(
    as_olga: Client, written: Campaign, step: str, changes: dict[str, Any], noted: list[str]
) -> None:
    read_all(written)
    review.approve_campaign(written)
    as_olga.post(page(f"campaign-{step}", written), shown(as_olga, step, written) | changes)
    written.refresh_from_db()
    assert written.state == CampaignState.DRAFT
    assert review.live_approval(written) is None
    entry = AuditEntry.objects.filter(action=f"campaign.{step}_changed").latest("pk")
    assert entry.data["fields"] == noted


def test_products_are_found_while_the_chosen_ones_stay(
    as_olga: Client, campaign: Campaign, jacket: Product
) -> None:
    answer = as_olga.get(
        page("campaign-products", campaign),
        {"q": "cascade", "products_shown": "1", "products": [str(jacket.public_id)]},
    )
    body = answer.content.decode()
    assert f'value="{jacket.public_id}" checked' in body
    assert "Cascade 4" in body


def test_the_audience_adds_up_on_the_page(as_olga: Client, campaign: Campaign) -> None:
    make_people(7, start=500, may_email=False)
    body = as_olga.get(page("campaign-audience", campaign)).content.decode()
    assert "From 97 who match to" in body
    assert "No consent" in body
    assert "Balanced" in body
    assert "Cascade 4" in body


def test_a_count_that_an_older_version_kept_is_counted_anew(
    as_olga: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = audience.preview(campaign)
    del kept.__dict__["groupings"]  # it knew nothing of them
    with monkeypatch.context() as before:
        before.setattr(audience, "SHAPE", "before")
        before.setattr(audience, "preview", lambda _campaign: kept)
        audience.counted(campaign, within=timedelta(hours=1))
        with pytest.raises(AttributeError):
            as_olga.get(page("campaign-audience", campaign))
    assert as_olga.get(page("campaign-audience", campaign)).status_code == 200


def test_the_dial_is_moved(as_olga: Client, campaign: Campaign, segment: Segment) -> None:
    values = {"segment": str(segment.public_id), "smallest_group": 8, "holdout_percent": 10}
    answer = as_olga.post(
        page("campaign-audience", campaign), {**values, "base_percent": 0, "detail": 2}
    )
    assert answer.status_code == 302
    campaign.refresh_from_db()
    assert (campaign.detail, campaign.smallest_group, campaign.holdout_percent) == (2, 8, 10)


def test_a_segment_of_nobody_says_so(as_olga: Client, campaign: Campaign) -> None:
    Segment.objects.filter(pk=campaign.segment_id).update(
        rules={"all": [{"field": "customer.country", "op": "is", "value": "Nowhere"}]}
    )
    body = as_olga.get(page("campaign-audience", campaign)).content.decode()
    assert "Nobody matches this segment." in body


def test_texts_are_written_and_shown_with_their_facts(as_olga: Client, campaign: Campaign) -> None:
    body = as_olga.get(page("campaign-content", campaign)).content.decode()
    assert "Nothing is written yet" in body
    assert as_olga.post(page("campaign-content-write", campaign)).status_code == 302
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.GENERATING
    assert "Stop writing" in as_olga.get(page("campaign-content", campaign)).content.decode()
    assert "of" in as_olga.get(page("campaign-content-progress", campaign)).content.decode()
    write_all(campaign)
    body = as_olga.get(page("campaign-content", campaign)).content.decode()
    assert '<mark class="fact" title="product.name">Cascade 4</mark>' in body
    assert '<span class="slot">first_name</span>' in body
    assert "Written by fake, prompt fake-1" in body
    for shown in ("look", "blocked", "fallback"):
        assert as_olga.get(page("campaign-content", campaign), {"show": shown}).status_code == 200


def test_writing_is_stopped_and_goes_on(as_olga: Client, campaign: Campaign) -> None:
    writing.start_writing(campaign)
    as_olga.post(page("campaign-content-stop", campaign))
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
    assert "Go on writing" in as_olga.get(page("campaign-content", campaign)).content.decode()
    as_olga.post(page("campaign-content-write", campaign), {"go_on": "1"})
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.GENERATING


def test_the_list_shows_states_and_people(as_olga: Client, written: Campaign) -> None:
    body = as_olga.get(page("campaign-list")).content.decode()
    assert "1 campaign waits for you." in body
    assert "In review" in body
    assert as_olga.get(page("campaign-list"), {"show": "sent"}).status_code == 200


def test_a_copy_has_the_brief_and_no_texts(as_olga: Client, written: Campaign) -> None:
    as_olga.post(page("campaign-duplicate", written))
    copy = Campaign.objects.exclude(pk=written.pk).get()
    assert copy.name == "Copy of Come back for winter running"
    assert copy.creatives.count() == 0
    assert briefs.products_of(copy) == briefs.products_of(written)


def test_a_campaign_is_given_up_before_it_is_sent(as_olga: Client, written: Campaign) -> None:
    as_olga.post(page("campaign-cancel", written))
    written.refresh_from_db()
    assert written.state == CampaignState.CANCELLED


def test_pages_say_that_the_model_is_missing(
    as_olga: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModelMissing("The model's card is missing. Run `make starter`.")

    monkeypatch.setattr("campaigns.writer.inference.describe_model", missing)
    for name in ("campaign-brief", "campaign-content"):
        assert "Run `make starter`" in as_olga.get(page(name, campaign)).content.decode()
    assert as_olga.get(page("campaign-audience", campaign)).status_code == 200
    as_olga.post(page("campaign-content-write", campaign))
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
