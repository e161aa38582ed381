"""From the bytes of a file to its rows, with memory that does not grow with the file.

`inspect_file` tells encoding, delimiter and columns by content. `read_rows` yields every row with
its line number; a row that cannot be read is yielded as a `Fault`, and reading goes on behind it.

Limits: a row of 1 MiB, a cell that spans 1,000 lines, 500 columns. Beyond them a row is rejected
(or the file refused) and nothing is kept in memory.
"""

import codecs
import csv
import gzip
import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from profiles.importers import values
from profiles.importers.columns import from_cells
from profiles.importers.dates import DATE
from profiles.importers.lines import HEAD_BLOCK, MAX_ROW, Lines, Rows, TooLong
from profiles.importers.values import unquote
from tenants.errors import BadInput

MAX_COLUMNS = 500
SAMPLE_ROWS = 200
ENOUGH = 200_000
"""Characters beyond ASCII by which an encoding is judged."""
HEAD = 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 200
"""Beyond MAX_UNPACKED bytes, what a packed file may unpack to for each of its own. Tables pack to
a tenth or a fiftieth; a file of a megabyte that unpacks to a gigabyte is there to keep us busy."""
DELIMITERS = (",", ";", "\t", "|")
BLANKS = " "
"""Stands for columns that are separated by runs of blanks."""

csv.field_size_limit(2 * MAX_ROW)  # Python's own limit, 131,072, is less than a long text needs


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file is written, and what its first rows are.

    `columns` are unique names: a name that stands twice becomes "price (2)", a missing one
    "column 7". `has_header` False means that the first line is a row already.
    """

    encoding: str
    delimiter: str
    columns: list[str]
    has_header: bool
    size: int
    sha256: str
    sample: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Fault:
    """A row that could not be read. `code` is a key of `messages.REASONS`."""

    line: int
    code: str
    cells: list[str]


Row = tuple[int, list[str]]
HELD = 500
"""Rows with quotes that are kept before they become columns: many small lists slow Python down."""


def inspect_file(path: Path) -> Shape:
    """Read the whole file once for its hash and encoding, and its head for the rest.

    Raises BadInput with a sentence for a file that cannot be imported.
    """
    size = path.stat().st_size
    if size == 0:
        raise BadInput(_("The file is empty. Choose a file with a header and rows."))
    _refuse_other_formats(path)
    sha256, encoding = _hash_and_encoding(path)
    delimiter = _find_delimiter(path, encoding)
    rows = [row for row in _first_rows(path, encoding, delimiter) if row]
    if not rows:
        raise BadInput(_("The file holds no rows. Choose a file with a header and rows."))
    if max(map(len, rows[:2])) > MAX_COLUMNS:
        raise BadInput(
            _("The file has %(count)s columns; at most %(most)s can be read. Leave some out.")
            % {"count": max(map(len, rows[:2])), "most": MAX_COLUMNS}
        )
    has_header = not _looks_like_data(rows[0])
    if has_header and len(rows) == 1:
        raise BadInput(_("The file has a header and no rows below it."))
    return Shape(
        encoding=encoding,
        delimiter=delimiter,
        columns=_name_columns(rows[0], has_header=has_header),
        has_header=has_header,
        size=size,
        sha256=sha256,
        sample=rows[1:] if has_header else rows,
    )


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise BadInput(
            _("This is a spreadsheet or an archive. Save it as “CSV UTF-8” and choose that file.")
        )
    if head.startswith(b"%PDF"):
        raise BadInput(_("This is a PDF. Choose a CSV file."))


def open_bytes(path: Path) -> IO[bytes]:
    """Open the file for reading, unpacked if it is gzip."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if packed else path.open("rb")  # type: ignore[return-value]


