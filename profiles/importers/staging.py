"""COPY into a temporary table: PostgreSQL refuses COPY into a table under row level security."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg2 import sql

from tenants.context import current_tenant_id


def stage(
    cursor: Any, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Make the temporary table `table` anew with these columns (name → type) and fill it.

    None becomes NULL. It lives until the transaction ends; joins to it then use indexes, since
    the planner knows nothing of so young a table and may choose to read whole big ones.
    """
    name = sql.Identifier(table)
    shape = sql.SQL(", ").join(
        sql.SQL("{} " + kind).format(sql.Identifier(column)) for column, kind in columns.items()
    )
    make = "DROP TABLE IF EXISTS {0}; CREATE TEMP TABLE {0} ({1}) ON COMMIT DROP"
    cursor.execute(sql.SQL(make).format(name, shape))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    text.seek(0)
    cursor.copy_expert(sql.SQL("COPY {} FROM STDIN (FORMAT csv)").format(name), text)


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


def note_touched(cursor: Any, table: str, column: str) -> None:
    """Note the customers of a temporary table of ours, for the next look at traits and segments.

    In the order of their ids, so that two writers do not wait for each other for ever.
    """
    cursor.execute(
        "INSERT INTO profiles_touchedcustomer (tenant_id, customer_id)"  # noqa: S608 - our names
        f" SELECT DISTINCT %s::bigint, {column} FROM {table} ORDER BY 2 ON CONFLICT DO NOTHING",
        [current_tenant_id()],
    )
