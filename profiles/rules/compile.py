"""From a checked tree of rules to one SELECT. Safe by construction: every name in the SQL is a
constant of this room, every value of a rule is a parameter.

Rules over traits, orders and events are asked only of people who did not refuse a profile; for
those who did, the answer is "unknown", and so is its opposite. `not` is pushed down to the single
questions, so that each stays a plain comparison or (NOT) EXISTS, which PostgreSQL plans as a join.
Cancelled and returned orders do not count; a return with a negative total is taken off the sum.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from profiles.rules.fields import MOMENT_OPS, Kind
from profiles.rules.parse import Group, Node, Not, Rule

Sql = tuple[str, list[Any]]


@dataclass(frozen=True)
class Atom:
    """A piece of SQL that is true, false, or NULL, which counts as false."""

    sql: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Exists:
    """A subselect that knows the customer as `c`."""

    sql: str
    params: tuple[Any, ...]


@dataclass(frozen=True)
class Both:
    members: tuple["Condition", ...]


@dataclass(frozen=True)
class Either:
    members: tuple["Condition", ...]


@dataclass(frozen=True)
class Opposite:
    member: "Condition"


@dataclass(frozen=True)
class Guarded:
    """Asked only of people who did not refuse a profile, whether negated or not."""

    member: "Condition"


Condition = Atom | Exists | Both | Either | Opposite | Guarded
TRUE = Atom("true")
MAY_PROFILE = Atom("c.may_profile IS NOT FALSE")


@dataclass(frozen=True)
class Context:
    """Whose data, seen when. Days of the calendar begin in `zone`."""

    tenant_id: int
    at: datetime
    zone: ZoneInfo
    promoted: Mapping[str, int] = field(default_factory=dict)
    """Attributes whose values stand in columns too: key to the id of their definition."""

    def days_before(self, days: int) -> datetime:
        """The oldest moments lie before the calendar: they are the first day of the year 1."""
        try:
            return self.at - timedelta(days=days)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)


def compile_rules(
    node: Node,
    *,
    tenant_id: int,
    at: datetime | None = None,
    promoted: Mapping[str, int] | None = None,
) -> Sql:
    """Return `SELECT c.id FROM profiles_customer c …` and its positional parameters.

    `at` is the moment from which days are counted back; None means now. Rules that name segments
    must have been replaced by those segments' rules (profiles/rules/resolve.py).
    """
    sql, params = compile_source(node, tenant_id=tenant_id, at=at, promoted=promoted)
    return f"SELECT c.id {sql}", params


def compile_source(
    node: Node,
    *,
    tenant_id: int,
    at: datetime | None = None,
    promoted: Mapping[str, int] | None = None,
) -> Sql:
    """Return `FROM profiles_customer c … WHERE …`, for those who ask more of `c` than its id."""
    context = Context(tenant_id, at or timezone.now(), _current_zone(), promoted or {})
    where, params = _render(_condition(node, context), negated=False)
    join, join_params = ("", []) if not _uses_traits(node) else (TRAITS_JOIN, [tenant_id])
    sql = (
        f"FROM profiles_customer c{join}"
        f" WHERE c.tenant_id = %s AND c.merged_into_id IS NULL AND {where}"
    )
    return sql, [*join_params, tenant_id, *params]


TRAITS_JOIN = " LEFT JOIN profiles_traitset t ON t.tenant_id = %s AND t.customer_id = c.id"


def _current_zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())


def _uses_traits(node: Node) -> bool:
    match node:
        case Group():
            return any(map(_uses_traits, node.members))
        case Not():
            return _uses_traits(node.member)
    return node.field.sql.startswith("t.")


def _condition(node: Node, context: Context) -> Condition:
    match node:
        case Group(kind="all"):
            return Both(tuple(_condition(member, context) for member in node.members))
        case Group():
            return Either(tuple(_condition(member, context) for member in node.members))
        case Not():
            return Opposite(_condition(node.member, context))
    condition = COMPILE[node.field.kind](node, context)
    return Guarded(condition) if node.field.profiles else condition


def _render(condition: Condition, *, negated: bool) -> Sql:
    match condition:
        case Atom():
            sql = f"({condition.sql}) IS NOT TRUE" if negated else f"({condition.sql})"
            return sql, list(condition.params)
        case Exists():
            return ("NOT " if negated else "") + f"EXISTS ({condition.sql})", list(condition.params)
        case Opposite():
            return _render(condition.member, negated=not negated)
        case Guarded():
            inner = Opposite(condition.member) if negated else condition.member
            return _render(Both((MAY_PROFILE, inner)), negated=False)
    word = " AND " if isinstance(condition, Both) != negated else " OR "
    if not condition.members:
        return ("true" if word == " AND " else "false"), []
    rendered = [_render(member, negated=negated) for member in condition.members]
    return (
        f"({word.join(sql for sql, _params in rendered)})",
        [param for _sql, params in rendered for param in params],
    )


# Questions about a column


def _text(rule: Rule, context: Context) -> Condition:
    return _ask_text(rule, rule.field.sql, ())


def _ask_text(rule: Rule, sql: str, params: tuple[Any, ...]) -> Condition:
    match rule.op:
        case "is":
            return Atom(f"{sql} = ANY (%s)", (*params, list(rule.value)))
        case "is_not":
            return Opposite(Atom(f"{sql} = ANY (%s)", (*params, list(rule.value))))
        case "contains":
            return Atom(f"{sql} ILIKE %s", (*params, _pattern(rule.value)))
        case "not_known":
            return Opposite(Atom(f"{sql} <> ''", params))
    return Atom(f"{sql} <> ''", params)


def _pattern(text: str) -> str:
    for sign in ("\\", "%", "_"):
        text = text.replace(sign, f"\\{sign}")
    return f"%{text}%"


def _number(rule: Rule, context: Context) -> Condition:
    return _ask_number(rule, rule.field.sql, ())


def _ask_number(rule: Rule, sql: str, params: tuple[Any, ...]) -> Condition:
    match rule.op:
        case "at_least":
            return Atom(f"{sql} >= %s", (*params, rule.value))
        case "at_most":
            return Atom(f"{sql} <= %s", (*params, rule.value))
        case "between":
            return Both(
                (
                    Atom(f"{sql} >= %s", (*params, rule.value[0])),
                    Atom(f"{sql} <= %s", (*params, rule.value[1])),
                )
            )
        case "not_known":
            return Atom(f"{sql} IS NULL", params)
    return Atom(f"{sql} IS NOT NULL", params)


# A number in an attribute may be stored as a number or as digits.
ATTRIBUTE_NUMBER = (
    "CASE WHEN c.attributes ->> %s ~ '^-?[0-9]{1,18}([.][0-9]{1,9})?$' "
    "THEN (c.attributes ->> %s)::numeric END"
)


# Days compare as texts; what has another form is no day.
ATTRIBUTE_DAY = (
    "CASE WHEN c.attributes ->> %s ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' "
    """THEN (c.attributes ->> %s) COLLATE "C" END"""
)
VALUE = (
    "SELECT FROM profiles_attributevalue v"
    " WHERE v.tenant_id = %s AND v.definition_id = %s AND v.customer_id = c.id"
)


def _attribute(rule: Rule, context: Context) -> Condition:
    if rule.key in context.promoted:
        return _promoted(rule, context)
    if rule.op in MOMENT_OPS:
        return _days(rule, context, ATTRIBUTE_DAY, (rule.key, rule.key), str)
    if rule.op in ("at_least", "at_most", "between"):
        return _ask_number(rule, ATTRIBUTE_NUMBER, (rule.key, rule.key))
    return _ask_text(rule, "(c.attributes ->> %s)", (rule.key,))


def _promoted(rule: Rule, context: Context) -> Condition:
    """Ask the column of the attribute's type: one row for each customer who has a value."""
    which = (context.tenant_id, context.promoted[rule.key])
    match rule.op:
        case "at_least" | "at_most" | "between":
            asked = _ask_number(rule, "v.number", ())
        case op if op in MOMENT_OPS:
            asked = _days(rule, context, "v.day", (), lambda day: day)
        case "known" | "not_known":
            asked = TRUE
        case "is_not":
            asked = Atom("v.text = ANY (%s)", (list(rule.value),))
        case _:
            asked = _ask_text(rule, "v.text", ())
    sql, params = _render(asked, negated=False)
    found = Exists(f"{VALUE} AND {sql}", (*which, *params))
    return Opposite(found) if rule.op in ("is_not", "not_known") else found