def _hash_and_encoding(path: Path) -> tuple[str, str]:
    """Return the SHA-256 of the file and the first encoding that reads all of it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(HEAD_BLOCK):
            digest.update(block)
    try:
        with open_bytes(path) as unpacked:
            candidates = _candidates(unpacked.read(HEAD))
        for encoding in candidates:
            if _decodes(path, encoding):
                return digest.hexdigest(), encoding
    except (OSError, EOFError) as error:  # gzip that ends early or is damaged
        raise BadInput(
            _("The packed file is damaged. Pack it again, or choose it unpacked.")
        ) from error
    raise BadInput(
        _(
            "The file is neither UTF-8, UTF-16 nor GB 18030, or it is damaged. "
            "Save it as “CSV UTF-8” and choose it again."
        )
    )


def _candidates(head: bytes) -> list[str]:
    if head.startswith(codecs.BOM_UTF8):
        return ["utf-8-sig"]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ["utf-16"]
    pairs = len(head) // 2 or 1
    if head[1::2].count(0) > 0.4 * pairs and head[::2].count(0) < 0.1 * pairs:
        return ["utf-16-le"]
    if head[::2].count(0) > 0.4 * pairs and head[1::2].count(0) < 0.1 * pairs:
        return ["utf-16-be"]
    return ["utf-8", "gb18030"]


def _decodes(path: Path, encoding: str) -> bool:
    """Whether all of the file is in this encoding.

    Bytes of a Western encoding can be read as GB 18030 by accident, as rare characters. So most
    of the characters must be of the common set, whose two bytes are both 0xA1 or more.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    common = other = unpacked = 0
    most = max(MAX_UNPACKED, MAX_RATIO * path.stat().st_size)
    try:
        with open_bytes(path) as file:
            while block := file.read(HEAD_BLOCK):
                unpacked += len(block)
                if unpacked > most:
                    raise BadInput(
                        _("The packed file unpacks to far more than a table. Choose it unpacked.")
                    )
                text = decoder.decode(block)
                if encoding == "gb18030" and common + other < ENOUGH:
                    high = [c for c in text if c > "\x7f"]
                    plain = sum(_is_common_chinese(c) for c in high)
                    common, other = common + plain, other + len(high) - plain
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return common >= other


def _is_common_chinese(character: str) -> bool:
    try:
        return min(character.encode("gb2312")) >= 0xA1
    except UnicodeEncodeError:
        return False


def _name_columns(cells: list[str], *, has_header: bool) -> list[str]:
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        plain = " ".join(unquote(cell).replace("\0", "").split())[:100] if has_header else ""
        name = plain = plain or _("column %(number)s") % {"number": place}
        for number in itertools.count(2):
            if name not in names:
                break
            name = f"{plain} ({number})"
        names.append(name)
    return names


