"""From rules as JSON to a checked tree. Whatever is wrong is refused in a sentence, by number."""

import math
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from profiles.rules.fields import TIMED, Field, Kind, find_field, shape_of
from tenants.errors import BadInput

MAX_DEPTH = 5
MAX_RULES = 100
MAX_TEXTS = 500
MAX_LENGTH = 300
MAX_DAYS = 40_000
MAX_NUMBER = Decimal(10) ** 15
KEYS = frozenset(("field", "op", "value", "times", "days_ago", "not_since", "of", "detail"))
# Words that mean the same to whoever writes rules by hand.
SAME = {"in": "is", "not_in": "is_not", "exists": "known"}


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One question. `value` has the type that its shape says, days and texts as tuples."""

    field: Field
    op: str
    value: Any = None
    key: str = ""
    times: int = 1
    days_ago: tuple[int, int] | None = None
    not_since: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Group:
    """`all` or `any` of the members. An empty `all` is everybody, an empty `any` nobody."""

    kind: str
    members: tuple["Node", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Not:
    member: "Node"


Node = Rule | Group | Not


@dataclass
class _Reader:
    """Counts rules in reading order, so that a refusal can name the one that is wrong."""

    number: int = 0

    def refuse(self, message: str) -> BadInput:
        text = _("Rule %(number)s: %(message)s") % {"number": self.number, "message": message}
        return BadInput(text, code="bad_rule", fields={"rules": text})


def parse(rules: Any) -> Node:
    """Return the tree of checked rules. Raises BadInput that names the rule and what to do."""
    if rules == {}:
        return Group(kind="all")
    return _parse_node(rules, depth=1, reader=_Reader())


def _parse_node(node: Any, *, depth: int, reader: _Reader) -> Node:
    if depth > MAX_DEPTH + 1:
        text = _("Groups can be nested %(depth)s deep. Take the innermost one out.")
        raise BadInput(text % {"depth": MAX_DEPTH}, code="rules_too_deep")
    if isinstance(node, dict):
        if len(node) == 1 and (kind := next(iter(node))) in ("all", "any"):
            return _parse_group(kind, node[kind], depth=depth, reader=reader)
        if len(node) == 1 and "not" in node:
            return Not(member=_parse_node(node["not"], depth=depth + 1, reader=reader))
        if "field" in node:
            return _parse_rule(node, reader)
    reader.number += 1
    raise reader.refuse(_("This is neither a rule nor a group of rules. Give it a field."))


def _parse_group(kind: str, members: Any, *, depth: int, reader: _Reader) -> Group:
    if not isinstance(members, list):
        raise reader.refuse(_("A group is a list of rules."))
    return Group(
        kind=kind,
        members=tuple(_parse_node(member, depth=depth + 1, reader=reader) for member in members),
    )


def _parse_rule(node: Mapping[str, Any], reader: _Reader) -> Rule:
    reader.number += 1
    if reader.number > MAX_RULES:
        text = _("A segment can have %(count)s rules. Take some out.") % {"count": MAX_RULES}
        raise BadInput(text, code="too_many_rules")
    found = find_field(node["field"]) if isinstance(node["field"], str) else None
    if found is None:
        raise reader.refuse(
            _("There is no field %(name)s.") % {"name": str(node["field"])[:MAX_LENGTH]}
        )
    chosen, key = found
    if len(key) > MAX_LENGTH or "\x00" in key:
        raise reader.refuse(_("The name of the attribute is too long."))
    op = _parse_op(node, chosen, reader)
    if unknown := set(node) - KEYS:
        names = ", ".join(sorted(map(str, unknown)))[:MAX_LENGTH]
        raise reader.refuse(_("A rule has no %(names)s.") % {"names": names})
    try:
        return Rule(
            field=chosen,
            op=op,
            key=key,
            value=_read_value(node, chosen, op),
            times=_read_times(node.get("times", 1)) if chosen.kind is Kind.DID else 1,
            days_ago=_read_window(node, chosen),
            not_since=_read_not_since(node, chosen, op),
            of=_read_of(node, chosen),
            detail=_read_detail(node, chosen),
        )
    except _Wrong as wrong:
        raise reader.refuse(str(wrong)) from None


def _parse_op(node: Mapping[str, Any], chosen: Field, reader: _Reader) -> str:
    op = node.get("op")
    op = SAME.get(op, op) if isinstance(op, str) else ""
    if chosen.kind is Kind.DID and op == "is":
        op = "at_least"
    if op not in chosen.ops:
        raise reader.refuse(
            _("%(field)s can be asked by: %(ops)s.")
            % {"field": chosen.name, "ops": ", ".join(chosen.ops)}
        )
    return op


def _read_value(node: Mapping[str, Any], chosen: Field, op: str) -> Any:
    value = READ[shape_of(chosen.kind, op)](node.get("value"))
    return _read_ids(value) if chosen.kind in (Kind.SEGMENT, Kind.LIST) else value


def _read_ids(texts: tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(str(uuid.UUID(text)) for text in texts)
    except ValueError:
        raise _Wrong(_("Choose a segment or a list that there is.")) from None


class _Wrong(ValueError):
    """A value that does not fit, in a sentence."""


def _read_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Wrong(_("Give a text."))
    text = str(value).strip()
    if not text or "\x00" in text:
        raise _Wrong(_("Give a text."))
    if len(text) > MAX_LENGTH:
        raise _Wrong(_("The text is longer than %(limit)s characters.") % {"limit": MAX_LENGTH})
    return text


def _read_texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not 0 < len(values) <= MAX_TEXTS:
        raise _Wrong(_("Give one value or up to %(limit)s.") % {"limit": MAX_TEXTS})
    return tuple(dict.fromkeys(_read_text(one) for one in values))


def _read_number(value: Any) -> Decimal:
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise _Wrong(_("Give a number."))
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise _Wrong(_("Give a number.")) from None
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        raise _Wrong(_("Give a number."))
    return number


def _read_range(value: Any) -> tuple[Decimal, Decimal]:
    if not isinstance(value, list) or len(value) != 2:
        raise _Wrong(_("Give two numbers, the smaller one first."))
    low, high = _read_number(value[0]), _read_number(value[1])
    if low > high:
        raise _Wrong(_("Give two numbers, the smaller one first."))
    return low, high


def _read_days(value: Any) -> int:
    number = _read_number(value)
    if number != number.to_integral_value() or not 0 <= number <= MAX_DAYS:
        raise _Wrong(_("Give a number of days, 0 or more."))
    return int(number)


def _read_days_ago(value: Any) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:
        raise _Wrong(_("Give two numbers of days, the more recent one first."))
    newest, oldest = _read_days(value[0]), _read_days(value[1])
    if newest > oldest:
        raise _Wrong(_("Give two numbers of days, the more recent one first."))
    return newest, oldest


def _read_date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _Wrong(_("Give a date such as 2026-11-24.")) from None


def _read_answer(value: Any) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _Wrong(_("Give true, false, or null for never asked."))
    return value


def _read_times(value: Any) -> int:
    number = _read_number(value)
    if number != number.to_integral_value() or not 0 <= number <= 10_000:
        raise _Wrong(_("Say how many times, from 0 to 10,000."))
    return int(number)


def _read_window(node: Mapping[str, Any], chosen: Field) -> tuple[int, int] | None:
    if node.get("days_ago") is None or chosen.kind not in TIMED:
        return None
    return _read_days_ago(node["days_ago"])


def _read_not_since(node: Mapping[str, Any], chosen: Field, op: str) -> tuple[str, ...]:
    if not node.get("not_since"):
        return ()
    if chosen.kind is not Kind.DID or op != "at_least":
        raise _Wrong(_("“Not since” goes with something that was done at least once."))
    return _read_texts(node["not_since"])


def _read_of(node: Mapping[str, Any], chosen: Field) -> tuple[str, ...]:
    if not node.get("of"):
        if chosen.needs_of:
            raise _Wrong(_("Say which event it is about."))
        return ()
    if not chosen.of:
        raise _Wrong(_("Only figures of orders and events can be narrowed by “of”."))
    return _read_texts(node["of"])


def _read_detail(node: Mapping[str, Any], chosen: Field) -> str:
    if chosen.has_detail:
        if not node.get("detail"):
            raise _Wrong(_("Say which number among the details of the event is meant."))
        return _read_text(node["detail"])
    if node.get("detail"):
        raise _Wrong(_("Only sums and averages of events are about a detail."))
    return ""


READ: Mapping[str, Callable[[Any], Any]] = {
    "texts": _read_texts,
    "what": _read_texts,
    "text": _read_text,
    "number": _read_number,
    "range": _read_range,
    "days": _read_days,
    "days_ago": _read_days_ago,
    "date": _read_date,
    "answer": _read_answer,
    "nothing": lambda value: None,
}
