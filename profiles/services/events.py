"""Events that come as records: from the API, the demo, other rooms."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from profiles import intake
from profiles.importers import events as importer
from profiles.importers.records import Result, make_chunk, make_plan, to_result
from profiles.importers.seen import Seen
from profiles.models import ImportKind

NAMES = ("name", "at", "external_id", "email", "anonymous_id", "event_id", "sku")


def record_events(rows: Sequence[Mapping[str, Any]]) -> Result:
    """Store events, each once: an event whose `event_id` is known counts as unchanged.

    Keys: name, at, external_id or email of the customer or anonymous_id of a visitor (created if
    unknown; with both, the visitor is that customer from now on), event_id, sku and `properties`,
    an object. A record that cannot be saved is refused; the others are saved.
    """
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        stored = intake.store_plain(cursor, rows)
    if stored is not None:
        return Result(created=stored, unchanged=len(rows) - stored)
    return _record_any(rows)


def _record_any(rows: Sequence[Mapping[str, Any]]) -> Result:
    chunk, refused = make_chunk(rows, NAMES, "properties")
    plan = make_plan(ImportKind.EVENTS, NAMES)
    with Seen() as seen:
        batch = importer.prepare(chunk, plan, seen)
    with transaction.atomic(), connection.cursor() as cursor:
        outcome = importer.merge(cursor, batch, plan, "api")
        importer.note(cursor)
    return to_result(len(rows), outcome, refused, batch.rejections)
