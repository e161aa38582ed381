"""Clicks of sessions from files: under the usual names of columns, or without a header."""

from collections.abc import Sequence
from datetime import UTC

from django.utils.translation import gettext as _

from profiles.tables import Dates, parse_number, plain_name, read_columns, read_header
from tenants.errors import BadInput

# Another name counts where the first is not there; upper and lower case and marks do not matter.
NAMES = (
    ("SessionId", "session", "sid", "visitId", "visitorId", "userSession", "userId", "user"),
    ("ItemId", "item", "iid", "productId", "product", "articleId", "clickArticleId", "sku"),
    ("Time", "timestamp", "ts", "eventTime", "eventDate", "datetime", "date", "clickTimestamp"),
)
ZONES = ("Z", " UTC", " GMT")


def read_clicks(path: str) -> list[list[str]]:
    """Return sessions, items and times of a table, one list of texts each. Raises BadInput.

    A file without header has these columns in this order; or session, time, item and more, as
    the clicks of the RecSys Challenge 2015 had at first.
    """
    header = read_header(path)
    known = [plain_name(cell) for cell in header]
    names = [next((one for one in some if plain_name(one) in known), some[0]) for some in NAMES]
    if len(header) >= 3 and not any(plain_name(name) in known for name in names):
        if _is_day(header[1]):
            return read_columns(path, ["1", "3", "2"])
        if _is_day(header[2]) or parse_number(header[2]) is not None:
            return read_columns(path, ["1", "2", "3"])
    return read_columns(path, names)


def _is_day(text: str) -> bool:
    return parse_number(text) is None and _moment(Dates([]), text) is not None


def read_moments(times: Sequence[str], path: str) -> list[float | None]:
    """Return seconds or whatever unit the file counts in; None for a row without time."""
    dates = Dates(times[:: max(1, len(times) // 200)])
    found: list[float | None] = []
    for text in times:
        moment = _moment(dates, text) if text else None
        if text and moment is None:
            message = _("The file %(name)s has a time that cannot be read: “%(text)s”.")
            raise BadInput(message % {"name": path, "text": text})
        found.append(moment)
    return found


def _moment(dates: Dates, text: str) -> float | None:
    number = parse_number(text)
    if number is not None:
        return number
    for zone in ZONES:
        text = text.removesuffix(zone)
    moment = dates.read(text)
    return moment.replace(tzinfo=UTC).timestamp() if moment else None
