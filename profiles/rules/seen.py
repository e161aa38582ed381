"""What a rule finds of one person: the sum, the count or the value that it compares with."""

from typing import Any

from profiles.rules.behaviour import DID, ORDERS, window_of
from profiles.rules.conditions import Context, Sql
from profiles.rules.fields import Kind
from profiles.rules.figures import counted_rows, figure_of
from profiles.rules.parse import Rule

PLAIN = (Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.MOMENT)
HIDDEN = ("customer.email",)


def seen_sql(rule: Rule, context: Context, customer_id: int) -> Sql | None:
    """Return a SELECT of one value, or None where the rule compares with none.

    People who refused a profile are not looked at: the caller asks for consent first.
    """
    who = (context.tenant_id, customer_id)
    match rule.field.kind:
        case Kind.TOTAL | Kind.FIGURE:
            figure = figure_of(rule)
            found, values = counted_rows(rule, context)
            return _of_one(figure.counted, found, values, figure.customer, customer_id)
        case Kind.DID:
            return _times(rule, context, customer_id)
        case Kind.LAST:
            return _of_one("max(o.placed_at)", ORDERS, who[:1], "o.customer_id", customer_id)
        case Kind.ATTRIBUTE:
            what, key = "SELECT c.attributes ->> %s", [rule.key]
            return f"{what} FROM profiles_customer c WHERE {ONE}", [*key, *who]
        case kind if kind in PLAIN and rule.field.name not in HIDDEN:
            return f"SELECT {rule.field.sql} {PERSON}", list(who)
    return None


ONE = "c.tenant_id = %s AND c.id = %s"
PERSON = (
    "FROM profiles_customer c LEFT JOIN profiles_traitset t"
    f" ON t.tenant_id = c.tenant_id AND t.customer_id = c.id WHERE {ONE}"
)


def _of_one(
    counted: str, found: str, values: tuple[Any, ...], customer: str, customer_id: int
) -> Sql:
    what = f"SELECT {counted} FROM {found} AND {customer} = %s"  # noqa: S608 - constants
    return what, [*values, customer_id]


def _times(rule: Rule, context: Context, customer_id: int) -> Sql:
    deed = DID[rule.field.name]
    window, params = window_of(deed.moment, rule.days_ago, context)
    values = (context.tenant_id, list(rule.value), *params)
    found = f"{deed.source} AND {deed.match} = ANY (%s){window}"
    return _of_one(f"count({deed.counted})", found, values, deed.customer, customer_id)
