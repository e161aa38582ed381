"""What a rule becomes before it is SQL: small conditions, and how they are written down.

`not` is pushed down to the single questions, so that each stays a plain comparison or (NOT)
EXISTS, which PostgreSQL plans as a join.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from profiles.rules.parse import Rule

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


def render(condition: Condition, *, negated: bool) -> Sql:
    match condition:
        case Atom():
            sql = f"({condition.sql}) IS NOT TRUE" if negated else f"({condition.sql})"
            return sql, list(condition.params)
        case Exists():
            return ("NOT " if negated else "") + f"EXISTS ({condition.sql})", list(condition.params)
        case Opposite():
            return render(condition.member, negated=not negated)
        case Guarded():
            inner = Opposite(condition.member) if negated else condition.member
            return render(Both((MAY_PROFILE, inner)), negated=False)
    word = " AND " if isinstance(condition, Both) != negated else " OR "
    if not condition.members:
        return ("true" if word == " AND " else "false"), []
    rendered = [render(member, negated=negated) for member in condition.members]
    return (
        f"({word.join(sql for sql, _params in rendered)})",
        [param for _sql, params in rendered for param in params],
    )


def one_of(sql: str, values: Sequence[str]) -> Sql:
    """That an expression is one of these texts. A single one keeps the order of an index."""
    if len(values) == 1:
        return f"{sql} = %s", [*values]
    return f"{sql} = ANY (%s)", [list(values)]


def span_of(rule: Rule, context: Context) -> tuple[datetime | None, datetime | None]:
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
