"""Customers from rows: prepared in Python, merged in SQL.

A row is known by its customer number, else by its email. An empty cell changes nothing. A consent
that is stored as "no" is never turned into "yes" by a file: the person's own word is newer.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from profiles.importers.batches import (
    Batch,
    Chunk,
    Plan,
    Rejection,
    Sorter,
    make_rejection,
    merge_attributes,
)
from profiles.importers.columns import Column, from_numbers, join, of_width, take, to_lines
from profiles.importers.customer_columns import (
    CONSENTS,
    KEYS,
    TYPES,
    consent_sql,
    value_after,
    values_of_new,
)
from profiles.importers.erased import refuse_erased
from profiles.importers.repeats import find_repeats
from profiles.importers.seen import Seen
from profiles.importers.staging import lock_customers, prefer_indexes, stage_batch, to_rows
from profiles.importers.types import Outcome
from tenants.context import current_tenant_id


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    """Parse a chunk, reject what cannot be saved, and drop rows that repeat an earlier one."""
    sorter = Sorter(chunk, plan)
    sorter.require("external_id", "email", code="no_key")
    if "name" in sorter.values:
        _split_names(sorter)
    sorter.values["attributes"] = merge_attributes(sorter)
    names = [name for name in TYPES if name in sorter.values]
    said = to_rows(list(map(sorter.column, names)), has_signs=chunk.has_signs)
    find_repeats(sorter, KEYS, said, seen)
    batch = sorter.finish(names)
    batch.shape = {name: TYPES[name] for name in ("line", "public_id", *names)}
    batch.text = _stage_text(sorter, batch, said)
    if not plan.column_of("may_email"):
        batch.notices["without_consent"] = len(batch.lines)
    else:
        batch.notices["without_consent"] = batch.values["may_email"].null_count
    return batch


def _stage_text(sorter: Sorter, batch: Batch, said: Column) -> bytes:
    """The good rows for COPY: line, a public id in case the customer is new, what the row says."""
    if len(said) != len(batch.lines):
        said = take(said, list(filter(sorter.is_good, range(sorter.count))))
    return to_lines(join([from_numbers(batch.lines), _public_ids(len(said)), said], "\t"))


def _public_ids(count: int) -> Column:
    """UUIDs that begin with the time (RFC 9562, version 7), each greater than the one before.

    An index takes them at its end. 4,096 are counted in a millisecond, and others in the next.
    """
    import numpy as np  # noqa: PLC0415 - see `seen`

    numbers = np.arange(count, dtype=np.uint64) + np.uint64((time.time_ns() // 1_000_000) << 12)
    ids = np.frombuffer(secrets.token_bytes(16 * count), ">u8").reshape(count, 2).copy()
    ids[:, 0] = (numbers >> 12 << 16) | 0x7000 | (numbers & 0xFFF)
    ids[:, 1] = (ids[:, 1] & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
    return of_width(ids.tobytes().hex(), 32)


def _split_names(sorter: Sorter) -> None:
    """Take the last word of a full name as the last name; a Chinese name stays whole."""
    firsts, lasts = [], []
    for full in sorter.get("name"):
        first, _blank, last = (full or "").rpartition(" ")
        firsts.append((first or full or "")[:100] or None)
        lasts.append((last if first else "")[:100] or None)
    del sorter.values["name"]
    for name, found in (("first_name", firsts), ("last_name", lasts)):
        known = sorter.get(name)
        sorter.values[name] = [a or b for a, b in zip(known, found, strict=True)]


def merge(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    """Create and update the customers of a batch in the workspace in scope. Counts exactly.

    Must run inside a transaction; a lock for each workspace makes two merges wait for each other.
    Leaves the table `matched` (with the customer's `id`) if what came in `is_followed`.
    """
    if not batch.lines:
        return Outcome()
    tenant = current_tenant_id()
    names = list(batch.values)
    stage_batch(cursor, batch)
    lock_customers(cursor)
    rejections = refuse_erased(cursor, batch, plan)
    with prefer_indexes(cursor):
        cursor.execute(_match_sql(names), {"tenant": tenant})
    if {"external_id", "email"} <= {*names}:
        rejections += _reject_conflicts(cursor, batch, plan)
    with prefer_indexes(cursor):
        if consents := [name for name in names if name in CONSENTS]:
            cursor.execute(_consent_sql(consents), {"tenant": tenant, "source": source[:200]})
        cursor.execute(_update_sql(names), {"tenant": tenant})
        updated = cursor.rowcount
        cursor.execute(_insert_sql(names), {"tenant": tenant})
        created = cursor.rowcount
    unchanged = len(batch.lines) - len(rejections) - created - updated
    return Outcome(
        created=created,
        updated=updated,
        unchanged=unchanged,
        rejected=rejections,
    )


def _match_sql(names: Sequence[str]) -> str:
    """Give each row its customer's id: a known one, the one it was merged into, or a new one."""
    joins = ""
    known: list[str] = []
    merged: list[str] = []
    for name, alias in (("external_id", "x"), ("email", "e")):
        if name in names:
            # Who is found by number and has this email already need not be looked for by email.
            other = " AND (x.id IS NULL OR x.email <> i.email)" if known else ""
            joins += f"""
                LEFT JOIN LATERAL (
                    SELECT * FROM profiles_customer c WHERE c.tenant_id = %(tenant)s
                    AND c.{name} = i.{name} AND c.{name} <> ''{other} LIMIT 1
                ) {alias} ON true"""
            known.append(f"coalesce({alias}.merged_into_id, {alias}.id)")
            merged.append(f"{alias}.merged_into_id")
    ids = ", ".join(known)
    both = f", coalesce({', '.join(merged)}) IS NOT NULL AS by_merge"
    if len(known) == 2:
        both += f", {known[0]} AS by_number, {known[1]} AS by_email, e.external_id AS email_of"
    return f"""
        DROP TABLE IF EXISTS matched;
        CREATE TEMP TABLE matched ON COMMIT DROP AS
        SELECT i.*, coalesce({ids}) IS NULL AS is_new{both},
               coalesce({ids}, nextval('profiles_customer_id_seq')) AS id
        FROM incoming i{joins}
    """


def _reject_conflicts(cursor: Any, batch: Batch, plan: Plan) -> list[Rejection]:
    """Take out rows whose email is another customer's, and rows that meet in one customer."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM matched WHERE NOT is_new"
        " AND (by_merge OR by_number IS NULL OR by_email <> by_number))"
    )
    if not cursor.fetchone()[0]:
        return []  # each is found by its own number
    cursor.execute("""
        DELETE FROM matched WHERE by_email <> by_number
            OR (by_number IS NULL AND external_id IS NOT NULL AND email_of <> '')
        RETURNING line, email, coalesce(nullif(email_of, ''), email)
    """)
    found = [(line, "email_taken", email, str(other)) for line, email, other in cursor.fetchall()]
    cursor.execute("""
        WITH met AS (
            SELECT line, min(line) OVER (PARTITION BY id) AS first FROM matched WHERE NOT is_new
        )
        DELETE FROM matched m USING met
        WHERE met.line = m.line AND met.first < m.line RETURNING m.line, m.email, met.first
    """)
    found += [(line, "duplicate", email, str(other)) for line, email, other in cursor.fetchall()]
    return [
        make_rejection(
            line, batch.cells(line), code, plan.column_of("email"), email or "", other=other
        )
        for line, code, email, other in {row[0]: row for row in reversed(found)}.values()
    ]


def _update_sql(names: Sequence[str]) -> str:
    before = ", ".join(f"c.{name}" for name in names)
    after = ", ".join(value_after(name) for name in names)
    changes = ", ".join(f"{name} = {value_after(name)}" for name in names)
    return f"""
        UPDATE profiles_customer c SET {changes}, updated_at = now() FROM matched i
        WHERE c.tenant_id = %(tenant)s AND c.id = i.id AND NOT i.is_new
          AND ROW({before}) IS DISTINCT FROM ROW({after})
    """


def _insert_sql(names: Sequence[str]) -> str:
    given = values_of_new(names)
    return f"""
        INSERT INTO profiles_customer (id, tenant_id, {", ".join(given)})
        SELECT id, %(tenant)s, {", ".join(given.values())} FROM matched WHERE is_new
    """


def _consent_sql(consents: Sequence[str]) -> str:
    return consent_sql(
        consents,
        "matched i LEFT JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = i.id",
        "i.id",
    )
