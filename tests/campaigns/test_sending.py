"""Launching sends exactly what was approved, to exactly whom, once; then it can be stopped."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.errors import NotApproved, NotEditable
from campaigns.models import AudienceMember, CampaignState
from campaigns.services import audience, review, sending
from campaigns.tasks import follow_mailings
from delivery.models import Mailing, MailingState, Message, MessageState, Sender
from tenants.errors import BadInput, Conflict
from tests.campaigns.test_approval import read_all


@pytest.fixture
def campaign(campaign):
    """Of 90 people so many are held out or get the base text that no draw leaves out a kind."""
    audience.set_audience(campaign, segment=campaign.segment, holdout_percent=20, base_percent=50)
    return campaign


@pytest.fixture
def approved(written):
    text = review.creatives_to_review(written).sample[0]
    review.reject_creative(text, "Not our tone")
    read_all(written)
    review.approve_campaign(written)
    written.refresh_from_db()
    return written


def test_everybody_gets_the_text_that_was_approved_for_them(approved):
    mailing = sending.launch(approved)

    got = dict(Message.objects.values_list("customer_id", "content_id"))
    members = AudienceMember.objects.filter(campaign=approved, place="recipient")
    own = {
        (text.micro_segment_id, text.variant): text.content_id
        for text in approved.creatives.filter(state="written")
    }
    base = {text.language: text.content_id for text in approved.creatives.filter(variant="base")}
    expected = {
        member.customer_id: own.get(
            (member.micro_segment_id, member.variant), base[member.micro_segment.language]
        )
        for member in members.select_related("micro_segment")
    }
    assert got == expected
    assert set(got.values()) > set(base.values())
    assert mailing.approved_hash == review.live_approval(approved).content_hash
    assert mailing.audience == len(members)
    assert approved.state == CampaignState.SENDING
    assert approved.launched_at is not None


def test_the_holdout_and_the_excluded_get_nothing(approved):
    sending.launch(approved)

    held = AudienceMember.objects.filter(campaign=approved).exclude(place="recipient")
    assert held.filter(place="holdout").exists()
    assert not Message.objects.filter(customer__in=held.values("customer")).exists()


def test_two_clicks_make_one_mailing(approved):
    assert sending.launch(approved) == sending.launch(approved)
    assert Mailing.objects.count() == 1
    assert Message.objects.count() == Mailing.objects.get().audience


def test_an_unapproved_campaign_is_not_sent(written):
    with pytest.raises(NotApproved):
        sending.launch(written)
    assert not Mailing.objects.exists()


def test_without_a_sender_nothing_is_sent_and_the_approval_stays(approved):
    Sender.objects.all().delete()
    approved.refresh_from_db()

    with pytest.raises(Conflict, match="No sender"):
        sending.launch(approved)
    assert review.live_approval(approved) is not None


def test_a_later_time_schedules_and_a_past_time_is_refused(approved):
    with pytest.raises(BadInput):
        sending.launch(approved, send_at=timezone.now() - timedelta(minutes=1))
    assert not Mailing.objects.exists()

    at = timezone.now() + timedelta(days=1)
    mailing = sending.launch(approved, send_at=at)

    assert mailing.due_at == at
    assert (approved.state, approved.send_at) == (CampaignState.SCHEDULED, at)
    assert sending.sync_state(approved) == CampaignState.SCHEDULED


def test_a_price_that_changes_before_the_start_pauses_the_mailing(approved, shoe):
    mailing = sending.launch(approved, send_at=timezone.now() + timedelta(days=1))
    shoe.price += 1
    shoe.save()

    assert sending.sync_open_campaigns() == 1

    mailing.refresh_from_db()
    approved.refresh_from_db()
    assert mailing.state == MailingState.PAUSED
    assert approved.state == CampaignState.PAUSED
    assert "product.price" in approved.state_reason
    with pytest.raises(NotApproved, match="Cancel this campaign"):
        sending.resume(approved)
    mailing.refresh_from_db()
    assert mailing.state == MailingState.PAUSED


def test_pause_resume_cancel_and_the_state_follows(approved):
    mailing = sending.launch(approved)

    sending.pause(approved, "Wait for the stock")
    assert (approved.state, approved.state_reason) == (CampaignState.PAUSED, "Wait for the stock")
    sending.resume(approved)
    assert (approved.state, approved.state_reason) == (CampaignState.SENDING, "")
    with pytest.raises(Conflict):
        sending.resume(approved)

    sending.cancel_sending(approved)
    assert approved.state == CampaignState.CANCELLED
    counts = sending.progress(mailing)
    assert counts.cancelled == counts.audience == mailing.audience
    assert counts.is_final


def test_a_finished_mailing_makes_a_sent_campaign(approved):
    mailing = sending.launch(approved)
    Message.objects.update(state=MessageState.SENT, sent_at=timezone.now())
    Mailing.objects.update(state=MailingState.FINISHED, finished_at=timezone.now())

    assert sending.sync_state(approved) == CampaignState.SENT
    assert sending.sync_state(approved) == CampaignState.SENT
    assert sending.progress(mailing).sent == mailing.audience


def test_what_was_never_launched_cannot_be_paused(written):
    with pytest.raises(NotEditable):
        sending.pause(written)


def test_every_state_adds_up_and_the_reasons_are_listed(approved):
    mailing = sending.launch(approved)
    ids = list(Message.objects.values_list("pk", flat=True))
    states = [
        (MessageState.SENT, ""),
        (MessageState.FAILED, "no_such_address"),
        (MessageState.SUPPRESSED, "unsubscribed"),
        (MessageState.IN_DOUBT, ""),
        (MessageState.ATTEMPTING, ""),
        (MessageState.MISSED, "too_late"),
    ]
    for pk, (state, reason) in zip(ids, states, strict=False):
        Message.objects.filter(pk=pk).update(state=state, reason=reason)

    found = sending.progress(mailing)

    parts = (
        found.sent
        + found.waiting
        + found.leaving
        + found.failed
        + found.skipped
        + found.missed
        + found.cancelled
        + found.doubtful
    )
    assert parts == found.audience == mailing.audience
    reasons = {(line.state, line.reason) for line in sending.missing_people(mailing)}
    assert ("failed", "no_such_address") in reasons
    assert len(sending.doubtful_messages(mailing)) == 1

    sending.resolve_doubt(approved, resend=False)
    assert not sending.doubtful_messages(mailing)


def test_a_doubtful_message_is_sent_again_only_when_somebody_says_so(approved):
    sending.launch(approved)
    first = Message.objects.first()
    Message.objects.filter(pk=first.pk).update(state=MessageState.IN_DOUBT)

    sending.resolve_doubt(approved, resend=True)

    first.refresh_from_db()
    assert first.state == MessageState.QUEUED


def test_the_task_on_the_clock_lets_the_state_follow(approved):
    sending.launch(approved)
    Mailing.objects.update(state=MailingState.FINISHED, finished_at=timezone.now())

    for _ in range(2):
        follow_mailings(approved.tenant_id)

    approved.refresh_from_db()
    assert approved.state == CampaignState.SENT
