"""Everybody who matches has one place; nothing is written for fewer people than the minimum."""

from dataclasses import replace
from uuid import UUID

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.audience import place_counts
from campaigns.errors import BriefIncomplete, NotEditable
from campaigns.models import AudienceMember, Campaign, CampaignState, Creative, Detail, Place
from campaigns.prompts import build_request
from campaigns.services import audience, briefs, writing
from catalogue.models import Product
from delivery import services as delivery
from inference.types import Slot
from profiles.models import Customer, Recommendation, Segment, TraitSet
from tenants.errors import BadInput
from tests.campaigns.conftest import make_people, write_all

pytestmark = pytest.mark.django_db


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    detail=st.sampled_from(list(Detail)),
    smallest=st.integers(1, 40),
    holdout=st.integers(0, 50),
    base=st.integers(0, 100),
    goal=st.sampled_from(["winback", "replenishment"]),
)
def test_counts_add_up_and_no_text_is_for_too_few(
    campaign: Campaign, detail: Detail, smallest: int, holdout: int, base: int, goal: str
) -> None:
    campaign.goal = goal
    campaign.save(update_fields=["goal"])
    audience.set_audience(
        campaign,
        segment=campaign.segment,
        detail=detail,
        smallest_group=smallest,
        holdout_percent=holdout,
        base_percent=base,
    )
    preview = audience.preview(campaign)
    audience.group(campaign)
    places = place_counts(campaign)
    assert places == preview.places
    assert sum(places.values()) == Customer.objects.count() == campaign.audience.count()
    grouping = preview.groupings[detail - 1]
    groups = list(campaign.micro_segments.all())
    assert grouping.recipients == places[Place.RECIPIENT] == sum(row.size for row in groups)
    assert grouping.micro_segments == len(groups)
    _texts_are_for_enough_people(campaign, 1 if detail == Detail.ONE_EACH else smallest)
    everybody = list(campaign.audience.values_list("customer", flat=True))
    assert len(everybody) == len(set(everybody))

    _no_text_is_written_twice(campaign)


def _no_text_is_written_twice(campaign: Campaign) -> None:
    """No two micro-segments would ask a model for the same: who they are for does not matter."""
    known = frozenset(Slot)
    asked = [
        replace(
            build_request(
                public_id=UUID(int=0),
                attempt=0,
                channel="email",
                language=group.language,
                goal=campaign.goal,
                tone=campaign.tone,
                variant="reason",
                known=known,
                facts=group.facts,
                detail=group.detail,
            ),
            seed=group.product_id or 0,
        )
        for group in campaign.micro_segments.filter(detail__gt=0)
    ]
    if campaign.detail != Detail.ONE_EACH:
        assert len(asked) == len(set(asked))


def _texts_are_for_enough_people(campaign: Campaign, smallest: int) -> None:
    recipients = campaign.audience.filter(place=Place.RECIPIENT)
    written_for = set(recipients.exclude(variant="base").values_list("micro_segment", flat=True))
    for group in campaign.micro_segments.all():
        members = recipients.filter(micro_segment=group)
        assert members.count() == group.size
        if group.pk in written_for:
            assert group.size >= smallest
    assert not recipients.filter(micro_segment=None).exists()
    assert not campaign.audience.exclude(place=Place.RECIPIENT).exclude(variant="").exists()


def test_the_number_of_texts_is_the_one_that_was_shown(campaign: Campaign) -> None:
    shown = audience.preview(campaign).groupings[campaign.detail - 1].creatives
    writing.start_writing(campaign)
    assert campaign.creatives.count() == shown


def test_every_exclusion_is_counted(campaign: Campaign) -> None:
    make_people(3, start=200, may_email=False)
    make_people(4, start=300, language="fr")
    make_people(2, start=400, may_email=None)
    Customer.objects.create(external_id="no address", may_email=True)
    delivery.suppress(address="person1@example.com", reason="unsubscribed", source="test")
    places = audience.preview(campaign).places
    assert places[Place.NO_CONSENT] == 5
    assert places[Place.OTHER_LANGUAGE] == 4
    assert places[Place.NO_ADDRESS] == 1
    assert places[Place.SUPPRESSED] == 1
    assert sum(places.values()) == 100


def test_people_without_consent_to_a_profile_get_the_base_text(campaign: Campaign) -> None:
    make_people(20, start=200, may_write=None)
    make_people(20, start=300, may_profile=False)
    audience.set_audience(campaign, segment=campaign.segment, base_percent=0, holdout_percent=0)
    audience.group(campaign)
    private = Customer.objects.exclude(may_write=True, may_profile=True)
    members = AudienceMember.objects.filter(customer__in=private)
    assert members.count() == 40
    assert {row.variant for row in members} == {"base"}
    assert {row.micro_segment.detail for row in members.select_related("micro_segment")} == {0}


def test_the_same_people_are_held_out_again(campaign: Campaign) -> None:
    audience.group(campaign)
    first = set(campaign.audience.filter(place=Place.HOLDOUT).values_list("customer", flat=True))
    audience.group(campaign)
    assert first == set(
        campaign.audience.filter(place=Place.HOLDOUT).values_list("customer", flat=True)
    )


def test_each_person_is_shown_the_product_of_their_favourite_category(
    campaign: Campaign, shoe: Product, jacket: Product
) -> None:
    audience.group(campaign)
    for group in campaign.micro_segments.filter(detail=3):
        assert group.product_id == {"Shoes": shoe.pk, "Jackets": jacket.pk}[group.facts["interest"]]


