"""Customers from rows: prepared in Python, merged in SQL.

A row is known by its customer number, else by its email. An empty cell changes nothing. A consent
that is stored as "no" is never turned into "yes" by a file: the person's own word is newer.
"""

import secrets
import time
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from profiles.importers.batches import (
    Batch,
    Chunk,
    Plan,
    Rejection,
    Sorter,
    make_rejection,
    merge_attributes,
)
from profiles.importers.erased import refuse_erased
from profiles.importers.repeats import find_repeats
from profiles.importers.seen import Seen
from profiles.importers.staging import lock_customers, prefer_indexes, stage, to_rows
from profiles.importers.types import Outcome
from profiles.models import CONSENT_COLUMNS
from tenants.context import current_tenant_id

TEXTS = (
    "external_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "country",
    "city",
    "timezone",
)
KEYS = ("external_id", "email")
PURPOSES = {column: purpose for purpose, column in CONSENT_COLUMNS.items()}
CONSENTS = tuple(PURPOSES)
TYPES = {
    "line": "bigint",
    "public_id": "uuid",
    **dict.fromkeys(TEXTS, "text"),
    "attributes": "jsonb",
    **dict.fromkeys(CONSENTS, "boolean"),
}


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    """Parse a chunk, reject what cannot be saved, and drop rows that repeat an earlier one."""
    sorter = Sorter(chunk, plan)
    sorter.require("external_id", "email", code="no_key")
    if "name" in sorter.values:
        _split_names(sorter)
    sorter.values["attributes"] = merge_attributes(sorter)
    names = [name for name in TYPES if name in sorter.values]
    said = to_rows(map(sorter.get, names))
    find_repeats(sorter, KEYS, said, seen)
    batch = sorter.finish(names)
    batch.text = _stage_text(sorter, batch, said)
    if not plan.column_of("may_email"):
        batch.notices["without_consent"] = len(batch.lines)
    else:
        batch.notices["without_consent"] = batch.values["may_email"].count(None)
    return batch


def _stage_text(sorter: Sorter, batch: Batch, said: Sequence[str]) -> bytes:
    """The good rows for COPY: line, a public id in case the customer is new, what the row says."""
    if len(said) != len(batch.lines):
        said = [row for place, row in enumerate(said) if sorter.is_good(place)]
    ids = _public_ids(len(said))
    rows = zip(batch.lines, ids, said, strict=True)
    return "".join([f"{line}\t{one}\t{row}\n" for line, one, row in rows]).encode()


def _public_ids(count: int) -> list[str]:
    """UUIDs that begin with the time (RFC 9562, version 7): an index takes them at its end."""
    start = f"{time.time_ns() // 1_000_000:012x}7"
    drawn = secrets.token_hex(9 * count)
    return [
        f"{start}{drawn[at : at + 3]}8{drawn[at + 3 : at + 18]}" for at in range(0, 18 * count, 18)
    ]


def _split_names(sorter: Sorter) -> None:
    """Take the last word of a full name as the last name; a Chinese name stays whole."""
    firsts, lasts = [], []
    for full in sorter.values.pop("name"):
        first, _blank, last = (full or "").rpartition(" ")
        firsts.append((first or full or "")[:100] or None)
        lasts.append((last if first else "")[:100] or None)
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
    columns = {name: TYPES[name] for name in ("line", "public_id", *names)}
    lock_customers(cursor)
    stage(cursor, "incoming", columns, batch.text)
    rejections = refuse_erased(cursor, batch, plan)
    created = 0 if plan.is_followed else _insert_if_all_new(cursor, names, source)
    if created:
        return Outcome(created=created, rejected=rejections)
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
    return Outcome(created=created, updated=updated, unchanged=unchanged, rejected=rejections)


def _insert_if_all_new(cursor: Any, names: Sequence[str], source: str) -> int:
    """Insert all rows at once, and leave it to the unique indexes to say that one is not new.

    Then, or if one of the first rows is known, nothing is inserted and 0 is returned.
    """
    values = {"tenant": current_tenant_id(), "source": source[:200]}
    with prefer_indexes(cursor):
        cursor.execute(_any_known_sql([name for name in KEYS if name in names]), values)
        (is_known,) = cursor.fetchone()
    if is_known:
        return 0
    try:
        with transaction.atomic():
            cursor.execute(_insert_all_sql(names), values)
            return int(cursor.rowcount)
    except IntegrityError:
        return 0


