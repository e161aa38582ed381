"""What partners do by REST: send customers, orders, events and files, and read them back."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from profiles.models import Consent, Customer, Event, Import, Order
from tenants import services
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

API = "/api/v1/"


@pytest.fixture
def partner(api_key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {api_key}"})


def post(client: Client, path: str, body: Any) -> Any:
    data = body if isinstance(body, str) else json.dumps(body)
    return client.post(f"{API}{path}/", data, content_type="application/json")


def test_customers_are_created_updated_and_refused_one_by_one(
    partner: Client, acme: Tenant
) -> None:
    ann = {"external_id": 1, "email": "Ann@example.com", "may_email": True}
    ann["attributes"] = {"tier": "gold", "sizes": [1, 2], "code": "007"}
    answer = post(partner, "customers", {"customers": [ann, {"email": "no"}, {"nome": "x"}, 5]})
    assert answer.status_code == 200
    result = answer.json()
    assert [result[name] for name in ("created", "updated", "unchanged")] == [1, 0, 0]
    assert [(one["index"], one["field"], one["code"]) for one in result["rejected"]] == [
        (1, "email", "email_invalid"),
        (2, "nome", "unknown_field"),
        (3, "", "not_an_object"),
    ]
    with scope(acme.pk):
        customer = Customer.objects.get()
        assert customer.attributes == {"tier": "gold", "sizes": [1, 2], "code": "007"}
        assert Consent.objects.get().source == "API key Shop"
    again = post(partner, "customers", [ann, {"email": "ann@example.com", "city": "Rome"}]).json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1)
    assert again["rejected"][0]["code"] == "duplicate"
    moved = post(partner, "customers", [{"email": "ann@example.com", "city": "Rome"}]).json()
    assert moved["updated"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "bad_input"),
        ('{"people": []}', "bad_input"),
        ('"text"', "bad_input"),
        (json.dumps([{"email": "a@example.com"}] * 1001), "too_many"),
        ('[{"email": "\\ud800@example.com"}]', "bad_input"),
    ],
)
def test_a_body_that_is_no_batch_is_refused(
    partner: Client, acme: Tenant, body: str, code: str
) -> None:
    answer = post(partner, "customers", body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    with scope(acme.pk):
        assert not Customer.objects.exists()


@pytest.mark.parametrize("attributes", [{"a": "\0"}, {"a": {"b": ["\0"]}}, [1], "x"])
def test_attributes_that_cannot_be_stored_are_refused(partner: Client, attributes: Any) -> None:
    body = [{"email": "a@example.com", "attributes": attributes}]
    result = post(partner, "customers", body).json()
    assert result["rejected"][0]["field"] == "attributes"


def test_customers_are_listed_by_pages_and_filters(partner: Client) -> None:
    people = [{"email": f"p{n}@example.com", "country": "IT" if n % 2 else "FR"} for n in range(5)]
    post(partner, "customers", people)
    page = partner.get(f"{API}customers/?page_size=2").json()
    assert [one["email"] for one in page["results"]] == ["p4@example.com", "p3@example.com"]
    following = partner.get(page["next"]).json()
    assert [one["email"] for one in following["results"]] == ["p2@example.com", "p1@example.com"]
    found = partner.get(f"{API}customers/?country=FR").json()["results"]
    assert len(found) == 3
    one = partner.get(f"{API}customers/{found[0]['id']}/").json()
    assert one["email"] == "p4@example.com"


def test_an_order_is_saved_whole_or_not_and_its_lines_are_replaced(
    partner: Client, acme: Tenant
) -> None:
    lines = [
        {"sku": "a", "quantity": 2, "unit_price": "3.50"},
        {"sku": "b", "unit_price": 1, "line_discount": 0.5},
    ]
    good = {"order_id": "o1", "external_id": "9", "placed_at": "2026-11-01T10:00:00Z"}
    bad = good | {"order_id": "o2", "lines": [*lines, {"sku": "c", "unit_price": -1}]}
    plain = good | {"order_id": "o3", "total": 12, "status": "refunded"}
    result = post(partner, "orders", {"orders": [good | {"lines": lines}, bad, plain]}).json()
    assert (result["created"], result["rejected"][0]["index"]) == (2, 1)
    assert result["rejected"][0]["code"] == "price_negative"
    with scope(acme.pk):
        totals = Order.objects.order_by("external_id").values_list("external_id", "total", "status")
        assert [(a, float(b), c) for a, b, c in totals] == [
            ("o1", 7.5, "placed"),
            ("o3", 12.0, "returned"),
        ]
    fewer = post(partner, "orders", {"orders": [good | {"lines": lines[:1]}]}).json()
    assert (fewer["created"], fewer["updated"]) == (0, 1)
    same = post(partner, "orders", {"orders": [good | {"lines": lines[:1]}]}).json()
    assert (same["updated"], same["unchanged"]) == (0, 1)
    listed = partner.get(f"{API}orders/?order_id=o1").json()["results"]
    assert [(one["total"], len(one["lines"])) for one in listed] == [("7.00", 1)]


def test_an_event_is_stored_once_and_a_repeat_is_answered_the_same(
    partner: Client, acme: Tenant
) -> None:
    event = {
        "name": "Product Viewed",
        "at": "2026-11-01T10:00:00+08:00",
        "external_id": "9",
        "event_id": "m-1",
        "properties": {"page": "home"},
    }
    first = post(partner, "events", {"events": [event]})
    assert (first.status_code, first.json()["created"]) == (202, 1)
    second = post(partner, "events", {"events": [event, event | {"at": "never"}]})
    assert (second.status_code, second.json()["unchanged"]) == (202, 1)
    assert second.json()["rejected"][0]["code"] == "date_unreadable"
    with scope(acme.pk):
        stored = Event.objects.get()
        assert (stored.name, stored.properties) == ("product_viewed", {"page": "home"})
    listed = partner.get(f"{API}events/?name=product_viewed").json()["results"]
    assert [one["at"] for one in listed] == ["2026-11-01T02:00:00Z"]


def test_a_file_is_posted_followed_and_its_rejected_rows_read(
    partner: Client, acme: Tenant, django_capture_on_commit_callbacks
) -> None:
    file = SimpleUploadedFile("people.csv", b"Email\na@example.com\nwrong\n")
    with django_capture_on_commit_callbacks(execute=True):
        answer = partner.post(f"{API}imports/", {"kind": "customers", "file": file})
    assert answer.status_code == 201
    url = f"{API}imports/{answer.json()['id']}/"
    done = partner.get(url).json()
    assert (done["state"], done["created"], done["rejected"]) == ("done", 1, 1)
    rows = partner.get(f"{url}rejected/").json()["results"]
    assert [(row["line"], row["column"], row["code"]) for row in rows] == [
        (3, "Email", "email_invalid")
    ]


def test_a_mapping_that_names_no_column_is_refused_and_keeps_nothing(
    partner: Client, acme: Tenant
) -> None:
    file = SimpleUploadedFile("people.csv", b"Email\na@example.com\n")
    body = {"kind": "customers", "file": file, "mapping": '{"email": "Mail"}'}
    answer = partner.post(f"{API}imports/", body)
    assert (answer.status_code, answer.json()["fields"]) == (
        422,
        {"email": "The file has no column “Mail”."},
    )
    with scope(acme.pk):
        assert not Import.objects.exists()


def test_a_key_without_the_scope_writes_nothing(acme: Tenant) -> None:
    with scope(acme.pk):
        key = services.create_api_key(tenant=acme, name="Reader", scopes=["customers:read"])[1]
    reader = Client(headers={"Authorization": f"Bearer {key}"})
    for path in ("customers", "orders", "events"):
        assert reader.get(f"{API}{path}/").status_code == 200
        assert post(reader, path, []).status_code == 403
    with scope(acme.pk):
        assert not Customer.objects.exists()


def test_another_workspace_reads_nothing(partner: Client, acme: Tenant, globex: Tenant) -> None:
    post(partner, "customers", [{"email": "ann@example.com"}])
    with scope(acme.pk):
        ann = Customer.objects.get()
    with scope(globex.pk):
        key = services.create_api_key(tenant=globex, name="G", scopes=["customers:read"])[1]
    stranger = Client(headers={"Authorization": f"Bearer {key}"})
    assert stranger.get(f"{API}customers/").json()["results"] == []
    assert stranger.get(f"{API}customers/{ann.public_id}/").status_code == 404