def test_groups_that_differ_only_in_a_slot_share_their_text(
    campaign: Campaign, as_olga: Client
) -> None:
    """Tea and cups are not what the campaign sells: its first product is shown to both."""
    settings = {"smallest_group": 1, "holdout_percent": 0, "base_percent": 0, "detail": 3}
    audience.set_audience(campaign, segment=campaign.segment, **settings)
    ids = list(TraitSet.objects.order_by("id").values_list("pk", flat=True))
    TraitSet.objects.update(stage="active", motive="price", top_category="Tea")
    TraitSet.objects.filter(pk__in=ids[::4]).update(top_category="Cups")
    grouping = audience.preview(campaign).groupings[2]
    audience.group(campaign)
    groups = list(campaign.micro_segments.exclude(detail=0))
    assert grouping.micro_segments == campaign.micro_segments.count()
    assert grouping.merged == len(groups) > 0
    for group in groups:
        assert group.facts["interests"] == ["Tea", "Cups"]
        assert group.facts["alike"] == 2
    page = as_olga.get(f"/w/acme/campaigns/{campaign.public_id}/audience/").content.decode()
    assert "Tea, Cups" in page
    assert "The written text is the same." in page


def test_what_was_bought_last_is_told_to_each_and_splits_nobody(campaign: Campaign) -> None:
    settings = {"smallest_group": 1, "holdout_percent": 0, "base_percent": 0, "detail": 4}
    audience.set_audience(campaign, segment=campaign.segment, **settings)
    products = list(Product.objects.all())
    TraitSet.objects.update(stage="active", motive="price", top_category="Tea")
    for number, traits in enumerate(TraitSet.objects.order_by("id")):
        traits.last_product = products[number % len(products)] if number % 3 else None
        traits.save()
    audience.group(campaign)
    groups = campaign.micro_segments.exclude(detail=0)
    told = [(row.language, row.facts["has_name"], row.facts["has_last"]) for row in groups]
    assert sorted(told) == sorted(set(told))
    assert {last for _language, _name, last in told} == {True, False}


def test_what_is_recommended_to_a_person_comes_before_their_category(
    campaign: Campaign, shoe: Product, jacket: Product
) -> None:
    briefs.set_products(campaign, [shoe, jacket])
    audience.set_audience(campaign, segment=campaign.segment, smallest_group=1)
    for customer in Customer.objects.all():
        for rank, product in ((1, jacket), (2, shoe)):
            Recommendation.objects.create(
                customer=customer,
                product=product,
                rank=rank,
                score=1,
                since="2026-11-24",
                computed_at="2026-11-24T04:10:00Z",
            )
    audience.group(campaign)
    personal = campaign.micro_segments.exclude(detail__lt=Detail.BALANCED)
    assert {group.product_id for group in personal} == {jacket.pk}


def test_a_number_out_of_range_is_refused(campaign: Campaign) -> None:
    with pytest.raises(BadInput) as refusal:
        audience.set_audience(campaign, segment=campaign.segment, holdout_percent=51)
    assert refusal.value.fields == {"holdout_percent": "51"}
    campaign.refresh_from_db()
    assert campaign.holdout_percent == 5


def test_a_change_makes_texts_and_approval_out_of_date(written: Campaign) -> None:
    written.approvals.create(
        content_hash="x" * 64, audience_size=1, creative_count=1, read_count=1, approved_by_name="R"
    )
    audience.set_audience(written, segment=written.segment, detail=1)
    written.refresh_from_db()
    assert written.state == CampaignState.DRAFT
    assert written.approvals.get().voided_at is not None


def test_nothing_is_changed_while_texts_are_written(campaign: Campaign) -> None:
    writing.start_writing(campaign)
    with pytest.raises(NotEditable):
        audience.set_audience(campaign, segment=campaign.segment, detail=1)
    with pytest.raises(NotEditable):
        briefs.save_brief(campaign, name="Other")
    campaign.refresh_from_db()
    assert (campaign.detail, campaign.name) == (3, "Come back for winter running")


def test_a_segment_of_nobody_writes_nothing(campaign: Campaign, segment: Segment) -> None:
    rules = {"all": [{"field": "customer.country", "op": "is", "value": "Nowhere"}]}
    Segment.objects.filter(pk=segment.pk).update(rules=rules)
    campaign.refresh_from_db()
    with pytest.raises(BriefIncomplete, match="Nobody would get this"):
        writing.start_writing(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
    assert Creative.objects.count() == 0


def test_one_text_for_each_person(campaign: Campaign) -> None:
    audience.set_audience(campaign, segment=campaign.segment, detail=5, base_percent=0)
    writing.start_writing(campaign)
    write_all(campaign)
    texts = campaign.creatives.exclude(variant="base").count()
    assert texts == campaign.audience.filter(place=Place.RECIPIENT).count()


def test_a_sent_campaign_keeps_the_audience_it_was_written_for(written: Campaign) -> None:
    before = audience.preview(written)
    written.state = CampaignState.SENT
    written.save(update_fields=["state"])
    Customer.objects.all().update(may_email=False)
    after = audience.preview(written)
    assert after.places == before.places
    assert after.groups[0].size == before.groups[0].size


def test_the_page_says_whose_consent_is_missing(campaign: Campaign, as_olga: Client) -> None:
    Customer.objects.update(may_profile=None)
    Customer.objects.filter(pk__in=Customer.objects.values("pk")[:2]).update(may_write=False)
    gaps = audience.preview(campaign).gaps
    reachable = Customer.objects.filter(may_email=True).exclude(email="").count()
    assert (gaps.reachable, gaps.profiling, gaps.either) == (reachable, reachable, reachable)
    assert (gaps.writing, gaps.are_most) == (2, True)
    page = as_olga.get(f"/w/acme/campaigns/{campaign.public_id}/audience/").content.decode()
    assert f"{reachable} of {reachable} people get a text without personal facts." in page
    Customer.objects.update(may_profile=True, may_write=True)
    assert not audience.preview(campaign).gaps.are_most
