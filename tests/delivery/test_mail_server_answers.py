"""What becomes of a message for each answer of a mail server; others are never touched by it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from delivery import sending, sweeping
from delivery import services as delivery
from delivery.models import Message, Sender
from delivery.sending import Pace, send_mailing
from delivery.sink import Controller, Sink
from tests.delivery.conftest import launch, make_customers, make_sender

QUICK = Pace(final_timeout_s=30.0, route_waits_s=(0, 0, 0, 0))
HASTY = Pace(final_timeout_s=3.0, route_waits_s=(0, 0, 0, 0))  # for a server that never answers


@pytest.fixture
def server() -> Iterator[Controller]:
    with Controller(Sink()) as controller:
        yield controller


@pytest.fixture
def sender(in_acme, server) -> Sender:
    return make_sender(port=server.port)


def send_to(sender, content, *addresses: str):
    """Launch to these addresses and to one good one; send once."""
    for number, address in enumerate((*addresses, "good@example.org")):
        make_customers(1, external_id=f"n{number}", email=address)
    mailing = launch(sender, content)
    pace = HASTY if any(address.startswith("hang+") for address in addresses) else QUICK
    send_mailing(sender.tenant_id, mailing.pk, pace=pace)
    mailing.refresh_from_db()
    return mailing


TABLE = [
    ("bounce+a@example.org", "failed", "bounced"),
    ("full+a@example.org", "failed", "refused"),
    ("policy+a@example.org", "failed", "policy"),
    ("later+a@example.org", "retry_wait", "temporary"),
    ("close+a@example.org", "retry_wait", "temporary"),
    ("dropmail+a@example.org", "retry_wait", "dropped"),
    ("dropdata+a@example.org", "retry_wait", "dropped"),
    ("refuse+a@example.org", "failed", "content"),
    ("laterdata+a@example.org", "retry_wait", "temporary"),
    ("hang+a@example.org", "in_doubt", ""),
    ("dropdot+a@example.org", "in_doubt", ""),
    ("two words@example.org", "failed", "not_made"),
]


@pytest.mark.parametrize(("address", "state", "reason"), TABLE)
def test_one_recipients_trouble_stays_with_them(sender, content, server, address, state, reason):
    send_to(sender, content, address)

    message = Message.objects.get(address=address)
    assert (message.state, message.reason) == (state, reason)
    assert Message.objects.get(address="good@example.org").state == "sent"
    assert Sender.objects.get().state == "ready"
    if state == "retry_wait":
        assert message.due_at - message.attempted_at > timedelta(minutes=3)
    assert delivery.is_suppressed(address) == (reason == "bounced")


def test_a_message_in_doubt_is_never_tried_again_by_itself(sender, content, server):
    mailing = send_to(sender, content, "dropdot+a@example.org")

    for _sweep in range(3):
        sweeping.sweep()
        send_mailing(sender.tenant_id, mailing.pk, pace=QUICK)

    assert delivery.progress(mailing)["in_doubt"] == 1
    assert len(server.sink.accepted) == len(set(server.sink.accepted)) == 2


def test_a_person_may_have_doubtful_messages_sent_again(sender, content, server):
    mailing = send_to(sender, content, "dropdot+a@example.org")
    assert delivery.open_doubts(mailing) == 1

    assert delivery.resolve_doubt(mailing, resend=True) == 1
    send_mailing(sender.tenant_id, mailing.pk, pace=QUICK)

    assert len(server.sink.accepted) == 3  # the same message twice, because a person said so


def test_a_person_may_leave_doubtful_messages_as_they_are(sender, content, server):
    mailing = send_to(sender, content, "dropdot+a@example.org")

    assert delivery.resolve_doubt(mailing, resend=False) == 1

    assert delivery.open_doubts(mailing) == 0
    assert delivery.progress(mailing)["in_doubt"] == 1
    assert len(server.sink.accepted) == 2


def test_a_refused_sign_in_pauses_the_sender_and_loses_nothing(in_acme, content):
    with Controller(Sink(password="right")) as server:
        sender = make_sender(port=server.port, username="shop", password="wrong")
        mailing = send_to(sender, content)

        sender.refresh_from_db()
        assert sender.state == "paused"
        words = delivery.describe_pause(sender)
        assert words.startswith(
            "The provider refused the sign-in. 1 message waits, none is lost. Check the password"
        )
        assert delivery.progress(mailing)["queued"] == 1
        assert Message.objects.get().attempts == 0

        delivery.update_sender(sender, password="right")
        delivery.resume_sender(sender)
        send_mailing(sender.tenant_id, mailing.pk, pace=QUICK)
        assert delivery.progress(mailing)["sent"] == 1


def test_a_server_that_is_down_pauses_the_sender_after_five_tries(in_acme, content):
    with Controller(Sink()) as server:
        port = server.port
    sender = make_sender(port=port)

    mailing = send_to(sender, content)

    sender.refresh_from_db()
    assert sender.state == "paused"
    assert sender.paused_reason.startswith("connect")
    assert delivery.progress(mailing)["queued"] == 1


def test_starttls_that_is_not_offered_stops_instead_of_sending_in_the_clear(
    in_acme, content, server
):
    sender = make_sender(port=server.port, security="starttls")

    mailing = send_to(sender, content)

    sender.refresh_from_db()
    assert sender.paused_reason.startswith("tls")
    assert server.sink.accepted == []
    assert delivery.progress(mailing)["queued"] == 1


def test_a_refused_sender_address_pauses_the_sender_and_fails_nobody(sender, content, server):
    server.sink.refuse_sender = "550 5.7.1 This domain may not send"

    mailing = send_to(sender, content, "b@example.org")

    sender.refresh_from_db()
    assert sender.paused_reason.startswith("policy")
    assert delivery.progress(mailing)["queued"] == 2


def test_the_limit_of_an_hour_holds(in_acme, content, server):
    sender = make_sender(port=server.port, per_hour=2)

    mailing = send_to(sender, content, "b@example.org", "c@example.org")

    assert delivery.progress(mailing)["sent"] == 2
    assert delivery.progress(mailing)["queued"] == 1


def test_a_mailing_is_finished_when_nothing_is_under_way(sender, content):
    mailing = send_to(sender, content)
    assert mailing.state == "finished"
    assert sending.PAUSE_AFTER == 5
