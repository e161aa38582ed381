"""The short way for events that come as records: most say little, of customers we know.

A batch whose events all name a customer by number, carry an id of their own and a moment with its
offset, and nothing unusual, is stored by one call of a function in the database (`intake_sql.py`).
Any other batch, or one that names somebody new, goes the long way of files, which reads every
format and says what is wrong. Both ways store the same rows.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from profiles.importers.events import AHEAD, FIRST, event_name, event_uuid

KNOWN = frozenset({"name", "at", "external_id", "event_id", "sku", "properties"})
STORE = """
    SELECT profiles_store_events(%(numbers)s::text[], %(names)s::text[], %(moments)s::timestamptz[],
                                 %(ids)s::uuid[], %(skus)s::text[], %(details)s::text[])
"""
_dump = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
# With a digit, so that it is no word for nothing; and no number that a spreadsheet rounded. What
# matches is an identifier as it stands for the long way too (`importers/values.py`).
_PLAIN = re.compile(r"(?!\d[eE]\d)(?=.{1,200}$)[A-Za-z_-]*\d[\w-]*", re.ASCII).fullmatch
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").fullmatch
_name = functools.lru_cache(maxsize=1024)(event_name)
Row = tuple[str, str, str, str, str | None, str | None]


def store_plain(cursor: Any, records: Sequence[Mapping[str, Any]]) -> int | None:
    """Store a batch of plain events; return how many are new. None: it must go the long way."""
    try:
        until = timezone.now() + AHEAD
        rows = [_read(record, until) for record in records]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None  # not an object, no id, a number for a text, no moment, NaN in an object
    if not rows or not _is_text(rows):
        return None
    numbers, names, moments, ids, skus, details = zip(*rows, strict=True)
    own = [one for one in ids if not _UUID(one)]
    if not all(map(_PLAIN, (*numbers, *own, *filter(None, skus)))):
        return None
    if own:
        ids = tuple(event_uuid(one, ()) for one in ids)
    plain = (_plain_array(column) for column in (numbers, moments, ids, skus))
    arrays = dict(zip(("numbers", "moments", "ids", "skus"), plain, strict=True))
    cursor.execute(STORE, arrays | {"names": _array(names), "details": _array(details)})
    (stored,) = cursor.fetchone()
    return None if stored is None else int(stored)


def _read(record: Mapping[str, Any], until: datetime) -> Row:
    """The values of an event that says nothing unusual. Raises if it does."""
    name, at = _name(record["name"]), record["at"]
    moment = datetime.fromisoformat(at)
    sku, properties = record.get("sku"), record.get("properties")
    if (
        not record.keys() <= KNOWN
        or not name
        or len(record["name"]) > 100
        or at[10:11] != "T"
        or moment.tzinfo is None
        or not FIRST <= moment < until
        or not isinstance(sku, str | None)
        or not isinstance(properties, dict | None)
    ):
        raise ValueError("It goes the long way.")
    details = _dump(properties) if properties else None
    return _text(record["external_id"]), name, at, _text(record["event_id"]), sku, details


def _text(value: Any) -> str:
    """An identifier as the long way writes it. Raises if it is none."""
    if type(value) not in (str, int) or value == "":
        raise ValueError("It goes the long way.")
    return str(value)


def _plain_array(cells: Sequence[str | None]) -> str:
    """Identifiers and moments as PostgreSQL reads an array; None becomes NULL.

    As one text, which costs a third of six hundred values, here and there.
    """
    return "{" + ",".join(["NULL" if cell is None else f'"{cell}"' for cell in cells]) + "}"


def _array(cells: Sequence[str | None]) -> str:
    """The same for texts that may hold quotes and backslashes."""
    if '"' in (text := "".join(filter(None, cells))) or "\\" in text:
        quoted = [cell and cell.replace("\\", "\\\\").replace('"', '\\"') for cell in cells]
        return _plain_array(quoted)
    return _plain_array(cells)


def _is_text(rows: Sequence[Row]) -> bool:
    """Whether PostgreSQL takes every text: no NUL, no half of a surrogate pair."""
    text = "\n".join(part for row in rows for part in row if part)
    if "\0" in text or "\\u0000" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
