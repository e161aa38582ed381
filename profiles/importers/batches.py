"""Rows of a file, some thousands at a time: read, parsed column by column, sorted out.

A `Batch` is what a merge takes. It is made without the database, so that another process can make
the next one while PostgreSQL merges this one.
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple
from zoneinfo import ZoneInfo

from profiles.importers.columns import (
    Column,
    from_cells,
    in_utf8,
    join,
    nothing,
    places_of,
    put_together,
    rows_without,
    take,
    without_first,
)
from profiles.importers.fields import ATTRIBUTE, make_parser
from profiles.importers.lines import Rows
from profiles.importers.messages import advice_for
from profiles.importers.reading import Fault, Shape, read_rows
from profiles.importers.values import Memory, Parsed, parse_column, unquote_all

KEPT = 1_024
"""A column with no more different cells is remembered from chunk to chunk."""
ROWS = 6_000
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
    """Consecutive rows: those that could be read, column by column, and the faults between them."""

    lines: list[int] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    extra: list[Parsed] | None = None
    """For each row, a JSON object of the sender's own, where rows come as records."""
    last_line: int = 0
    bytes_read: int = 0
    is_odd: bool = True
    """Whether a cell may hold an apostrophe or a NUL."""
    has_signs: bool = True
    """Whether a cell may hold a tab, an end of line or a backslash."""

    @property
    def size(self) -> int:
        return len(self.lines) + len(self.faults)

    def cells(self, row: int) -> list[str]:
        return [column[row].as_py() for column in self.columns]

    def keep(self, rows: Sequence[int]) -> None:
        """Leave out all other rows."""
        self.lines = [self.lines[row] for row in rows]
        self.columns = [take(column, rows) for column in self.columns]
        self.extra = [self.extra[row] for row in rows] if self.extra is not None else None

    def add(self, rows: Rows, start: int, end: int) -> None:
        """Take in these of the rows."""
        parts = [column.slice(start, end - start) for column in rows.columns]
        self.columns = (
            list(map(put_together, zip(self.columns, parts, strict=True)))
            if self.columns
            else parts
        )
        self.is_odd = rows.is_odd or (self.is_odd and bool(self.lines))
        self.has_signs = rows.has_signs or (self.has_signs and bool(self.lines))
        self.lines += rows.lines[start:end]


@dataclass
class Batch:
    """Parsed rows, by field. All columns have one value for each of `lines`; None says nothing.

    `unchanged` counts rows that say exactly what an earlier row said.
    """

    chunk: Chunk
    lines: list[int]
    text: bytes = field(default=b"", init=False)
    """The rows as COPY takes them; nothing once they are staged."""
    shape: Mapping[str, str] = field(default_factory=dict, init=False)
    """The columns of `text`: name → type."""
    is_staged: bool = field(default=False, init=False)
    """Whether the rows lie in the table `incoming` of this transaction."""
    values: dict[str, Column]
    rejections: list[Rejection]
    unchanged: int = 0
    has_visitors: bool = False
    """Whether a row names a visitor."""
    size: int = 0
    last_line: int = 0
    bytes_read: int = 0
    notices: dict[str, int] = field(default_factory=dict)

    def cells(self, line: int) -> list[str]:
        """The cells of a row as they stand in the file."""
        return self.chunk.cells(bisect.bisect_left(self.chunk.lines, line))

    def pack(self) -> "Batch":
        """Keep what a merge needs: the text of the rows, and their cells for a rejection."""
        self.values = {name: nothing(0) for name in self.values}
        self.chunk.extra = None
        return self


