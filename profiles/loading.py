"""Many rows into tables that are empty: the rows first, their indexes and keys after.

An index that is built from all rows at once costs a tenth of one that grows with each row; so does
a key that is checked by one join. Only the owner's role may take indexes off and put them back.
Everything happens in the caller's transaction: who is broken off leaves the tables as they were.
"""

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from profiles.partitions import PROTECT_PARTITION

MEMORY = "256MB"
INDEXES = """
    SELECT x.indexrelid::regclass::text, pg_get_indexdef(x.indexrelid) FROM pg_index x
    WHERE x.indrelid = %s::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid)
"""
KEYS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = %s::regclass AND contype = 'f'
"""
LOADING = """
    CREATE TABLE partitions.loading (LIKE public.profiles_event INCLUDING DEFAULTS)
        PARTITION BY RANGE (at);
    ALTER TABLE partitions.loading ALTER id SET DEFAULT nextval('public.profiles_event_id_seq')
"""
MONTH = """
    CREATE TABLE partitions."loading_{month}" PARTITION OF partitions.loading
        FOR VALUES FROM ('{first}+00') TO ('{last}+00')
"""
MOVE = """
    INSERT INTO public.profiles_event (tenant_id, customer_id, event_id, name, at, product_id,
        properties)
    SELECT tenant_id, customer_id, event_id, name, at, product_id, properties
    FROM partitions."loading_{month}";
    DROP TABLE partitions."loading_{month}"
"""
ATTACH = """
    ALTER TABLE partitions.loading DETACH PARTITION partitions."loading_{month}";
    ALTER TABLE partitions."loading_{month}" RENAME TO "event_{month}";
    ALTER TABLE partitions."event_{month}" ALTER id DROP DEFAULT;
    CREATE UNIQUE INDEX ON partitions."event_{month}" (tenant_id, event_id);
    ALTER TABLE public.profiles_event ATTACH PARTITION partitions."event_{month}"
        FOR VALUES FROM ('{first}+00') TO ('{last}+00')
"""


def prepare(cursor: Any) -> None:
    """Give this transaction the memory that building indexes needs, and no wait for the disk."""
    cursor.execute(
        f"SET LOCAL maintenance_work_mem = '{MEMORY}'; SET LOCAL work_mem = '{MEMORY}'; "
        "SET LOCAL synchronous_commit = off"
    )


@contextlib.contextmanager
def rows_first(cursor: Any, *tables: str) -> Iterator[None]:
    """Inside, tables of ours that are empty have no indexes but those of their own keys.

    Others wait for these tables until the transaction ends. A table with rows stays as it is.
    """
    later = [statement for table in tables for statement in _take_off(cursor, table)]
    yield
    for statement in later:
        cursor.execute(statement)


def _take_off(cursor: Any, table: str) -> list[str]:
    """Drop indexes and keys of an empty table; return what makes them again."""
    cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table})")  # noqa: S608 - our own names
    if cursor.fetchone()[0]:
        return []
    cursor.execute(INDEXES, [table])
    indexes = cursor.fetchall()
    cursor.execute(KEYS, [table])
    keys = cursor.fetchall()
    for name, _definition in indexes:
        cursor.execute(f"DROP INDEX {name}")
    for name, _definition in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    return [definition for _name, definition in indexes] + [
        f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for name, definition in keys
    ]


@contextlib.contextmanager
def event_months(cursor: Any, first: date, last: date) -> Iterator[str]:
    """Give the name of a table for events from `first` to `last`; in the end they are events.

    A month that has no partition becomes one as a whole. The rows of another are moved there.
    """
    cursor.execute(LOADING)
    months = list(_months(first, last))
    for names in months:
        cursor.execute(MONTH.format(**names))
    yield "partitions.loading"
    for names in months:
        cursor.execute("SELECT to_regclass(%s)", [f"partitions.event_{names['month']}"])
        if cursor.fetchone()[0] is None:
            cursor.execute(ATTACH.format(**names))
            cursor.execute(PROTECT_PARTITION.format(month=names["month"]))
        else:
            cursor.execute(MOVE.format(**names))
    cursor.execute("DROP TABLE partitions.loading")


def _months(first: date, last: date) -> Iterator[dict[str, str]]:
    month = first.replace(day=1)
    while month <= last:
        following = (month + timedelta(days=32)).replace(day=1)
        names = {"month": f"{month:%Y_%m}", "first": str(month), "last": str(following)}
        yield names
        month = following
