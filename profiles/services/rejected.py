"""Rejected rows: why, as a file to correct, and read again by other options."""

import csv
import io
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from django.db.models import Count, Min

from profiles.importers.fields import REJECTED_COLUMNS
from profiles.importers.messages import title_of
from profiles.importers.values import FORMULA_STARTS
from profiles.models import Import, RejectedRow
from profiles.services.imports import confirm_mapping, start_import
from tenants.models import User

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def write_rejected(import_: Import, file: IO[bytes], *, code: str = "", plain: bool = False) -> int:
    """Write the rejected rows as CSV in UTF-8: the file's columns, then line, column and reason.

    Cells that a spreadsheet would run as formulas get a quote in front, which an import takes off
    again. `plain` leaves quotes and reasons away. Returns the number of rows.
    """
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    header = import_.columns if plain else [*map(defuse, import_.columns), *REJECTED_COLUMNS]
    writer.writerow(header)
    rows = RejectedRow.objects.filter(source=import_).order_by("line", "pk")
    count = 0
    for one in (rows.filter(code=code) if code else rows).iterator(chunk_size=2000):
        cells = one.row + [""] * (len(import_.columns) - len(one.row))
        if not plain:
            cells = [*map(defuse, cells), str(one.line), defuse(one.column), one.message]
        writer.writerow(cells)
        count += 1
    text.detach()  # the file stays open, for the caller
    return count


def defuse(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula. Numbers stay numbers."""
    if cell[:1] not in FORMULA_STARTS or NUMBER.fullmatch(cell):
        return cell
    return "'" + cell


def retry_rejected(
    import_: Import, *, code: str, options: Mapping[str, Any], by: User | None = None
) -> Import:
    """Import the rows that were rejected for one reason again, read by other options."""
    with tempfile.TemporaryFile() as file:
        write_rejected(import_, file, code=code, plain=True)
        file.seek(0)
        again = start_import(kind=import_.kind, file=file, file_name=import_.file_name, by=by)
    return confirm_mapping(again, import_.mapping, options)


@dataclass(frozen=True, kw_only=True)
class ReasonCount:
    """Why rows of an import were rejected, and how many."""

    code: str
    title: str
    count: int


def count_reasons(import_: Import) -> list[ReasonCount]:
    """Return the reasons for which rows were rejected, the most frequent first."""
    rows = (
        RejectedRow.objects.filter(source=import_)
        .values("code")
        .annotate(count=Count("pk"), first=Min("line"))
        .order_by("-count", "first")
    )
    return [
        ReasonCount(code=row["code"], title=title_of(row["code"]), count=row["count"])
        for row in rows
    ]
