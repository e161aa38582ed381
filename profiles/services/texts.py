"""What customers write: reviews, social posts, chat turns. Events with a text and its source."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from profiles.importers import texts as importer
from profiles.importers.records import Result, make_chunk, make_plan, to_result
from profiles.importers.seen import Seen
from profiles.importers.texts import KINDS
from profiles.models import ImportKind

NAMES = (
    "kind", "at", "text", "title", "rating", "language", "source", "consent", "external_id",
    "email", "anonymous_id", "event_id", "sku",
)  # fmt: skip
TEXT_EVENTS: Mapping[str, str] = {name: kind for kind, name in KINDS.items()}
"""The events that hold a text: name to kind ("review", "post", "chat")."""


def record_texts(rows: Sequence[Mapping[str, Any]]) -> Result:
    """Store texts of customers, each once.

    Keys: kind (review, post, chat), at, text, title, rating, language, source (where it was
    written), consent (whether its author agreed that it is read; a "no" is refused), and those of
    `record_events` that name the customer, the product and the event.
    """
    chunk, refused = make_chunk(rows, NAMES)
    plan = make_plan(ImportKind.TEXTS, NAMES)
    with Seen() as seen:
        batch = importer.prepare(chunk, plan, seen)
    with transaction.atomic(), connection.cursor() as cursor:
        outcome = importer.merge(cursor, batch, plan, "api")
        importer.note(cursor)
    return to_result(len(rows), outcome, refused, batch.rejections)