@dataclass(frozen=True)
class Plan:
    """How the columns of a file are read: field → column, and what the columns are."""

    kind: str
    columns: list[str]
    mapping: Mapping[str, str]
    options: Mapping[str, Any]
    zone: ZoneInfo
    currency: str = ""
    is_followed: bool = True
    """Whether somebody looks at what was merged (the temporary table of the merge)."""

    memories: dict[str, Memory] = field(default_factory=dict)
    """What the parsers made of cells so far, by field."""

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
    for piece in read_rows(file, shape):
        if isinstance(piece, Fault):
            chunk.faults.append(piece)
            weight += sum(map(len, piece.cells))
        at = 0
        while isinstance(piece, Rows) and at < len(piece.lines):
            each = max(1, piece.characters // len(piece.lines))
            room = min(size.rows - chunk.size, (size.characters - weight) // each + 1)
            end = min(at + room, len(piece.lines))
            chunk.add(piece, at, end)
            weight += (end - at) * each
            at = end
            if chunk.size >= size.rows or weight >= size.characters:
                yield _closed(chunk, position)
                chunk, weight = Chunk(), 0
        if chunk.size >= size.rows or weight >= size.characters:
            yield _closed(chunk, position)
            chunk, weight = Chunk(), 0
    if chunk.size:
        yield _closed(chunk, position)


def _closed(chunk: Chunk, position: IO[bytes]) -> Chunk:
    chunk.last_line = max(chunk.lines[-1:] + [fault.line for fault in chunk.faults[-1:]])
    chunk.bytes_read = position.tell()
    return chunk


class Sorter:
    """Parses the rows of one chunk and keeps, for each, the first reason to reject it."""

    def __init__(self, chunk: Chunk, plan: Plan) -> None:
        self.chunk, self.plan = chunk, plan
        self.count = len(chunk.lines)
        self.values: dict[str, Column | list[Any]] = {}
        self.bad: dict[int, Rejection] = {}
        self.dropped: set[int] = set()
        self.columns = list(chunk.columns)
        if chunk.is_odd:
            self._look_at_characters()
        for name, column in plan.mapping.items():
            self._parse(name, column)

    def _look_at_characters(self) -> None:
        for place, cells in enumerate(self.columns):
            text = in_utf8(cells)
            if b"'" in text:
                self.columns[place] = cells = unquote_all(cells)
            for row in places_of(cells, "\0") if b"\0" in text else ():
                self.reject(row, "nul", self.plan.columns[place], cells[row].as_py())

    def _parse(self, name: str, column: str) -> None:
        parse = make_parser(
            name, self.plan.kind, column, options=self.plan.options, zone=self.plan.zone
        )
        place = self.plan.columns.index(column)
        cells = self.columns[place] if self.columns else nothing(0)
        memory = self.plan.memories.get(name) or Memory(parse)
        values, problems = parse_column(cells, parse, memory)
        self.plan.memories[name] = memory if len(memory) <= KEPT else Memory(parse)
        for row, problem in problems:
            self.reject(row, problem.code, column, cells[row].as_py())
        self.values[name] = values

    def get(self, name: str) -> list[str | None]:
        """The values of a field as a list, to be read and changed; None for each if not mapped."""
        values = self.values.get(name)
        if values is None:
            return [None] * self.count
        if not isinstance(values, list):
            values = self.values[name] = values.to_pylist()
        return values

    def column(self, name: str) -> Column:
        """The values of a field; nothing in every row if it is not mapped."""
        values = self.values.get(name)
        if values is None:
            return nothing(self.count)
        return from_cells(values) if isinstance(values, list) else values

    def require(self, *names: str, code: str = "missing") -> None:
        """Reject rows in which none of these fields says anything.

        A row that names no customer is rejected for that, whatever else is wrong with it.
        """
        column = next(filter(None, map(self.plan.column_of, names)), "")
        for row in rows_without([self.column(name) for name in names]):
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
        cells = self.chunk.cells(row)
        self.bad[row] = make_rejection(self.chunk.lines[row], cells, code, column, value, **params)

    def is_good(self, row: int) -> bool:
        return row not in self.bad and row not in self.dropped

    def finish(self, names: Sequence[str]) -> Batch:
        """Return the rows that are good, with the values of these fields."""
        chunk = self.chunk
        faults = [make_rejection(fault.line, fault.cells, fault.code) for fault in chunk.faults]
        batch = Batch(
            chunk=chunk,
            lines=chunk.lines,
            values={name: self.column(name) for name in names},
            rejections=sorted([*self.bad.values(), *faults], key=lambda one: one.line),
            unchanged=len(self.dropped),
            size=chunk.size,
            last_line=chunk.last_line,
            bytes_read=chunk.bytes_read,
        )
        if self.bad or self.dropped:
            keep = list(filter(self.is_good, range(self.count)))
            batch.lines = [chunk.lines[row] for row in keep]
            batch.values = {name: take(column, keep) for name, column in batch.values.items()}
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


def merge_attributes(sorter: Sorter) -> Column:
    """Return the JSON object of all columns that are kept as they are, for each row."""
    if sorter.chunk.extra is not None:
        return from_cells(sorter.chunk.extra)  # type: ignore[arg-type]
    members = [sorter.column(name) for name in sorter.values if name.startswith(ATTRIBUTE)]
    return (
        join(["{", without_first(join(members, "")), "}"], "") if members else nothing(sorter.count)
    )
