"""Rules that name segments are replaced by those segments' rules; a circle is refused."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from profiles.models import AttributeDefinition, CustomerList, Segment
from profiles.rules.fields import Kind
from profiles.rules.parse import Group, Node, Not, Rule, parse
from tenants.errors import BadInput

MAX_RULES = 500
"""Rules of a segment with those of all segments that it names."""
MAX_CHAIN = 20
"""Segments that name one another, one within the next."""


def rules_of(node: Node) -> Iterator[Rule]:
    """Yield the rules of a tree, as they stand."""
    match node:
        case Rule():
            yield node
        case Not():
            yield from rules_of(node.member)
        case Group():
            for member in node.members:
                yield from rules_of(member)


def resolve(node: Node, *, within: Sequence[str] = ()) -> Node:
    """Return the tree without rules of the kind SEGMENT.

    `within` are the public ids of the segments that are being resolved, outermost first. Raises
    BadInput for a segment that does not exist, that includes itself, directly or around, or that
    has more than MAX_RULES rules with those that it includes.
    """
    return _Resolver().resolve(node, tuple(within))


class _Resolver:
    """Counts the rules while it goes: each naming may double them, so the end would be too late."""

    def __init__(self) -> None:
        self.count = 0
        self.read: dict[str, Node] = {}

    def resolve(self, node: Node, within: tuple[str, ...]) -> Node:
        match node:
            case Group():
                members = tuple(self.resolve(one, within) for one in node.members)
                return replace(node, members=members)
            case Not():
                return Not(member=self.resolve(node.member, within))
            case Rule() if node.field.kind is Kind.SEGMENT:
                self._count_one()
                members = tuple(self._rules_of(one, within) for one in node.value)
                either = Group(kind="any", members=members)
                return Not(member=either) if node.op == "is_not" else either
        self._count_one()
        return node

    def _count_one(self) -> None:
        self.count += 1
        if self.count > MAX_RULES:
            text = _(
                "With the segments it names, this has more than %(count)s rules. Take some out."
            )
            raise BadInput(text % {"count": MAX_RULES}, code="too_many_rules")

    def _rules_of(self, public_id: str, within: tuple[str, ...]) -> Node:
        if len(within) > MAX_CHAIN:
            text = _("Segments name one another more than %(depth)s deep. Take one out.")
            raise BadInput(text % {"depth": MAX_CHAIN}, code="rules_too_deep")
        key, rules = _read(public_id, within)
        if key not in self.read:
            self.read[key] = parse(rules)
        return self.resolve(self.read[key], (*within, key))


def _read(public_id: str, within: tuple[str, ...]) -> tuple[str, Any]:
    segment = Segment.objects.filter(public_id=public_id).first()
    if segment is None:
        text = _("A rule names a segment that does not exist any more. Choose another one.")
        raise BadInput(text, code="bad_rule", fields={"rules": text})
    key = str(segment.public_id)
    if key in within:
        text = _("The segment %(name)s would include itself. Take it out of the rules.")
        text %= {"name": segment.name}
        raise BadInput(text, code="segment_in_itself", fields={"rules": text})
    return key, segment.rules


def promoted_in(node: Node) -> dict[str, int]:
    """Return the attributes of a tree whose values stand in columns: key to definition."""
    keys = {rule.key for rule in rules_of(node) if rule.field.kind is Kind.ATTRIBUTE}
    if not keys:
        return {}
    found = AttributeDefinition.objects.filter(key__in=keys, promoted_at__isnull=False)
    return dict(found.values_list("key", "pk"))


def with_names(node: Node) -> Node:
    """Return the tree with the names of segments and lists in place of their ids, for reading."""
    models = {Kind.SEGMENT: Segment, Kind.LIST: CustomerList}
    ids: dict[Kind, set[str]] = {kind: set() for kind in models}
    for rule in rules_of(node):
        if rule.field.kind in models:
            ids[rule.field.kind] |= set(rule.value)
    names: dict[str, str] = {}
    for kind, model in models.items():
        if ids[kind]:
            rows = model._default_manager.filter(public_id__in=ids[kind])
            names |= {str(key): name for key, name in rows.values_list("public_id", "name")}
    return _named(node, names) if names else node


def _named(node: Node, names: Mapping[str, str]) -> Node:
    match node:
        case Group():
            return replace(node, members=tuple(_named(one, names) for one in node.members))
        case Not():
            return Not(member=_named(node.member, names))
        case Rule() if node.field.kind in (Kind.SEGMENT, Kind.LIST):
            return replace(node, value=tuple(names.get(one, one) for one in node.value))
    return node
