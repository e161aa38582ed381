"""COPY into a temporary table: PostgreSQL refuses COPY into a table under row level security."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg2 import sql

from profiles.event_keys import SHARE, WAIT
from profiles.importers.batches import Batch
from profiles.importers.columns import Column, in_utf8, join, replace_text, to_lines
from tenants.context import current_tenant_id
from tenants.errors import NotFound

AT_ONCE = 256 * 1024
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
"""Signs of COPY, the one that makes escapes first."""


def stage(cursor: Any, table: str, columns: Mapping[str, str], text: bytes) -> None:
    """Make the temporary table `table` anew with these columns (name → type) and fill it.

    `text` is made by `to_copy`. The table lives until the transaction ends; joins to it then use
    indexes, since the planner knows nothing of so young a table and may choose to read whole big
    ones.
    """
    name = sql.Identifier(table)
    shape = sql.SQL(", ").join(
        sql.SQL("{} " + kind).format(sql.Identifier(column)) for column, kind in columns.items()
    )
    make = "DROP TABLE IF EXISTS {0}; CREATE TEMP TABLE {0} ({1}) ON COMMIT DROP"
    cursor.execute(sql.SQL(make).format(name, shape))
    copy = sql.SQL("COPY {} FROM STDIN (NULL '')").format(name)
    cursor.copy_expert(copy, io.BytesIO(text), AT_ONCE)


def stage_batch(cursor: Any, batch: Batch) -> None:
    """Put the rows of a batch into the table `incoming`, unless they are there."""
    if not batch.is_staged:
        stage(cursor, "incoming", batch.shape, batch.text)
        batch.is_staged, batch.text = True, b""


def to_copy(columns: Sequence[Column]) -> bytes:
    """Columns as the rows that COPY reads in its text format. None and "" become NULL."""
    return to_lines(to_rows(columns))


def to_rows(columns: Sequence[Column], *, has_signs: bool = True) -> Column:
    """The same, row by row without the ends of the lines.

    Without `has_signs` no value has a tab or an end of line in it.
    """
    rows = join(columns, "\t")
    text, tabs = in_utf8(rows), len(rows) * (len(columns) - 1)
    if has_signs:
        has_signs = b"\n" in text or b"\r" in text or text.count(b"\t") != tabs
    if has_signs or b"\\" in text:
        rows = join(list(map(_escaped, columns)), "\t")
    return rows


def _escaped(column: Column) -> Column:
    for sign, escape in ESCAPES.items():
        column = replace_text(column, sign, escape)
    return column


def array_literal(parts: Sequence[str]) -> str:
    """A list as PostgreSQL reads an array in COPY."""
    quoted = (part.replace("\\", "\\\\").replace('"', '\\"') for part in parts)
    return "{" + ",".join(f'"{part}"' for part in quoted) + "}"


class prefer_indexes:  # noqa: N801 - a context manager that reads like a function
    """Have the joins inside look rows up in indexes, whatever stale statistics say."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def __enter__(self) -> None:
        self._set("off")

    def __exit__(self, *error: object) -> None:
        if error[0] is None:
            self._set("DEFAULT")

    def _set(self, value: str) -> None:
        ways = ("hashjoin", "mergejoin", "seqscan")
        self.cursor.execute("; ".join(f"SET LOCAL enable_{way} TO {value}" for way in ways))


def lock_customers(cursor: Any, *, shared: bool = False) -> None:
    """Have two merges of a workspace wait for each other, its deletion and erasures for both.

    The table of customers has no key to the workspaces that would see to its deletion. Ask who
    was erased after this: who was being erased is by then. Those who share it do not wait for
    each other.
    """
    tenant = current_tenant_id()
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    cursor.execute(
        f"SELECT {SHARE.format('%s')}, {lock}(hashtext('profiles_customer'), %s)"
        " FROM tenants_tenant WHERE id = %s FOR KEY SHARE",
        [tenant, tenant, tenant],
    )
    if cursor.fetchone() is None:
        raise NotFound(_("This workspace was deleted."))


def lock_keys_of_customers() -> None:
    """Let whoever makes customers end first, and wait: what is not found now, nobody is making."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext('profiles_customer'), %s)", [current_tenant_id()]
        )


def wait_for_intake() -> None:
    """Let what is coming in be stored first, and what comes after it wait for this transaction.

    To be called before any row is locked: whoever is waited for may want it.
    """
    with connection.cursor() as cursor:
        cursor.execute(WAIT, [current_tenant_id()])


def note_touched(cursor: Any, table: str, column: str) -> None:
    """Note the customers of a temporary table of ours, for the next look at traits and segments."""
    cursor.execute(
        "INSERT INTO profiles_touchedcustomer (tenant_id, customer_id)"  # noqa: S608 - our names
        f" SELECT DISTINCT %s::bigint, {column} FROM {table}",
        [current_tenant_id()],
    )
