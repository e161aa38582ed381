"""The Send page: what will happen, one button, then progress that adds up."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import CampaignState
from campaigns.services import review, sending
from delivery.models import Mailing, MailingState, Message, MessageState, Sender
from delivery.sink import Controller, Sink
from tenants.models import AuditEntry
from tests.campaigns.test_approval import read_all
from tests.campaigns.test_review_pages import HTMX, sign_in, url


@pytest.fixture
def approved(written):
    read_all(written)
    review.approve_campaign(written)
    written.refresh_from_db()
    return written


def test_before_the_approval_the_page_says_what_is_missing(as_olga, written):
    page = as_olga.get(url("campaign-send", written)).content.decode()

    assert "Not approved" in page
    assert "1 thing is missing" in page
    answer = as_olga.post(url("campaign-launch", written), {"when": "now"})
    assert answer.status_code == 409
    assert "This campaign is not approved" in answer.content.decode()
    assert not Mailing.objects.exists()


def test_the_button_names_how_many_and_one_click_starts(as_olga, approved):
    count = approved.audience.filter(place="recipient").count()
    page = as_olga.get(url("campaign-send", approved)).content.decode()
    assert f"Send to {count} people" in page
    assert "Everything is in order" in page

    for _ in range(2):
        answer = as_olga.post(url("campaign-launch", approved), {"when": "now"})
        assert answer.status_code == 302

    assert Mailing.objects.count() == 1
    page = as_olga.get(url("campaign-send", approved)).content.decode()
    assert f"of {count} sent" in page
    assert 'hx-trigger="every 2s"' in page
    assert "What the writing cost" in page
    line = as_olga.get(url("campaign-send-progress", approved)).content.decode()
    assert "What the writing cost" not in line, "asked every two seconds: it does not change"


@pytest.fixture
def new_york(acme):
    """Before the approval: in another zone the offer may end on another day."""
    acme.timezone = "America/New_York"
    acme.save()


def test_scheduling_asks_for_a_time_in_the_workspaces_zone(as_olga, new_york, approved):
    day = (timezone.now() + timedelta(days=3)).strftime("%Y-%m-%d")

    refused = as_olga.post(url("campaign-launch", approved), {"when": "later"})
    assert "Choose a day and a time." in refused.content.decode()
    assert not Mailing.objects.exists()
    as_olga.post(url("campaign-launch", approved), {"when": "later", "send_at": f"{day}T15:00"})

    approved.refresh_from_db()
    assert approved.state == CampaignState.SCHEDULED
    assert approved.send_at.hour in (19, 20)
    assert "New York" in as_olga.get(url("campaign-send", approved)).content.decode()


def test_a_price_that_changed_is_named_and_nothing_is_sent(as_olga, approved, shoe):
    shoe.price += 10
    shoe.save()

    answer = as_olga.post(url("campaign-launch", approved), {"when": "now"})

    assert "product.price" in answer.content.decode()
    assert not Mailing.objects.exists()
    approved.refresh_from_db()
    assert approved.state == CampaignState.IN_REVIEW


def test_pause_resume_and_cancel_with_the_number_repeated(as_olga, approved):
    mailing = sending.launch(approved)
    page = as_olga.get(url("campaign-send", approved)).content.decode()
    assert f"Cancel the remaining {mailing.audience}" in page

    def change(what):
        as_olga.post(url("campaign-sending-change", approved), {"change": what})
        approved.refresh_from_db()
        return approved.state

    assert change("pause") == CampaignState.PAUSED
    assert "Go on sending" in as_olga.get(url("campaign-send", approved)).content.decode()
    assert change("resume") == CampaignState.SENDING
    assert change("nonsense") == CampaignState.SENDING
    assert change("cancel") == CampaignState.CANCELLED
    assert Message.objects.filter(state=MessageState.CANCELLED).count() == mailing.audience


def test_doubtful_messages_are_listed_with_masked_addresses(as_olga, approved):
    sending.launch(approved)
    message = Message.objects.select_related("customer").first()
    Message.objects.filter(pk=message.pk).update(state=MessageState.IN_DOUBT)

    page = as_olga.get(url("campaign-send", approved)).content.decode()

    assert "1 message may have arrived" in page
    assert message.customer.masked_email in page
    assert message.customer.email not in page
    as_olga.post(url("campaign-sending-change", approved), {"change": "leave"})
    message.refresh_from_db()
    assert (message.state, message.reason) == (MessageState.IN_DOUBT, "left")


def test_the_fragment_stops_asking_once_everything_has_left(as_olga, approved):
    sending.launch(approved)
    Message.objects.update(state=MessageState.SENT, sent_at=timezone.now())
    Mailing.objects.update(state=MailingState.FINISHED, finished_at=timezone.now())

    answer = as_olga.get(
        url("campaign-send-progress", approved), {"state": "sending"}, headers=HTMX
    )

    assert "hx-trigger" not in answer.content.decode()
    assert answer["HX-Refresh"] == "true"


def test_a_get_changes_nothing(as_olga, approved):
    sending.launch(approved)
    Mailing.objects.update(state=MailingState.FINISHED, finished_at=timezone.now())

    as_olga.get(url("campaign-send", approved))
    as_olga.get(url("campaign-send-progress", approved))

    approved.refresh_from_db()
    assert approved.state == CampaignState.SENDING


def test_who_may_review_may_not_send(rita, approved):
    client = sign_in(rita)

    assert client.get(url("campaign-send", approved)).status_code == 200
    assert client.post(url("campaign-launch", approved), {"when": "now"}).status_code == 403
    assert not Mailing.objects.exists()


def test_a_planned_time_is_on_the_button(as_olga, approved):
    at = (timezone.now() + timedelta(days=2)).replace(hour=15, minute=0)
    type(approved).objects.filter(pk=approved.pk).update(send_at=at)

    page = as_olga.get(url("campaign-send", approved)).content.decode()

    assert re.search(r"Send to \d+ people, \d+ \w+, 15:00", page)


def test_a_test_mail_is_the_text_that_most_people_get(as_olga, approved):
    with Controller(Sink()) as server:
        Sender.objects.update(host="127.0.0.1", port=server.port, security="none")
        answer = as_olga.post(url("campaign-test-mail", approved), follow=True)
        [kept] = server.sink.mails.values()

    assert "A test is on its way to olga@example.com." in answer.content.decode()
    assert b"Subject: Test: " in kept
    assert AuditEntry.objects.filter(action="sender.tested").count() == 1


def test_a_test_mail_that_cannot_leave_says_why(as_olga, approved):
    answer = as_olga.post(url("campaign-test-mail", approved), follow=True)

    assert "toast-error" in answer.content.decode()
    assert not Mailing.objects.exists()
