"""A campaign writes one to four variants for each micro-segment; chance decides who gets which."""

import pytest
from django.test import Client

from campaigns import words
from campaigns.models import Campaign, Place, Variant
from campaigns.services import audience, briefs, review, sending, writing
from delivery.models import Sender
from profiles.models import Segment
from tenants.errors import BadInput
from tenants.models import User
from tests.campaigns.conftest import make_people, write_all
from tests.campaigns.test_pages import page

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_each_micro_segment_is_drawn_into_as_many_variants(campaign: Campaign, count: int) -> None:
    make_people(1_500, start=1_000)  # so many that chance alone makes no such difference
    audience.set_audience(campaign, segment=campaign.segment, variants=count, detail=1)
    assert audience.preview(campaign).groupings[0].creatives > 0
    audience.group(campaign)
    people = campaign.audience.filter(place=Place.RECIPIENT)
    sizes = {name: people.filter(variant=name).count() for name in campaign.written_variants}
    drawn = set(people.values_list("variant", flat=True)) - {Variant.BASE.value}
    assert drawn == set(campaign.written_variants)
    assert max(sizes.values()) < 1.6 * min(sizes.values())


def test_four_variants_are_written_approved_and_planned(campaign: Campaign, olga: User) -> None:
    make_people(200, start=1_000)
    audience.set_audience(campaign, segment=campaign.segment, variants=4, detail=1)
    shown = audience.preview(campaign).groupings[0].creatives
    writing.start_writing(campaign)
    assert campaign.creatives.count() == shown
    write_all(campaign)
    campaign.refresh_from_db()
    written = campaign.creatives.values_list("variant", flat=True)
    labels = {words.variant_label(name) for name in written}
    assert labels == {"Variant A", "Variant B", "Variant C", "Variant D", "Base text"}
    plan = sending.plan(campaign)
    assert set(plan.variants) == set(Variant.values)
    assert sum(plan.variants.values()) == plan.people


def test_the_number_is_chosen_at_the_step_audience(
    campaign: Campaign, as_olga: Client, segment: Segment, sender: Sender
) -> None:
    values = {
        "segment": str(segment.public_id),
        "smallest_group": 5,
        "holdout_percent": 5,
        "base_percent": 20,
        "detail": 3,
    }
    assert as_olga.post(page("campaign-audience", campaign), values).status_code == 302
    campaign.refresh_from_db()
    assert campaign.variants == 2
    as_olga.post(page("campaign-audience", campaign), {**values, "variants": 3})
    campaign.refresh_from_db()
    assert campaign.variants == 3
    assert briefs.duplicate(campaign).variants == 3
    body = as_olga.get(page("campaign-audience", campaign)).content.decode()
    assert "3 variants for each" in body


def test_five_variants_are_refused(campaign: Campaign) -> None:
    for wrong in (0, 5):
        with pytest.raises(BadInput, match="from 1 to 4"):
            audience.set_audience(campaign, segment=campaign.segment, variants=wrong)
    campaign.refresh_from_db()
    assert campaign.variants == 2


def test_the_content_page_names_the_variants(as_olga: Client, campaign: Campaign) -> None:
    audience.set_audience(campaign, segment=campaign.segment, variants=4)
    writing.start_writing(campaign)
    write_all(campaign)
    body = as_olga.get(page("campaign-content", campaign)).content.decode()
    for name in ("Reason first", "Product first", "Question first", "Benefit first"):
        assert name in body
    assert review.live_approval(campaign) is None
