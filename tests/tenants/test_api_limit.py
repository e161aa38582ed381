"""A key that asks too often is told to wait; events that come in are never refused for that."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as NoRedis

from profiles.models import Customer, Event
from tenants.context import scope
from tenants.models import Tenant
from tenants.permissions import SCOPES
from tenants.services import create_api_key

pytestmark = pytest.mark.django_db
CUSTOMERS = "/api/v1/customers/"


@pytest.fixture
def at(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Five requests a minute, and a clock: `at(48)` is 48 seconds past a minute of nobody else."""
    settings.API_REQUESTS_PER_MINUTE = 5
    minute = uuid4().int % 10**9

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr("tenants.api.time", lambda: minute * 60 + seconds)

    set_clock(48)
    return set_clock


def client_of(key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def shop(api_key: str) -> Client:
    return client_of(api_key)


def send(client: Client, path: str, body: dict[str, Any]) -> HttpResponse:
    return client.post(path, json.dumps(body), content_type="application/json")


def ask(client: Client, times: int) -> set[int]:
    return {client.get(CUSTOMERS).status_code for _time in range(times)}


def test_who_asks_too_often_is_told_how_long_to_wait(at: Any, shop: Client, acme: Tenant) -> None:
    assert ask(shop, 5) == {200}
    answer = send(shop, CUSTOMERS, {"customers": [{"email": "ann@example.com"}]})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "12")
    assert answer.json()["code"] == "too_many_requests"
    assert "its 5 requests of this minute. Go on in 12 seconds" in answer.json()["message"]
    with scope(acme.pk):
        assert not Customer.objects.exists()
    at(60)
    assert ask(shop, 5) == {200}


def test_another_key_has_a_minute_of_its_own(at: Any, shop: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        _row, other = create_api_key(tenant=acme, name="Other", scopes=SCOPES)
    assert 429 in ask(shop, 6)
    assert ask(client_of(other), 5) == {200}


def test_events_are_taken_as_fast_as_they_happen(at: Any, shop: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Customer.objects.create(external_id="C1")
    now = timezone.now().isoformat()
    seen = {"name": "Seen", "at": now, "external_id": "C1"}
    call = {"type": "track", "userId": "C1", "event": "Seen", "timestamp": now}
    for number in range(4):
        taken = send(shop, "/api/v1/events/", {"events": [seen | {"event_id": f"a{number}"}]})
        called = send(shop, "/api/v1/batch", {"batch": [call | {"messageId": f"b{number}"}]})
        assert (taken.status_code, called.status_code) == (202, 200)
    with scope(acme.pk):
        assert Event.objects.count() == 8
    assert ask(shop, 5) == {200}
    assert shop.get("/api/v1/events/").status_code == 429, "reading them is counted"


def test_no_limit_means_none(at: Any, shop: Client, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    assert ask(shop, 8) == {200}


def test_without_the_cache_nobody_is_refused(
    at: Any, shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise NoRedis

    monkeypatch.setattr(cache, "incr", away)
    assert ask(shop, 8) == {200}


def test_the_schema_says_where_a_client_may_have_to_wait(at: Any, shop: Client) -> None:
    schema = shop.get("/api/schema/", {"format": "json"}).json()
    counted = {
        (method, path): operation["responses"].get("429") is not None
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    }
    free = {("post", "/api/v1/events/"), ("post", "/api/v1/batch/")}
    assert {route for route, is_counted in counted.items() if not is_counted} == free

    ask(shop, 5)
    for method, path in counted:
        url = path.replace("{public_id}", str(uuid4()))
        answer = shop.generic(method.upper(), url, "{}", content_type="application/json")
        assert (answer.status_code == 429) is counted[method, path], (method, path)
    said = schema["components"]["responses"]["TooManyRequests"]
    refused = shop.get(CUSTOMERS)
    assert set(said["headers"]) == {"Retry-After"} <= set(refused.headers)
    assert said["content"]["application/json"]["schema"]["required"] == list(refused.json())


def test_the_documentation_needs_no_key(at: Any, client: Client) -> None:
    assert {client.get("/api/schema/").status_code for _time in range(2)} == {200}