def _days(
    rule: Rule,
    context: Context,
    sql: str,
    params: tuple[Any, ...],
    cast: Callable[[date], Any],
) -> Condition:
    """Ask a day without a time. A span that begins within a day includes it."""
    start, end = _span(rule, context)
    parts = []
    if start is not None:
        day = start.astimezone(context.zone).date() if start.year > 1 else date.min
        parts.append(Atom(f"{sql} >= %s", (*params, cast(day))))
    if end is not None:
        day = end.astimezone(context.zone).date() if end.year > 1 else date.min
        parts.append(Atom(f"{sql} < %s", (*params, cast(day))))
    return Both(tuple(parts))


def _moment(rule: Rule, context: Context) -> Condition:
    sql = rule.field.sql
    if rule.op == "known":
        return Atom(f"{sql} IS NOT NULL")
    if rule.op == "not_known":
        return Atom(f"{sql} IS NULL")
    start, end = _span(rule, context)
    parts = []
    if start is not None:
        parts.append(Atom(f"{sql} >= %s", (start,)))
    if end is not None:
        parts.append(Atom(f"{sql} < %s", (end,)))
    return Both(tuple(parts))


def _span(rule: Rule, context: Context) -> tuple[datetime | None, datetime | None]:
    """Return from when (included) to when (not included) the moment must lie."""
    match rule.op:
        case "within_days":
            return context.days_before(rule.value), None
        case "more_than_days_ago":
            return None, context.days_before(rule.value)
        case "between_days_ago":
            newest, oldest = rule.value
            return context.days_before(oldest), context.days_before(newest)
        case "before":
            return None, datetime.combine(rule.value, time.min, context.zone)
    return datetime.combine(rule.value, time.min, context.zone), None


