"""From the text of a cell to a value that PostgreSQL takes, or a `Problem`.

A parser takes one cell and returns text for COPY, None for "the cell says nothing", or a Problem.
`parse_column` runs one over a column and remembers what it has seen: columns repeat themselves.
"""

import functools
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from profiles.importers import columns
from profiles.importers.columns import Column


@dataclass(frozen=True)
class Problem:
    """Why a cell cannot be read. `code` is a key of `messages.REASONS`."""

    code: str


Parsed = str | None | Problem
Parser = Callable[[str], Parsed]

REMEMBERED = 20_000
EMPTY = frozenset({"", "null", "none", "nan", "n/a", "na", "-", "(not set)", "\\n", "#n/a"})
"""What systems write for "nothing". Not applied to names and free text."""
YES = frozenset({"yes", "y", "true", "t", "1", "1.0", "on", "是", "同意", "subscribed", "opt-in"})
NO = frozenset(
    {"no", "n", "false", "f", "0", "0.0", "off", "否", "不同意", "unsubscribed", "opt-out"}
)
NEVER_ASKED = frozenset({"never subscribed", "not subscribed", "pending"})
"""What mail programs write for people who have not answered. Counts as nothing said."""
LANGUAGES = {
    "english": "en",
    "英文": "en",
    "英语": "en",
    "chinese": "zh-hans",
    "中文": "zh-hans",
    "zh": "zh-hans",
    "zh-cn": "zh-hans",
    "zh-sg": "zh-hans",
    "简体中文": "zh-hans",
}
FORMULA_STARTS = tuple("=+-@\t\r")
_QUOTED_FORMULA = f"^'([{re.escape(''.join(FORMULA_STARTS))}])"

_EMAIL = re.compile(
    r"[^\s@\"(),:;<>\[\]\\\x00-\x1f]{1,64}@[^\s@.,:;<>()\[\]\\\"]+(\.[^\s@.,:;<>()\[\]\\\"]+)+"
)
_PLAIN_EMAIL = r"^(?:[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+)?$"
_PLAIN_IDENTIFIER = r"^(?:[A-Za-z_-]*[0-9][A-Za-z0-9_-]*)?$"
_PERHAPS_ROUNDED = r"^[0-9][eE][0-9]"
_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_WHOLE_FLOAT = re.compile(r"(\d+)\.0+")
_ROUNDED = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,10})?")
_MONEY_NOISE = re.compile(r"[\s\u00a0\u202f'$€£¥￥₹₽₩元円]|(?<![A-Za-z])[A-Z]{2,3}(?![A-Za-z])")
PLAIN_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,20})?")
_SCIENTIFIC = re.compile(r"-?\d(\.\d+)?[eE][+-]?\d{1,2}")


class Memory(dict[str, Parsed]):
    """What a parser made of the first REMEMBERED different cells."""

    def __init__(self, parse: Parser) -> None:
        super().__init__()
        self.parse = parse
        self.found_problem = False

    def __missing__(self, text: str) -> Parsed:
        value = self.parse(text)
        if value.__class__ is Problem:
            self.found_problem = True
        if len(self) < REMEMBERED:
            self[text] = value
        return value


@dataclass(frozen=True)
class ByColumn:
    """A parser that also takes a whole column at once, if all its cells are plain."""

    cell: Parser
    column: Callable[[Column], Column | None]

    def __call__(self, cell: str) -> Parsed:
        return self.cell(cell)


def parse_column(
    cells: Column, parse: Parser, memory: Memory
) -> tuple[Column, list[tuple[int, Problem]]]:
    """Return the values of a column, and by place the problems, where there is no value."""
    if isinstance(parse, ByColumn) and (plain := parse.column(cells)) is not None:
        return plain, []
    coded = cells.dictionary_encode()
    parsed = list(map(memory.__getitem__, coded.dictionary.to_pylist()))
    if not memory.found_problem:
        return columns.from_cells(parsed).take(coded.indices), []  # type: ignore[arg-type]
    known = columns.from_cells([None if isinstance(one, Problem) else one for one in parsed])
    each = ((row, parsed[code]) for row, code in enumerate(coded.indices.to_pylist()))
    problems = [(row, one) for row, one in each if isinstance(one, Problem)]
    return known.take(coded.indices), problems


def normalise_email(text: str) -> str:
    """Trim, and lower the ASCII letters alone: look-alike addresses stay apart.

    `str.lower` would turn the Kelvin sign into k, and so merge two people.
    """
    text = text.strip()
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


def _email(text: str) -> Parsed:
    value = normalise_email(text.strip().removeprefix("mailto:"))
    if value in EMPTY:
        return None
    if len(value) > 254 or ".." in value or not _EMAIL.fullmatch(value):
        return Problem(
            "email_invalid" if value.count("@") != 1 or value[-1] != "@" else "email_no_domain"
        )
    return value


def _emails(cells: Column) -> Column | None:
    """The addresses, if all are of the letters that nearly all addresses are of."""
    if b".." in columns.in_utf8(cells) or not columns.are_all(cells, _PLAIN_EMAIL):
        return None
    if columns.is_longer(cells, 254):
        return None
    return columns.none_for_blank(columns.lower_ascii(cells))


email = ByColumn(_email, _emails)


def _identifier(text: str) -> Parsed:
    value = text.strip()
    if value.lower() in EMPTY:
        return None
    if whole := _WHOLE_FLOAT.fullmatch(value):
        return whole[1]
    if _ROUNDED.fullmatch(value):
        return Problem("number_rounded")
    return value if len(value) <= 200 else Problem("too_long")


