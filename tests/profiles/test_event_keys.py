"""The key of an event to its customer, which triggers check for all events of a statement."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, connections
from django.utils import timezone

from profiles.importers.records import Result
from profiles.models import Customer, Event, TouchedCustomer
from profiles.services import customers, events, identity, privacy
from tenants.context import scope
from tenants.models import Tenant
from tests.conftest import make_user, make_workspace

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def acme(committed: None) -> Tenant:
    return make_workspace("acme", make_user("Olga"))


@pytest.fixture
def ann(acme: Tenant) -> Customer:
    with scope(acme.pk), connection.cursor() as cursor:
        cursor.execute("SELECT profiles_ensure_event_partitions(now()::date, now()::date)")
        return Customer.objects.create(external_id="C1")


def store(tenant: Tenant, customer_id: int) -> Event:
    with scope(tenant.pk):
        return Event.objects.create(
            customer_id=customer_id, event_id=uuid4(), name="product_viewed", at=timezone.now()
        )


def seen() -> dict[str, str]:
    """An event of C1 as the API takes it."""
    now = timezone.now().isoformat()
    return {"name": "seen", "at": now, "external_id": "C1", "event_id": str(uuid4())}


def count(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return Event.objects.count()


def test_an_event_names_a_customer_of_its_workspace(acme: Tenant, ann: Customer) -> None:
    globex = make_workspace("globex", make_user("Eve"))
    with scope(globex.pk):
        eve = Customer.objects.create(external_id="C1")
    for strange in (eve.pk, 999_999):
        with pytest.raises(IntegrityError, match="its workspace does not have"):
            store(acme, strange)
        assert count(acme) == 0
    event = store(acme, ann.pk)
    for strange in (eve.pk, 999_999):
        with pytest.raises(IntegrityError, match="its workspace does not have"), scope(acme.pk):
            Event.objects.filter(pk=event.pk).update(customer_id=strange)
    with scope(acme.pk):
        assert Event.objects.get().customer_id == ann.pk


def test_a_customer_whom_events_name_stays(acme: Tenant, ann: Customer) -> None:
    store(acme, ann.pk)
    with pytest.raises(IntegrityError, match="Events still name"), scope(acme.pk):
        Customer.objects.all()._raw_delete(using="default")
    with scope(acme.pk):
        assert Customer.objects.get() == ann
        Customer.objects.all()._raw_delete(using="default")  # checked at the end, in any order
        Event.objects.all()._raw_delete(using="default")
    assert count(acme) == 0


def at_once(act: Callable[[], None]) -> tuple[threading.Thread, list[str]]:
    """Start this on a connection of its own; the list says in the end whether it was refused."""
    outcome: list[str] = []

    def run() -> None:
        try:
            act()
            outcome.append("done")
        except IntegrityError:
            outcome.append("refused")
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_who_goes_while_events_come_in_stays_with_them(acme: Tenant, ann: Customer) -> None:
    """The events come first; the deletion waits for them, sees them and is refused."""

    def delete() -> None:
        with scope(acme.pk):
            Customer.objects.all()._raw_delete(using="default")

    with scope(acme.pk):
        assert events.record_events([seen()]).created == 1
        thread, outcome = at_once(delete)
        thread.join(0.5)
        assert thread.is_alive()  # it waits for this transaction
    thread.join(60)
    assert outcome == ["refused"]
    with scope(acme.pk):
        assert Event.objects.get().customer == ann


def test_events_of_who_is_going_wait_and_are_of_somebody_new(acme: Tenant, ann: Customer) -> None:
    """The deletion comes first: the event waits for it, and finds nobody of that number."""

    def record() -> None:
        with scope(acme.pk):
            events.record_events([seen()])

    with scope(acme.pk), connection.cursor() as cursor:
        Customer.objects.all()._raw_delete(using="default")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what the commit does
        thread, outcome = at_once(record)
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(60)
    assert outcome == ["done"]
    with scope(acme.pk):
        new = Event.objects.get().customer
        assert (new.external_id, new.pk == ann.pk) == ("C1", False)


def test_who_is_erased_while_events_come_in_leaves_none(acme: Tenant, ann: Customer) -> None:
    def erase() -> None:
        with scope(acme.pk):
            privacy.erase(Customer.objects.get())

    with scope(acme.pk):
        assert events.record_events([seen()]).created == 1
        thread, outcome = at_once(erase)
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(60)
    assert outcome == ["done"]
    assert count(acme) == 0


def test_who_is_being_erased_is_not_brought_back_by_what_comes_in(
    acme: Tenant, ann: Customer
) -> None:
    """The erasure comes first: an event, a record and an order wait for it, and are refused."""
    refused: list[str] = []
    order = {"order_id": "1", "placed_at": "2026-01-02", "external_id": "C1", "total": "5"}

    def send(act: Callable[[], Result]) -> Callable[[], None]:
        def run() -> None:
            with scope(acme.pk):
                refused.extend(one.code for one in act().rejected)

        return run

    ways = [
        send(lambda: events.record_events([seen()])),
        send(lambda: events.record_events([seen() | {"email": "ann@example.com"}])),
        send(lambda: customers.upsert_customers([{"external_id": "C1", "city": "Rome"}])),
        send(lambda: customers.upsert_orders([order])),
    ]
    with scope(acme.pk):
        privacy.erase(ann)
        threads = [at_once(way)[0] for way in ways]
        threads[0].join(0.5)
        assert all(thread.is_alive() for thread in threads)
    for thread in threads:
        thread.join(60)
    assert refused == ["erased"] * 4
    assert count(acme) == 0
    with scope(acme.pk):
        assert [one.city for one in Customer.everybody.all()] == [""]


def test_who_is_told_of_and_does_something_may_be_erased_meanwhile(
    acme: Tenant, ann: Customer
) -> None:
    """A request changes the record and then stores an event: the erasure comes after both."""

    def erase() -> None:
        with scope(acme.pk):
            privacy.erase(Customer.objects.get())

    with scope(acme.pk):
        customers.upsert_customers([{"external_id": "C1", "city": "Rome"}])
        thread, outcome = at_once(erase)
        thread.join(0.5)
        assert events.record_events([seen()]).created == 1
        assert thread.is_alive()
    thread.join(60)
    assert outcome == ["done"]
    assert count(acme) == 0
    with scope(acme.pk):
        assert Customer.everybody.get().city == ""


def test_events_of_who_is_merged_meanwhile_are_of_who_is_kept(acme: Tenant, ann: Customer) -> None:
    with scope(acme.pk):
        kept = Customer.objects.create(external_id="C2")

    def merge() -> None:
        with scope(acme.pk):
            identity.merge(kept=kept, dropped=ann)

    with scope(acme.pk):
        assert events.record_events([seen()]).created == 1
        thread, outcome = at_once(merge)
        thread.join(0.5)
        assert thread.is_alive()
    thread.join(60)
    assert outcome == ["done"]
    with scope(acme.pk):
        assert Event.objects.get().customer == kept


def test_who_was_merged_meanwhile_is_erased_as_who_is_kept(acme: Tenant, ann: Customer) -> None:
    with scope(acme.pk):
        kept = Customer.objects.create(external_id="C2", city="Rome")
        before = Customer.objects.get(pk=ann.pk)
        identity.merge(kept=kept, dropped=ann)
        privacy.erase(before)
        refused = customers.upsert_customers([{"external_id": "C1"}, {"external_id": "C2"}])
        assert [one.code for one in refused.rejected] == ["erased", "erased"]
        assert [one.city for one in Customer.everybody.all()] == [""]


def test_the_keys_can_be_taken_back_and_made_again_with_rows(acme: Tenant, ann: Customer) -> None:
    """Also where a note outlived its customer, or somebody has two, which no key allowed."""
    store(acme, ann.pk)
    with scope(acme.pk):
        for customer_id in (999, ann.pk, ann.pk):
            TouchedCustomer.objects.create(customer_id=customer_id)
    connection.close()
    before = keys()
    try:
        call_command("migrate", "profiles", "0015", database="owner", verbosity=0)
        with scope(acme.pk):
            assert events.record_events([seen()]).created == 1
            assert TouchedCustomer.objects.get().customer_id == ann.pk
        connection.close()
    finally:
        call_command("migrate", database="owner", verbosity=0)
    assert keys() == before
    assert count(acme) == 2


def keys() -> list[tuple[str, str, str]]:
    """What leads to customers, and the triggers on the tables of both."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("""
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
            FROM pg_constraint WHERE 'profiles_customer'::regclass IN (confrelid, conrelid)
            UNION SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
            FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
        """)
        found = cursor.fetchall()
    connections["owner"].close()
    return found
