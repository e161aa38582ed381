"""The short way for events that come as records: most say little, of customers we know.

A batch whose events all name a customer by number, carry an id of their own and a moment with its
offset, and nothing unusual, is stored by one call of a function in the database (`intake_sql.py`).
Any other batch, or one that names somebody new, goes the long way of files, which reads every
format and says what is wrong. Both ways store the same rows.
"""

import functools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from django.utils import timezone

from profiles.importers.events import AHEAD, FIRST, event_name, event_uuid

STORE = """
    SELECT profiles_store_events(%(numbers)s::text[], %(names)s::text[], %(moments)s::timestamptz[],
                                 %(ids)s::uuid[], %(skus)s::text[], %(details)s::text[])
"""
# With a digit, so that it is no word for nothing; and no number that a spreadsheet rounded. What
# matches is an identifier as it stands for the long way too (`importers/values.py`).
_PLAIN = r"(?!\d[eE]\d)(?=.{1,200}\n)[A-Za-z_-]*\d[\w-]*"
_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MOMENT = r"[\d-]{10}T[\d:]{8}(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"
_name = functools.lru_cache(maxsize=1024)(event_name)
_encode_lines = msgspec.json.Encoder().encode_lines


class PlainEvent(msgspec.Struct, forbid_unknown_fields=True):
    """What an event of the short way may say."""

    name: Annotated[str, msgspec.Meta(max_length=100)]
    at: str
    external_id: str | int
    event_id: str | int
    sku: str | None = None
    properties: dict[str, Any] | None = None


def _made_of(pattern: str) -> Callable[[Sequence[str]], bool]:
    """Return a question: is each of these texts such a text? Asked of all at once."""
    match = re.compile(f"(?:{pattern}\n)*+", re.ASCII).fullmatch

    def ask(cells: Sequence[str]) -> bool:
        text = "\n".join([*cells, ""])
        return text.count("\n") == len(cells) and match(text) is not None

    return ask


_are_plain, _are_uuids, _are_moments = map(_made_of, (_PLAIN, _UUID, _MOMENT))


def store_plain(cursor: Any, records: Sequence[Mapping[str, Any]]) -> int | None:
    """Store a batch of plain events; return how many are new. None: it must go the long way."""
    try:
        arrays = _read(msgspec.convert(records, list[PlainEvent]))
    except (TypeError, ValueError):
        return None  # no object, no id, a number for a text, no such day, NaN in an object
    if arrays is None:
        return None
    cursor.execute(STORE, arrays)
    (stored,) = cursor.fetchone()
    return None if stored is None else int(stored)


def _read(events: Sequence[PlainEvent]) -> dict[str, str] | None:
    """The columns, each as PostgreSQL reads an array. None if an event says something unusual."""
    numbers = [str(one.external_id) for one in events]
    names = [_name(one.name) or "" for one in events]
    skus = [one.sku for one in events]
    if not events or not all(names) or not _are_plain([*numbers, *filter(None, skus)]):
        return None
    moments = _moments([one.at for one in events])
    ids = _uuids([str(one.event_id) for one in events])
    details = _lines([one.properties or {} for one in events])
    if moments is None or ids is None or not _is_text(details, *[one.name for one in events]):
        return None
    return {
        "numbers": _array(numbers),
        "names": _array(names),
        "moments": _array(moments),
        "ids": _array(ids),
        "skus": _array(skus),
        "details": _array_of_lines(details),
    }


def _moments(texts: list[str]) -> list[str] | None:
    """Moments as PostgreSQL reads them. None, or an error, if there is another, or no offset."""
    moments = list(map(datetime.fromisoformat, texts))
    if min(moments) < FIRST or max(moments) >= timezone.now() + AHEAD:
        return None
    if _are_moments(texts):
        return texts
    if any(text[10:11] != "T" for text in texts):
        return None
    return [one.astimezone(UTC).isoformat() for one in moments]


def _uuids(ids: list[str]) -> list[str] | None:
    """The senders' ids as UUIDs. None if one is not plain."""
    if _are_uuids(ids):
        return ids
    own = [one for one in ids if not _are_uuids([one])]
    return [event_uuid(one, ()) for one in ids] if _are_plain(own) else None


def _lines(properties: Sequence[Mapping[str, Any]]) -> str:
    """A line of JSON for each. Raises ValueError for a NaN, which would be written as null."""
    text = _encode_lines(properties).decode()
    if "null" in text:
        json.dumps(properties, allow_nan=False)
    return text.removesuffix("\n")


def _is_text(*cells: str) -> bool:
    """Whether PostgreSQL takes these texts: no NUL, no half of a surrogate pair."""
    text = "".join(cells)
    text.encode()  # raises a ValueError
    return "\0" not in text and "\\u0000" not in text


def _array(cells: Sequence[str | None]) -> str:
    """Texts without quotes and backslashes as PostgreSQL reads an array; None becomes NULL.

    As one text, which costs a third of six hundred values, here and there.
    """
    if None in cells:
        return "{" + ",".join(["NULL" if cell is None else f'"{cell}"' for cell in cells]) + "}"
    return '{"' + '","'.join(cells) + '"}'  # type: ignore[arg-type]


def _array_of_lines(text: str) -> str:
    """The same for the lines of a text that may hold both."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", '","')
    return '{"' + quoted + '"}'
