"""Rules ask for sums, counts and averages of what people bought and did, and say what they saw."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalogue.models import Product
from profiles.models import Customer, Event, Order, OrderLine
from profiles.rules.propose import Known, propose
from profiles.services import segments
from tenants.errors import BadInput
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(in_acme: Tenant) -> Customer:
    """Ann bought tea twice (120 and 90, of which 10 was given back) and a cup, and took lessons."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT profiles_ensure_event_partitions(current_date - 200, current_date)")
    ann = Customer.objects.create(external_id="ann", may_profile=True)
    Customer.objects.create(external_id="bob", may_profile=True)
    tea, cup = (
        Product.objects.create(external_id=key, title=key, category=category)
        for key, category in (("green", "Tea"), ("cup", "Cups"))
    )
    buy(ann, 20, [(tea, 2, 60)])
    buy(ann, 40, [(tea, 1, 100), (tea, -1, 10), (cup, 3, 5)])
    buy(ann, 200, [(tea, 1, 500)])
    for days, minutes in ((1, 30), (2, "20"), (3, "a while"), (100, 90)):
        do(ann, "lesson_done", days, minutes=minutes)
    return ann


def buy(customer: Customer, days: int, lines: list[tuple[Product, int, int]]) -> None:
    order = Order.objects.create(
        customer=customer,
        external_id=f"{customer.external_id}-{days}",
        placed_at=timezone.now() - timedelta(days=days),
        total=sum(quantity * price for _product, quantity, price in lines),
    )
    for product, quantity, price in lines:
        OrderLine.objects.create(
            order=order,
            line_key=uuid.uuid4(),
            product=product,
            quantity=quantity,
            unit_price=price,
        )


def do(customer: Customer, name: str, days: int, **details: Any) -> None:
    Event.objects.create(
        customer=customer,
        event_id=uuid.uuid4(),
        name=name,
        at=timezone.now() - timedelta(days=days),
        properties=details,
    )


def figure(name: str, value: Any, op: str = "at_least", **more: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value, **more}


LESSONS = {"of": ["lesson_done"], "detail": "minutes", "days_ago": [0, 90]}
TEA = {"of": "Tea", "days_ago": [0, 90]}
MATCHES = [
    (figure("order.spent", 210, **TEA), figure("order.spent", 211, **TEA), "210"),
    (figure("order.count", 2, **TEA), figure("order.count", 3, **TEA), "2"),
    (figure("order.items", 3, **TEA), figure("order.items", 4, **TEA), "3"),
    (figure("order.products", 2), figure("order.products", 3), "2"),
    (
        figure("order.average", [112.5, 112.5], "between", days_ago=[0, 90]),
        figure("order.average", 112, "at_most", days_ago=[0, 90]),
        "112.5",
    ),
    (figure("event.sum", 50, **LESSONS), figure("event.sum", 51, **LESSONS), "50"),
    (figure("event.average", 25, **LESSONS), figure("event.average", 26, **LESSONS), "25"),
    (figure("event.largest", 30, **LESSONS), figure("event.largest", 31, **LESSONS), "30"),
]


@pytest.mark.parametrize(("holds", "fails", "seen"), MATCHES)
def test_the_figure_decides_and_is_shown(
    ann: Customer, holds: dict[str, Any], fails: dict[str, Any], seen: str
) -> None:
    assert segments.count({"all": [{"field": "customer.country", "op": "not_known"}, holds]}) == 1
    assert ann not in segments.sample(fails)
    segment = segments.create_segment(name="Figures", rules={"all": [holds]})
    assert segments.explain(segment, ann)[1].seen == seen


def test_who_has_nothing_to_count_has_a_total_of_none_and_no_average(ann: Customer) -> None:
    bob = Customer.objects.get(external_id="bob")
    for name in ("order.spent", "order.items", "order.products"):
        assert segments.sample(figure(name, 0, "at_most", of="Cups", days_ago=[0, 5])) != []
        assert bob in segments.sample(figure(name, 0, "at_most"))
    average = {"any": [figure("order.average", 0), figure("order.average", 0, "at_most")]}
    assert bob not in segments.sample(average)
    assert bob in segments.sample({"not": average})
    segment = segments.create_segment(name="Average", rules=average)
    assert [one.seen for one in segments.explain(segment, bob)] == ["", "not known", "not known"]


