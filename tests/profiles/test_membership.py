"""Who is in a segment is kept in step as events come in; lists are filled by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from profiles.models import Customer, ListMember, Segment, SegmentChange, SegmentMember
from profiles.services import events, lists, membership, segments
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

VIEWED = {"field": "event.performed", "op": "at_least", "value": "product_viewed", "times": 2}


def view(number: str) -> dict[str, Any]:
    return {"name": "product_viewed", "at": timezone.now(), "external_id": number}


@pytest.fixture
def segment(in_acme: Tenant) -> Segment:
    for number in ("ann", "bob"):
        Customer.objects.create(external_id=number)
    events.record_events([view("ann"), view("ann") | {"event_id": "2"}])
    return segments.create_segment(name="Viewers", rules=VIEWED)


def members(segment: Segment) -> set[str]:
    rows = SegmentMember.objects.filter(segment=segment)
    return set(rows.values_list("customer__external_id", flat=True))


def test_entering_and_leaving_are_noted_as_events_come_in(segment: Segment) -> None:
    assert membership.refresh_touched() == 1
    assert members(segment) == {"ann"}
    assert not SegmentChange.objects.exists()  # who is in it at first did not enter it

    events.record_events([view("bob"), view("bob") | {"event_id": "3"}])
    assert membership.refresh_touched() == 1
    assert members(segment) == {"ann", "bob"}
    change = SegmentChange.objects.get()
    assert (change.customer.external_id, change.entered) == ("bob", True)
    segment.refresh_from_db()
    assert segment.size == 2

    rule = VIEWED | {"op": "never"}
    segments.update_segment(segment, rules={"all": [rule]})
    assert membership.refresh_members(segment) == membership.Change(entered=0, left=2)
    since = timezone.now() - timedelta(days=1)
    assert membership.recent_changes(segment, since=since).left == 2
    assert membership.refresh_touched() == 0


def test_only_customers_of_whom_something_came_in_are_asked_about(segment: Segment) -> None:
    membership.refresh_members(segment)
    Customer.objects.filter(external_id="bob").update(country="NO")
    assert membership.refresh_members(segment, []) == membership.Change(entered=0, left=0)


def test_a_list_is_filled_by_pasting_and_from_a_segment(segment: Segment) -> None:
    chosen = lists.create_list(name="Fair in May")
    keys = lists.read_keys("ann; nobody@example.com,\n bob\nann")
    added = lists.add_keys(chosen, keys)
    assert (added.added, added.known, added.unknown) == (2, 0, ["nobody@example.com"])
    rule = {"field": "list.in", "op": "is", "value": [str(chosen.public_id)]}
    assert segments.count(rule) == 2
    assert segments.count({"all": [VIEWED, {"not": rule}]}) == 0
    assert segments.describe(rule) == ["Is in · a list · is · Fair in May"]
    again = lists.create_list(name="Again")
    assert lists.add_segment(again, segment) == 1
    assert lists.add_segment(again, segment) == 0
    lists.remove_customer(again, Customer.objects.get(external_id="ann"))
    assert not ListMember.objects.filter(list=again).exists()


def test_a_list_that_a_segment_asks_for_is_kept(in_acme: Tenant) -> None:
    chosen = lists.create_list(name="VIP")
    rule = {"field": "list.in", "op": "is", "value": [str(chosen.public_id)]}
    segments.create_segment(name="With VIP", rules=rule)
    with pytest.raises(Conflict, match="With VIP uses the list VIP"):
        lists.delete_list(chosen)
    with pytest.raises(Conflict, match="named VIP already"):
        lists.create_list(name="VIP")
    with pytest.raises(BadInput, match="a name"):
        lists.create_list(name="  ")


def test_why_somebody_is_in_a_segment(segment: Segment) -> None:
    rules = {"all": [VIEWED, {"not": {"field": "customer.country", "op": "is", "value": "NO"}}]}
    segment = segments.update_segment(segment, rules=rules)
    ann, bob = Customer.objects.order_by("external_id")
    reasons = segments.explain(segment, ann)
    assert [(one.depth, one.holds) for one in reasons] == [(0, True), (1, True), (1, True)]
    assert reasons[1].sentence == "Did · event · product_viewed · at least 2 times"
    assert [one.holds for one in segments.explain(segment, bob)] == [False, False, True]
