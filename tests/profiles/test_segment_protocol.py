"""A client library of the Segment protocol sends here with nothing but another host."""

import base64
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from profiles.event_keys import WAIT
from profiles.models import Customer, Event
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(api_key: str) -> Client:
    word = base64.b64encode(f"{api_key}:".encode()).decode()
    return Client(headers={"Authorization": f"Basic {word}"})


def send(client: Client, *calls: Any) -> Any:
    body = json.dumps({"batch": calls, "sentAt": "2026-11-20T10:00:05Z"})
    return client.post("/api/v1/batch", body, content_type="application/json")


def track(message: str, **more: Any) -> dict[str, Any]:
    call = {"type": "track", "event": "Product Viewed", "messageId": message}
    return call | {"timestamp": "2026-11-20T10:00:00.000Z"} | more


def test_a_visitor_looks_around_signs_in_and_is_one_customer(library: Client, acme: Tenant) -> None:
    calls = [
        track("m1", anonymousId="visitor-1", properties={"sku": "A1", "price": 5}),
        {
            "type": "identify",
            "userId": "U7",
            "anonymousId": "visitor-1",
            "traits": {"email": "ann@example.com", "name": "Ann Lee", "plan": "gold",
                       "address": {"city": "Bergen"}},
        },
        {"type": "page", "userId": "U7", "messageId": "m2", "name": "Sale",
         "timestamp": "2026-11-20T10:01:00Z"},
    ]  # fmt: skip
    answer = send(library, *calls)
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "rejected": []}
    with scope(acme.pk):
        ann = Customer.objects.get()
        assert (ann.external_id, ann.email, ann.full_name) == ("U7", "ann@example.com", "Ann Lee")
        assert (ann.city, ann.attributes) == ("Bergen", {"plan": "gold"})
        names = Event.objects.order_by("at").values_list("name", "customer")
        assert list(names) == [("product_viewed", ann.pk), ("page_viewed", ann.pk)]
    assert send(library, *calls).json()["success"]
    with scope(acme.pk):
        assert Event.objects.count() == 2


@pytest.mark.parametrize("key", [{"userId": "14075.0"}, {"userId": " U7 "},
                                 {"traits": {"email": "mailto:Ann@example.com"}}])  # fmt: skip
def test_a_key_in_another_spelling_makes_no_second_customer(
    library: Client, acme: Tenant, key: dict[str, Any]
) -> None:
    """To make one here, a lock would be asked for that nobody may ask for who has another."""
    with CaptureQueriesContext(connection) as asked:
        answer = send(library, {"type": "identify", "anonymousId": "v1", **key})
    assert answer.json() == {"success": True, "rejected": []}
    with scope(acme.pk):
        ann = Customer.objects.get()
    assert (ann.external_id or ann.email) in ("14075", "U7", "ann@example.com")
    assert ann.anonymous_id == "v1"
    assert not any(f"{WAIT:.40}" in query["sql"] for query in asked)


def test_calls_that_cannot_be_kept_are_named_and_the_others_are_kept(
    library: Client, acme: Tenant
) -> None:
    answer = send(
        library,
        {"type": "shout"},
        track("m1", userId="U1"),
        track("m2", userId="U1", timestamp="2090-01-01T00:00:00Z"),
        {"type": "identify", "traits": {"plan": "gold"}},
        5,
    ).json()
    assert not answer["success"]
    assert [one["index"] for one in answer["rejected"]] == [0, 2, 3, 4]
    with scope(acme.pk):
        assert Event.objects.count() == 1


def test_a_wrong_write_key_is_refused(acme: Tenant) -> None:
    client = Client(headers={"Authorization": "Basic !!!"})
    assert send(client, track("m1", userId="U1")).status_code == 401
    with scope(acme.pk):
        assert not Event.objects.exists()
