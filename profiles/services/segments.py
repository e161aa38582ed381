"""Segments: customers chosen by rules. What rules look like: `profiles/rules/fields.py`."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import ProtectedError, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.errors import QueryCanceled

from profiles.models import Customer, Segment
from profiles.rules.compile import compile_rules, compile_source, context_of
from profiles.rules.conditions import Sql
from profiles.rules.fields import Kind
from profiles.rules.parse import Group, Node, Not, Rule, parse
from profiles.rules.resolve import promoted_in, resolve, rules_of, with_names
from profiles.rules.seen import seen_sql
from profiles.rules.words import describe as describe_tree
from profiles.rules.words import seen_words, sentence
from profiles.services import attributes
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict, Unavailable
from tenants.models import User

Rules = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How many match, may get an email, and are customers at all."""

    matched: int
    by_email: int
    everybody: int


def validate_rules(rules: Rules, *, segment: Segment | None = None) -> None:
    """Raise BadInput that names the rule that is wrong and says what to do.

    `segment` is the one that the rules are for: they must not lead back to it.
    """
    within = (str(segment.public_id),) if segment is not None else ()
    resolve(parse(rules), within=within)


def segment_sql(segment: Segment | Rules, *, at: datetime | None = None) -> tuple[str, list[Any]]:
    """Return `SELECT c.id …` of the customers of the workspace in scope, and its parameters.

    The parameters are positional; there is no bare `%` in the SQL. `at` is the moment from which
    days are counted back; None means now. Raises BadInput for rules that are wrong.
    """
    node = _tree(segment)
    promoted = promoted_in(node)
    return compile_rules(node, tenant_id=current_tenant_id(), at=at, promoted=promoted)


def _rules(segment: Segment | Rules) -> Rules:
    return segment.rules if isinstance(segment, Segment) else segment


def _tree(segment: Segment | Rules) -> Node:
    """The checked rules, with the rules of the segments that they name."""
    within = (str(segment.public_id),) if isinstance(segment, Segment) else ()
    return resolve(parse(_rules(segment)), within=within)


def _source(node: Node, at: datetime | None = None) -> Sql:
    promoted = promoted_in(node)
    return compile_source(node, tenant_id=current_tenant_id(), at=at, promoted=promoted)


def _ask(node: Node, what: str, at: datetime | None = None, more: str = "", *values: Any) -> Any:
    """Ask something of the customers `c` who match; return the rows."""
    source, params = _source(node, at)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} {source} {more}", [*params, *values])
        return cursor.fetchall()


def count(rules: Segment | Rules, *, at: datetime | None = None) -> int:
    """Return how many customers match now."""
    return int(_ask(_tree(rules), "count(*)", at)[0][0])


LOOK = """
    WITH matched AS MATERIALIZED (SELECT c.id, c.may_email {source})
    SELECT count(*), count(*) FILTER (WHERE may_email),
           ARRAY(SELECT id FROM matched ORDER BY hashint8extended(id, %s), id LIMIT %s)
    FROM matched
"""


def look(
    rules: Segment | Rules, *, size: int = 10, draw: uuid.UUID | None = None
) -> tuple[Reach, list[Customer]]:
    """Return how many match, and `size` of them by chance; the same `draw` gives the same ones.

    One statement says both, so that what rules sum up is summed up once.
    """
    node, seed = _tree(rules), (draw or uuid.uuid4()).int >> 65
    source, params = _source(node)
    with connection.cursor() as cursor:
        cursor.execute(LOOK.format(source=source), [*params, seed, size])
        matched, agreed, found = cursor.fetchone()
    # Few who agreed have no address, and an index has those: no other address need be read.
    nowhere = _ask(node, "count(*)", None, "AND c.may_email AND c.email = ''")[0][0]
    everybody = count({}) if _rules(rules) else matched
    people = Customer.objects.in_bulk(found)
    reach = Reach(matched=matched, by_email=agreed - nowhere, everybody=everybody)
    return reach, [people[pk] for pk in found if pk in people]


def reach(rules: Segment | Rules) -> Reach:
    """Return how many match, how many of those may get an email, and how many there are at all."""
    return look(rules, size=0)[0]


