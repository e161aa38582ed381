"""A row of the segment builder: one rule as a person types it, and what may be typed there."""

from dataclasses import dataclass

from django.utils.functional import Promise

from profiles.rules.fields import FIELDS, KIND_OPS, OPS, TIMED, Kind, shape_of

SEPARATOR = ";"
Pair = tuple[str, str | Promise]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One rule as it stands in the form: texts as typed. `values` are the ticked choices."""

    number: int
    group: int = 0
    field: str = ""
    key: str = ""
    op: str = ""
    value: str = ""
    second: str = ""
    values: tuple[str, ...] = ()
    times: str = "1"
    start: str = ""
    end: str = ""
    not_since: str = ""
    of: str = ""
    detail: str = ""

    @property
    def kind(self) -> Kind | None:
        return FIELDS[self.field].kind if self.field in FIELDS else None

    @property
    def shape(self) -> str:
        return shape_of(self.kind, self.op) if self.kind and self.op else ""

    @property
    def icon(self) -> str:
        return FIELDS[self.field].icon if self.field in FIELDS else "plus"

    @property
    def ops(self) -> list[Pair]:
        return [(op, OPS[op].label) for op in KIND_OPS[self.kind]] if self.kind else []

    @property
    def choices(self) -> list[Pair]:
        return list(FIELDS[self.field].choices) if self.kind is Kind.CHOICE else []

    @property
    def answers(self) -> list[Pair]:
        return list(FIELDS[self.field].choices) if self.kind is Kind.ANSWER else []

    @property
    def suggest(self) -> str:
        return FIELDS[self.field].suggest if self.field in FIELDS else ""

    @property
    def is_attribute(self) -> bool:
        return self.kind is Kind.ATTRIBUTE

    @property
    def has_window(self) -> bool:
        return self.kind in TIMED

    @property
    def of_suggest(self) -> str:
        """The list of what a figure can be narrowed to; empty where it cannot."""
        return FIELDS[self.field].of if self.field in FIELDS else ""

    @property
    def needs_of(self) -> bool:
        return self.field in FIELDS and FIELDS[self.field].needs_of

    @property
    def has_detail(self) -> bool:
        return self.field in FIELDS and FIELDS[self.field].has_detail

    @property
    def has_times(self) -> bool:
        return self.kind is Kind.DID and self.op != "never"

    @property
    def has_not_since(self) -> bool:
        return self.kind is Kind.DID and self.op == "at_least"

    @property
    def is_complete(self) -> bool:
        """Whether there is enough to ask: an unfinished row is left out, not refused."""
        if not self.shape or (self.is_attribute and not self.key):
            return False
        if (self.needs_of and not self.of) or (self.has_detail and not self.detail):
            return False
        match self.shape:
            case "nothing" | "answer":
                return True
            case "texts" | "what":
                return bool(self.values or self.value.strip(f" {SEPARATOR}"))
            case "range" | "days_ago":
                return bool(self.value and self.second)
        return bool(self.value)
