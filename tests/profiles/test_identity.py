"""One person, several records: visitors who sign in, duplicates, merges that are taken back."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone

from profiles.models import Customer, DuplicatePair, Event, Merge, Order, SegmentMember, TraitSet
from profiles.services import consent, customers, events, identity, membership, segments, traits
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def view(at_days: int = 1, **keys: Any) -> dict[str, Any]:
    at = timezone.now() - timedelta(days=at_days, seconds=len(keys))
    return {"name": "product_viewed", "at": at, **keys}


def make(number: str, **fields: Any) -> Customer:
    return Customer.objects.create(external_id=number, **fields)


def test_what_a_visitor_did_is_theirs_when_they_sign_in(in_acme: Tenant) -> None:
    ann = make("ann")
    events.record_events([view(3, anonymous_id="v1"), view(2, anonymous_id="v1")])
    visitor = Customer.objects.get(anonymous_id="v1")
    assert Event.objects.filter(customer=visitor).count() == 2
    assert identity.identify(anonymous_id="v1", external_id="ann").pk == ann.pk
    assert Event.objects.filter(customer=ann).count() == 2
    events.record_events([view(1, anonymous_id="v1")])
    assert Event.objects.filter(customer=ann).count() == 3
    assert list(Customer.objects.all()) == [ann]


def test_a_new_visitor_becomes_a_customer_without_a_merge(in_acme: Tenant) -> None:
    events.record_events([view(anonymous_id="v1")])
    found = identity.identify(anonymous_id="v1", email="Eve@Example.com")
    assert found.email == "eve@example.com"
    assert found.events.count() == 1
    assert not Merge.objects.exists()


def test_an_event_with_both_keys_says_who_the_visitor_is(in_acme: Tenant) -> None:
    events.record_events([view(2, anonymous_id="v1")])
    result = events.record_events([view(1, anonymous_id="v1", external_id="ann")])
    assert result.created == 1
    assert Customer.objects.get().external_id == "ann"
    assert Event.objects.filter(customer=Customer.objects.get()).count() == 2


def test_a_second_person_at_the_same_browser_is_not_the_first(in_acme: Tenant) -> None:
    identity.identify(anonymous_id="v1", external_id="ann")
    bob = identity.identify(anonymous_id="v1", external_id="bob")
    assert bob.external_id == "bob"
    assert Customer.objects.count() == 2


@pytest.fixture
def pair(in_acme: Tenant) -> tuple[Customer, Customer]:
    """Ann twice: with a number, and with an address."""
    kept = make("ann", first_name="Ann", may_profile=True, attributes={"size": 9})
    dropped = Customer.objects.create(
        email="ann@example.com", city="Bergen", may_email=True, attributes={"size": 10, "vip": True}
    )
    order = {"placed_at": timezone.now() - timedelta(days=3), "total": 20}
    customers.upsert_orders(
        [
            {"order_id": "1", "external_id": "ann", **order},
            {"order_id": "2", "email": "ann@example.com", **order},
        ]
    )
    events.record_events([view(email="ann@example.com")])
    traits.refresh_traits()
    return kept, dropped


def test_a_merge_moves_everything_and_is_taken_back(pair: tuple[Customer, Customer]) -> None:
    kept, dropped = pair
    merged = identity.merge(kept=kept, dropped=dropped)
    kept.refresh_from_db()
    assert (kept.email, kept.city, kept.may_email) == ("ann@example.com", "Bergen", True)
    assert kept.attributes == {"size": 9, "vip": True}
    assert Order.objects.filter(customer=kept).count() == 2
    assert TraitSet.objects.get().order_count == 2
    assert segments.count({}) == 1

    identity.undo_merge(merged)
    kept.refresh_from_db()
    dropped.refresh_from_db()
    assert (kept.email, kept.city, kept.may_email) == ("", "", None)
    assert dropped.email == "ann@example.com"
    assert kept.attributes == {"size": 9}
    assert [Order.objects.filter(customer=one).count() for one in pair] == [1, 1]
    assert Event.objects.get().customer == dropped
    assert TraitSet.objects.count() == segments.count({}) == 2
    with pytest.raises(Conflict, match="taken back already"):
        identity.undo_merge(merged)


def test_segments_follow_a_merge_and_its_end(pair: tuple[Customer, Customer]) -> None:
    kept, dropped = pair
    twice = {"field": "event.performed", "op": "at_least", "value": "product_viewed", "times": 2}
    events.record_events([view(2, external_id="ann")])
    segment = segments.create_segment(name="Viewers", rules=twice)
    membership.refresh_members(segment)
    membership.refresh_touched()
    members = SegmentMember.objects.filter(segment=segment)
    assert not members.exists()
    merged = identity.merge(kept=kept, dropped=dropped)
    membership.refresh_touched()
    assert [one.customer for one in members.all()] == [kept]
    identity.undo_merge(merged)
    membership.refresh_touched()
    assert not members.exists()


def test_what_comes_in_under_an_old_number_is_the_kept_customers(in_acme: Tenant) -> None:
    kept, dropped = make("new", email="new@example.com"), make("old", email="old@example.com")
    identity.merge(kept=kept, dropped=dropped)
    order = {"order_id": "7", "external_id": "old", "placed_at": timezone.now(), "total": 5}
    assert customers.upsert_orders([order]).created == 1
    assert Order.objects.get().customer == kept
    row = {"external_id": "old", "email": "old@example.com", "city": "Oslo"}
    assert customers.upsert_customers([row]).updated == 1
    kept.refresh_from_db()
    assert (kept.external_id, kept.email, kept.city) == ("new", "new@example.com", "Oslo")
    assert events.record_events([view(email="old@example.com")]).created == 1
    assert Event.objects.get().customer == kept
    assert Customer.objects.count() == 1


def test_two_merges_in_a_circle_are_refused(in_acme: Tenant) -> None:
    a, b, c = make("a"), make("b"), make("c")
    identity.merge(kept=b, dropped=a)
    with pytest.raises(Conflict, match="the other way round"):
        identity.merge(kept=a, dropped=b)
    identity.merge(kept=c, dropped=b)
    with pytest.raises(Conflict, match="the other way round"):
        identity.merge(kept=a, dropped=c)
    with pytest.raises(BadInput, match="one record"):
        identity.merge(kept=c, dropped=c)
    assert Merge.objects.count() == 2
    assert list(Customer.objects.all()) == [c]


def test_merges_are_taken_back_from_the_last_one(in_acme: Tenant) -> None:
    a, b, c = make("a"), make("b"), make("c")
    first = identity.merge(kept=b, dropped=a)
    second = identity.merge(kept=c, dropped=b)
    with pytest.raises(Conflict, match="the later merge back first"):
        identity.undo_merge(first)
    identity.undo_merge(second)
    identity.undo_merge(first)
    assert Customer.objects.count() == 3


def test_a_no_of_either_record_stays_a_no(in_acme: Tenant) -> None:
    kept, dropped = make("a", may_profile=True, may_email=None), make("b", may_email=True)
    consent.set_consent(customer=dropped, purpose="profiling", granted=False, source="phone")
    identity.merge(kept=kept, dropped=dropped)
    kept.refresh_from_db()
    assert kept.may_profile is False
    assert kept.may_email is None or kept.email  # a yes for one address is none for another
    assert not TraitSet.objects.filter(customer=kept).exists()


def test_records_of_one_person_are_found_once(in_acme: Tenant) -> None:
    make("1", email="ann.lee@gmail.com")
    make("2", email="annlee+shop@googlemail.com")
    make("3", phone="+47 22 33 44 55")
    make("4", phone="0047-22334455")
    make("5", first_name="Bo", last_name="Ek", attributes={"zip": "N-5003"})
    make("6", first_name="bo", last_name="EK", attributes={"postcode": "n-5003"})
    make("7", first_name="Bo", last_name="Ek")
    assert identity.find_duplicates() == 3
    assert identity.find_duplicates() == 0
    assert set(DuplicatePair.objects.values_list("reason", flat=True)) == {"email", "phone", "name"}
    pair = DuplicatePair.objects.get(reason="phone")
    identity.mark_different(pair)
    assert identity.find_duplicates() == 0
    other = DuplicatePair.objects.get(reason="email")
    identity.merge(kept=other.first, dropped=other.second)
    other.refresh_from_db()
    assert other.state == "merged"


def test_an_event_of_next_year_is_refused_in_a_sentence(in_acme: Tenant) -> None:
    next_year = timezone.now() + timedelta(days=300)
    result = events.record_events([view(external_id="ann") | {"at": next_year}])
    assert [(one.field, one.code) for one in result.rejected] == [("at", "in_future")]
    assert result.rejected[0].message == "An event lies in the past. Correct its date or time zone."
    assert not Event.objects.exists()
    assert not Customer.objects.exists()


def test_a_negative_price_and_an_order_of_nobody_are_refused(in_acme: Tenant) -> None:
    order = {"order_id": "1", "external_id": "ann", "placed_at": timezone.now()}
    line = {"sku": "tea", "unit_price": -3}
    result = customers.upsert_orders(
        [order | {"lines": [line]}, {"order_id": "2", "placed_at": timezone.now(), "total": 5}]
    )
    assert [one.code for one in result.rejected] == ["price_negative", "no_key"]
    assert not Order.objects.exists()


def test_returns_and_cancellations_count_right(in_acme: Tenant) -> None:
    def order(number: str, **more: Any) -> dict[str, Any]:
        at = timezone.now() - timedelta(days=5)
        return {"order_id": number, "external_id": "ann", "placed_at": at, **more}

    line = {"sku": "tea", "unit_price": 10}
    customers.upsert_orders(
        [
            order("1", lines=[line | {"quantity": 3}]),
            order("2", lines=[line | {"quantity": -1}]),
            order("3", total=100, status="cancelled"),
        ]
    )
    traits.refresh_traits()
    found = TraitSet.objects.get()
    assert (found.order_count, found.total_spent) == (1, 20)
    assert segments.count({"field": "order.count", "op": "at_least", "value": 2}) == 0
    assert segments.count({"field": "order.spent", "op": "between", "value": [20, 20]}) == 1


def test_what_customers_have_is_counted_by_the_orm(in_acme: Tenant) -> None:
    """Their key is (tenant, id): PostgreSQL does not infer their other columns from the id."""
    Customer.objects.create(external_id="C1")
    assert [
        one.orders_count for one in Customer.objects.annotate(orders_count=Count("orders"))
    ] == [0]