@contextmanager
def patience(seconds: int) -> Iterator[None]:
    """Give up on queries inside that take longer. Raises Unavailable then; nothing is lost."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{seconds}s"])
            yield
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        text = _("Counting took longer than %(seconds)s seconds. Use fewer rules, or try later.")
        raise Unavailable(text % {"seconds": seconds}, code="too_slow") from error


def rule_counts(rules: Rules, *, matched: int | None = None) -> list[int]:
    """Return what is left after each member of the outermost group, in order.

    For `all` the counts fall from rule to rule; for `any` they rise. `matched` is how many match
    in the end, if the caller has counted them already.
    """
    node = _tree(rules)
    outer = node if isinstance(node, Group) else Group(kind="all", members=(node,))
    counted = matched is not None and bool(outer.members)
    steps = range(1, len(outer.members) + (0 if counted else 1))
    groups = [Group(kind=outer.kind, members=outer.members[:step]) for step in steps]
    counts = [int(_ask(group, "count(*)")[0][0]) for group in groups]
    return [*counts, matched] if matched is not None and counted else counts


def describe(rules: Segment | Rules) -> list[str]:
    """Return the rules in words, one sentence for each member of the outermost group."""
    return describe_tree(with_names(parse(_rules(rules))))


def sample(
    rules: Segment | Rules, *, size: int = 10, draw: uuid.UUID | None = None
) -> list[Customer]:
    """Return some of the customers who match, by chance; the same `draw` gives the same ones."""
    return look(rules, size=size, draw=draw)[1]


def create_segment(*, name: str, rules: Rules, by: User | None = None) -> Segment:
    """Raises BadInput for rules that are wrong, Conflict if the name is taken."""
    segment = Segment(name=name, created_by=by)
    _fill(segment, name, rules)
    segment.save()
    _promote(segment)
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
    _promote(segment)
    record("segment.changed", segment, size=segment.size)
    return segment


def recount(segment: Segment) -> Segment:
    """Count anew and remember it."""
    segment.size, segment.counted_at = count(segment), timezone.now()
    segment.save(update_fields=["size", "counted_at"])
    return segment


def delete_segment(segment: Segment) -> None:
    """Raises Conflict while a campaign or another segment uses it."""
    _refuse_if_named(segment)
    try:
        segment.delete()
    except ProtectedError:
        text = _("A campaign uses the segment %(name)s. Keep it, or change its rules.")
        raise Conflict(text % {"name": segment.name}) from None
    record("segment.deleted", segment)


def _promote(segment: Segment) -> None:
    """Give attributes that the segment asks for their columns."""
    asked = rules_of(parse(segment.rules))
    attributes.promote([rule.key for rule in asked if rule.field.kind is Kind.ATTRIBUTE])


def _refuse_if_named(segment: Segment) -> None:
    others = Segment.objects.annotate(text=Cast("rules", TextField()))
    other = others.filter(text__contains=str(segment.public_id)).first()
    if other is not None:
        text = _("The segment %(other)s uses %(name)s. Change its rules first.")
        raise Conflict(text % {"other": other.name, "name": segment.name})


def _fill(segment: Segment, name: str, rules: Rules) -> None:
    name = name.strip()
    if not name:
        message = _("Give the segment a name.")
        raise BadInput(message, fields={"name": message})
    validate_rules(rules, segment=segment)
    if Segment.objects.filter(name=name).exclude(pk=segment.pk).exists():
        message = _("There is a segment named %(name)s already.") % {"name": name}
        raise Conflict(message, fields={"name": message})
    segment.name, segment.rules = name, rules
    segment.size, segment.counted_at = count(rules), timezone.now()


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A rule or group in words, whether it holds for somebody, and how deep it stands.

    `seen` is what the rule compares with, in words: the sum, the count, the value; "" for none.
    """

    sentence: str
    holds: bool
    depth: int
    seen: str = ""


def explain(segment: Segment, customer: Customer) -> list[Reason]:
    """Say, rule by rule, why somebody is in a segment or is not."""
    within = (str(segment.public_id),)
    return list(_reasons(parse(segment.rules), customer, within, depth=0))


def _reasons(
    node: Node, customer: Customer, within: tuple[str, ...], depth: int
) -> Iterator[Reason]:
    rows = _ask(resolve(node, within=within), "1", None, "AND c.id = %s", customer.pk)
    holds = bool(rows)
    if isinstance(node, Group) and node.members:
        text = _("All of these") if node.kind == "all" else _("Any of these")
        yield Reason(sentence=text, holds=holds, depth=depth)
        for member in node.members:
            yield from _reasons(member, customer, within, depth + 1)
    else:
        seen = _seen(node.member if isinstance(node, Not) else node, customer)
        yield Reason(sentence=sentence(with_names(node)), holds=holds, depth=depth, seen=seen)


def _seen(node: Node, customer: Customer) -> str:
    """What a rule finds of somebody. Nothing of behaviour is read of who refused a profile."""
    if not isinstance(node, Rule) or (node.field.profiles and customer.may_profile is False):
        return ""
    found = seen_sql(node, context_of(current_tenant_id()), customer.pk)
    if found is None:
        return ""
    with connection.cursor() as cursor:
        cursor.execute(*found)
        row = cursor.fetchone()
    return seen_words(node, row[0] if row else None)
