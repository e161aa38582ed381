"""The segment builder: rules as rows of a form, and back. It works without script.

A form names its rows in order (`row`, a number each). Row 3 has the fields `r3-field`, `r3-op`,
`r3-value` and so on; `r3-group` is the number of the group it is in, 0 for none. Group 2 has
`g2-kind`. `match` is the kind of the outermost group. Rules that nest deeper than one group
inside the outermost cannot be drawn as rows; they are made through the API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from profiles.builder_row import SEPARATOR, Pair, Row
from profiles.rules.fields import ATTRIBUTES, FIELDS, Kind, find_field

KINDS = ("all", "any", "none")
NAMED = (Kind.SEGMENT, Kind.LIST, Kind.WORDS)
Ids = Mapping[str, Mapping[str, str]]
MAX_ROWS = 100
ANSWERS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A row of the outermost group (`number` 0), or a group with its rows."""

    number: int
    kind: str = ""
    rows: list[Row] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int | None:
        return self.counts.get(self.anchor)

    @property
    def anchor(self) -> str:
        return f"{self.number}-{self.rows[0].number}" if self.rows else str(self.number)


@dataclass(frozen=True, kw_only=True)
class Builder:
    """The rows of a form. Changing it makes another. `counts` are people by a block's anchor."""

    match: str = "all"
    rows: tuple[Row, ...] = ()
    kinds: Mapping[int, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    ids: Ids = field(default_factory=dict)
    """What rules hold of the segments, lists and words that rows name: by kind, then by name."""

    @property
    def blocks(self) -> list[Block]:
        found: list[Block] = []
        for row in self.rows:
            if row.group and found and found[-1].number == row.group:
                found[-1].rows.append(row)
            else:
                kind = self.kinds.get(row.group, "any") if row.group else ""
                found.append(Block(number=row.group, kind=kind, rows=[row], counts=self.counts))
        return found

    @property
    def counted(self) -> list[Block]:
        """The blocks that `rules` has members for, in the same order."""
        return [block for block in self.blocks if any(row.is_complete for row in block.rows)]

    @property
    def rules(self) -> dict[str, Any]:
        members = [_member(block, self.ids) for block in self.counted]
        return {self.match: members} if members else {}

    def spelled_as(self, known: Mapping[str, Sequence[str]]) -> "Builder":
        """Return the builder with typed names in the case in which they are known.

        `known` maps what a field suggests (`Field.suggest`) to the names that there are.
        """
        names = {kind: {name.casefold(): name for name in found} for kind, found in known.items()}
        return replace(
            self,
            rows=tuple(
                _spelled(row, names.get(row.of_suggest or row.suggest, {})) for row in self.rows
            ),
        )

    def changed(self, command: str) -> "Builder":
        """Return the builder after a button: `add`, `add:2`, `add-group`, `remove:3`."""
        verb, _colon, number = command.partition(":")
        target = int(number) if number.isdigit() else 0
        match verb:
            case "add" if len(self.rows) < MAX_ROWS:
                return self._with_row(target)
            case "add-group" if len(self.rows) < MAX_ROWS:
                return self._with_row(max([row.group for row in self.rows], default=0) + 1)
            case "remove":
                kept = tuple(row for row in self.rows if row.number != target)
                return replace(self, rows=kept)
        return self

    def _with_row(self, group: int) -> "Builder":
        row = Row(number=max([row.number for row in self.rows], default=0) + 1, group=group)
        places = [place for place, other in enumerate(self.rows) if group and other.group == group]
        place = places[-1] + 1 if places else len(self.rows)
        return replace(self, rows=(*self.rows[:place], row, *self.rows[place:]))


def _spelled(row: Row, names: Mapping[str, str]) -> Row:
    def spelled(typed: str) -> str:
        return "; ".join(names.get(text.casefold(), text) for text in _split_texts(typed))

    if not names:
        return row
    if row.of_suggest:
        return replace(row, of=spelled(row.of))
    return replace(row, value=spelled(row.value)) if row.shape in ("texts", "what") else row


def _split_texts(text: str) -> list[str]:
    return [one.strip() for one in text.split(SEPARATOR) if one.strip()]


def _member(block: Block, ids: Ids) -> dict[str, Any]:
    rules = [_rule(row, ids) for row in block.rows if row.is_complete]
    if not block.number:
        return rules[0]
    return {"not": {"any": rules}} if block.kind == "none" else {block.kind: rules}


def _rule(row: Row, ids: Ids) -> dict[str, Any]:
    name = f"{ATTRIBUTES}.{row.key}" if row.is_attribute else row.field
    rule: dict[str, Any] = {"field": name, "op": row.op}
    match row.shape:
        case "texts" | "what":
            texts = list(row.values) or [text.strip() for text in row.value.split(SEPARATOR)]
            known = ids.get(row.kind or "", {}) if row.kind in NAMED else {}
            rule["value"] = [known.get(text, text) for text in texts if text]
        case "answer":
            rule["value"] = ANSWERS.get(row.value)
        case "range" | "days_ago":
            rule["value"] = [_number(row.value), _number(row.second)]
        case "number" | "days":
            rule["value"] = _number(row.value)
        case "text" | "date":
            rule["value"] = row.value
    return rule | _narrowed(row)


def _narrowed(row: Row) -> dict[str, Any]:
    """How often, when, in what: what a rule may say beside its value."""
    rule: dict[str, Any] = {}
    if row.has_times:
        rule["times"] = _number(row.times or "1")
    if row.has_not_since and row.not_since:
        rule["not_since"] = _split_texts(row.not_since)
    if row.of_suggest and row.of:
        rule["of"] = _split_texts(row.of)
    if row.has_detail:
        rule["detail"] = row.detail
    if row.has_window and row.end:
        rule["days_ago"] = [_number(row.start or "0"), _number(row.end)]
    return rule


def _number(text: str) -> Any:
    """Return a number for JSON, or the text itself, which the rules then refuse in words."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number) > 10**15:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


# From a form


def read_form(data: QueryDict) -> Builder:
    """Return the builder as the form has it. Whatever cannot be read is left out."""
    numbers = [int(number) for number in data.getlist("row") if number.isdigit()][:MAX_ROWS]
    rows = tuple(_read_row(data, number) for number in dict.fromkeys(numbers))
    groups = {row.group for row in rows if row.group}
    kinds = {group: _one_of(data.get(f"g{group}-kind", ""), KINDS, "any") for group in groups}
    match = _one_of(data.get("match", ""), ("all", "any"), "all")
    return Builder(match=match, rows=_gathered(rows), kinds=kinds)


def _gathered(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Put the rows of a group where its first one stands."""
    first: dict[int, int] = {}
    for place, row in enumerate(rows):
        first.setdefault(row.group or -place - 1, place)
    keyed = [(first[row.group or -place - 1], place, row) for place, row in enumerate(rows)]
    return tuple(row for _first, _place, row in sorted(keyed, key=lambda found: found[:2]))


def _one_of(value: str, known: Sequence[str], fallback: str) -> str:
    return value if value in known else fallback


def _read_row(data: QueryDict, number: int) -> Row:
    def text(name: str) -> str:
        return data.get(f"r{number}-{name}", "").replace("\x00", "").strip()

    name, group = text("field"), text("group")
    row = Row(number=number, group=int(group) if group.isdigit() else 0)
    if name not in FIELDS:
        return row
    ops = FIELDS[name].ops
    row = replace(row, field=name, op=ops[0])
    if text("was") != name:  # another field was chosen: op and value are to be given anew
        return replace(row, value="true" if row.kind is Kind.ANSWER else "")
    return replace(
        row,
        op=_one_of(text("op"), ops, ops[0]),
        key=text("key"),
        value=text("value"),
        second=text("second"),
        values=tuple(data.getlist(f"r{number}-values")),
        times=text("times") or "1",
        start=text("start"),
        end=text("end"),
        not_since=text("not-since"),
        of=text("of"),
        detail=text("detail"),
    )


# From rules


def read_rules(rules: dict[str, Any], names: Mapping[str, str] | None = None) -> Builder | None:
    """Return the rows of stored rules, or None if they nest deeper than rows can show.

    `names` are those of segments, lists and words, by the id that rules hold.
    """
    kind, members = _split(rules)
    if kind not in ("all", "any"):
        kind, members = "all", [rules]
    rows: list[Row] = []
    kinds: dict[int, str] = {}
    for member in members:
        if "field" in member:
            rows.append(_row(member, len(rows) + 1, 0))
            continue
        inner_kind, inner = _split(member)
        if not inner or any("field" not in rule for rule in inner):
            return None
        group = len(kinds) + 1
        kinds[group] = inner_kind
        rows += [_row(rule, len(rows) + 1 + step, group) for step, rule in enumerate(inner)]
    shown = tuple(_with_names(row, names or {}) for row in rows)
    ids: dict[str, dict[str, str]] = {kind: {} for kind in NAMED}
    for row in rows:
        if row.kind in NAMED:
            keys = row.value.split(f"{SEPARATOR} ")
            ids[row.kind] |= {(names or {}).get(key, key): key for key in keys}
    return Builder(match=kind, rows=shown, kinds=kinds, ids=ids)


def _with_names(row: Row, names: Mapping[str, str]) -> Row:
    if row.kind not in NAMED:
        return row
    keys = row.value.split(f"{SEPARATOR} ")
    return replace(row, value=f"{SEPARATOR} ".join(names.get(key, key) for key in keys))


def _split(node: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Return kind and members of a group; "none" for "not any of"."""
    if not node:
        return "all", []
    for kind in ("all", "any"):
        if kind in node:
            return kind, node[kind]
    if "not" not in node:
        return "", []
    inner = node["not"]
    if "field" in inner:
        return "none", [inner]
    return ("none", inner["any"]) if "any" in inner else ("", [])


def _row(rule: dict[str, Any], number: int, group: int) -> Row:
    found = find_field(rule["field"])
    if found is None:
        return Row(number=number, group=group)
    chosen, key = found
    op = {"in": "is", "not_in": "is_not"}.get(rule["op"], rule["op"])
    if chosen.kind is Kind.DID and op == "is":
        op = "at_least"
    row = Row(number=number, group=group, field=chosen.name, key=key, op=op)
    start, end = map(str, rule["days_ago"]) if rule.get("days_ago") else ("", "")
    row = replace(row, times=str(rule.get("times", 1)), start=start, end=end)
    row = replace(row, not_since=_joined(rule.get("not_since")))
    row = replace(row, of=_joined(rule.get("of")), detail=str(rule.get("detail") or ""))
    return _with_value(row, rule.get("value"))


def _joined(value: Any) -> str:
    texts = value if isinstance(value, list) else [value] if value else []
    return f"{SEPARATOR} ".join(map(str, texts))


def _with_value(row: Row, value: Any) -> Row:
    match row.shape:
        case "texts" | "what":
            texts = [str(text) for text in (value if isinstance(value, list) else [value])]
            return replace(row, values=tuple(texts) if row.choices else (), value="; ".join(texts))
        case "answer":
            return replace(row, value={True: "true", False: "false", None: "null"}[value])
        case "range" | "days_ago":
            return replace(row, value=str(value[0]), second=str(value[1]))
        case "nothing":
            return row
    return replace(row, value=str(value))


def field_groups() -> list[tuple[str, list[Pair]]]:
    """Return the fields by group, for the list in which one is chosen."""
    groups: dict[str, list[Pair]] = {}
    for name, chosen in FIELDS.items():
        groups.setdefault(str(chosen.group), []).append((name, chosen.label))
    return list(groups.items())
