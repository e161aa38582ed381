"""The promises of sending (INV-01 to INV-13), one story each. Crashes are in test_crashes.py."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connections, transaction

from delivery import crash, leaving, ledger, mailings, mime, sweeping, tasks
from delivery import services as delivery
from delivery.models import OPEN_STATES, Message
from delivery.sending import Pace, send_mailing
from delivery.sink import Controller, Sink
from delivery.smtp import Answer
from profiles.models import Customer
from profiles.services.consent import set_consent
from tenants.context import scope
from tests.delivery.conftest import launch, make_customers, make_sender

QUICK = Pace(final_timeout_s=30.0, route_waits_s=(0, 0, 0, 0))
MINUTE = timedelta(minutes=1)
SENT = Answer(state="sent")


@pytest.fixture
def server() -> Iterator[Controller]:
    with Controller(Sink()) as controller:
        yield controller


@pytest.fixture
def mailing(in_acme, server, content):
    make_customers(3)
    return launch(make_sender(port=server.port), content)


def send(mailing) -> dict[str, int]:
    send_mailing(mailing.tenant_id, mailing.pk, pace=QUICK)
    mailing.refresh_from_db()
    return {state: count for state, count in delivery.progress(mailing).items() if count}


def claim(mailing, worker: str = "w", limit: int = 10):
    return ledger.claim(mailing.pk, worker=worker, limit=limit, lease=MINUTE)


def gate(mailing, claimed) -> set[int]:
    return ledger.gate(mailing.pk, claimed, lease=MINUTE)


def end_leases() -> None:
    Message.objects.filter(lease_until__isnull=False).update(lease_until="2020-01-01T00:00:00Z")


def states(mailing) -> set[str]:
    return set(mailing.messages.values_list("state", flat=True))


def test_inv_01_the_database_refuses_a_second_message_to_the_same_person(mailing):
    first = mailing.messages.first()
    with pytest.raises(IntegrityError, match="delivery_message_once"), transaction.atomic():
        Message.objects.create(
            mailing=mailing,
            customer=first.customer,
            content=first.content,
            address=first.address,
            due_at=first.due_at,
        )


def test_inv_02_and_04_what_is_sent_is_in_the_server_once(mailing, server):
    assert send(mailing) == {"sent": 3}
    send(mailing)
    ids = {
        f"{one}@tarnfield.example" for one in mailing.messages.values_list("public_id", flat=True)
    }
    assert sorted(server.sink.accepted) == sorted(ids)


def test_inv_03_a_mailing_is_finished_only_when_nothing_is_under_way(mailing):
    for state in OPEN_STATES:
        Message.objects.update(state="sent")
        Message.objects.filter(pk=mailing.messages.first().pk).update(state=state)
        assert not ledger.finish_if_done(mailing.pk)
        assert sum(delivery.progress(mailing).values()) == mailing.audience
    Message.objects.update(state="sent")
    assert ledger.finish_if_done(mailing.pk)


def test_inv_05_and_06_a_dead_workers_rows_move_on_after_their_lease(mailing):
    claimed = claim(mailing)
    gate(mailing, claimed[:2])
    assert states(mailing) == {"attempting", "claimed"}
    sweeping.sweep()
    assert states(mailing) == {"attempting", "claimed"}  # their leases run

    end_leases()
    sweeping.sweep()

    counts = delivery.progress(mailing)
    assert (counts["in_doubt"], counts["queued"]) == (2, 1)
    assert delivery.open_doubts(mailing) == 2


def test_a_message_that_kills_its_worker_each_time_is_set_aside(mailing):
    for _start in range(sweeping.MAX_STARTS):
        assert len(claim(mailing)) == 3
        end_leases()
        sweeping.sweep()
    assert set(mailing.messages.values_list("state", "reason")) == {("failed", "worker_died")}


def test_a_mail_that_cannot_be_made_stops_no_other(mailing, server, monkeypatch):
    first = mailing.messages.first()
    build = mime.build

    def broken(envelope, rendered):
        if envelope.message_id == first.public_id:
            raise KeyError("a fault of ours")
        return build(envelope, rendered)

    monkeypatch.setattr(mime, "build", broken)
    assert send(mailing) == {"sent": 2, "failed": 1}
    first.refresh_from_db()
    assert first.reason == "not_made"


def test_inv_07_a_worker_whose_lease_ended_cannot_overwrite_a_newer_attempt(mailing):
    old = claim(mailing, "old")
    end_leases()
    sweeping.sweep()
    new = claim(mailing, "new")

    assert gate(mailing, old) == set()
    assert gate(mailing, new) == {message.id for message in new}
    ledger.settle([(message, Answer(state="failed", reason="content")) for message in old])
    assert states(mailing) == {"attempting"}

    ledger.settle([(message, SENT) for message in new])
    assert states(mailing) == {"sent"}


def test_inv_07_a_late_answer_settles_the_workers_own_doubt(mailing):
    claimed = claim(mailing)
    gate(mailing, claimed)
    end_leases()
    sweeping.sweep()
    assert states(mailing) == {"in_doubt"}

    ledger.settle([(message, SENT) for message in claimed])

    assert states(mailing) == {"sent"}


def test_inv_07_no_late_answer_undoes_a_resend(mailing):
    claimed = claim(mailing)
    gate(mailing, claimed)
    end_leases()
    sweeping.sweep()
    delivery.resolve_doubt(mailing, resend=True)

    ledger.settle([(message, SENT) for message in claimed])

    assert states(mailing) == {"queued"}


def test_inv_08_a_flushed_broker_loses_no_work(mailing, server):
    cache.clear()
    tasks.send_due()
    assert len(server.sink.accepted) == 3
    assert states(mailing) == {"sent"}


def test_bells_do_not_pile_up_while_workers_are_busy(mailing, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.send_chunk, "delay", lambda *args: rung.append(args))
    cache.clear()
    for _ring in range(3):
        tasks.send_due()
    assert rung == [(mailing.tenant_id, mailing.pk, 0)]
    cache.clear()


@pytest.mark.parametrize("way", ["unsubscribed", "by hand", "no consent"])
def test_inv_09_who_left_after_the_claim_gets_nothing(mailing, server, way):
    claimed = claim(mailing)
    gone = mailing.messages.get(pk=claimed[0].id)
    if way == "unsubscribed":
        leaving.unsubscribe(gone, one_click=True)
    elif way == "by hand":
        delivery.suppress(address=gone.address, reason="by_hand")
    else:
        set_consent(customer=gone.customer, purpose="email", granted=False, source="phone")

    assert gate(mailing, claimed) == {message.id for message in claimed[1:]}

    gone.refresh_from_db()
    assert gone.state == "suppressed"
    assert gone.reason == {"by hand": "by_hand"}.get(way, way.replace(" ", "_"))


def test_inv_09_who_was_never_asked_gets_nothing(mailing, server):
    Customer.objects.update(may_email=None)
    assert send(mailing) == {"suppressed": 3}
    assert server.sink.accepted == []


@pytest.mark.parametrize("way", ["unsubscribe", "suppress"])
def test_inv_09_the_gate_waits_for_an_unsubscribe_under_way(committed, monkeypatch, way):
    monkeypatch.setattr(mailings, "ring", lambda mailing: None)
    tenant = crash.make_workspace(1)
    mailing = crash.launch_mailing(tenant, 1)
    with scope(tenant.pk):
        claimed = claim(mailing)
        message = mailing.messages.get()
    allowed: list[set[int]] = []

    def work() -> None:
        with scope(tenant.pk):
            allowed.append(gate(mailing, claimed))
        connections.close_all()

    worker = threading.Thread(target=work)
    with scope(tenant.pk):
        if way == "unsubscribe":
            leaving.unsubscribe(message, one_click=True)
        else:
            delivery.suppress(address=message.address, reason="complained")
        worker.start()
        worker.join(0.5)
        assert worker.is_alive()  # it waits until we have committed
    worker.join(60)

    assert allowed == [set()]
    with scope(tenant.pk):
        message.refresh_from_db()
    assert message.state == "suppressed"


def test_inv_09_unsubscribes_racing_with_the_gate_never_come_first_and_lose(committed, monkeypatch):
    """Of 30 pairs, no gate opens that was asked after the unsubscribe was committed."""
    monkeypatch.setattr(mailings, "ring", lambda mailing: None)
    tenant = crash.make_workspace(30)
    mailing = crash.launch_mailing(tenant, 1)
    with scope(tenant.pk):
        claimed = claim(mailing, limit=30)
        messages = list(mailing.messages.order_by("?"))
    barrier = threading.Barrier(2)
    left: list[int] = []
    sent_all_the_same: set[int] = set()

    def leave() -> None:
        barrier.wait()
        for message in messages:
            with scope(tenant.pk):
                leaving.unsubscribe(message, one_click=True)
            left.append(message.pk)
        connections.close_all()

    def work() -> None:
        barrier.wait()
        for start in range(0, 30, 3):
            gone = left.copy()
            with scope(tenant.pk):
                sent_all_the_same.update(gate(mailing, claimed[start : start + 3]) & set(gone))
        connections.close_all()

    threads = [threading.Thread(target=leave), threading.Thread(target=work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(left) == 30
    assert sent_all_the_same == set()
    with scope(tenant.pk):
        assert states(mailing) <= {"attempting", "suppressed"}


def test_inv_10_a_mailing_that_is_far_too_late_asks_instead_of_firing(mailing, server):
    mailing.messages.update(due_at="2020-01-01T03:00:00Z")
    mailing.max_lateness = timedelta(hours=4)
    mailing.save(update_fields=["max_lateness"])

    assert send(mailing) == {"queued": 3}
    sweeping.sweep()

    mailing.refresh_from_db()
    assert (mailing.state, mailing.state_reason) == ("paused", "missed")
    assert send(mailing) == {"missed": 3}
    delivery.resume(mailing)
    assert send(mailing) == {"sent": 3}


def test_inv_10_a_mailing_that_takes_all_night_is_not_late(mailing):
    mailing.messages.update(due_at="2020-01-01T03:00:00Z")
    mailing.active_at = mailings.database_now()
    mailing.save(update_fields=["active_at"])
    sweeping.sweep()
    assert send(mailing) == {"sent": 3}


def test_a_mailing_of_tomorrow_does_not_start_today(in_acme, server, content):
    make_customers(1)
    tomorrow = mailings.database_now() + timedelta(days=1)
    mailing = launch(make_sender(port=server.port), content, due_at=tomorrow)
    tasks.send_due()
    assert send(mailing) == {"queued": 1}


@pytest.mark.parametrize(("stop", "left"), [("pause", "queued"), ("cancel", "cancelled")])
def test_inv_12_after_pause_or_cancel_nothing_more_starts(mailing, server, stop, left):
    claimed = claim(mailing)
    getattr(delivery, stop)(mailing)

    assert gate(mailing, claimed) == set()

    assert states(mailing) == {left}
    assert send(mailing) == {left: 3}
    assert server.sink.accepted == []


def test_a_paused_mailing_goes_on(mailing):
    delivery.pause(mailing, "One link was wrong")
    delivery.resume(mailing)
    assert send(mailing) == {"sent": 3}


def test_inv_13_a_restored_database_sends_nothing_until_it_is_released(mailing, server, settings):
    settings.INSTANCE_ID = "a copy for tests"

    assert send(mailing) == {"queued": 3}
    sweeping.sweep()
    mailing.refresh_from_db()
    assert mailing.state == "held"
    tasks.send_due()
    assert server.sink.accepted == []

    delivery.release(mailing)
    assert send(mailing) == {"sent": 3}


def test_the_waits_of_all_tries_end_within_72_hours():
    longest = sum(
        (
            min(ledger.FIRST_WAIT * 2 ** (n - 1), ledger.LONGEST_WAIT)
            for n in range(1, ledger.MAX_TRIES)
        ),
        timedelta(),
    )
    assert timedelta(hours=48) < longest <= timedelta(hours=72)
    assert ledger.wait_after(1) <= ledger.FIRST_WAIT


def test_the_last_try_fails_and_says_so(mailing):
    claimed = claim(mailing)
    gate(mailing, claimed)
    tired = [
        ledger.Claimed(**{**vars(message), "attempts": ledger.MAX_TRIES}) for message in claimed
    ]
    ledger.settle([(message, Answer(state="retry_wait", reason="temporary")) for message in tired])
    assert set(mailing.messages.values_list("state", "reason")) == {("failed", "gave_up")}