def test_nothing_is_seen_of_who_refused_a_profile(ann: Customer, as_olga: Client) -> None:
    segment = segments.create_segment(name="Spent", rules=figure("order.spent", 1))
    page = f"/w/acme/segments/{segment.public_id}/why/?q=ann"
    assert "seen: 725" in as_olga.get(page).content.decode()
    Customer.objects.filter(pk=ann.pk).update(may_profile=False)
    assert "seen" not in as_olga.get(page).content.decode()


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (figure("event.sum", 1, detail="minutes"), "Say which event"),
        (figure("event.sum", 1, of="lesson_done"), "Say which number"),
        (figure("order.spent", 1, detail="minutes"), "Only sums and averages"),
        (figure("trait.order_count", 1, of="Tea"), "Only figures of orders"),
        (figure("order.spent", 1, of=[{}]), "Give a text"),
    ],
)
def test_a_figure_that_is_not_clear_is_refused(rule: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        segments.validate_rules(rule)


def test_the_rule_reads_as_a_sentence() -> None:
    spent = figure("order.spent", 200, of=["Tea"], days_ago=[0, 90])
    assert segments.describe(spent) == [
        "Ordered · for how much · in Tea · at least · 200 · in the last 90 days"
    ]
    minutes = figure("event.sum", 50, of=["lesson_done"], detail="minutes")
    assert segments.describe(minutes) == [
        "Did · sum of a number · minutes · in lesson_done · at least · 50"
    ]


def test_the_builder_asks_for_event_and_number_and_saves_them(
    ann: Customer, as_olga: Client
) -> None:
    rule = figure("event.sum", 50, **LESSONS)
    segment = segments.create_segment(name="Learners", rules={"all": [rule]})
    page = as_olga.get(f"/w/acme/segments/{segment.public_id}/").content.decode()
    assert 'name="r1-of" value="lesson_done"' in page
    assert 'name="r1-detail" value="minutes"' in page
    assert '<datalist id="suggest-details"><option value="minutes">' in page
    typed = {
        "do": "save", "name": "Learners", "match": "all", "row": "1", "r1-field": "event.sum",
        "r1-was": "event.sum", "r1-op": "at_least", "r1-value": "50", "r1-of": "lesson_done",
        "r1-detail": "minutes", "r1-end": "90",
    }  # fmt: skip
    as_olga.post(f"/w/acme/segments/{segment.public_id}/", typed)
    segment.refresh_from_db()
    assert segment.rules == {"all": [rule]}
    as_olga.post(f"/w/acme/segments/{segment.public_id}/", typed | {"r1-of": ""})
    segment.refresh_from_db()
    assert segment.rules == {}


KNOWN = Known(categories={"tea": "Tea", "茶叶": "茶叶"})


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("spent at least 200 on tea in 90 days", figure("order.spent", 200, **TEA)),
        (
            "近90天在茶叶上消费至少200",
            figure("order.spent", 200, of="茶叶", days_ago=[0, 90]),
        ),
        ("spent no less than 80", figure("order.spent", 80)),
        ("average order of at least 80", figure("order.average", 80)),
        ("平均订单金额不到80", figure("order.average", 80, "at_most")),
        (
            "bought at least 3 different products in 30 days",
            figure("order.products", 3, days_ago=[0, 30]),
        ),
        ("买过至少3种不同的商品", figure("order.products", 3)),
        ("bought 5 items of tea", figure("order.items", 5, of="Tea")),
    ],
)
def test_a_sentence_about_sums_becomes_a_figure(said: str, rule: dict[str, Any]) -> None:
    proposal = propose(said, KNOWN)
    found = [dict(one) for one in proposal.rules["all"]]
    assert proposal.unread == []
    assert found == [rule]
    segments.validate_rules(proposal.rules)
