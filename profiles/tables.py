"""Files of a measurement: plain or gzip, any usual encoding, columns told apart by content."""

import csv
import gzip
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from tenants.errors import BadInput

DELIMITERS = "\t,;|"
SEPARATORS = re.compile(r"[\s,;|]+")  # where any of them, or blanks, part cells
DAYS = (
    *("%Y-%m-%d", "%Y%m%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y", "%d/%m/%Y"),
    *("%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y"),
    *("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%Y年%m月%d日"),
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
DATE_FORMATS = (*(day + time for time in TIMES for day in DAYS), "%Y%m%d%H%M%S")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3}){2,})")
SECONDS, MILLISECONDS = (9, 10), (12, 13)  # digits of a moment counted from 1970
NUMBER = re.compile(
    r"([-+]?)[^\W\d_]{0,3}[$€£¥]?([-+]?[\d., ']*\d[\d., ']*(?:[eE][-+]?\d+)?) ?[€£¥%]?"
    r"(?:[^\W\d_]{1,3})?"
)


def read_text(path: str) -> str:
    """Return what a file says. Raises BadInput if it cannot be read, is empty or no text."""
    try:
        raw = Path(path).read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or _("it is cut off")
        message = _("The file %(name)s cannot be read: %(reason)s.")
        raise BadInput(message % {"name": path, "reason": reason}) from error
    text = _decode(raw, path)
    if not text.strip():
        raise BadInput(_("The file %(name)s is empty.") % {"name": path})
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(raw: bytes, path: str) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "gb18030", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput(_("The file %(name)s is not text.") % {"name": path})


def read_columns(path: str, names: Sequence[str]) -> list[list[str]]:
    """Return the named columns of a table, one list of texts each.

    Upper and lower case, blanks and marks in names do not matter. In a file without header,
    columns are named by their number from 1. Raises BadInput that names the column that is not
    there.
    """
    rows = list(read_rows(read_text(path)))
    header = [plain_name(cell) for cell in rows[0]]
    wanted = [plain_name(name) for name in names]
    if all(name in header for name in wanted):
        places = [header.index(name) for name in wanted]
        return _pick(rows[1:], places)
    if all(name.isdecimal() for name in wanted):
        places = [int(name) - 1 for name in wanted]
        if all(0 <= place < len(header) for place in places):
            return _pick(rows, places)
    pairs = zip(names, wanted, strict=True)
    missing = next(
        (name for name, low in pairs if low not in header and not low.isdecimal()), names[0]
    )
    message = _("The file %(name)s has no column “%(column)s”. It has: %(known)s.")
    known = ", ".join(rows[0][:20])
    raise BadInput(message % {"name": path, "column": missing, "known": known})


def read_header(path: str) -> list[str]:
    """Return the cells of the first line. Raises BadInput."""
    return next(iter(read_rows(read_text(path))))


def plain_name(name: str) -> str:
    """SessionId, session_id and “Session ID” are one name; what has no letter stays as it is."""
    return re.sub(r"[\s_.\-]+", "", name.lower()) or name.strip()


def read_rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each line that is not empty; the first line tells what parts them."""
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    text = text.replace("\0", "")
    if delimiter not in first:
        return (line.split() for line in text.split("\n") if line.strip())
    csv.field_size_limit(1 << 24)
    return (row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row))


def _pick(rows: Sequence[Sequence[str]], places: Sequence[int]) -> list[list[str]]:
    return [[row[place].strip() if place < len(row) else "" for row in rows] for place in places]


def parse_number(text: str) -> float | None:
    """Return a number, or None: 12.5 · 12,5 · 1,234.50 · 1.234,50 · 1,234 · $-5 · (5.00) · 12 EUR.

    The last of point and comma is the decimal mark; a mark that stands alone before three digits,
    or several times, parts thousands if it is a comma or stands several times.
    """
    plain = text.strip().replace("\u2212", "-").replace("\u00a0", " ")
    negative = plain.startswith("(") and plain.endswith(")")
    match = NUMBER.fullmatch(plain[1:-1].strip() if negative else plain)
    if not match:
        return None
    sign, digits = match.groups()
    digits = _decimal(re.sub(r"[ ']", "", digits))
    try:
        value = float(digits)
    except ValueError:
        return None
    return -value if negative or sign == "-" else value


def _decimal(digits: str) -> str:
    """Write the decimal mark as a point, and thousands without mark."""
    if THOUSANDS.fullmatch(digits):
        return digits.replace(",", "") if "," in digits else digits.replace(".", "")
    if digits.rfind(",") > digits.rfind("."):
        whole, part = digits.rsplit(",", 1)
        return f"{whole.replace('.', '')}.{part}"
    return digits.replace(",", "")


class Dates:
    """Reads dates of one column: the first form that fits is tried first from then on."""

    def __init__(self, examples: Sequence[str]) -> None:
        """Prefer the form that reads the most of the examples: 31/12 tells what 01/02 cannot."""
        self.forms = sorted(DATE_FORMATS, key=lambda form: -sum(_fits(x, form) for x in examples))

    def read(self, text: str) -> datetime | None:
        """Return a moment without zone, or None."""
        text = text.strip()
        if text.isdecimal() and len(text) in SECONDS + MILLISECONDS:
            seconds = int(text) / (1 if len(text) in SECONDS else 1000)
            return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        if not text.isdecimal():
            try:
                return datetime.fromisoformat(text).replace(tzinfo=None)
            except ValueError:
                pass
        for form in self.forms:
            if _fits(text, form):
                return datetime.strptime(text, form)  # noqa: DTZ007 - days, not moments
        return None


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - days, not moments
    except ValueError:
        return False
    return True
