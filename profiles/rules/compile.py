"""From a checked tree of rules to one SELECT. Safe by construction: every name in the SQL is a
constant of this room, every value of a rule is a parameter.

Rules over traits, orders and events are asked only of people who did not refuse a profile; for
those who did, the answer is "unknown", and so is its opposite. Who was erased is in no answer.
`not` is pushed down to the single questions, so that each stays a plain comparison or (NOT)
EXISTS, which PostgreSQL plans as a join.
Cancelled and returned orders do not count; a return with a negative total is taken off the sum.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from profiles.rules.behaviour import ask_did, ask_last, ask_list, ask_words
from profiles.rules.conditions import (
    TRUE,
    Atom,
    Both,
    Condition,
    Context,
    Either,
    Exists,
    Guarded,
    Opposite,
    Sql,
    one_of,
    render,
    span_of,
)
from profiles.rules.fields import MOMENT_OPS, Kind
from profiles.rules.figures import ask_figure
from profiles.rules.parse import Group, Node, Not, Rule


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
    context = context_of(tenant_id, at, promoted)
    where, params = render(_condition(node, context), negated=False)
    join, join_params = ("", []) if not _uses_traits(node) else (TRAITS_JOIN, [tenant_id])
    sql = (
        f"FROM profiles_customer c{join}"
        " WHERE c.tenant_id = %s AND c.merged_into_id IS NULL AND c.anonymised_at IS NULL"
        f" AND {where}"
    )
    return sql, [*join_params, tenant_id, *params]


def context_of(
    tenant_id: int, at: datetime | None = None, promoted: Mapping[str, int] | None = None
) -> Context:
    """Return whose data is asked, and the moment from which days are counted back."""
    return Context(tenant_id, at or timezone.now(), _current_zone(), promoted or {})


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


# Questions about a column


def _text(rule: Rule, context: Context) -> Condition:
    return _ask_text(rule, rule.field.sql, ())


def _ask_text(rule: Rule, sql: str, params: tuple[Any, ...]) -> Condition:
    match rule.op:
        case "is" | "is_not":
            equals, values = one_of(sql, rule.value)
            asked = Atom(equals, (*params, *values))
            return asked if rule.op == "is" else Opposite(asked)
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
    sql, params = render(asked, negated=False)
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
    start, end = span_of(rule, context)
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
    start, end = span_of(rule, context)
    parts = []
    if start is not None:
        parts.append(Atom(f"{sql} >= %s", (start,)))
    if end is not None:
        parts.append(Atom(f"{sql} < %s", (end,)))
    return Both(tuple(parts))


def _answer(rule: Rule, context: Context) -> Condition:
    word = {True: "IS TRUE", False: "IS FALSE", None: "IS NULL"}[rule.value]
    return Atom(f"{rule.field.sql} {word}")


COMPILE: Mapping[Kind, Callable[[Rule, Context], Condition]] = {
    Kind.TEXT: _text,
    Kind.CHOICE: _text,
    Kind.NUMBER: _number,
    Kind.MOMENT: _moment,
    Kind.ANSWER: _answer,
    Kind.ATTRIBUTE: _attribute,
    Kind.TOTAL: ask_figure,
    Kind.FIGURE: ask_figure,
    Kind.LAST: ask_last,
    Kind.DID: ask_did,
    Kind.WORDS: ask_words,
    Kind.LIST: ask_list,
}
