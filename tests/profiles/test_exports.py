"""Customers, orders and segments leave as files that a spreadsheet may open and we may read."""

import csv
import io
from typing import Any

import pytest
from django.test import Client

from profiles.models import Customer, Import
from profiles.services import exports, imports, segments
from tenants.audit import AuditEntry
from tenants.context import scope
from tenants.models import Tenant, User
from tests.profiles.files import bring, counts

pytestmark = pytest.mark.django_db

PEOPLE = """customer_id,email,first_name,city,newsletter
C1,ann@example.com,"=HYPERLINK(""http://evil.example"")",Bergen,yes
C2,ben@example.com,Ben,上海,no
C3,cat@example.com,Cat,,
"""
ORDERS = """order_id,customer_id,placed_at,sku,quantity,unit_price
O1,C1,2026-05-01,A1,2,15.00
O1,C1,2026-05-01,B2,1,5.00
"""


def rows_of(answer: Any) -> list[dict[str, str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


@pytest.fixture
def shop(acme: Tenant) -> Tenant:
    with scope(acme.pk):
        bring("customers", PEOPLE)
        bring("orders", ORDERS)
    return acme


def test_everybody_leaves_in_a_file_whose_formulas_do_not_run(
    as_olga: Client, shop: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    rows = rows_of(as_olga.post("/w/acme/customers/export/"))
    assert [row["external_id"] for row in rows] == ["C1", "C2", "C3"]
    assert rows[0]["first_name"] == '\'=HYPERLINK("http://evil.example")'
    assert [row["may_email"] for row in rows] == ["yes", "no", ""]
    with scope(shop.pk):
        assert AuditEntry.objects.filter(action="customers.exported").exists()


def test_what_was_exported_comes_back_without_a_change(as_olga: Client, shop: Tenant) -> None:
    for kind, path in (("customers", "customers/"), ("orders", "customers/orders/")):
        answer = as_olga.post(f"/w/acme/{path}export/")
        content = b"".join(answer.streaming_content)
        with scope(shop.pk):
            before = imports.start_import(kind=kind, file=io.BytesIO(content), file_name="back.csv")
            mapping = {
                name: column
                for name, column in before.mapping.items()
                if not name.startswith("attributes.")
            }
            imports.confirm_mapping(before, mapping, enqueue=False)
            created, updated, _unchanged, rejected = counts(imports.run_import(before.pk))
            assert (created, updated, rejected) == (0, 0, 0)
    with scope(shop.pk):
        assert Customer.objects.count() == 3


def test_a_segment_leaves_with_its_people_alone(as_olga: Client, shop: Tenant) -> None:
    with scope(shop.pk):
        rule = {"field": "customer.may_email", "op": "is", "value": True}
        segment = segments.create_segment(name="May get email", rules=rule)
    rows = rows_of(as_olga.post(f"/w/acme/segments/{segment.public_id}/export/"))
    assert [row["email"] for row in rows] == ["ann@example.com"]


def test_who_may_only_read_may_not_take_everybody_along(rita: User, shop: Tenant) -> None:
    client = Client()
    client.force_login(rita, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("customers/export/", "customers/orders/export/"):
        assert client.post(f"/w/acme/{path}").status_code == 403
    with scope(shop.pk):
        assert Import.objects.count() == 2
        assert not AuditEntry.objects.filter(action__endswith="exported").exists()