def _answer(rule: Rule, context: Context) -> Condition:
    word = {True: "IS TRUE", False: "IS FALSE", None: "IS NULL"}[rule.value]
    return Atom(f"{rule.field.sql} {word}")


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
# Field to: where to look, the customer, the moment, what is counted, what must match.
DID: Mapping[str, tuple[str, str, str, str, str]] = {
    "order.bought_category": (
        BOUGHT,
        "o.customer_id",
        "o.placed_at",
        "DISTINCT o.id",
        "p.category",
    ),
    "order.bought_product": (
        BOUGHT,
        "o.customer_id",
        "o.placed_at",
        "DISTINCT o.id",
        "p.external_id",
    ),
    "event.performed": (EVENTS, "e.customer_id", "e.at", "*", "e.name"),
    "event.viewed_category": (VIEWED, "e.customer_id", "e.at", "*", "p.category"),
    "event.viewed_product": (VIEWED, "e.customer_id", "e.at", "*", "p.external_id"),
}


def _did(rule: Rule, context: Context) -> Condition:
    source, customer, moment, counted, match = DID[rule.field.name]
    window, params = _window(moment, rule.days_ago, context)
    found = f"{source} AND {match} = ANY (%s){window}"
    values = (context.tenant_id, list(rule.value), *params)
    least = rule.times if rule.op == "at_least" else rule.times + 1
    if rule.op == "never":
        least = 1
    if rule.not_since:
        return _not_since(rule, context, found, values, (customer, moment, counted))
    condition = _at_least(found, values, customer, f"count({counted})", least)
    return condition if rule.op == "at_least" else Opposite(condition)


def _not_since(
    rule: Rule,
    context: Context,
    found: str,
    values: tuple[Any, ...],
    names: tuple[str, str, str],
) -> Condition:
    """Done often enough, and none of the events of `not_since` after the last time."""
    customer, moment, counted = names
    sql = (
        f"SELECT FROM (SELECT {customer} AS customer_id, max({moment}) AS last FROM {found}"
        f" GROUP BY {customer} HAVING count({counted}) >= %s) g"
        " WHERE g.customer_id = c.id AND NOT EXISTS (SELECT FROM profiles_event n"
        " WHERE n.tenant_id = %s AND n.customer_id = g.customer_id AND n.name = ANY (%s)"
        " AND n.at > g.last)"
    )
    params = (*values, max(1, rule.times), context.tenant_id, list(rule.not_since))
    return Exists(sql, params)


