"""Whose order or event a row is: found by number, else by email; created if nobody is."""

from typing import Any

from profiles.importers.customer_columns import TEXTS
from profiles.importers.staging import prefer_indexes
from tenants.context import current_tenant_id

OTHER_TEXTS = tuple(name for name in TEXTS if name not in ("external_id", "email", "country"))


def resolve(cursor: Any) -> int:
    """Make the table `resolved`: `incoming` with a `customer_id`. Return how many are new.

    `incoming` has the columns line, external_id, email, country. A number that is new takes over
    the customer of that email if they have no number; an email that belongs to another number
    is left where it is. The caller holds the lock of `staging.lock_customers`.
    """
    tenant = current_tenant_id()
    cursor.execute(PEOPLE)
    with prefer_indexes(cursor):
        cursor.execute(TAKE_OVER, {"tenant": tenant})
        created = 0
        for email in ("coalesce(p.email, '')", "''"):  # again without an email that is taken
            cursor.execute(_insert_sql(email), {"tenant": tenant})
            created += cursor.rowcount
    cursor.execute(RESOLVE, {"tenant": tenant})
    return created


PEOPLE = """
    DROP TABLE IF EXISTS people;
    CREATE TEMP TABLE people ON COMMIT DROP AS
    SELECT DISTINCT ON (external_id, CASE WHEN external_id IS NULL THEN email END)
           external_id, email, country
    FROM incoming WHERE external_id IS NOT NULL OR email IS NOT NULL
    ORDER BY external_id, CASE WHEN external_id IS NULL THEN email END, line
"""
BY_NUMBER = """
    SELECT FROM profiles_customer x
    WHERE x.tenant_id = %(tenant)s AND x.external_id = p.external_id AND x.external_id <> ''
"""
TAKE_OVER = f"""
    UPDATE profiles_customer c SET external_id = p.external_id, updated_at = now()
    FROM (SELECT DISTINCT ON (email) * FROM people
          WHERE external_id IS NOT NULL AND email IS NOT NULL) p
    WHERE c.tenant_id = %(tenant)s AND c.email = p.email AND c.email <> ''
      AND c.external_id = '' AND c.merged_into_id IS NULL AND NOT EXISTS ({BY_NUMBER})
"""
RESOLVE = """
    DROP TABLE IF EXISTS resolved;
    CREATE TEMP TABLE resolved ON COMMIT DROP AS
    SELECT i.*, p.customer_id FROM incoming i
    JOIN (
        SELECT external_id, email, CASE
            WHEN external_id IS NOT NULL THEN (
                SELECT coalesce(x.merged_into_id, x.id) FROM profiles_customer x
                WHERE x.tenant_id = %(tenant)s
                AND x.external_id = p.external_id AND x.external_id <> '' LIMIT 1)
            ELSE (
                SELECT coalesce(e.merged_into_id, e.id) FROM profiles_customer e
                WHERE e.tenant_id = %(tenant)s
                AND e.email = p.email AND e.email <> '' LIMIT 1)
            END AS customer_id
        FROM people p
    ) p ON coalesce('n' || i.external_id, 'e' || i.email)
         = coalesce('n' || p.external_id, 'e' || p.email)
"""


def resolve_visitors(cursor: Any) -> int:
    """Add to `resolved` the rows of `incoming` that name a visitor alone. Return how many are new.

    A visitor who signed in since is the customer they signed in as.
    """
    tenant = current_tenant_id()
    cursor.execute(NEW_VISITORS, {"tenant": tenant})
    created = int(cursor.rowcount)
    cursor.execute(RESOLVE_VISITORS, {"tenant": tenant})
    return created


BLANKS = ", ".join("''" for _name in OTHER_TEXTS)
NEW_VISITORS = f"""
    INSERT INTO profiles_customer
        (tenant_id, anonymous_id, external_id, email, country, {", ".join(OTHER_TEXTS)})
    SELECT DISTINCT %(tenant)s, i.anonymous_id, '', '', '', {BLANKS}
    FROM incoming i
    WHERE i.anonymous_id IS NOT NULL AND i.external_id IS NULL AND i.email IS NULL
    ON CONFLICT DO NOTHING
"""
RESOLVE_VISITORS = """
    INSERT INTO resolved
    SELECT i.*, coalesce(v.merged_into_id, v.id) FROM incoming i
    JOIN profiles_customer v ON v.tenant_id = %(tenant)s AND v.anonymous_id = i.anonymous_id
        AND v.anonymous_id <> ''
    WHERE i.external_id IS NULL AND i.email IS NULL
"""


def _insert_sql(email: str) -> str:
    return f"""
        INSERT INTO profiles_customer
            (tenant_id, external_id, email, country, {", ".join(OTHER_TEXTS)})
        SELECT %(tenant)s, coalesce(p.external_id, ''), {email}, coalesce(p.country, ''),
               {", ".join("''" for _name in OTHER_TEXTS)}
        FROM people p
        WHERE NOT EXISTS ({BY_NUMBER}) AND (p.external_id IS NOT NULL OR NOT EXISTS (
            SELECT FROM profiles_customer e
            WHERE e.tenant_id = %(tenant)s AND e.email = p.email AND e.email <> ''))
        ON CONFLICT DO NOTHING
    """
