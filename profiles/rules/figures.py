"""Sums, counts and averages over what people ordered and did, as conditions.

What was spent counts orders that were placed, and takes off returns with a negative total. What
was bought counts lines with a positive quantity of orders that were placed. A number among the
details of an event counts if it is one, or is written as one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from profiles.rules.behaviour import BOUGHT, ORDERS, having, window_of
from profiles.rules.conditions import Both, Condition, Context, Opposite
from profiles.rules.fields import Kind
from profiles.rules.parse import Rule

PAID = "(o.status = 'placed' OR o.status = 'returned' AND o.total < 0)"
MONEY = f"profiles_order o WHERE o.tenant_id = %s AND {PAID}"
LINES = (
    "profiles_order o JOIN profiles_orderline l ON l.tenant_id = o.tenant_id AND l.order_id = o.id"
)
ITEMS = f"{LINES} WHERE o.tenant_id = %s AND o.status = 'placed' AND l.quantity > 0"
MONEY_OF = (
    f"{LINES} JOIN catalogue_product p ON p.tenant_id = o.tenant_id AND p.id = l.product_id"
    f" WHERE o.tenant_id = %s AND {PAID}"
)
LINE_PAID = "l.quantity * l.unit_price - l.discount"

DETAIL = (
    "CASE WHEN e.properties ->> %s ~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$'"
    " THEN (e.properties ->> %s)::numeric END"
)
NUMBERS = (
    f"profiles_event e CROSS JOIN LATERAL (SELECT {DETAIL} AS number) d"
    " WHERE d.number IS NOT NULL AND e.tenant_id = %s"
)
SEEN = "profiles_event e WHERE e.tenant_id = %s"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """Where to look, whose it is, when it was, and what is computed; `of` is what narrows it.

    `joined`: the rows come from more than one table (see `behaviour.having`).
    """

    source: str
    counted: str
    joined: bool
    of: str = ""
    customer: str = "o.customer_id"
    moment: str = "o.placed_at"


def _of_orders(source: str, counted: str) -> Figure:
    return Figure(source=source, counted=counted, joined=False)


def _of_lines(source: str, counted: str, of: str = "") -> Figure:
    return Figure(source=source, counted=counted, joined=True, of=of)


def _of_events(source: str, counted: str, *, joined: bool) -> Figure:
    return Figure(
        source=source,
        counted=counted,
        joined=joined,
        of="e.name",
        customer="e.customer_id",
        moment="e.at",
    )


FIGURES: Mapping[str, Figure] = {
    "order.count": _of_orders(ORDERS, "count(*)"),
    "order.spent": _of_orders(MONEY, "sum(o.total)"),
    "order.items": _of_lines(ITEMS, "sum(l.quantity)"),
    "order.products": _of_lines(ITEMS, "count(DISTINCT l.product_id)"),
    "order.average": _of_orders(ORDERS, "avg(o.total)"),
    "event.sum": _of_events(NUMBERS, "sum(d.number)", joined=True),
    "event.average": _of_events(NUMBERS, "avg(d.number)", joined=True),
    "event.largest": _of_events(NUMBERS, "max(d.number)", joined=True),
    "event.products": _of_events(SEEN, "count(DISTINCT e.product_id)", joined=False),
}
BY_CATEGORY: Mapping[str, Figure] = {
    "order.count": _of_lines(BOUGHT, "count(DISTINCT o.id)", "p.category"),
    "order.spent": _of_lines(MONEY_OF, f"sum({LINE_PAID})", "p.category"),
    "order.items": _of_lines(BOUGHT, "sum(l.quantity)", "p.category"),
    "order.products": _of_lines(BOUGHT, "count(DISTINCT l.product_id)", "p.category"),
    "order.average": _of_lines(BOUGHT, f"sum({LINE_PAID}) / count(DISTINCT o.id)", "p.category"),
}


def figure_of(rule: Rule) -> Figure:
    """Return the figure that a rule of the kinds TOTAL and FIGURE asks for."""
    known = BY_CATEGORY if rule.of and rule.field.name in BY_CATEGORY else FIGURES
    return known[rule.field.name]


def counted_rows(rule: Rule, context: Context) -> tuple[str, tuple[Any, ...]]:
    """Return what stands after FROM for the rows that the figure is computed from."""
    figure = figure_of(rule)
    window, params = window_of(figure.moment, rule.days_ago, context)
    detail = (rule.detail, rule.detail) if rule.detail else ()
    if not rule.of:
        return f"{figure.source}{window}", (*detail, context.tenant_id, *params)
    of = f" AND {figure.of} = ANY (%s)"
    return f"{figure.source}{of}{window}", (*detail, context.tenant_id, list(rule.of), *params)


def ask_figure(rule: Rule, context: Context) -> Condition:
    """Who has nothing to count has a total of 0, and no average at all."""
    figure = figure_of(rule)
    found, values = counted_rows(rule, context)

    def has(comparison: str, number: Decimal) -> Condition:
        computed = f"{figure.counted} {comparison} %s"
        return having(found, (*values, number), figure.customer, computed, joined=figure.joined)

    low, high = (_at_least, _at_most) if rule.field.kind is Kind.TOTAL else (_least, _most)
    if rule.op == "between":
        return Both((low(has, rule.value[0]), high(has, rule.value[1])))
    return low(has, rule.value) if rule.op == "at_least" else high(has, rule.value)


Has = Callable[[str, Decimal], Condition]


def _at_least(has: Has, number: Decimal) -> Condition:
    return has(">=", number) if number > 0 else Opposite(has("<", number))


def _at_most(has: Has, number: Decimal) -> Condition:
    return Opposite(has(">", number)) if number >= 0 else has("<=", number)


def _least(has: Has, number: Decimal) -> Condition:
    return has(">=", number)


def _most(has: Has, number: Decimal) -> Condition:
    return has("<=", number)
