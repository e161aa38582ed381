"""Questions about what people did, bought, said, and which lists they are on, as conditions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from profiles.rules.conditions import (
    TRUE,
    Condition,
    Context,
    Exists,
    Opposite,
    one_of,
    span_of,
)
from profiles.rules.parse import Rule

# Questions about orders and events

ORDERS = "profiles_order o WHERE o.tenant_id = %s AND o.status = 'placed'"
BOUGHT = (
    "profiles_order o"
    " JOIN profiles_orderline l ON l.tenant_id = o.tenant_id AND l.order_id = o.id"
    " JOIN catalogue_product p ON p.tenant_id = o.tenant_id AND p.id = l.product_id"
    " WHERE o.tenant_id = %s AND o.status = 'placed' AND l.quantity > 0"
)
EVENTS = "profiles_event e WHERE e.tenant_id = %s"
VIEWED = (
    "profiles_event e"
    " JOIN catalogue_product p ON p.tenant_id = e.tenant_id AND p.id = e.product_id"
    " WHERE e.tenant_id = %s AND e.name = 'product_viewed'"
)


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Where to look, whose it is, when it was, what is counted, what must match.

    `joined`: the rows come from more than one table (see `having`).
    """

    source: str
    match: str
    customer: str = "o.customer_id"
    moment: str = "o.placed_at"
    counted: str = "DISTINCT o.id"
    joined: bool = True


def _event(source: str, match: str, *, joined: bool) -> Deed:
    return Deed(
        source=source,
        match=match,
        customer="e.customer_id",
        moment="e.at",
        counted="*",
        joined=joined,
    )


DID: Mapping[str, Deed] = {
    "order.bought_category": Deed(source=BOUGHT, match="p.category"),
    "order.bought_product": Deed(source=BOUGHT, match="p.external_id"),
    "event.performed": _event(EVENTS, "e.name", joined=False),
    "event.viewed_category": _event(VIEWED, "p.category", joined=True),
    "event.viewed_product": _event(VIEWED, "p.external_id", joined=True),
}


def ask_did(rule: Rule, context: Context) -> Condition:
    deed = DID[rule.field.name]
    window, params = window_of(deed.moment, rule.days_ago, context)
    what, matched = one_of(deed.match, rule.value)
    found = f"{deed.source} AND {what}{window}"
    values = (context.tenant_id, *matched, *params)
    least = rule.times if rule.op == "at_least" else rule.times + 1
    if rule.op == "never":
        least = 1
    if rule.not_since:
        return _not_since(rule, context, deed, found, values)
    condition = _at_least(deed, found, values, least)
    return condition if rule.op == "at_least" else Opposite(condition)


def _not_since(
    rule: Rule, context: Context, deed: Deed, found: str, values: tuple[Any, ...]
) -> Condition:
    """Done often enough, and none of the events of `not_since` after the last time."""
    sql = (
        f"SELECT FROM (SELECT {deed.customer} AS customer_id, max({deed.moment}) AS last"
        f" FROM {found} GROUP BY {deed.customer} HAVING count({deed.counted}) >= %s) g"
        " WHERE g.customer_id = c.id AND NOT EXISTS (SELECT FROM profiles_event n"
        " WHERE n.tenant_id = %s AND n.customer_id = g.customer_id AND n.name = ANY (%s)"
        " AND n.at > g.last)"
    )
    params = (*values, max(1, rule.times), context.tenant_id, list(rule.not_since))
    return Exists(sql, params)


def _at_least(deed: Deed, found: str, values: tuple[Any, ...], least: int) -> Condition:
    if least <= 0:
        return TRUE
    if least == 1:
        return Exists(f"SELECT FROM {found} AND {deed.customer} = c.id", values)
    computed = f"count({deed.counted}) >= %s"
    return having(found, (*values, least), deed.customer, computed, joined=deed.joined)


def having(
    found: str, values: tuple[Any, ...], customer: str, computed: str, *, joined: bool
) -> Condition:
    """Who has rows in `found`, of which together `computed` holds; its parameter comes last.

    Rows of one table are taken person by person, as an index has them: PostgreSQL else keeps all
    people in a hash table, which takes three times as long for a million. No index has the rows
    of several tables that are `joined` in such an order.
    """
    source = found
    if not joined:
        table = customer.partition(".")[0]
        source = f"(SELECT {table}.* FROM {found} ORDER BY {customer}) {table}"
    return Exists(
        f"SELECT FROM (SELECT {customer} AS customer_id FROM {source} GROUP BY {customer}"
        f" HAVING {computed}) g WHERE g.customer_id = c.id",
        values,
    )


def window_of(
    moment: str, days_ago: tuple[int, int] | None, context: Context
) -> tuple[str, tuple[Any, ...]]:
    if days_ago is None:
        return "", ()
    newest, oldest = days_ago
    start = context.days_before(oldest)
    if newest == 0:
        return f" AND {moment} >= %s", (start,)
    return f" AND {moment} >= %s AND {moment} < %s", (start, context.days_before(newest))


def ask_last(rule: Rule, context: Context) -> Condition:
    """The newest order lies in a span: there is one in it, and none after it."""
    found = ORDERS
    values: tuple[Any, ...] = (context.tenant_id,)
    start, end = (None, None) if rule.op == "never" else span_of(rule, context)
    if start is not None:
        found, values = f"{found} AND o.placed_at >= %s", (*values, start)
    if end is not None:
        computed = "max(o.placed_at) < %s"
        return having(found, (*values, end), "o.customer_id", computed, joined=False)
    ordered = Exists(f"SELECT FROM {found} AND o.customer_id = c.id", values)
    return Opposite(ordered) if rule.op == "never" else ordered


# What people say

WORDS: Mapping[str, str] = {
    "words.topic": "w.kind = 'topic'",
    "words.need": "w.kind = 'need'",
    "words.intent": "w.kind = 'intent'",
    "words.likes": "w.kind = 'aspect' AND w.polarity > 0.25",
    "words.dislikes": "w.kind = 'aspect' AND w.polarity < -0.25",
}


def ask_words(rule: Rule, context: Context) -> Condition:
    sql = (
        "SELECT FROM profiles_wordtrait w WHERE w.tenant_id = %s AND w.customer_id = c.id"
        f" AND {WORDS[rule.field.name]}"
    )
    params: tuple[Any, ...] = (context.tenant_id,)
    if rule.op in ("is", "is_not"):
        sql, params = f"{sql} AND w.name = ANY (%s)", (*params, list(rule.value))
    found = Exists(sql, params)
    return Opposite(found) if rule.op in ("is_not", "not_known") else found


# Who is on a list


def ask_list(rule: Rule, context: Context) -> Condition:
    found = Exists(
        "SELECT FROM profiles_listmember m"
        " JOIN profiles_customerlist k ON k.tenant_id = m.tenant_id AND k.id = m.list_id"
        " WHERE m.tenant_id = %s AND m.customer_id = c.id AND k.public_id = ANY (%s::uuid[])",
        (context.tenant_id, list(rule.value)),
    )
    return Opposite(found) if rule.op == "is_not" else found
