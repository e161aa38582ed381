"""Rows of a file, some thousands at a time: read, parsed column by column, sorted out.

A `Batch` is what a merge takes. It is made without the database, so that a thread can make the
next one while PostgreSQL merges this one.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

from profiles.importers.fields import ATTRIBUTE, make_parser
from profiles.importers.messages import advice_for
from profiles.importers.reading import Fault, Shape, read_rows
from profiles.importers.values import Parsed, parse_column, unquote

ROWS = 8_000
CHARACTERS = 2 * 1024 * 1024


@dataclass(frozen=True)
class Rejection:
    """A row that is not saved. `row` are its cells as they stood in the file."""

    line: int
    column: str
    value: str
    code: str
    message: str
    row: list[str]


@dataclass
class Chunk:
    """Consecutive rows: those that could be read, and the faults between them."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    extra: list[Parsed] | None = None
    """For each row, a JSON object of the sender's own, where rows come as records."""
    last_line: int = 0
    bytes_read: int = 0

    @property
    def size(self) -> int:
        return len(self.lines) + len(self.faults)


@dataclass
class Batch:
    """Parsed rows, by field. All lists have one value for each of `lines`; None says nothing.

    `unchanged` counts rows that say exactly what an earlier row said.
    """

    lines: list[int]
    rows: list[list[str]]
    values: dict[str, list[str | None]]
    rejections: list[Rejection]
    unchanged: int = 0
    size: int = 0
    last_line: int = 0
    bytes_read: int = 0
    notices: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How the columns of a file are read: field → column, and what the columns are."""

    kind: str
    columns: list[str]
    mapping: Mapping[str, str]
    options: Mapping[str, Any]
    zone: ZoneInfo
    currency: str = ""

    def column_of(self, name: str) -> str:
        return self.mapping.get(name, "")


class ChunkSize(NamedTuple):
    """At most so many rows, and about so many characters."""

    rows: int
    characters: int


def chunk_size() -> ChunkSize:
    return ChunkSize(ROWS, CHARACTERS)


def read_chunks(
    file: IO[bytes], shape: Shape, position: IO[bytes], size: ChunkSize
) -> Iterator[Chunk]:
    """Yield the rows of a file in chunks. The same size cuts the same file at the same rows.

    `position` is the file on disk, whose place tells how far a packed file is read.
    """
    chunk, weight = Chunk(), 0
    for record in read_rows(file, shape):
        if isinstance(record, Fault):
            chunk.faults.append(record)
            line, cells = record.line, record.cells
        else:
            line, cells = record
            chunk.lines.append(line)
            chunk.rows.append(cells)
        weight += sum(map(len, cells))
        if chunk.size >= size.rows or weight >= size.characters:
            chunk.last_line, chunk.bytes_read = line, position.tell()
            yield chunk
            chunk, weight = Chunk(), 0
    if chunk.size:
        chunk.last_line = max(chunk.lines[-1:] + [fault.line for fault in chunk.faults[-1:]])
        chunk.bytes_read = position.tell()
        yield chunk


class Sorter:
    """Parses the rows of one chunk and keeps, for each, the first reason to reject it."""

    def __init__(self, chunk: Chunk, plan: Plan) -> None:
        self.chunk, self.plan = chunk, plan
        self.count = len(chunk.rows)
        self.values: dict[str, list[Any]] = {}
        self.bad: dict[int, Rejection] = {}
        self.dropped: set[int] = set()
        self.columns = list(zip(*chunk.rows, strict=True)) if chunk.rows else []
        self._look_at_characters()
        for name, column in plan.mapping.items():
            self._parse(name, column)

    def _look_at_characters(self) -> None:
        for place, cells in enumerate(self.columns):
            text = "".join(cells)
            if "'" in text:
                self.columns[place] = tuple(unquote(cell) for cell in cells)
            if "\0" in text:
                for row, cell in enumerate(cells):
                    if "\0" in cell:
                        self.reject(row, "nul", self.plan.columns[place], cell)

    def _parse(self, name: str, column: str) -> None:
        parse = make_parser(
            name, self.plan.kind, column, options=self.plan.options, zone=self.plan.zone
        )
        cells: Sequence[str] = ()
        if self.columns:
            cells = self.columns[self.plan.columns.index(column)]
        values, problems = parse_column(cells, parse)
        for row, problem in problems:
            self.reject(row, problem.code, column, cells[row])
            values[row] = None
        self.values[name] = values

    def get(self, name: str) -> list[str | None]:
        """The values of a field; nothing in every row if it is not mapped."""
        return self.values.get(name) or [None] * self.count

    def require(self, *names: str, code: str = "missing") -> None:
        """Reject rows in which none of these fields says anything.

        A row that names no customer is rejected for that, whatever else is wrong with it.
        """
        columns = [self.get(name) for name in names]
        column = next(filter(None, map(self.plan.column_of, names)), "")
        for row, cells in enumerate(zip(*columns, strict=True)):
            if any(cell is not None for cell in cells):
                continue
            if code == "no_key" and not self._is_unreadable(row, names):
                self.bad.pop(row, None)
            self.reject(row, code, column, "")

    def _is_unreadable(self, row: int, names: Sequence[str]) -> bool:
        """Whether a cell of these fields holds something that was rejected already."""
        columns = {self.plan.column_of(name) for name in names}
        return row in self.bad and self.bad[row].column in columns

    def reject(self, row: int, code: str, column: str, value: str, **params: str) -> None:
        if row in self.bad:
            return
        cells = self.chunk.rows[row]
        self.bad[row] = make_rejection(self.chunk.lines[row], cells, code, column, value, **params)

    def finish(self, names: Sequence[str]) -> Batch:
        """Return the rows that are good, with the values of these fields."""
        chunk = self.chunk
        faults = [make_rejection(fault.line, fault.cells, fault.code) for fault in chunk.faults]
        batch = Batch(
            lines=chunk.lines,
            rows=chunk.rows,
            values={name: self.get(name) for name in names},
            rejections=sorted([*self.bad.values(), *faults], key=lambda one: one.line),
            unchanged=len(self.dropped),
            size=chunk.size,
            last_line=chunk.last_line,
            bytes_read=chunk.bytes_read,
        )
        if self.bad or self.dropped:
            out = self.bad.keys() | self.dropped
            keep = [row for row in range(self.count) if row not in out]
            batch.lines = [chunk.lines[row] for row in keep]
            batch.rows = [chunk.rows[row] for row in keep]
            batch.values = {
                name: [cells[row] for row in keep] for name, cells in batch.values.items()
            }
        return batch


def make_rejection(
    line: int, cells: list[str], code: str, column: str = "", value: str = "", **params: str
) -> Rejection:
    return Rejection(
        line=line,
        column=column,
        value=clean(value)[:200],
        code=code,
        message=advice_for(code, **params)[:300],
        row=[clean(cell)[:10_000] for cell in cells[:600]],
    )


def clean(cell: str) -> str:
    """What PostgreSQL can store: no NUL."""
    return cell.replace("\0", "\ufffd")


def merge_attributes(sorter: Sorter) -> list[str | None]:
    """Return the JSON object of all columns that are kept as they are, for each row."""
    if sorter.chunk.extra is not None:
        return list(sorter.chunk.extra)  # type: ignore[arg-type]
    names = [name for name in sorter.values if name.startswith(ATTRIBUTE)]
    keyed: list[list[Parsed]] = []
    for name in names:
        start = json.dumps(name.removeprefix(ATTRIBUTE), ensure_ascii=False) + ":"
        keyed.append([None if one is None else start + one for one in sorter.values[name]])
    if not keyed:
        return [None] * sorter.count
    return ["{" + ",".join(filter(None, row)) + "}" for row in zip(*keyed, strict=True)]
