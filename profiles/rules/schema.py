"""Rules that a model may write: a JSON schema of exactly what a workspace has.

Every field, op, category, list, segment and attribute stands in it by name, so a model that is
held to it cannot invent one; what a server writes that holds to nothing is judged by the same
schema (`read_answer`). Rules stay flat, as the builder shows them: all of them, or any.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from inference.services import VOCABULARY
from profiles.models import AttributeType
from profiles.rules.fields import ATTRIBUTES, FIELDS, MOMENT_OPS, Field, Kind
from profiles.rules.propose import Known, Proposal, Rules

MOST_RULES = 12
MOST_NAMES = 200
MOST_DAYS = 3650
Schema = dict[str, Any]

NUMBER: Schema = {"type": "number", "minimum": 0, "maximum": 10**9}
DAYS: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_DAYS}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 60}
WORDS = {"topic": "topic", "need": "need", "intent": "intent", "likes": "aspect",
         "dislikes": "aspect"}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What a model may name. `known` has each name in lower case; `attributes` keys with type and
    values; `events` what people can have done."""

    known: Known
    attributes: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    events: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


def schema_of(offered: Offered) -> Schema:
    """Return the schema of an answer: `match`, `rules`, and parts of the wish that no rule says."""
    rules = [rule for name in FIELDS for rule in _of_field(FIELDS[name], offered)]
    return {
        "type": "object",
        "properties": {
            "match": {"enum": ["all", "any"]},
            "rules": {"type": "array", "items": {"anyOf": rules}, "maxItems": MOST_RULES},
            "unread": {"type": "array", "items": TEXT, "maxItems": 5},
        },
        "required": ["match", "rules", "unread"],
        "additionalProperties": False,
    }


def read_answer(answer: Any, offered: Offered) -> Proposal:
    """Return what a model answered as rules. Raises ValueError for one that the schema forbids."""
    errors = Draft202012Validator(schema_of(offered)).iter_errors(answer)
    if (error := next(errors, None)) is not None:
        raise ValueError(f"The model's rules are not of this workspace: {error.message[:200]}")
    rules = [_stored(rule, offered.known) for rule in answer["rules"]]
    return Proposal(rules={answer["match"]: rules} if rules else {}, unread=answer["unread"])


def _of_field(asked: Field, offered: Offered) -> Iterator[Schema]:
    name = asked.name
    match asked.kind:
        case Kind.ATTRIBUTE:
            for key, (kind, values) in offered.attributes.items():
                yield from _of_attribute(f"{ATTRIBUTES}.{key}", kind, values)
        case Kind.ANSWER:
            yield _rule(name, ["is"], value={"enum": [True, False, None]})
        case Kind.NUMBER:
            yield from _of_number(name)
        case Kind.MOMENT | Kind.LAST:
            yield from _of_moment(name)
        case Kind.TOTAL if name.startswith("order."):
            yield from _timed(name, ["at_least", "at_most"], value=NUMBER)
        case Kind.DID:
            yield from _of_deed(name, _names(asked, offered), offered.events)
        case Kind.TEXT | Kind.CHOICE | Kind.WORDS | Kind.SEGMENT | Kind.LIST:
            if names := _names(asked, offered):
                yield _rule(name, ["is", "is_not"], value=_some_of(names))


def _of_attribute(name: str, kind: str, values: Iterable[str]) -> Iterator[Schema]:
    if kind == AttributeType.NUMBER:
        yield from _of_number(name)
    elif kind == AttributeType.DATE:
        yield from _of_moment(name)
    elif kind == AttributeType.ANSWER:
        yield _rule(name, ["is"], value=_some_of(["true", "false"]))
    else:
        chosen = list(values)[:MOST_NAMES]
        texts: Schema = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 5}
        yield _rule(name, ["is", "is_not"], value=_some_of(chosen) if chosen else texts)


def _of_number(name: str) -> Iterator[Schema]:
    yield _rule(name, ["at_least", "at_most"], value=NUMBER)


def _of_moment(name: str) -> Iterator[Schema]:
    days = [op for op in MOMENT_OPS if op in ("within_days", "more_than_days_ago")]
    yield _rule(name, days, value=DAYS)


def _of_deed(name: str, names: list[str], events: tuple[str, ...]) -> Iterator[Schema]:
    if not names:
        return
    times: Schema = {"type": "integer", "minimum": 1, "maximum": 100}
    value = _some_of(names)
    yield from _timed(name, ["at_least", "at_most"], value=value, times=times)
    yield from _timed(name, ["never"], value=value)
    if events:
        since = _some_of(events)
        yield from _timed(name, ["at_least"], value=value, times=times, not_since=since)


def _timed(name: str, ops: list[str], **fields: Schema) -> Iterator[Schema]:
    """The rule for all time, and for the last days."""
    yield _rule(name, ops, **fields)
    yield _rule(name, ops, **fields, last_days=DAYS | {"minimum": 1})


def _rule(name: str, ops: list[str], **fields: Schema) -> Schema:
    properties: Schema = {"field": {"const": name}, "op": {"enum": ops}, **fields}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _some_of(names: Iterable[str]) -> Schema:
    return {"type": "array", "items": {"enum": list(names)}, "minItems": 1, "maxItems": 10}


def _names(asked: Field, offered: Offered) -> list[str]:
    """What a rule of this field may hold, by name."""
    known = offered.known
    if asked.kind is Kind.WORDS:
        kind = WORDS[asked.name.removeprefix("words.")]
        own = offered.topics if kind == "topic" else ()
        return [*VOCABULARY[kind], *own]
    by_suggestion: dict[str, Iterable[str]] = {
        "categories": known.categories.values(),
        "products": known.products,
        "brands": known.brands.values(),
        "countries": known.countries.values(),
        "segments": known.segments,
        "lists": known.lists,
        "events": offered.events,
    }
    if asked.choices:
        return [str(value) for value, _label in asked.choices]
    return list(dict.fromkeys(by_suggestion.get(asked.suggest, ())))[:MOST_NAMES]


def _stored(rule: Mapping[str, Any], known: Known) -> Rules:
    """A rule as rules are kept: products by number, segments and lists by id."""
    stored: Rules = {name: value for name, value in rule.items() if name != "last_days"}
    keys = {
        "order.bought_product": known.products,
        "event.viewed_product": known.products,
        "segment.in": known.segments,
        "list.in": known.lists,
    }.get(rule["field"])
    if keys is not None:
        stored["value"] = [keys[name] for name in rule["value"]]
    if "last_days" in rule:
        stored["days_ago"] = [0, rule["last_days"]]
    return stored
