"""Read labelled texts from files of many kinds, told by what is in them, not by their names.

Plain or gzip; UTF-8 with or without a mark, UTF-16, GB 18030, Big5, Windows-1252; commas,
semicolons or tabs, quoted (cells may hold line ends) or not; JSON as a list of objects, one object
a line, or the splits of CLINC150: `{"train": [[text, label], …], "oos_train": […], …}`.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _

from inference.checks import storable
from inference.label_columns import is_header
from tenants.errors import BadInput

Split = Literal["train", "test"]
DELIMITERS = ("\t", ",", ";", "|")
LARGEST_CELL = 10_000_000
LONGEST_HEADER = 1_000_000
LINES_NAMED = 5
Row = tuple[int, dict[str, Any]]
"""The line that a row begins in (the place in the list, for JSON) and its cells by column."""
Cells = tuple[int, str, str]
"""The line of a row, its text and its label."""
SPLIT_COLUMNS = ("text", "label")
COMMON_ZH = frozenset(
    "的一是不了在有我也很人这這好来來个個到就要没沒大和可以店服务務質质房錢钱，。"
)
COMMON_FROM = 0.05
"""So large a share of common signs has Chinese that is read in its own encoding; else near 0."""
BROKEN_UP_TO = 0.001


@dataclass(frozen=True)
class Labelled:
    """The rows of a file that have a label, in their order.

    `notes`: sentences about rows that were left out or have no text, with their lines.
    """

    texts: list[str]
    labels: list[str]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def without(self, label: str) -> "Labelled":
        """Return the rows that are labelled otherwise."""
        return self._where(label, same=False)

    def only(self, label: str) -> "Labelled":
        """Return the rows of that label."""
        return self._where(label, same=True)

    def _where(self, label: str, *, same: bool) -> "Labelled":
        pairs = zip(self.texts, self.labels, strict=True)
        rows = [(text, given) for text, given in pairs if same == (given == label)]
        texts, labels = [text for text, _given in rows], [given for _text, given in rows]
        return Labelled(texts, labels, self.notes)


@dataclass(frozen=True)
class Table:
    """The rows of a file whose columns are known by name, or by their place from 1 on where the
    first line holds values. `name` is what sentences call the file."""

    name: str
    columns: list[str]
    rows: list[Row]
    has_header: bool = True
    is_split: bool = False

    def cells(self, text: str, label: str) -> list[Cells]:
        """Return the column `text` and the column `label`, empty cells and all."""
        if self.is_split:
            text, label = SPLIT_COLUMNS
        _refuse_twins(self.columns, (text, label), self.name)
        return _pick(self.rows, text, label, self.name)

    def labelled(self, text: str, label: str) -> Labelled:
        """Return the rows that have a label."""
        rows = self.cells(text, label)
        kept = [(words, given) for _line, words, given in rows if given]
        if not kept:
            raise BadInput(_("The file %(name)s has no row with a label.") % {"name": self.name})
        texts, labels = [words for words, _given in kept], [given for _words, given in kept]
        return Labelled(texts, labels, tuple(_notes(rows, self.name)))


def read_labelled(path: str, *, text: str, label: str, split: Split) -> Labelled:
    """Read the rows that have a label: see `read_rows`."""
    return read_table(path, wanted=(text, label), split=split).labelled(text, label)


def read_rows(path: str, *, text: str, label: str, split: Split) -> list[Cells]:
    """Read the column `text` and the column `label` of a file, empty cells and all.

    A file with splits gives its part `split`, out-of-scope rows included; columns do not matter
    then. Raises BadInput that says what is wrong with which file.
    """
    return read_table(path, wanted=(text, label), split=split).cells(text, label)


def read_table(
    path: str, *, name: str = "", wanted: Sequence[str] = (), split: Split = "train"
) -> Table:
    """Read a file. `wanted` are the columns that are looked for: they tell the delimiter.

    Raises BadInput that says what is wrong with the file, by its `name` (that of the path).
    """
    name = name or Path(path).name
    content = _decode(_read_bytes(path, name), name).replace("\0", "")
    if not content.strip():
        raise BadInput(_("The file %(name)s is empty.") % {"name": name})
    value = _parse_json(content)
    if isinstance(value, dict):
        rows = [
            (line, dict(zip(SPLIT_COLUMNS, pair, strict=True)))
            for line, *pair in _read_split(value, name, split)
        ]
        return Table(name, list(SPLIT_COLUMNS), rows, is_split=True)
    if value:
        return Table(name, list(dict.fromkeys(key for _line, row in value for key in row)), value)
    return _read_table(content, wanted, name)


def _notes(rows: list[Cells], name: str) -> Iterable[str]:
    """Say which rows have no label or no text."""
    unlabelled = [line for line, _words, given in rows if not given]
    mute = [line for line, words, given in rows if given and not words.strip()]
    if unlabelled:
        message = _(
            "%(name)s, rows without a label or with more cells than columns, left out: %(count)s "
            "(line %(lines)s)."
        )
        yield message % {"name": name, **name_lines(unlabelled)}
    if mute:
        message = _("%(name)s, rows with a label but no text: %(count)s (line %(lines)s).")
        yield message % {"name": name, **name_lines(mute)}


def name_lines(lines: list[int]) -> dict[str, str]:
    """Return “count” and “lines”, the first of them, for a sentence about rows."""
    named = ", ".join(map(str, lines[:LINES_NAMED]))
    return {"count": str(len(lines)), "lines": named + " …" * (len(lines) > LINES_NAMED)}


def _read_bytes(path: str, name: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(
            _("The file %(name)s cannot be read: %(reason)s.")
            % {"name": name, "reason": getattr(error, "strerror", None) or _("it is cut off")}
        ) from error


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if raw[1:2000:2].count(0) > len(raw[1:2000:2]) / 2:
        return raw.decode("utf-16-le", errors="replace")
    text = raw.decode("utf-8-sig", errors="replace")
    if text.count("\ufffd") <= BROKEN_UP_TO * len(text):  # whole, or cut somewhere
        return text
    chinese = [read for coding in ("gb18030", "big5hkscs") if (read := _try(raw, coding))]
    best = max(chinese, key=_share_of_common, default="")
    if best and _share_of_common(best) >= COMMON_FROM:
        return best
    if western := _try(raw, "cp1252") or best:
        return western
    raise BadInput(_("The file %(name)s is not text.") % {"name": name})


def _try(raw: bytes, coding: str) -> str:
    """Read `raw` as `coding`; "" if it breaks that more than now and then."""
    text = raw.decode(coding, errors="replace")
    return text if text.count("\ufffd") <= BROKEN_UP_TO * len(text) else ""


def _share_of_common(text: str) -> float:
    signs = [sign for sign in text[:100_000] if not sign.isascii()]
    return sum(sign in COMMON_ZH for sign in signs) / max(1, len(signs))


def _parse_json(content: str) -> dict[str, Any] | list[Row] | None:
    """Return splits, or rows, or None when the content is a table (which may begin with “[”)."""
    if content.lstrip()[0] not in "[{":
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = _parse_json_lines(content)
    if isinstance(value, dict) and not any(isinstance(part, list) for part in value.values()):
        value = [value]
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return list(enumerate(value, start=1))
    return value if isinstance(value, dict) else None


def _parse_json_lines(content: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None


def _read_split(value: dict[str, Any], name: str, split: Split) -> list[Cells]:
    parts = [value.get(key) or [] for key in (split, f"oos_{split}")]
    rows = [row for part in parts if isinstance(part, list) for row in part]
    if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise BadInput(
            _("The file %(name)s has no part “%(split)s” of pairs of a text and a label.")
            % {"name": name, "split": split}
        )
    return [
        (place, _cell(words), _cell(given).strip())
        for place, (words, given) in enumerate(rows, start=1)
    ]


def _read_table(content: str, wanted: Sequence[str], name: str) -> Table:
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    header = content.lstrip("\n").split("\n", 1)[0]
    if len(header) > LONGEST_HEADER:
        raise BadInput(
            _(
                "The first line of %(name)s is too long for the names of columns. Save the file as "
                "a table with a line for each text, then upload that."
            )
            % {"name": name}
        )
    delimiter = max(DELIMITERS, key=lambda mark: _fitness(header, mark, wanted))
    if delimiter == "\t" and not _is_quoted(content):
        lines = enumerate(content.split("\n"), start=1)
        rows = [(at, line.split("\t")) for at, line in lines if line]
    else:
        rows = _read_quoted(content, delimiter, name)
    names = [column.strip().lstrip("\ufeff") for column in rows[0][1]]
    numbered = all(place.isdecimal() and place not in names for place in wanted)
    has_header = not numbered if wanted else is_header(names, rows[1:])
    if not has_header:  # columns by their number
        names = [str(place) for place in range(1, len(names) + 1)]
        rows = [(0, names), *rows]
    table = [(line, _by_column(row, names)) for line, row in rows[1:]]
    return Table(name, names, table, has_header=has_header)


def _refuse_twins(names: Sequence[str], wanted: tuple[str, str], name: str) -> None:
    spelt = [column.lower() for column in names]
    for column in wanted:
        if spelt.count(column.strip().lower()) > 1:
            raise BadInput(
                _("The file %(name)s has more than one column “%(column)s”. Rename all but one.")
                % {"name": name, "column": column}
            )


def _read_quoted(content: str, delimiter: str, name: str) -> list[tuple[int, list[str]]]:
    """Return each row that has a cell with the line that it begins in."""
    csv.field_size_limit(LARGEST_CELL)
    reader, line = csv.reader(io.StringIO(content), delimiter=delimiter), 1
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if row:
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(
            _("The file %(name)s cannot be read from line %(line)s on: a cell there has no end.")
            % {"name": name, "line": line}
        ) from error
    return rows


def _fitness(header: str, mark: str, wanted: Iterable[str]) -> tuple[int, int]:
    names = [name.strip().lower() for name in next(csv.reader([header], delimiter=mark))]
    return sum(name.strip().lower() in names for name in wanted), header.count(mark)


def _is_quoted(content: str) -> bool:
    """Whether quotes around cells of a tab-separated file are meant as such.

    They are not when every line has its columns as it stands and some quote is left open.
    """
    lines = [line for line in content.split("\n") if line]
    even = len({line.count("\t") for line in lines}) == 1
    cells = [cell for line in lines for cell in line.split("\t") if cell.startswith('"')]
    closed = all(
        len(cell) > 1 and cell.endswith('"') and '"' not in cell[1:-1].replace('""', "")
        for cell in cells
    )
    return bool(cells) and (closed or not even)


def _by_column(row: list[str], names: list[str]) -> dict[str, Any]:
    """Return the cells of a row by column; none of a row that says more than it has columns for,
    as when a cell holds a comma without quotes: nobody knows then which cell is which."""
    if any(cell.strip() for cell in row[len(names) :]):
        return {}
    return dict(zip(names, row, strict=False))


def _pick(rows: list[Row], text: str, label: str, name: str) -> list[Cells]:
    known = dict.fromkeys(column for _line, row in rows for column in row)
    text, label = (_spelt(column, known) for column in (text, label))
    for column in (text, label):
        if known and column not in known:
            raise BadInput(
                _("The file %(name)s has no column “%(column)s”. It has: %(known)s.")
                % {"name": name, "column": column, "known": ", ".join(known)}
            )
    return [
        (line, _cell(row.get(text)), _plain(_cell(row.get(label)).strip())) for line, row in rows
    ]


def _spelt(column: str, known: Iterable[str]) -> str:
    """The column as the file spells it: upper and lower case do not matter."""
    wanted = column.strip().lower()
    return next((name for name in known if name.strip().lower() == wanted), column)


def _plain(label: str) -> str:
    """A label that a spreadsheet made a number of: 1.0 is 1."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", label)


def _cell(value: object) -> str:
    return "" if value is None or value != value else storable(str(value))  # NaN is no value