def _any_known_sql(keys: Sequence[str]) -> str:
    known = (
        f"SELECT FROM profiles_customer c"
        f" WHERE c.tenant_id = %(tenant)s AND c.{name} = i.{name} AND c.{name} <> ''"
        for name in keys
    )
    found = " OR ".join(f"EXISTS ({one})" for one in known)
    return f"SELECT EXISTS (SELECT FROM (SELECT * FROM incoming LIMIT 20) i WHERE {found})"


def _insert_all_sql(names: Sequence[str]) -> str:
    given = _given(names)
    insert = f"""
        INSERT INTO profiles_customer (tenant_id, {", ".join(given)})
        SELECT %(tenant)s, {", ".join(given.values())} FROM incoming
    """
    consents = [name for name in names if name in CONSENTS]
    if not consents:
        return insert
    rows = ", ".join(f"('{PURPOSES[name]}', {name})" for name in consents)
    return f"""
        WITH made AS ({insert} RETURNING id, {", ".join(consents)}), consents AS (
            INSERT INTO profiles_consent
                (tenant_id, customer_id, purpose, granted, at, source, text_version)
            SELECT %(tenant)s, made.id, said.purpose, said.granted, now(), %(source)s, ''
            FROM made CROSS JOIN LATERAL (VALUES {rows}) AS said(purpose, granted)
            WHERE said.granted IS NOT NULL)
        SELECT FROM made
    """


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


def _after(name: str) -> str:
    """What a column holds after the update. `c` is the customer, `i` the row."""
    if name == "attributes":
        return "c.attributes || coalesce(i.attributes, '{}')"
    if name in CONSENTS:
        return f"CASE WHEN c.{name} IS FALSE THEN false ELSE coalesce(i.{name}, c.{name}) END"
    if name in KEYS:  # the keys of a merged record stay where they are, and lead here
        return f"CASE WHEN i.by_merge THEN c.{name} ELSE coalesce(i.{name}, c.{name}) END"
    return f"coalesce(i.{name}, c.{name})"


def _update_sql(names: Sequence[str]) -> str:
    before = ", ".join(f"c.{name}" for name in names)
    after = ", ".join(_after(name) for name in names)
    changes = ", ".join(f"{name} = {_after(name)}" for name in names)
    return f"""
        UPDATE profiles_customer c SET {changes}, updated_at = now() FROM matched i
        WHERE c.tenant_id = %(tenant)s AND c.id = i.id AND NOT i.is_new
          AND ROW({before}) IS DISTINCT FROM ROW({after})
    """


def _given(names: Sequence[str]) -> dict[str, str]:
    """Column → value of a new customer."""
    given = {"public_id": "public_id"}
    given |= {name: f"coalesce({name}, '')" for name in TEXTS if name in names}
    given |= {name: "''" for name in TEXTS if name not in names}
    given |= {name: name for name in CONSENTS if name in names}
    if "attributes" in names:
        given["attributes"] = "coalesce(attributes, '{}')"
    return given


def _insert_sql(names: Sequence[str]) -> str:
    given = _given(names)
    return f"""
        INSERT INTO profiles_customer (id, tenant_id, {", ".join(given)})
        SELECT id, %(tenant)s, {", ".join(given.values())} FROM matched WHERE is_new
    """


def _consent_sql(consents: Sequence[str]) -> str:
    """Append what is new: a word on a purpose that changes what is stored."""
    rows = ", ".join(f"('{PURPOSES[name]}', i.{name}, c.{name})" for name in consents)
    return f"""
        INSERT INTO profiles_consent
            (tenant_id, customer_id, purpose, granted, at, source, text_version)
        SELECT %(tenant)s, i.id, said.purpose, said.granted, now(), %(source)s, ''
        FROM matched i
        LEFT JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = i.id
        CROSS JOIN LATERAL (VALUES {rows}) AS said(purpose, granted, stored)
        WHERE said.granted IS NOT NULL AND said.granted IS DISTINCT FROM said.stored
          AND said.stored IS DISTINCT FROM false
    """
