"""An approval vouches for exactly these texts, facts and people; any change makes it void."""

from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns.errors import NotApproved
from campaigns.models import AudienceMember, CampaignState, CreativeState
from campaigns.services import briefs, review, sending
from delivery import services as delivery
from delivery.models import Content, Mailing
from profiles.services import segments
from tenants.audit import Actor, acting
from tests.campaigns.conftest import make_people


def read_all(campaign):
    """Read and approve whatever the queue asks for, as a reviewer does."""
    while left := [text for text in review.creatives_to_review(campaign).order if not text.verdict]:
        for text in left:
            review.approve_creative(text)


@pytest.fixture
def people(people):
    """One more who wants no mail: somebody has another place than recipient, whoever is drawn."""
    make_people(1, start=90, may_email=False)


@pytest.fixture
def approved(written, olga):
    read_all(written)
    with acting(Actor("Olga", olga)):
        review.approve_campaign(written)
    written.refresh_from_db()
    return written


def test_nothing_is_approved_unread(written):
    with pytest.raises(NotApproved) as refusal:
        review.approve_campaign(written)

    assert refusal.value.code == "unread"
    written.refresh_from_db()
    assert written.state == CampaignState.IN_REVIEW
    assert not written.approvals.exists()
    assert not Content.objects.exists()


def test_an_approval_names_its_person_and_makes_one_content_per_text(approved, olga):
    approval = review.live_approval(approved)

    assert approved.state == CampaignState.APPROVED
    assert (approval.approved_by, approval.approved_by_name) == (olga, "Olga")
    assert approval.audience_size == approved.audience.filter(place="recipient").count()
    assert review.is_valid(approval)
    texts = approved.creatives.filter(state=CreativeState.WRITTEN).select_related("content")
    assert all(text.content.content_hash == text.content_hash for text in texts)
    assert approval.creative_count == len(texts)
    provenance = texts.exclude(variant="base")[0].content.provenance
    assert provenance["approved_by"] == "Olga"
    assert provenance["model"]
    assert provenance["facts"]


def test_approving_twice_gives_one_approval(approved):
    assert review.approve_campaign(approved) == review.live_approval(approved)
    assert approved.approvals.count() == 1


def test_a_blocked_text_stands_in_the_way(written):
    read_all(written)
    text = written.creatives.exclude(variant="base").first()
    text.findings = [{"code": "not_in_facts", "level": "blocked", "part": "body", "quote": "$5"}]
    text.save(update_fields=["findings"])

    with pytest.raises(NotApproved) as refusal:
        review.approve_campaign(written)
    assert refusal.value.code == "blocked"


def test_a_rejected_base_text_stands_in_the_way(written):
    read_all(written)
    review.reject_creative(written.creatives.get(variant="base", language="en"))

    with pytest.raises(NotApproved) as refusal:
        review.approve_campaign(written)
    assert refusal.value.code == "no_base_text"


def test_changed_facts_stand_in_the_way_until_they_are_taken_anew(written, shoe):
    read_all(written)
    shoe.price = Decimal("150.00")
    shoe.save()

    with pytest.raises(NotApproved) as refusal:
        review.approve_campaign(written)
    assert refusal.value.code == "facts_changed"

    review.take_new_facts(written)
    read_all(written)
    approval = review.approve_campaign(written)
    assert review.is_valid(approval)
    texts = written.creatives.filter(snapshot__product=shoe, snapshot__language="en")
    assert {text.snapshot.facts["product.price"] for text in texts} == {"$120.00"}


def edit_a_text(campaign):
    text = campaign.creatives.exclude(variant="base").first()
    review.edit_creative(text, text.parts | {"body": text.parts["body"] + " Really."}, "other")


def reject_a_text(campaign):
    review.reject_creative(campaign.creatives.exclude(variant="base").first(), "Not our tone")


def change_words_behind_our_back(campaign):
    text = campaign.creatives.exclude(variant="base").first()
    type(text).objects.filter(pk=text.pk).update(parts=text.parts | {"subject": "Other"})


def swap_a_content_behind_our_back(campaign):
    texts = campaign.creatives.exclude(variant="base")
    one = texts[0]
    other = texts.exclude(content=one.content)[0]  # like texts of two groups share their content
    type(one).objects.filter(pk=one.pk).update(content=other.content)


