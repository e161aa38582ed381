"""Customers from rows that are all new, or all known: merged at once, without a look at each.

Files nearly always are one of both. If a chunk turns out to be neither, what was done is taken
back, and it is merged row by row (`customers.py`).
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from profiles.importers.customer_columns import (
    CONSENTS,
    KEYS,
    PURPOSES,
    consent_sql,
    value_after,
    values_of_new,
)
from profiles.importers.staging import prefer_indexes
from profiles.importers.types import Outcome
from tenants.context import current_tenant_id


class _NotAlike(Exception):
    """Some rows are known and some are not; takes back what was done."""


def merge_alike(cursor: Any, names: Sequence[str], count: int, source: str) -> Outcome | None:
    """Merge the `count` rows of `incoming`, if all are new or all known by every key of theirs.

    Else, or if one of the first rows leads to a merged record, nothing is changed: None.
    """
    values = {"tenant": current_tenant_id(), "source": source[:200]}
    keys = [name for name in KEYS if name in names]
    with prefer_indexes(cursor):
        cursor.execute(_look_sql(keys), values)
        any_known, all_known = cursor.fetchone()
    try:
        with transaction.atomic():
            if all_known:
                return _update_all(cursor, keys, names, count, values)
            if not any_known:
                cursor.execute(_insert_all_sql(names), values)
                return Outcome(created=cursor.rowcount)
    except (IntegrityError, _NotAlike):
        pass
    return None


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
                raise _NotAlike
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
