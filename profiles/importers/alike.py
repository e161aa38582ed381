"""Customers from rows that are all new, or all known: merged at once, without a look at each.

Files nearly always are one of both. If a chunk turns out to be neither, what was done is taken
back, and it is merged row by row (`customers.py`). Two chunks of one file may be merged so at the
same time: no key is in both (`repeats.py`).
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from psycopg2 import errors

from profiles.importers.batches import Batch, Plan
from profiles.importers.customer_columns import (
    CONSENTS,
    KEYS,
    PURPOSES,
    consent_sql,
    value_after,
    values_of_new,
)
from profiles.importers.erased import refuse_erased
from profiles.importers.staging import prefer_indexes
from profiles.importers.types import Outcome
from tenants.context import current_tenant_id

PATIENCE = "2s"
"""How long a chunk waits for a row that somebody else is changing. He may wait for another chunk
of this file, which waits for this one, and PostgreSQL cannot know."""


class NotAlike(Exception):
    """Some rows are known and some are not, or somebody else is changing one."""


@contextlib.contextmanager
def taken_back_unless_alike() -> Iterator[None]:
    """A savepoint. Raises NotAlike for what PostgreSQL says if `merge_alike` met others' rows."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise NotAlike from error
    except OperationalError as error:
        if isinstance(error.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
            raise NotAlike from error
        raise


def merge_alike(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    """Merge the rows of a batch, if all are new or all known by every key of theirs.

    Call it inside `taken_back_unless_alike`, with the lock of `lock_customers`. Raises NotAlike,
    also if one of the first rows leads to a merged record.
    """
    values = {"tenant": current_tenant_id(), "source": source[:200]}
    names = list(batch.values)
    keys = [name for name in KEYS if name in names]
    rejections = refuse_erased(cursor, batch, plan)
    with prefer_indexes(cursor):
        cursor.execute(_look_sql(keys), values)
        any_known, all_known = cursor.fetchone()
    if any_known and not all_known:
        raise NotAlike
    cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    if all_known:
        outcome = _update_all(cursor, keys, names, len(batch.lines) - len(rejections), values)
    else:
        cursor.execute(_insert_all_sql(names), values)
        outcome = Outcome(created=cursor.rowcount)
    cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    outcome.rejected = rejections
    return outcome


def _look_sql(keys: Sequence[str]) -> str:
    """Whether one of the first rows is known by a key, and whether each is by all its keys."""
    known = " OR ".join(
        f"EXISTS (SELECT FROM profiles_customer c"
        f" WHERE c.tenant_id = %(tenant)s AND c.{name} = i.{name} AND c.{name} <> '')"
        for name in keys
    )
    by_all = f"EXISTS (SELECT FROM profiles_customer c WHERE {_same(keys)})"
    return f"""
        SELECT coalesce(bool_or({known}), false), coalesce(bool_and({by_all}), false)
        FROM (SELECT * FROM incoming LIMIT 20) i
    """


def _same(keys: Sequence[str]) -> str:
    """Customer `c` has all keys of row `i`, and was not merged into another one.

    The first key must be said; the index for it finds the customer.
    """
    first, *others = keys
    also = (f" AND (i.{name} IS NULL OR c.{name} = i.{name})" for name in others)
    return (
        f"c.tenant_id = %(tenant)s AND c.{first} = i.{first} AND c.{first} <> ''"
        f" AND c.merged_into_id IS NULL{''.join(also)}"
    )


def _insert_all_sql(names: Sequence[str]) -> str:
    given = values_of_new(names)
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


def _update_all(
    cursor: Any, keys: Sequence[str], names: Sequence[str], count: int, values: dict[str, Any]
) -> Outcome:
    with prefer_indexes(cursor):
        if consents := [name for name in names if name in CONSENTS]:
            people = f"incoming i JOIN profiles_customer c ON {_same(keys)}"
            cursor.execute(consent_sql(consents, people, "c.id"), values)
        cursor.execute(_update_sql(keys, names), values)
        updated = cursor.rowcount
        if updated < count:
            cursor.execute(_count_sql(keys), values)
            if cursor.fetchone()[0] < count:
                raise NotAlike
    return Outcome(updated=updated, unchanged=count - updated)


def _update_sql(keys: Sequence[str], names: Sequence[str]) -> str:
    said = [name for name in names if name not in keys]
    before = ", ".join(f"c.{name}" for name in said)
    after = ", ".join(value_after(name) for name in said)
    changes = "".join(f"{name} = {value_after(name)}, " for name in said)
    return f"""
        UPDATE profiles_customer c SET {changes} updated_at = now() FROM incoming i
        WHERE {_same(keys)} AND ROW({before}) IS DISTINCT FROM ROW({after})
    """


def _count_sql(keys: Sequence[str]) -> str:
    return f"SELECT count(*) FROM incoming i JOIN profiles_customer c ON {_same(keys)}"