def change_a_message_behind_our_back(campaign):
    text = campaign.creatives.exclude(variant="base").first()
    Content.objects.filter(pk=text.content_id).update(html="<p>Other</p>")


def lead_a_link_elsewhere_behind_our_back(campaign):
    text = campaign.creatives.exclude(variant="base").first()
    text.content.links.update(url="https://elsewhere.example/")


def swap_the_facts_behind_our_back(campaign):
    texts = campaign.creatives.exclude(variant="base")
    one = texts[0]
    other = texts.exclude(snapshot=one.snapshot)[0]
    type(one).objects.filter(pk=one.pk).update(snapshot=other.snapshot)


def change_the_segment(campaign):
    segments.update_segment(
        campaign.segment,
        rules={"all": [{"field": "customer.language", "op": "is", "value": "en"}]},
    )


def move_a_person(campaign):
    member = AudienceMember.objects.get(campaign=campaign, place="no_consent")
    AudienceMember.objects.filter(pk=member.pk).update(place="holdout")


def forget_a_person(campaign):
    AudienceMember.objects.filter(campaign=campaign, place="recipient").first().customer.delete()


def change_the_brief(campaign):
    briefs.save_brief(campaign, message="Something else")


def change_the_holdout(campaign):
    type(campaign).objects.filter(pk=campaign.pk).update(holdout_percent=50)


def raise_a_price(campaign):
    product = campaign.campaign_products.first().product
    product.price = Decimal("150.00")
    product.save()


def end_the_offer(campaign):
    campaign.offer.ends_at = timezone.now()
    campaign.offer.save()


CHANGES = [
    edit_a_text,
    reject_a_text,
    change_words_behind_our_back,
    swap_a_content_behind_our_back,
    change_a_message_behind_our_back,
    lead_a_link_elsewhere_behind_our_back,
    swap_the_facts_behind_our_back,
    change_the_segment,
    move_a_person,
    forget_a_person,
    change_the_brief,
    change_the_holdout,
    raise_a_price,
    end_the_offer,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_any_change_makes_the_approval_void(approved, change):
    change(approved)
    approved.refresh_from_db()

    with pytest.raises(NotApproved):
        sending.launch(approved)

    assert not Mailing.objects.exists()
    assert review.live_approval(approved) is None
    approved.refresh_from_db()
    assert approved.state in (CampaignState.IN_REVIEW, CampaignState.DRAFT)


def test_after_a_change_it_can_be_approved_anew(approved):
    edit_a_text(approved)
    read_all(approved)

    approval = review.approve_campaign(approved)

    assert review.is_valid(approval)
    assert approved.approvals.count() == 2
    assert approved.approvals.get(voided_at__isnull=False).void_reason


def test_the_work_of_an_approval_does_not_grow_with_the_texts(
    written, django_assert_max_num_queries
):
    read_all(written)

    with django_assert_max_num_queries(60):
        review.approve_campaign(written)


def test_a_message_loads_no_style_and_no_font_from_elsewhere(approved):
    pages = Content.objects.values_list("html", flat=True)

    assert not any("<link" in page or "@import" in page for page in pages)


@pytest.mark.parametrize(
    "seen", [{"name": "Ganston"}, {"email": "shop@tarnfield.example"}, {"reply_to": "a@b.example"}]
)
def test_another_sender_asks_for_approval_again(approved, sender, seen):
    delivery.update_sender(sender, **seen)

    with pytest.raises(NotApproved, match="sender have changed since the approval"):
        sending.launch(approved)

    approved.refresh_from_db()
    assert approved.state == CampaignState.IN_REVIEW
    assert not Mailing.objects.exists()
    review.approve_campaign(approved)
    sending.launch(approved)
    assert Mailing.objects.get().sender == sender


def test_a_campaign_that_follows_the_default_sender_is_bound_to_it(approved, sender):
    approved.sender = None
    approved.save(update_fields=["sender"])
    assert review.is_valid(review.live_approval(approved)), "the default is the same"
    delivery.create_sender(name="Other", email="x@other.example", host="localhost", is_default=True)
    assert not review.is_valid(review.live_approval(approved))


def test_what_no_recipient_sees_of_the_sender_keeps_the_approval(approved, sender):
    delivery.update_sender(sender, host="mail.example", per_hour=500)
    assert review.is_valid(review.live_approval(approved))
