"""From the text of a cell to a moment, in any usual way of writing.

Which of day and month stands first in 03-04-2026 no single cell tells: the column may.
"""

import re
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from profiles.importers.values import EMPTY, Parsed, Parser, Problem

FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
DATE = re.compile(
    r"(\d{1,4})(?P<s>[-/.年])(\d{1,2})(?:(?P=s)|月)(\d{1,4})日?"
    r"(?:[T\s]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AaPp])?\.?[Mm]?\.?)?"
)
_NAMED = (
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%d %b %Y %H:%M",
)


def guess_date_order(cells: Iterable[str]) -> str:
    """Tell from a column whether day or month stands first in 03-04-2026.

    Day if in doubt; empty if the column has no such dates.
    """
    found = ""
    for cell in cells:
        match = DATE.fullmatch(cell.strip())
        if match and len(match[1]) < 3:
            if int(match[3]) > 12 >= int(match[1]):
                return MONTH_FIRST
            if int(match[1]) > 12:
                return DAY_FIRST
            found = DAY_FIRST
    return found


def date(order: str, zone: zoneinfo.ZoneInfo) -> Parser:
    """A moment in any usual way of writing; without an offset it is in `zone`.

    `order` says how 03-04-2026 is read. Numbers of 10 or 13 digits are Unix seconds or
    milliseconds, of 8 digits yyyymmdd.
    """

    def parse(cell: str) -> Parsed:
        value = cell.strip()
        if value.lower() in EMPTY:
            return None
        try:
            moment = _moment(value, order)
        except (ValueError, OverflowError, OSError):
            return Problem("date_invalid")
        if moment is None:
            return Problem("date_unreadable")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            return Problem("date_out_of_range")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return moment.isoformat()

    return parse


def _moment(value: str, order: str) -> datetime | None:
    if value.isdigit():
        return _from_digits(value)
    if value[4:5] == "-" and value[7:8] == "-" and "W" not in value:
        try:
            return datetime.fromisoformat(value.replace(" UTC", "+00:00"))
        except ValueError:
            if DATE.fullmatch(value) is None:
                raise
    if match := DATE.fullmatch(value):
        return _from_match(match, order)
    for pattern in _NAMED:
        try:
            return datetime.strptime(value, pattern)  # noqa: DTZ007 - the caller adds the zone
        except ValueError:
            continue
    return None


def _from_digits(value: str) -> datetime | None:
    if len(value) == 8:
        return datetime(int(value[:4]), int(value[4:6]), int(value[6:]))  # noqa: DTZ001
    if len(value) == 14:
        return datetime.strptime(value, "%Y%m%d%H%M%S")  # noqa: DTZ007
    if len(value) in (10, 13):
        scale = 1 if len(value) == 10 else 1000
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=int(value) / scale)
    return None


def _from_match(match: re.Match[str], order: str) -> datetime | None:
    first, middle, last = int(match[1]), int(match[3]), int(match[4])
    if len(match[1]) == 4:
        year, month, day = first, middle, last
    elif len(match[4]) in (2, 4) and len(match[1]) < 3:
        year = last if len(match[4]) == 4 else 2000 + last
        day, month = (first, middle) if order == DAY_FIRST else (middle, first)
    else:
        return None
    hour, minute, second = (int(match[i] or 0) for i in (5, 6, 7))
    if match[8]:
        hour = hour % 12 + (12 if match[8] in "pP" else 0)
    return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