def _find_delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that gives the most rows the same number of columns."""
    best, best_score = ",", (0.0, 1)
    for delimiter in DELIMITERS:
        rows = [row for row in _first_rows(path, encoding, delimiter, count=50) if row]
        widths = [len(row) for row in rows]
        if not widths or widths[0] < 2:
            continue
        score = (round(widths.count(widths[0]) / len(widths), 1), widths[0])
        if score > best_score:
            best, best_score = delimiter, score
    if best_score[1] == 1 and _is_separated_by_blanks(path, encoding):
        return BLANKS
    return best


def _is_separated_by_blanks(path: Path, encoding: str) -> bool:
    lines = [row[0].split() for row in _first_rows(path, encoding, "\x1f", count=20) if row]
    return len(lines) > 1 and len(lines[0]) > 2 and len({len(words) for words in lines}) == 1


def _first_rows(
    path: Path, encoding: str, delimiter: str, *, count: int = SAMPLE_ROWS
) -> list[list[str]]:
    with open_bytes(path) as file:
        rows = itertools.islice(read_records(file, encoding, delimiter), count)
        return list(map(_cells_of, rows))


def _cells_of(row: Row | Fault) -> list[str]:
    return row.cells if isinstance(row, Fault) else row[1]


def read_rows(file: IO[bytes], shape: Shape) -> Iterator[Rows | Fault]:
    """Yield the rows below the header, each with as many cells as there are columns.

    Blank lines are skipped. Cells that are missing or too many make a Fault, unless the ones
    too many are empty. Lines without a quote are split all at once, others by `csv`.
    """
    width = len(shape.columns)
    lines = Lines(file, shape.encoding, blanks=shape.delimiter == BLANKS)
    delimiter = "\t" if shape.delimiter == BLANKS else shape.delimiter
    records = _read_records(lines, delimiter, width)
    if shape.has_header:  # the first line that is not blank, as `inspect_file` takes it
        next(filter(_cells_of, records), None)
    held: list[Row] = []
    while True:
        plain = lines.take_plain(delimiter, width)
        record = None if plain else next(records, None)
        row = _fit(record, width) if isinstance(record, tuple) else record
        if isinstance(row, tuple):
            held.append(row)
        if held and (len(held) == HELD or isinstance(row, Fault) or plain or record is None):
            yield _turned(held)
            held = []
        if plain:
            yield plain
        elif isinstance(row, Fault):
            yield row
        elif record is None:
            return


def _fit(record: Row, width: int) -> Row | Fault | None:
    """The record with `width` cells; None for a blank line."""
    line, cells = record
    if len(cells) == width:
        return record
    if len(cells) > width and not any(cells[width:]):
        return line, cells[:width]
    if not cells:
        return None
    return Fault(line, "too_many_cells" if len(cells) > width else "too_few_cells", cells)


def _turned(rows: list[Row]) -> Rows:
    columns = list(zip(*(row[1] for row in rows), strict=True))
    characters = sum(len(cell) for cells in columns for cell in cells)
    return Rows([row[0] for row in rows], list(map(from_cells, columns)), characters)


def read_records(file: IO[bytes], encoding: str, delimiter: str) -> Iterator[Row | Fault]:
    """Yield the records at the head of a file, whatever their width."""
    lines = Lines(file, encoding, blanks=delimiter == BLANKS, at_once=HEAD_BLOCK)
    return _read_records(lines, "\t" if delimiter == BLANKS else delimiter)


def _read_records(lines: Lines, delimiter: str, width: int = 0) -> Iterator[Row | Fault]:
    """Yield the records of a file. With `width`, a record over several lines must have it.

    A quote that is never closed would swallow what follows. So when a record that spans lines
    has not the width, only its first line is at fault, and the others are read again. Between
    tabs a quote may be a sign like any other: it is where each of the lines has the width.
    """
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        first = lines.number + 1
        lines.taken.clear()
        try:
            cells = next(reader, None)
        except (csv.Error, TooLong):
            cells = []
        if cells is None and not lines.taken:
            return
        if len(lines.taken) == 1 and cells is not None:
            yield Fault(first, "row_too_long", []) if lines.was_cut(first) else (first, cells)
        elif delimiter == "\t" and (plain := _without_quoting(lines.taken, width)):
            lines.give_back()  # before anybody asks for the lines behind them
            yield first, plain
        elif cells is not None and (len(cells) == width or (not width and len(cells) > 1)):
            yield first, cells
        else:
            lines.give_back()
            yield Fault(first, "quote_not_closed", [lines.taken[0].rstrip("\n")[:1000]])


def _without_quoting(taken: list[str], width: int) -> list[str] | None:
    """The cells of the first line, if all lines are whole rows: their quotes are mere signs."""
    tabs = taken[0].count("\t")
    if tabs == 0 or (width and tabs + 1 != width):
        return None
    if any(line.count("\t") != tabs for line in taken):
        return None
    return taken[0].rstrip("\n").split("\t")


def _looks_like_data(cells: Sequence[str]) -> bool:
    """Whether a first line is a row rather than a header: no cell is a word, one is a value."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(_is_value(cell) for cell in filled)


def _is_value(cell: str) -> bool:
    return bool(values.PLAIN_DECIMAL.fullmatch(cell) or DATE.fullmatch(cell)) or isinstance(
        values.email(cell), str
    )
