"""Traits are what a person would say who knew the customer's orders and clicks."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from catalogue.models import Product
from profiles.models import Customer, Event, Order, OrderLine, TraitSet
from profiles.services import traits
from profiles.services.consent import set_consent
from tenants.models import Tenant

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.fixture
def products(in_acme: Tenant) -> dict[str, Product]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT profiles_ensure_event_partitions('2025-01-01', '2026-12-01')")
    return {
        key: Product.objects.create(external_id=key, title=title, category=category)
        for key, title, category in (
            ("shoe", "Cascade 4", "Trail shoes"),
            ("cape", "Drift rain cape", "Rain wear"),
            ("box", "Tea box", "Gift sets"),
        )
    }


def person(number: str = "c1", **fields: Any) -> Customer:
    return Customer.objects.create(external_id=number, **fields)


def order(
    customer: Customer,
    days_ago: float,
    *lines: tuple[Product, int],
    discount: int = 0,
    status: str = "placed",
) -> Order:
    row = Order.objects.create(
        customer=customer,
        external_id=str(uuid.uuid4()),
        placed_at=NOW - timedelta(days=days_ago),
        total=sum(price for _product, price in lines) or 10,
        discount=discount,
        status=status,
    )
    for product, price in lines:
        OrderLine.objects.create(
            order=row, line_key=uuid.uuid4(), product=product, quantity=1, unit_price=price
        )
    return row


def view(customer: Customer, product: Product, *hours_ago: float) -> None:
    for hours in hours_ago:
        Event.objects.create(
            customer=customer,
            event_id=uuid.uuid4(),
            name="product_viewed",
            at=NOW - timedelta(hours=hours),
            product=product,
        )


def traits_of(customer: Customer) -> TraitSet:
    traits.refresh_traits(at=NOW)
    return TraitSet.objects.get(customer=customer)


@pytest.mark.parametrize(
    ("days_ago", "stage"),
    [
        ((), "prospect"),
        ((10,), "first"),
        ((200,), "lapsed"),
        ((10, 40), "active"),
        ((10, 40, 70, 100, 130), "loyal"),
        ((90, 100, 110), "lapsed"),  # every ten days, then nothing for 90
        ((90, 180, 270), "active"),  # four times a year: 90 days are usual
        ((29, 36, 43), "active"),  # nobody lapses within a month
    ],
)
def test_the_stage_follows_from_the_own_rhythm(
    products: dict[str, Product], days_ago: tuple[int, ...], stage: str
) -> None:
    customer = person()
    for days in days_ago:
        order(customer, days, (products["shoe"], 100))
    found = traits_of(customer)
    assert found.stage == stage
    assert found.order_count == len(days_ago)
    assert 0 < found.confidence["stage"] <= 1


def test_cancelled_and_returned_orders_do_not_count(products: dict[str, Product]) -> None:
    customer = person()
    for status in ("cancelled", "returned"):
        order(customer, 5, (products["shoe"], 100), status=status)
    found = traits_of(customer)
    assert (found.stage, found.order_count, found.total_spent) == ("prospect", 0, Decimal(0))
    assert found.last_product is None


def test_a_return_is_taken_off_what_was_spent(products: dict[str, Product]) -> None:
    customer = person()
    order(customer, 20, (products["shoe"], 100), (products["cape"], 80))
    refund = order(customer, 5, status="returned")
    Order.objects.filter(pk=refund.pk).update(total=-80)
    found = traits_of(customer)
    assert (found.order_count, found.total_spent) == (1, Decimal(100))


def test_the_favourite_category_cites_orders_and_views(products: dict[str, Product]) -> None:
    customer = person()
    for days in (10, 40, 70, 100):
        order(customer, days, (products["shoe"], 100))
    order(customer, 120, (products["cape"], 80))
    view(customer, products["shoe"], *range(1, 7))
    found = traits_of(customer)
    assert found.top_category == "Trail shoes"
    assert found.top_categories[0] == {
        "category": "Trail shoes",
        "orders": 4,
        "views": 6,
        "share": 0.82,
    }
    assert found.last_product == products["shoe"]
    line = traits.explain_trait(found, "top_category")
    assert line.evidence == "4 of 5 orders, 6 of 6 product views, since 24 November 2025."
    assert (line.level, line.behind) == (3, "5 orders, 6 events")


def test_views_alone_say_less_than_orders(products: dict[str, Product]) -> None:
    customer = person()
    view(customer, products["shoe"], 1, 2, 3)
    found = traits_of(customer)
    assert found.top_category == "Trail shoes"
    assert traits.explain_trait(found, "top_category").level == 1


def test_who_buys_in_sales_is_moved_by_price(products: dict[str, Product]) -> None:
    keen, steady = person("keen"), person("steady")
    for days in (10, 40, 70, 100, 130, 160):
        order(keen, days, (products["shoe"], 80), discount=20)
        order(steady, days, (products["cape"], 120))
    found, other = traits_of(keen), TraitSet.objects.get(customer=steady)
    assert (found.discount_affinity, found.motive, found.price_band) == ("high", "price", "low")
    assert (other.discount_affinity, other.price_band) == ("low", "high")
    assert other.motive == "quality"
    assert found.evidence["discount_affinity"] == {
        "on_offer": 6,
        "orders": 6,
        "since": "2026-06-17",
    }


def test_gifts_and_habits_are_told_apart(products: dict[str, Product]) -> None:
    giver, regular = person("giver"), person("regular")
    for days, key in ((10, "box"), (400, "box"), (200, "box")):
        order(giver, days, (products[key], 40))
        order(regular, days, (products["cape"], 40))
    for days in (50, 90, 130):
        order(regular, days, (products["cape"], 40))
        order(
            giver,
            days,
            (Product.objects.create(external_id=f"g{days}", title="Set", category="Gift sets"), 40),
        )
    assert traits_of(giver).motive == "gift"
    assert TraitSet.objects.get(customer=regular).motive == "habit"


def test_two_purchases_say_no_motive(products: dict[str, Product]) -> None:
    customer = person()
    order(customer, 10, (products["box"], 40))
    assert traits_of(customer).motive == "none"


def test_the_preferred_hour_is_in_the_customers_zone(products: dict[str, Product]) -> None:
    here, there = person("here"), person("there", timezone="Asia/Shanghai")
    lost = person("lost", timezone="Mars/Olympus")
    for customer in (here, there, lost):
        view(customer, products["shoe"], 24, 48, 72.5)  # 12:30, 12:30, 12:00
    assert traits_of(here).preferred_hour == 12
    assert TraitSet.objects.get(customer=there).preferred_hour == 20
    assert TraitSet.objects.get(customer=lost).preferred_hour == 12


def test_a_date_without_a_time_is_no_hour(products: dict[str, Product]) -> None:
    customer = person()
    for days in (1, 2, 3):
        order(customer, days + 12.5 / 24, (products["shoe"], 100))  # midnight
    assert traits_of(customer).preferred_hour is None


def test_the_language_is_the_own_else_that_of_the_country(in_acme: Tenant) -> None:
    for number in range(6):
        person(f"n{number}", country="CN", language="zh-CN")
    own, guessed = person("own", country="CN", language="en-GB"), person("guess", country="CN")
    nowhere = person("nowhere")
    found = traits_of(own)
    assert (found.language, found.confidence["language"]) == ("en", 1)
    found = TraitSet.objects.get(customer=guessed)
    assert (found.language, found.confidence["language"]) == ("zh-hans", 0.45)
    assert "people in CN" in traits.explain_trait(found, "language").evidence
    assert TraitSet.objects.get(customer=nowhere).confidence["language"] == 0.3


def test_every_trait_has_a_sentence(products: dict[str, Product]) -> None:
    customer = person(language="en")
    for days in (10, 40, 70, 100, 130, 160):
        order(customer, days, (products["shoe"], 80 + days), discount=20)
    view(customer, products["cape"], 1, 2, 3)
    lines = traits.explain_traits(traits_of(customer))
    needs_more = {"top_brand", "top_channel", "season"}
    assert {line.name for line in lines} == set(traits.SHOWN) - needs_more
    for line in lines:
        assert line.evidence.endswith(".")
        assert 0 < line.confidence <= 1


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [(0, "today", "今天"), (1, "yesterday", "昨天"), (5, "5 days ago", "5 天前")],
)
def test_the_last_order_is_so_long_ago_as_people_say(
    products: dict[str, Product], days: int, english: str, chinese: str
) -> None:
    order(person(), days, (products["shoe"], 100))
    line = traits.explain_trait(traits_of(Customer.objects.get()), "stage")
    assert f"{english}. Counts as lapsed" in line.evidence
    with translation.override("zh-hans"):
        line = traits.explain_trait(TraitSet.objects.get(), "stage")
    assert f"（{chinese}）。" in line.evidence


def test_brand_channel_season_and_the_next_order(products: dict[str, Product]) -> None:
    Product.objects.filter(pk=products["shoe"].pk).update(brand="Oak")
    customer = person(language="en")
    for days in (20, 50, 80, 385, 415):
        order(customer, days, (products["shoe"], 80), (products["box"], 10))
    Order.objects.update(channel="web")
    found = traits_of(customer)
    assert (found.top_brand, found.top_channel, found.season) == ("Oak", "web", "09-11")
    assert (found.basket_items, found.basket_value) == (2, 90)
    assert found.cadence_days == 30
    assert found.next_due_at == (NOW + timedelta(days=10)).date()
    words = {line.name: line for line in traits.explain_traits(found)}
    assert words["top_brand"].evidence.startswith("In 5 of 5 orders with a brand")
    assert words["season"].value == "September to November"


def test_engagement_counts_days_with_events(products: dict[str, Product]) -> None:
    busy, quiet, silent = person("busy"), person("quiet"), person("silent")
    view(busy, products["shoe"], *(24 * day for day in range(1, 8)))
    view(quiet, products["shoe"], 24 * 200)
    traits.refresh_traits(at=NOW)
    levels = dict(TraitSet.objects.values_list("customer", "engagement"))
    assert [levels[one.pk] for one in (busy, quiet, silent)] == ["high", "low", ""]


def test_who_refuses_a_profile_has_no_traits(products: dict[str, Product]) -> None:
    customer = person()
    order(customer, 10, (products["shoe"], 100))
    traits_of(customer)
    set_consent(customer=customer, purpose="profiling", granted=False, source="preference centre")
    assert not TraitSet.objects.exists()
    assert traits.refresh_traits(at=NOW) == 0
    Customer.objects.update(may_profile=None)
    assert traits.refresh_traits(at=NOW) == 1
    Customer.objects.update(may_profile=False)  # as an import would write it
    traits.refresh_traits(at=NOW)
    assert not TraitSet.objects.exists()


def test_only_the_chosen_are_refreshed(products: dict[str, Product]) -> None:
    one, other = person("one"), person("other")
    order(one, 10, (products["shoe"], 100))
    assert traits.refresh_traits([one.pk], at=NOW) == 1
    assert traits.refresh_traits([], at=NOW) == 0
    assert list(TraitSet.objects.values_list("customer_id", flat=True)) == [one.pk]
    chosen = TraitSet.objects.values().get()
    traits.refresh_traits(at=NOW)
    assert TraitSet.objects.values().get(customer=one) == chosen
    assert TraitSet.objects.filter(customer=other).exists()
