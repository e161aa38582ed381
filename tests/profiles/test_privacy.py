"""Erased people stay away, silent ones become anonymous, old events go."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from profiles.models import Customer, ErasedKey, Event, Order, RejectedRow, WordTrait
from profiles.services import customers, events, identity, privacy, texts
from tenants.context import scope
from tenants.errors import BadInput
from tenants.models import AuditEntry, Tenant
from tests.profiles.files import bring, counts

pytestmark = pytest.mark.django_db


def event(**more: Any) -> dict[str, Any]:
    return {"name": "product_viewed", "at": timezone.now(), "external_id": "ann"} | more


@pytest.fixture
def ann(in_acme: Tenant) -> Customer:
    row = {"external_id": "ann", "email": "ann@example.com", "first_name": "Ann", "may_email": True}
    customers.upsert_customers([row | {"attributes": {"size": 9}}])
    order = {"order_id": "1", "external_id": "ann", "placed_at": timezone.now(), "total": 20}
    customers.upsert_orders([order])
    texts.record_texts([event(text="Great quality, says Ann.") | {"name": None, "kind": "review"}])
    return Customer.objects.get()


def test_an_erased_customer_who_returns_by_import_stays_erased(ann: Customer) -> None:
    other = Customer.objects.create(email="ann@work.example")
    identity.merge(kept=ann, dropped=other)
    ann.refresh_from_db()
    privacy.erase(ann)
    ann.refresh_from_db()
    assert (ann.email, ann.first_name, ann.attributes, ann.may_email) == ("", "", {}, False)
    assert Order.objects.get().customer == ann
    assert not Event.objects.exists()
    assert not WordTrait.objects.exists()
    assert Customer.everybody.count() == 1

    rows = [
        {"external_id": "ann", "may_email": True},
        {"email": "Ann@Example.com"},
        {"email": "ann@work.example"},
        {"external_id": "bob"},
    ]
    result = customers.upsert_customers(rows)
    assert [one.code for one in result.rejected] == ["erased"] * 3
    assert result.created == 1
    assert events.record_events([event()]).rejected[0].code == "erased"
    order = {"order_id": "2", "email": "ann@example.com", "placed_at": timezone.now(), "total": 1}
    assert customers.upsert_orders([order]).rejected[0].code == "erased"
    assert Customer.objects.count() == 2
    assert Order.objects.count() == 1


def test_what_a_file_says_of_the_erased_is_not_kept(ann: Customer) -> None:
    privacy.erase(ann)
    import_ = bring("customers", "email,first_name\nann@example.com,Ann\nbob@example.com,Bob\n")
    assert counts(import_) == (1, 0, 0, 1)
    row = RejectedRow.objects.get()
    assert (row.code, row.line, row.value, row.row) == ("erased", 2, "", [])


def test_what_is_kept_of_the_erased_names_nobody(ann: Customer, globex: Tenant) -> None:
    privacy.erase(ann)
    assert not ErasedKey.objects.filter(key_hash__contains="ann").exists()
    hashes = set(ErasedKey.objects.values_list("key_hash", flat=True))
    assert privacy.key_hash("email", "ann@example.com") in hashes
    with scope(globex.pk):
        assert privacy.key_hash("email", "ann@example.com") not in hashes
        assert customers.upsert_customers([{"email": "ann@example.com"}]).created == 1


def test_silent_customers_become_anonymous(ann: Customer) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    silent = Customer.objects.create(external_id="old", first_name="Olaf")
    Customer.objects.filter(pk=silent.pk).update(created_at=long_ago, updated_at=long_ago)
    Customer.objects.filter(pk=ann.pk).update(created_at=long_ago, updated_at=long_ago)
    assert privacy.apply_policy() == (0, 0)
    privacy.save_policy(events_days=None, anonymise_days=365)
    assert privacy.apply_policy() == (0, 1)
    silent.refresh_from_db()
    ann.refresh_from_db()
    assert silent.first_name == ""
    assert silent.anonymised_at is not None
    assert ann.first_name == "Ann"  # ordered today
    assert AuditEntry.objects.filter(action="data_policy.applied").count() == 1


def drop_old_months() -> None:
    with connection.cursor() as cursor:  # a test is one transaction, in which checks still wait
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    privacy.drop_old_months()


def test_old_events_go_with_their_months(ann: Customer, globex: Tenant) -> None:
    old = timezone.now() - timedelta(days=800)
    events.record_events([event(at=old), event()])
    with scope(globex.pk):
        events.record_events([event(at=old)])
    privacy.save_policy(events_days=365, anonymise_days=None)
    drop_old_months()
    assert Event.objects.filter(at__lt=old + timedelta(days=1)).exists()  # Globex keeps the month
    assert privacy.apply_policy() == (1, 0)
    with scope(globex.pk):
        assert Event.objects.count() == 1
        privacy.save_policy(events_days=365, anonymise_days=None)
    drop_old_months()
    assert Event.objects.filter(name="product_viewed").count() == 1
    with connection.cursor() as cursor:
        sql = "SELECT count(*) FROM pg_class WHERE relname = %s"
        cursor.execute(sql, [f"event_{old:%Y_%m}"])
        assert cursor.fetchone()[0] == 0
    with scope(globex.pk):
        assert Event.objects.count() == 0


def test_a_policy_of_few_days_is_refused(in_acme: Tenant) -> None:
    with pytest.raises(BadInput, match="30 to 3650"):
        privacy.save_policy(events_days=3, anonymise_days=None)
    assert privacy.read_policy().pk is None
