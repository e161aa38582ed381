"""Customers with a past, made from a seed; and the answer of a rule, computed the long way."""

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from catalogue.models import Product
from profiles.models import (
    Customer,
    CustomerList,
    Event,
    ListMember,
    Order,
    OrderLine,
    Prediction,
    Segment,
    TraitSet,
    WordTrait,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CATEGORIES = ("Trail shoes", "Tea", "茶")
EVENTS = ("product_viewed", "email_clicked")
SINCE = {"since": "2026-05-01"}
CITIES = ("", "Portland", "Bergen", "上海")
ANSWERS = (None, True, False)
LISTS = (str(uuid.UUID(int=1)), str(uuid.UUID(int=2)))
SEGMENTS = {
    str(uuid.UUID(int=3)): {"field": "customer.country", "op": "is", "value": "NO"},
    str(uuid.UUID(int=4)): {"not": {"field": "order.count", "op": "at_least", "value": 1}},
}
WORDS = ("delivery", "price")
DETAILS = ({}, {"price": 12.5}, {"price": "-4"}, {"price": "much", "minutes": 30}, {"minutes": 5})
STAGES = ("prospect", "first", "active", "loyal", "lapsed")


@dataclass
class Person:
    """A customer and what the long way needs to know of them."""

    row: Customer
    traits: TraitSet | None = None
    orders: list[tuple[Order, list[tuple[OrderLine, Product]]]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    words: list[WordTrait] = field(default_factory=list)
    foretold: dict[str, float] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)


def make_people(seed: int, size: int = 40) -> list[Person]:
    """Write `size` customers of the workspace in scope, with orders, events and traits."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, not secret
    with connection.cursor() as cursor:
        months = ["2025-01-01", NOW.date()]
        cursor.execute("SELECT profiles_ensure_event_partitions(%s, %s)", months)
    products = [
        Product.objects.create(external_id=f"p{n}", title=f"Product {n}", category=category)
        for n, category in enumerate(CATEGORIES * 2)
    ]
    lists = [CustomerList.objects.create(public_id=key, name=key) for key in LISTS]
    for key, rules in SEGMENTS.items():
        Segment.objects.create(public_id=key, name=key, rules=rules)
    people = [_make_person(draw, number, products) for number in range(size)]
    for person in people:
        _let_speak(draw, person)
        for chosen in draw.sample(lists, draw.randrange(3)):
            ListMember.objects.create(list=chosen, customer=person.row)
            person.lists.add(str(chosen.public_id))
    return people


def _let_speak(draw: random.Random, person: Person) -> None:
    for kind in ("topic", "aspect"):
        if draw.random() < 0.5:
            said = WordTrait.objects.create(
                customer=person.row,
                kind=kind,
                name=draw.choice(WORDS),
                polarity=draw.choice((None, -0.8, 0.1, 0.9)),
                confidence=0.8,
                mentions=1,
                computed_at=NOW,
            )
            person.words.append(said)


def _make_person(draw: random.Random, number: int, products: list[Product]) -> Person:
    row = Customer.objects.create(
        external_id=f"c{number}",
        language=draw.choice(("", "en", "en-GB", "zh-CN", "zh-hans", "de")),
        country=draw.choice(("", "US", "NO")),
        city=draw.choice(CITIES),
        attributes=draw.choice(
            ({}, {"size": 9}, {"size": "10.5"}, {"size": "large", "vip": True}, SINCE)
        ),
        **{f"may_{name}": draw.choice(ANSWERS) for name in ("email", "profile", "write", "track")},
    )
    moment = NOW - timedelta(days=draw.randrange(700), hours=1)
    Customer.objects.filter(pk=row.pk).update(created_at=moment)
    row.created_at = moment
    person = Person(row)
    for order in range(draw.choice((0, 0, 1, 2, 4))):
        person.orders.append(_make_order(draw, person, order, products))
    for _ in range(draw.choice((0, 0, 1, 3))):
        person.events.append(_make_event(draw, person, products))
    _foretell(draw, person)
    if draw.random() < 0.8:
        person.traits = TraitSet.objects.create(
            customer=row,
            stage=draw.choice(STAGES),
            order_count=len(person.orders),
            total_spent=Decimal(draw.randrange(300)),
            last_order_at=draw.choice((None, NOW - timedelta(days=draw.randrange(700), hours=1))),
            top_category=draw.choice(("", *CATEGORIES)),
            preferred_hour=draw.choice((None, 7, 20)),
            computed_at=NOW,
        )
    return person


def _foretell(draw: random.Random, person: Person) -> None:
    """Half of the people have a prediction, of orders and of a chance, or of the chance alone."""
    if draw.random() < 0.5:
        chance, orders = draw.choice((0.25, 0.75)), draw.choice((None, 0.5, 2.0))
        Prediction.objects.create(
            customer=person.row, weeks=13, chance=chance, orders=orders, computed_at=NOW
        )
        person.foretold = {"chance": 100 * chance}
        if orders is not None:
            person.foretold["orders"] = orders


def _make_order(draw: random.Random, person: Person, number: int, products: list[Product]) -> Any:
    order = Order.objects.create(
        customer=person.row,
        external_id=f"{person.row.external_id}-{number}",
        placed_at=NOW - timedelta(days=draw.randrange(600), hours=1),
        status=draw.choice(("placed", "placed", "placed", "cancelled", "returned")),
        total=Decimal(draw.randrange(-50, 200)),
    )
    lines = []
    for _ in range(draw.randrange(1, 3)):
        product = draw.choice(products)
        line = OrderLine.objects.create(
            order=order,
            line_key=uuid.UUID(int=draw.getrandbits(128)),
            product=product,
            quantity=draw.choice((1, 1, 2, -1)),
            unit_price=Decimal(10),
        )
        lines.append((line, product))
    return order, lines


def _make_event(draw: random.Random, person: Person, products: list[Product]) -> Event:
    return Event.objects.create(
        customer=person.row,
        event_id=uuid.UUID(int=draw.getrandbits(128)),
        name=draw.choice(EVENTS),
        at=NOW - timedelta(days=draw.randrange(600), hours=1),
        product=draw.choice((None, *products)),
        properties=draw.choice(DETAILS),
    )


# The long way


def matches(person: Person, rules: dict[str, Any]) -> bool:
    """Whether the rules choose this person."""
    return _truth(person, rules) is True


def _truth(person: Person, node: dict[str, Any]) -> bool | None:
    """True, false, or None for unknown: the person refused a profile."""
    if not node:
        return True
    if "not" in node:
        inner = _truth(person, node["not"])
        return None if inner is None else not inner
    if "all" in node or "any" in node:
        answers = [_truth(person, member) for member in node.get("all", node.get("any", []))]
        decides = "any" in node
        if decides in answers:
            return decides
        return None if None in answers else not decides
    if node["field"] == "segment.in":
        either = {"any": [SEGMENTS[key] for key in node["value"]]}
        return _truth(person, either if node["op"] == "is" else {"not": either})
    open_to_all = node["field"].startswith(("customer.", "list."))
    if not open_to_all and person.row.may_profile is False:
        return None
    return _answer(person, node)


def _answer(person: Person, rule: dict[str, Any]) -> bool:
    room, name = rule["field"].split(".", 1)
    if rule["op"] in DAY_OPS and name.startswith("attributes."):
        return _day_in_span(rule, person.row.attributes.get(name.split(".", 1)[1]))
    if room == "customer":
        if name.startswith("may_"):
            return getattr(person.row, name) is rule["value"]
        if name.startswith("attributes."):
            return _compare(rule, person.row.attributes.get(name.split(".", 1)[1]))
        value = getattr(person.row, name)
        return _compare(rule, _language(value) if name == "language" else value)
    if room == "list":
        return bool(person.lists & set(rule["value"])) is (rule["op"] == "is")
    if room == "words":
        return _says(person, rule, name)
    if room in ("trait", "prediction"):
        found = person.foretold.get(name)
        return _compare(rule, found if room == "prediction" else getattr(person.traits, name, None))
    placed = [order for order, _lines in person.orders if order.status == "placed"]
    if name == "last_at":
        return _last(rule, max((order.placed_at for order in placed), default=None))
    if name in FIGURES:
        figure = _figure_of_orders if room == "order" else _figure_of_events
        return _compare(rule, figure(person, rule, name))
    return _did(person, rule, name)


FIGURES = ("count", "spent", "items", "products", "average", "sum", "largest")


def _figure_of_orders(person: Person, rule: dict[str, Any], name: str) -> Any:
    of = rule.get("of")
    paid = bought = Decimal(0)
    orders, items, products = 0, 0, set()
    for order, lines in person.orders:
        inside = [line for line, product in lines if not of or product.category in of]
        kept = [line for line in inside if order.status == "placed" and line.quantity > 0]
        if not _in_window(order.placed_at, rule):
            continue
        if order.status == "placed" or (order.status == "returned" and order.total < 0):
            paid += sum(line.quantity * line.unit_price for line in inside) if of else order.total
        orders += order.status == "placed" and (not of or bool(kept))
        if order.status == "placed":
            bought += sum(line.quantity * line.unit_price for line in kept) if of else order.total
        items += sum(line.quantity for line in kept)
        products |= {line.product_id for line in kept}
    average = bought / orders if orders else None
    found = {"spent": paid, "count": orders, "items": items, "products": len(products)}
    return found.get(name, average)


def _figure_of_events(person: Person, rule: dict[str, Any], name: str) -> Any:
    events = [e for e in person.events if e.name in rule["of"] and _in_window(e.at, rule)]
    if name == "products":
        return len({e.product_id for e in events if e.product_id})
    found = [_as_number(e.properties.get(rule["detail"])) for e in events]
    numbers = [number for number in found if number is not None]
    if name == "sum":
        return sum(numbers)
    if not numbers:
        return None
    return max(numbers) if name == "largest" else sum(numbers) / len(numbers)


def _says(person: Person, rule: dict[str, Any], name: str) -> bool:
    kind = "aspect" if name.endswith("likes") else name
    sign = {"likes": 1, "dislikes": -1}.get(name, 0)
    said = {
        word.name
        for word in person.words
        if word.kind == kind and (not sign or (word.polarity or 0) * sign > 0.25)
    }
    if rule["op"] in ("is", "is_not"):
        said &= set(rule["value"])
    return bool(said) is (rule["op"] in ("is", "known"))


def _done_at(person: Person, name: str, wanted: list[str]) -> list[datetime]:
    """When the person did it, whatever the window."""
    if name == "performed":
        return [e.at for e in person.events if e.name in wanted]
    if name.startswith("viewed"):
        views = [e for e in person.events if e.name == "product_viewed" and e.product is not None]
        return [e.at for e in views if _named(e.product, name) in wanted]
    return [
        order.placed_at
        for order, lines in person.orders
        if order.status == "placed"
        and any(line.quantity > 0 and _named(p, name) in wanted for line, p in lines)
    ]


def _did(person: Person, rule: dict[str, Any], name: str) -> bool:
    wanted = rule["value"] if isinstance(rule["value"], list) else [rule["value"]]
    done = [at for at in _done_at(person, name, wanted) if _in_window(at, rule)]
    count, times = len(done), rule.get("times", 1)
    if spoils := rule.get("not_since"):
        since = [e for e in person.events if e.name in spoils and done and e.at > max(done)]
        return len(done) >= max(1, times) and not since
    return {"at_least": count >= times, "at_most": count <= times, "never": count == 0}[rule["op"]]


def _named(product: Product, field_name: str) -> str:
    return product.category if field_name.endswith("category") else product.external_id


def _language(value: str) -> str:
    return "zh-hans" if value.lower().startswith("zh") else value.split("-")[0].lower()


def _in_window(moment: datetime, rule: dict[str, Any]) -> bool:
    if "days_ago" not in rule:
        return True
    newest, oldest = rule["days_ago"]
    return NOW - timedelta(oldest) <= moment and (newest == 0 or moment < NOW - timedelta(newest))


def _last(rule: dict[str, Any], newest: datetime | None) -> bool:
    if newest is None:
        return rule["op"] == "never"
    return rule["op"] != "never" and _in_span(rule, newest)


def _in_span(rule: dict[str, Any], moment: datetime) -> bool:
    value = rule["value"]
    match rule["op"]:
        case "within_days":
            return moment >= NOW - timedelta(value)
        case "more_than_days_ago":
            return moment < NOW - timedelta(value)
        case "between_days_ago":
            return NOW - timedelta(value[1]) <= moment < NOW - timedelta(value[0])
    day = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return moment < day if rule["op"] == "before" else moment >= day


DAY_OPS = ("within_days", "more_than_days_ago", "between_days_ago", "before", "after")


def _day_in_span(rule: dict[str, Any], day: Any) -> bool:
    """A day without a time lies in a span whose ends are days."""
    if not isinstance(day, str) or not day.startswith("20"):
        return False
    value = rule["value"]

    def ago(days: int) -> str:
        return str((NOW - timedelta(days)).date())

    match rule["op"]:
        case "within_days":
            return day >= ago(value)
        case "more_than_days_ago":
            return day < ago(value)
        case "between_days_ago":
            return ago(value[1]) <= day < ago(value[0])
        case "before":
            return day < value
    return day >= value


def _compare(rule: dict[str, Any], found: Any) -> bool:
    value, op = rule.get("value"), rule["op"]
    if op in ("known", "not_known"):
        return (found not in (None, "")) is (op == "known")
    if op in ("is", "is_not"):
        wanted = value if isinstance(value, list) else [value]
        return (_as_text(found) in wanted) is (op == "is")
    if op == "contains":
        return found is not None and value.lower() in str(_as_text(found)).lower()
    if op in ("at_least", "at_most", "between"):
        number = _as_number(found)
        low, high = value if op == "between" else (value, value)
        return (
            number is not None
            and (op == "at_most" or number >= low)
            and (op == "at_least" or number <= high)
        )
    return found is not None and _in_span(rule, found)


def _as_text(found: Any) -> Any:
    return {True: "true", False: "false"}.get(found, str(found)) if found is not None else None


def _as_number(found: Any) -> Decimal | None:
    try:
        return None if found is None else Decimal(str(found))
    except ArithmeticError:
        return None
