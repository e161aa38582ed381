"""What comes in while customers are looked at again is not lost: they are looked at once more."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from profiles.models import Customer, SegmentMember, TouchedCustomer
from profiles.services import events, membership, segments
from profiles.tasks import refresh_touched, refresh_traits
from tenants.context import scope
from tenants.models import Tenant
from tests.conftest import make_user, make_workspace

pytestmark = pytest.mark.usefixtures("committed")
TWICE = {"field": "event.performed", "op": "at_least", "value": "product_viewed", "times": 2}


@pytest.fixture
def acme(committed: None) -> Tenant:
    """A shop whose Ann viewed a product once, and a segment of those who did so twice."""
    tenant = make_workspace("acme", make_user("Olga"))
    with scope(tenant.pk):
        Customer.objects.create(external_id="ann", email="ann@example.com")
        segment = segments.create_segment(name="Viewers", rules=TWICE)
        membership.refresh_members(segment)
        view()
    return tenant


def view(**said: Any) -> None:
    now = timezone.now().isoformat()
    row = {"name": "product_viewed", "at": now, "external_id": "ann", "event_id": str(uuid4())}
    assert events.record_events([row | said]).created == 1


def refresh(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return membership.refresh_touched()


def viewers(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return SegmentMember.objects.count()


def notes(tenant: Tenant) -> int:
    with scope(tenant.pk):
        return TouchedCustomer.objects.count()


def aside(act: Callable[[], Any], outcome: list[Any]) -> threading.Thread:
    """Start this on a connection of its own; what it returns is put on the list."""

    def run() -> None:
        try:
            outcome.append(act())
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.fixture
def refreshing(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[int]]]:
    """A refresh that has looked at everybody and not ended. To call it lets it end."""
    looked, may_end = threading.Event(), threading.Event()
    look = membership._refresh_quietly

    def look_and_stay(*values: Any) -> None:
        look(*values)
        looked.set()
        assert may_end.wait(60)

    with monkeypatch.context() as patch:
        patch.setattr(membership, "_refresh_quietly", look_and_stay)
        outcome: list[int] = []
        thread = aside(lambda: refresh(acme), outcome)
        assert looked.wait(60)

    def end() -> list[int]:
        may_end.set()
        thread.join(60)
        return outcome

    yield end
    end()


@pytest.mark.parametrize("said", [{}, {"email": "ann@example.com"}], ids=["short", "long"])
def test_who_does_something_while_looked_at_is_looked_at_again(
    acme: Tenant, refreshing: Callable[[], list[int]], said: dict[str, Any]
) -> None:
    with scope(acme.pk):
        view(**said)
    assert refreshing() == [1]
    assert viewers(acme) == 0
    assert refresh(acme) == 1
    assert viewers(acme) == 1
    assert refresh(acme) == 0


@pytest.mark.parametrize("said", [{}, {"email": "ann@example.com"}], ids=["short", "long"])
def test_what_is_stored_after_a_look_that_began_before_is_looked_at(
    acme: Tenant, said: dict[str, Any]
) -> None:
    """The event sees the note of the one before, and is committed when that has been taken."""
    outcome: list[int] = []
    with scope(acme.pk):
        view(**said)
        thread = aside(lambda: refresh(acme), outcome)
        thread.join(60)
        assert outcome == [1]
    assert viewers(acme) == 0
    assert refresh(acme) == 1
    assert viewers(acme) == 1


def test_two_looks_do_not_bring_back_what_was_before(
    acme: Tenant, refreshing: Callable[[], list[int]]
) -> None:
    """A second one leaves the notes; one at everybody waits, and both see what came in."""
    with scope(acme.pk):
        view()
    assert refresh(acme) == 0
    assert notes(acme) == 2
    outcome: list[int] = []
    thread = aside(lambda: refresh_traits.apply(args=[acme.pk]).get(), outcome)
    thread.join(0.5)
    assert thread.is_alive()
    assert refreshing() == [1]
    thread.join(60)
    assert (outcome, viewers(acme)) == ([1], 1)


def test_a_look_that_fails_leaves_the_notes(acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(ids: list[int]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(membership, "refresh_words", fail)
    with pytest.raises(ZeroDivisionError):
        refresh(acme)
    assert notes(acme) == 1


def test_many_are_looked_at_in_turns_those_first_who_were_noted_first(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "MOST_AT_ONCE", 1)
    with scope(acme.pk):
        for number in ("bob", "eve"):
            Customer.objects.create(external_id=number)
            view(external_id=number)
        view()
    assert refresh(acme) == 1
    with scope(acme.pk):
        left = TouchedCustomer.objects.values_list("customer__external_id", flat=True)
        assert set(left) == {"bob", "eve"}
    refresh_touched.apply(args=[acme.pk])  # rings for itself until nobody is left
    assert notes(acme) == 0
