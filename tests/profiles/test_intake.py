"""The short way of events from the API stores what the long way stores, and leaves it the rest."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalogue.models import Product, ProductVariant
from profiles import intake
from profiles.models import Customer, Event, TouchedCustomer
from profiles.services import events, identity, privacy
from tenants.context import scope
from tenants.models import Tenant
from tests.queries import FRAME

pytestmark = pytest.mark.django_db
MOMENT = timezone.now()
NOW = MOMENT.isoformat()


@pytest.fixture
def shop(acme: Tenant) -> Any:
    with scope(acme.pk):
        for number in ("C1", "C2"):
            Customer.objects.create(external_id=number)
        with connection.cursor() as cursor:
            cursor.execute("SELECT profiles_ensure_event_partitions(%s, %s)", [MOMENT.date()] * 2)
        yield acme


def event(number: Any = "C1", **said: Any) -> dict[str, Any]:
    return {
        "name": "Product viewed",
        "at": NOW,
        "external_id": number,
        "event_id": str(uuid4()),
        "properties": {"price": 5, "text": "schön"},
    } | said


def stored(rows: list[dict[str, Any]]) -> int | None:
    with connection.cursor() as cursor:
        return intake.store_plain(cursor, rows)


def kept() -> list[tuple[Any, ...]]:
    return sorted(
        Event.objects.values_list(
            "customer__external_id", "name", "at", "event_id", "properties", "product__title"
        ),
        key=str,
    )


def test_both_ways_store_the_same(shop: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    tea = Product.objects.create(external_id="P9", title="Tea")
    ProductVariant.objects.create(product=tea, sku="P9-250", title="P9-250")
    Product.objects.create(external_id="P9-500", title="Big tea")
    ProductVariant.objects.create(product=tea, sku="P9-500", title="P9-500")
    rows = [event(), event("C2", sku="P9"), event(event_id="mine-7", properties=None)]
    rows += [event(sku=sku) for sku in ("P9-250", "P9-500", "P0")]
    odd = {'a"b': "c\\d", "e": '{"f", NULL}', "g": ["'", "\n", "%s", "{}"], "茶": "NULL"}
    rows += [event(name="查看 商品", properties=odd), event(properties={"a": "\\"})]
    assert stored(rows) == len(rows)
    short = kept()
    assert [row[5] for row in short].count("Tea") == 2
    assert odd in [row[4] for row in short]
    assert TouchedCustomer.objects.count() == 2
    Event.objects.all()._raw_delete(using="default")
    monkeypatch.setattr(intake, "store_plain", lambda cursor, records: None)
    assert events.record_events(rows).created == len(rows)
    assert kept() == short


def test_an_event_that_came_before_is_unchanged(shop: Tenant) -> None:
    rows = [event(), event()]
    again = [*rows, event(), rows[0]]
    assert events.record_events(rows).created == 2
    result = events.record_events(again)
    assert (result.created, result.unchanged) == (1, 3)
    assert Event.objects.count() == 3


def test_a_number_may_come_as_a_number(shop: Tenant) -> None:
    Customer.objects.create(external_id="17")
    assert stored([event(17)]) == 1


@pytest.mark.parametrize(
    "odd",
    [
        event("C3"),
        event(email="ann@example.com"),
        event(event_id=None),
        event(event_id=""),
        event(at="2026-11-01"),
        event(at="2026-11-01T10:00:00"),
        event(at="2999-11-01T10:00:00+00:00"),
        event(at="1999-11-01T10:00:00+00:00"),
        event(name="  "),
        event(name="x" * 101),
        event(name="a\0"),
        event(name="a\ud800"),
        event(" C1"),
        event(True),
        event(sku=5.5),
        event(properties={"text": "a\0b"}),
        event(properties={"text": "\ud800"}),
        event(properties={"price": float("nan")}),
        event(properties=[1]),
        event(colour="red"),
        {"name": "x"},
        5,
    ],
)
def test_what_is_unusual_goes_the_long_way(shop: Tenant, odd: Any) -> None:
    assert stored([event(), odd]) is None
    assert not Event.objects.exists()
    events.record_events([event(), odd])
    assert Event.objects.filter(customer__external_id="C1").exists()


def test_a_name_of_signs_alone_is_refused_and_the_others_stay(shop: Tenant) -> None:
    result = events.record_events([event(), event(name="!!!")])
    assert (result.created, [one.code for one in result.rejected]) == (1, ["missing"])
    assert Event.objects.get().name == "product_viewed"


def test_events_of_somebody_erased_are_refused(shop: Tenant) -> None:
    privacy.erase(Customer.objects.get(external_id="C2"))
    assert stored([event("C1")]) == 1
    result = events.record_events([event("C1"), event("C2")])
    assert result.created == 1
    assert [one.code for one in result.rejected] == ["erased"]


def test_events_of_a_merged_number_go_to_who_was_kept(shop: Tenant) -> None:
    first, second = Customer.objects.order_by("pk")
    identity.merge(kept=first, dropped=second, reason="by_hand")
    events.record_events([event("C2")])
    assert Event.objects.get().customer == first


def test_another_workspace_has_numbers_of_its_own(shop: Tenant, globex: Tenant) -> None:
    with scope(globex.pk):
        assert stored([event("C1")]) is None
        assert not Event.objects.exists()


def test_a_month_that_has_no_place_yet_goes_the_long_way(shop: Tenant) -> None:
    known = event()
    assert stored([known]) == 1
    old = event(at="2019-05-01T10:00:00+00:00")
    assert stored([event(), old]) is None
    assert stored([known, old]) is None  # also where another one is known
    assert Event.objects.count() == 1
    assert events.record_events([known, old]).created == 1
    assert stored([event(at="2019-05-02T10:00:00+00:00")]) == 1


@pytest.mark.parametrize(
    ("at", "kept_at"),
    [
        ("2026-11-01T10:00:00Z", "2026-11-01T10:00:00"),
        ("2026-11-01T10:00:00.5-05:30", "2026-11-01T15:30:00.500000"),
        ("2026-11-01T10:00:00.123456789Z", "2026-11-01T10:00:00.123456"),
        ("2026-11-01T10:00:00+2330", "2026-10-31T10:30:00"),
        ("2026-W44-7T10:00:00+00:00", "2026-11-01T10:00:00"),
    ],
)
def test_moments_are_read_alike(shop: Tenant, at: str, kept_at: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT profiles_ensure_event_partitions('2026-10-01', '2026-11-01')")
    assert stored([event(at=at)]) == 1
    assert Event.objects.get().at.replace(tzinfo=None).isoformat() == kept_at


@pytest.mark.parametrize("two", ["A1\nB2", "A1\n", "\nA1", 'A"1', "A\\1", "A1,B2", "A1}", ""])
def test_no_identifier_passes_for_two(shop: Tenant, two: str) -> None:
    for field in ("external_id", "event_id", "sku"):
        if field != "sku" or two:
            assert stored([event(**{field: two})]) is None
    assert not Event.objects.exists()


def test_a_request_asks_for_the_key_and_stores(shop: Tenant, api_key: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {api_key}"})
    for _request in range(2):  # the first one notes that the key was used
        rows = {"events": [event(), event("C2")]}
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/api/v1/events/", rows, content_type="application/json")
        assert (answer.status_code, answer.json()["created"]) == (202, 2)
    asked = [query["sql"] for query in captured.captured_queries]
    asked = [sql.strip() for sql in asked if not sql.startswith(FRAME)]
    assert [sql.split("(")[0] for sql in asked] == [
        "SELECT * FROM tenants_open_key",
        "SELECT profiles_store_events",
    ]


def test_what_is_no_batch_is_refused_and_leaves_nothing(shop: Tenant, api_key: str) -> None:
    client = Client(headers={"Authorization": f"Bearer {api_key}"})
    for body, status in (("{", 422), ('{"events": 5}', 422), ('{"events": [5]}', 202)):
        answer = client.post("/api/v1/events/", body, content_type="application/json")
        assert answer.status_code == status
    assert not Event.objects.exists()