def _at_least(
    found: str, values: tuple[Any, ...], customer: str, counted: str, least: int
) -> Condition:
    if least <= 0:
        return TRUE
    if least == 1:
        return Exists(f"SELECT FROM {found} AND {customer} = c.id", values)
    return _having(found, values, customer, f"{counted} >= %s", least)


def _having(
    found: str, values: tuple[Any, ...], customer: str, having: str, number: Decimal | int
) -> Condition:
    return Exists(
        f"SELECT FROM (SELECT {customer} AS customer_id FROM {found} GROUP BY {customer}"
        f" HAVING {having}) g WHERE g.customer_id = c.id",
        (*values, number),
    )


def _window(
    moment: str, days_ago: tuple[int, int] | None, context: Context
) -> tuple[str, tuple[Any, ...]]:
    if days_ago is None:
        return "", ()
    newest, oldest = days_ago
    start = context.days_before(oldest)
    if newest == 0:
        return f" AND {moment} >= %s", (start,)
    return f" AND {moment} >= %s AND {moment} < %s", (start, context.days_before(newest))


MONEY = (
    "profiles_order o WHERE o.tenant_id = %s"
    " AND (o.status = 'placed' OR o.status = 'returned' AND o.total < 0)"
)
TOTALS: Mapping[str, tuple[str, str]] = {
    "order.count": (ORDERS, "count(*)"),
    "order.spent": (MONEY, "sum(o.total)"),
}


def _total(rule: Rule, context: Context) -> Condition:
    window, params = _window("o.placed_at", rule.days_ago, context)
    source, counted = TOTALS[rule.field.name]
    found, values = f"{source}{window}", (context.tenant_id, *params)

    def has(comparison: str, number: Decimal) -> Condition:
        return _having(found, values, "o.customer_id", f"{counted} {comparison} %s", number)

    def at_least(number: Decimal) -> Condition:  # who has no order has a total of 0
        return has(">=", number) if number > 0 else Opposite(has("<", number))

    def at_most(number: Decimal) -> Condition:
        return Opposite(has(">", number)) if number >= 0 else has("<=", number)

    if rule.op == "between":
        return Both((at_least(rule.value[0]), at_most(rule.value[1])))
    return at_least(rule.value) if rule.op == "at_least" else at_most(rule.value)


def _last(rule: Rule, context: Context) -> Condition:
    """The newest order lies in a span: there is one in it, and none after it."""

    def ordered(sql: str = "", *params: Any) -> Condition:
        found = f"SELECT FROM {ORDERS}{sql} AND o.customer_id = c.id"
        return Exists(found, (context.tenant_id, *params))

    if rule.op == "never":
        return Opposite(ordered())
    start, end = _span(rule, context)
    if end is None:
        return ordered(" AND o.placed_at >= %s", start)
    nothing_later = Opposite(ordered(" AND o.placed_at >= %s", end))
    if start is None:
        return Both((ordered(" AND o.placed_at < %s", end), nothing_later))
    within = ordered(" AND o.placed_at >= %s AND o.placed_at < %s", start, end)
    return Both((within, nothing_later))


# What people say

WORDS: Mapping[str, str] = {
    "words.topic": "w.kind = 'topic'",
    "words.need": "w.kind = 'need'",
    "words.intent": "w.kind = 'intent'",
    "words.likes": "w.kind = 'aspect' AND w.polarity > 0.25",
    "words.dislikes": "w.kind = 'aspect' AND w.polarity < -0.25",
}


def _words(rule: Rule, context: Context) -> Condition:
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


def _list(rule: Rule, context: Context) -> Condition:
    found = Exists(
        "SELECT FROM profiles_listmember m"
        " JOIN profiles_customerlist k ON k.tenant_id = m.tenant_id AND k.id = m.list_id"
        " WHERE m.tenant_id = %s AND m.customer_id = c.id AND k.public_id = ANY (%s::uuid[])",
        (context.tenant_id, list(rule.value)),
    )
    return Opposite(found) if rule.op == "is_not" else found


COMPILE: Mapping[Kind, Callable[[Rule, Context], Condition]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _text,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
    Kind.ANSWER: _answer,
    Kind.ATTRIBUTE: _attribute,
    Kind.TOTAL: _total,
    Kind.LAST: _last,
    Kind.DID: _did,
    Kind.WORDS: _words,
    Kind.LIST: _list,
}
