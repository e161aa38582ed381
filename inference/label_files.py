"""Read labelled texts from files of many kinds, told by what is in them, not by their names.

Plain or gzip; UTF-8 with or without a mark, UTF-16, GB 18030; commas, semicolons or tabs, quoted
(cells may hold line ends) or not; JSON as a list of objects, one object a line, or the splits of
CLINC150: `{"train": [[text, label], …], "oos_train": […], "test": […], …}`.
"""

import csv
import gzip
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from django.utils.translation import gettext as _

from tenants.errors import BadInput

Split = Literal["train", "test"]
DELIMITERS = ("\t", ",", ";", "|")
LARGEST_CELL = 10_000_000


@dataclass(frozen=True)
class Labelled:
    """The rows of a file that have a label, in their order."""

    texts: list[str]
    labels: list[str]

    def without(self, label: str) -> "Labelled":
        """Return the rows that are labelled otherwise."""
        return self._where(label, same=False)

    def only(self, label: str) -> "Labelled":
        """Return the rows of that label."""
        return self._where(label, same=True)

    def _where(self, label: str, *, same: bool) -> "Labelled":
        pairs = zip(self.texts, self.labels, strict=True)
        rows = [(text, given) for text, given in pairs if same == (given == label)]
        return Labelled([text for text, _given in rows], [given for _text, given in rows])


def read_labelled(path: str, *, text: str, label: str, split: Split) -> Labelled:
    """Read the column `text` and the column `label` of a file.

    A file with splits gives its part `split`, out-of-scope rows included; columns do not matter
    then. Raises BadInput that says what is wrong with which file.
    """
    name = Path(path).name
    content = _decode(_read_bytes(path), name)
    if not content.strip():
        raise BadInput(_("The file %(name)s is empty.") % {"name": name})
    value = _parse_json(content)
    if isinstance(value, dict):
        pairs = _read_split(value, name, split)
    else:
        pairs = _pick(value or _read_table(content, (text, label)), text, label, name)
    kept = [(words, given) for words, given in pairs if given]
    if not kept:
        raise BadInput(_("The file %(name)s has no row with a label.") % {"name": name})
    return Labelled([words for words, _given in kept], [given for _words, given in kept])


def _read_bytes(path: str) -> bytes:
    try:
        raw = Path(path).read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as error:
        raise BadInput(
            _("The file %(name)s cannot be read: %(reason)s.")
            % {"name": path, "reason": getattr(error, "strerror", None) or _("it is cut off")}
        ) from error


def _decode(raw: bytes, name: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(_("The file %(name)s is not text.") % {"name": name})


def _parse_json(content: str) -> dict[str, Any] | list[dict[str, Any]] | None:
    """Return splits, or rows, or None when the content is a table (which may begin with “[”)."""
    if content.lstrip()[0] not in "[{":
        return None
    try:
        value = json.loads(content)
    except ValueError:
        value = _parse_json_lines(content)
    if isinstance(value, dict) and not any(isinstance(part, list) for part in value.values()):
        value = [value]
    is_rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    return value if isinstance(value, dict) or is_rows else None


def _parse_json_lines(content: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in content.splitlines() if line.strip()]
    except ValueError:
        return None


def _read_split(value: dict[str, Any], name: str, split: Split) -> list[tuple[str, str]]:
    rows = [row for key in (split, f"oos_{split}") for row in value.get(key, [])]
    if not rows or not all(isinstance(row, list) and len(row) == 2 for row in rows):
        raise BadInput(
            _("The file %(name)s has no part “%(split)s” of pairs of a text and a label.")
            % {"name": name, "split": split}
        )
    return [(_cell(words), _cell(given).strip()) for words, given in rows]


def _read_table(content: str, wanted: tuple[str, str]) -> list[dict[str, Any]]:
    content = content.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    header = content.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=lambda mark: _fitness(header, mark, wanted))
    if delimiter == "\t" and not _is_quoted(content):
        rows = [line.split("\t") for line in content.split("\n") if line]
    else:
        csv.field_size_limit(LARGEST_CELL)
        rows = [row for row in csv.reader(io.StringIO(content), delimiter=delimiter) if row]
    names = [column.strip().lstrip("\ufeff") for column in rows[0]]
    if all(name.isdecimal() and name not in names for name in wanted):  # columns by their number
        names = [str(place) for place in range(1, len(names) + 1)]
        rows = [names, *rows]
    return [dict(zip(names, _fit(row, names), strict=True)) for row in rows[1:]]


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


def _fit(row: list[str], names: list[str]) -> list[str]:
    """Give a row as many cells as there are columns."""
    return (row + [""] * len(names))[: len(names)]


def _pick(rows: list[dict[str, Any]], text: str, label: str, name: str) -> list[tuple[str, str]]:
    known = rows[0] if rows else {}
    text, label = (_spelt(column, known) for column in (text, label))
    for column in (text, label):
        if rows and column not in known:
            raise BadInput(
                _("The file %(name)s has no column “%(column)s”. It has: %(known)s.")
                % {"name": name, "column": column, "known": ", ".join(known)}
            )
    return [(_cell(row.get(text)), _plain(_cell(row.get(label)).strip())) for row in rows]


def _spelt(column: str, known: Iterable[str]) -> str:
    """The column as the file spells it: upper and lower case do not matter."""
    wanted = column.strip().lower()
    return next((name for name in known if name.strip().lower() == wanted), column)


def _plain(label: str) -> str:
    """A label that a spreadsheet made a number of: 1.0 is 1."""
    return re.sub(r"^(-?\d+)\.0+$", r"\1", label)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
