"""Segments: customers chosen by rules. What rules look like: `profiles/rules/fields.py`."""

import uuid
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.models import Customer, Segment
from profiles.rules.compile import compile_rules
from profiles.rules.parse import Group, Node, parse
from profiles.rules.words import describe as describe_tree
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict
from tenants.models import User

Rules = dict[str, Any]


def validate_rules(rules: Rules) -> None:
    """Raise BadInput that names the rule that is wrong and says what to do."""
    parse(rules)


def segment_sql(segment: Segment | Rules, *, at: datetime | None = None) -> tuple[str, list[Any]]:
    """Return `SELECT c.id …` of the customers of the workspace in scope, and its parameters.

    The parameters are positional; there is no bare `%` in the SQL. `at` is the moment from which
    days are counted back; None means now. Raises BadInput for rules that are wrong.
    """
    rules = segment.rules if isinstance(segment, Segment) else segment
    return _sql(parse(rules), at)


def _sql(node: Node, at: datetime | None = None) -> tuple[str, list[Any]]:
    return compile_rules(node, tenant_id=current_tenant_id(), at=at)


def count(rules: Segment | Rules, *, at: datetime | None = None) -> int:
    """Return how many customers match now."""
    return _count(*segment_sql(rules, at=at))


def _count(sql: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) matched", params)
        return int(cursor.fetchone()[0])


def rule_counts(rules: Rules) -> list[int]:
    """Return what is left after each member of the outermost group, in order.

    For `all` the counts fall from rule to rule; for `any` they rise.
    """
    node = parse(rules)
    outer = node if isinstance(node, Group) else Group(kind="all", members=(node,))
    steps = range(1, len(outer.members) + 1)
    return [_count(*_sql(Group(kind=outer.kind, members=outer.members[:step]))) for step in steps]


def describe(rules: Segment | Rules) -> list[str]:
    """Return the rules in words, one sentence for each member of the outermost group."""
    return describe_tree(parse(rules.rules if isinstance(rules, Segment) else rules))


def sample(
    rules: Segment | Rules, *, size: int = 10, draw: uuid.UUID | None = None
) -> list[Customer]:
    """Return some of the customers who match, by chance; the same `draw` gives the same ones.

    Public ids are random, so those that follow a random one are a random sample.
    """
    sql, params = segment_sql(rules)
    pivot = str(draw or uuid.uuid4())
    found: list[int] = []
    with connection.cursor() as cursor:
        for comparison in (">=", "<"):
            values = [current_tenant_id(), *params, pivot, size - len(found)]
            cursor.execute(
                f"SELECT s.id FROM profiles_customer s WHERE s.tenant_id = %s AND s.id IN ({sql})"
                f" AND s.public_id {comparison} %s ORDER BY s.public_id LIMIT %s",
                values,
            )
            found += [row[0] for row in cursor.fetchall()]
    customers = Customer.objects.in_bulk(found)
    return [customers[pk] for pk in found if pk in customers]


def create_segment(*, name: str, rules: Rules, by: User | None = None) -> Segment:
    """Raises BadInput for rules that are wrong, Conflict if the name is taken."""
    segment = Segment(name=name, created_by=by)
    _fill(segment, name, rules)
    segment.save()
    record("segment.created", segment, size=segment.size)
    return segment


def update_segment(
    segment: Segment, *, name: str | None = None, rules: Rules | None = None
) -> Segment:
    """Change name or rules, and count anew."""
    _fill(
        segment,
        segment.name if name is None else name,
        segment.rules if rules is None else rules,
    )
    segment.save(update_fields=["name", "rules", "size", "counted_at", "updated_at"])
    record("segment.changed", segment, size=segment.size)
    return segment


def recount(segment: Segment) -> Segment:
    """Count anew and remember it."""
    segment.size, segment.counted_at = count(segment), timezone.now()
    segment.save(update_fields=["size", "counted_at"])
    return segment


def delete_segment(segment: Segment) -> None:
    """Raises Conflict while a campaign uses it."""
    try:
        segment.delete()
    except ProtectedError:
        text = _("A campaign uses the segment %(name)s. Keep it, or change its rules.")
        raise Conflict(text % {"name": segment.name}) from None
    record("segment.deleted", segment)


def _fill(segment: Segment, name: str, rules: Rules) -> None:
    name = name.strip()
    if not name:
        message = _("Give the segment a name.")
        raise BadInput(message, fields={"name": message})
    validate_rules(rules)
    if Segment.objects.filter(name=name).exclude(pk=segment.pk).exists():
        message = _("There is a segment named %(name)s already.") % {"name": name}
        raise Conflict(message, fields={"name": message})
    segment.name, segment.rules = name, rules
    segment.size, segment.counted_at = count(rules), timezone.now()