def _identifiers(cells: Column) -> Column | None:
    if columns.is_longer(cells, 200) or not columns.are_all(cells, _PLAIN_IDENTIFIER):
        return None
    if b"e" in columns.in_utf8(cells).lower() and columns.is_any(cells, _PERHAPS_ROUNDED):
        return None
    return columns.none_for_blank(cells)


identifier = ByColumn(_identifier, _identifiers)
"""A number or code that names something. `14075.0` is 14075; leading zeros stay."""


def text(limit: int) -> Parser:
    """Any words, up to `limit` characters; longer ones are a Problem, never cut silently."""

    def parse(cell: str) -> Parsed:
        value = cell.strip()
        if not value:
            return None
        return value if len(value) <= limit else Problem("too_long")

    def parse_all(cells: Column) -> Column | None:
        values = columns.strip(cells)
        return None if columns.is_longer(values, limit) else columns.none_for_blank(values)

    return ByColumn(parse, parse_all)


def boolean(cell: str) -> Parsed:
    value = cell.strip().lower()
    if value in EMPTY:
        return None
    if value in YES:
        return "true"
    if value.replace("_", " ") in NEVER_ASKED:
        return None
    return "false" if value in NO else Problem("not_yes_or_no")


def language(cell: str) -> Parsed:
    value = cell.strip().lower().replace("_", "-")
    if value in EMPTY:
        return None
    if value in LANGUAGES or value.startswith("zh-hans"):
        return LANGUAGES.get(value, "zh-hans")
    if value.startswith("en-"):
        return "en"
    if _LANGUAGE.fullmatch(value) and len(value) <= 10:
        return value
    return Problem("language_unknown")


def timezone(cell: str) -> Parsed:
    value = cell.strip()
    if value.lower() in EMPTY:
        return None
    return value if value in _zones() else Problem("timezone_unknown")


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def integer(cell: str) -> Parsed:
    value = decimal(cell)
    if not isinstance(value, str):
        return value
    number = Decimal(value)
    if number != number.to_integral_value():
        return Problem("not_whole")
    return str(int(number)) if abs(number) < 2**31 else Problem("number_too_big")


def decimal(cell: str) -> Parsed:
    """An amount with point or comma and perhaps a currency: `1,234.50`, `1.234,50 €`, `¥99`.

    With one kind of separator: a comma before exactly three digits parts thousands, any other
    is decimal; a single point is decimal.
    """
    if PLAIN_DECIMAL.fullmatch(cell):
        return cell
    if cell.strip().lower() in EMPTY:
        return None
    value = _MONEY_NOISE.sub("", cell)
    if value.startswith("(") and value.endswith(")"):
        value = "-" + value[1:-1]
    value = value.replace("−", "-").removeprefix("+")
    if _SCIENTIFIC.fullmatch(value):
        return format(Decimal(value), "f")
    value = _drop_thousands(value)
    if not PLAIN_DECIMAL.fullmatch(value):
        return Problem("number_invalid")
    return value


def _drop_thousands(value: str) -> str:
    comma, point = value.rfind(","), value.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal_mark = (",", ".") if point > comma else (".", ",")
        return value.replace(thousands, "").replace(decimal_mark, ".")
    if value.count(".") > 1:
        return value.replace(".", "")
    if comma >= 0:
        is_thousands = value.count(",") > 1 or re.fullmatch(r"-?\d{1,3},\d{3}", value)
        return value.replace(",", "" if is_thousands else ".")
    return value


def money(cell: str) -> Parsed:
    value = decimal(cell)
    if isinstance(value, str) and abs(Decimal(value)) >= 10**10:
        return Problem("number_too_big")
    return value


def price(cell: str) -> Parsed:
    """An amount that is not below zero."""
    value = money(cell)
    return Problem("price_negative") if isinstance(value, str) and value.startswith("-") else value


def currency(cell: str) -> Parsed:
    value = cell.strip().upper()
    if value.lower() in EMPTY:
        return None
    value = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "CNY", "RMB": "CNY"}.get(value, value)
    return value if re.fullmatch(r"[A-Z]{3}", value) else Problem("currency_unknown")


def url(cell: str) -> Parsed:
    """A web address, the first where a shop lists several. Nothing else may become a link: a page
    would run `javascript:`.
    """
    value = re.split(r",\s*(?=https?://)", cell.strip(), maxsplit=1)[0]
    if value.lower() in EMPTY:
        return None
    value = "https:" + value if value.startswith("//") else value
    if not re.fullmatch(r"https?://[^\s/<>\"]+\S*", value) or len(value) > 2000:
        return Problem("url_invalid")
    return value


def attribute(cell: str) -> Parsed:
    """A value of the customer's own columns, as JSON: a number, true, false or a text."""
    value = cell.strip()
    if not value or value.lower() in ("null", "nan", "(not set)"):
        return None
    if _NUMBER.fullmatch(value):
        return value
    if value.lower() in ("true", "false"):
        return value.lower()
    return _quote(value) if len(value) <= 1000 else Problem("too_long")


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    if not escaped.isprintable():
        escaped = "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped)
    return f'"{escaped}"'


def unquote(cell: str) -> str:
    """Take off the quote that keeps a spreadsheet from reading a cell as a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell


def unquote_all(cells: Column) -> Column:
    """The same for every cell."""
    return columns.replace(cells, _QUOTED_FORMULA, r"\1")
