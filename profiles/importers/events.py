"""Events from rows. Each is stored once: by the sender's id, or by all that the row says."""

import hashlib
import re
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from profiles.importers import people
from profiles.importers.batches import Batch, Chunk, Plan, Sorter, merge_attributes
from profiles.importers.columns import from_numbers
from profiles.importers.erased import refuse_erased
from profiles.importers.seen import Seen
from profiles.importers.staging import lock_customers, note_touched, stage_batch, to_copy
from profiles.importers.types import Outcome
from profiles.partitions import ensure_partitions
from profiles.services.identity import link_visitors
from tenants.context import current_tenant_id

TYPES = {
    "line": "bigint",
    "name": "text",
    "at": "timestamptz",
    "external_id": "text",
    "email": "text",
    "country": "text",
    "anonymous_id": "text",
    "event_id": "uuid",
    "sku": "text",
    "properties": "jsonb",
}
FIRST = datetime(1990, 1, 1, tzinfo=timezone.get_fixed_timezone(0))
AHEAD = timedelta(days=2)
"""Clocks and time zones may differ by so much; what lies later has not happened."""


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    sorter = Sorter(chunk, plan)
    sorter.require("external_id", "email", "anonymous_id", code="no_key")
    sorter.values["name"] = [event_name(name) or None for name in sorter.get("name")]
    sorter.require("name")
    sorter.require("at")
    sorter.values["properties"] = merge_attributes(sorter)
    return finish(sorter)


def finish(sorter: Sorter) -> Batch:
    """Number events whose name, moment and properties are read, and return those that are good."""
    _reject_far_dates(sorter)
    said = zip(
        *(sorter.get(name) for name in ("external_id", "email", "name", "at", "sku")),
        sorter.get("properties"),
        strict=True,
    )
    visitors = sorter.get("anonymous_id")
    sorter.values["event_id"] = [
        event_uuid(own, (*row, visitor) if visitor else row)
        for own, row, visitor in zip(sorter.get("event_id"), said, visitors, strict=True)
    ]
    batch = sorter.finish([name for name in TYPES if name != "line"])
    batch.shape = TYPES
    batch.text = to_copy([from_numbers(batch.lines), *batch.values.values()])
    batch.has_visitors = batch.values["anonymous_id"].null_count < len(batch.lines)
    return batch


def event_name(name: str | None) -> str | None:
    """`Product Viewed` is product_viewed."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")[:100] if name else None


def event_uuid(own: str | None, said: Sequence[str | None]) -> str:
    """The sender's UUID; or a hash of the sender's id; or of all that is said of the event."""
    if own is not None:
        try:
            return str(uuid.UUID(own))
        except ValueError:
            said = ("id", own)
    text = "\x1f".join(part or "" for part in said)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def is_storable(at: datetime) -> bool:
    """Whether something can have happened at this moment, so that there is a place for it."""
    return FIRST <= at < timezone.now() + AHEAD


def _reject_far_dates(sorter: Sorter) -> None:
    column = sorter.plan.column_of("at")
    place = sorter.plan.columns.index(column)
    this_year = str(timezone.now().year)
    for row, at in enumerate(sorter.get("at")):
        if at is None or "1990" < at[:4] < this_year:
            continue
        moment = datetime.fromisoformat(at)
        if not is_storable(moment):
            code = "date_out_of_range" if moment < FIRST else "in_future"
            sorter.reject(row, code, column, sorter.chunk.columns[place][row].as_py())


def merge(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    """Store the events of a batch that are not stored yet, and customers that they name."""
    stage_batch(cursor, batch)
    lock_customers(cursor)
    rejected = refuse_erased(cursor, batch, plan)
    new_people = people.resolve(cursor)
    if batch.has_visitors:
        new_people += people.resolve_visitors(cursor)
    ensure_partitions(cursor, "incoming")
    cursor.execute(INSERT, {"tenant": current_tenant_id()})
    created = cursor.rowcount
    if batch.has_visitors:
        cursor.execute(SIGNED_IN)
        link_visitors(cursor.fetchall())
    return Outcome(
        created=created,
        unchanged=len(batch.lines) - created - len(rejected),
        rejected=rejected,
        notices={"new_customers": new_people},
    )


def note(cursor: Any) -> None:
    """Note whose events came in, for the next look at traits and segments."""
    note_touched(cursor, "resolved", "customer_id")


SIGNED_IN = """
    SELECT DISTINCT anonymous_id, customer_id FROM resolved
    WHERE anonymous_id IS NOT NULL AND (external_id IS NOT NULL OR email IS NOT NULL)
"""
INSERT = """
    WITH products AS (
        SELECT DISTINCT ON (sku) sku, id FROM (
            SELECT external_id AS sku, id, 1 AS rank FROM catalogue_product
            WHERE tenant_id = %(tenant)s AND external_id IN (SELECT sku FROM resolved)
            UNION ALL
            SELECT sku, product_id, 2 FROM catalogue_productvariant
            WHERE tenant_id = %(tenant)s AND sku <> '' AND sku IN (SELECT sku FROM resolved)
        ) known ORDER BY sku, rank
    )
    INSERT INTO profiles_event (tenant_id, customer_id, event_id, name, at, product_id, properties)
    SELECT %(tenant)s, r.customer_id, r.event_id, r.name, r.at, p.id, coalesce(r.properties, '{}')
    FROM resolved r LEFT JOIN products p ON p.sku = r.sku
    ORDER BY r.event_id, r.at  -- as others do, who may send the same
    ON CONFLICT DO NOTHING
"""
