"""Products that came in a file: from a staging table into the catalogue, in three statements."""

from collections.abc import Mapping
from typing import Any

from catalogue.types import Merged
from tenants.context import current_tenant_id

STAGED: Mapping[str, str] = {
    "external_id": "text",
    "title": "text",
    "description": "text",
    "category": "text",
    "brand": "text",
    "tags": "text[]",
    "language": "text",
    "features": "text[]",
    "benefits": "text[]",
    "url": "text",
    "image_url": "text",
    "price": "numeric",
    "compare_at_price": "numeric",
    "currency": "text",
    "stock": "integer",
    "is_active": "boolean",
    "attributes": "jsonb",
    "variants": "jsonb",
}
"""Columns of the staging table, by type. NULL says nothing: what is stored stays.

One row for each `external_id`. `variants` is an array of objects with the keys sku, title,
options, price, compare_at_price, stock; it replaces the variants that are stored.
"""

# What a new product has where the file says nothing.
DEFAULTS: Mapping[str, str] = {
    "tags": "'{}'",
    "features": "'{}'",
    "benefits": "'{}'",
    "price": "NULL",
    "compare_at_price": "NULL",
    "stock": "NULL",
    "is_active": "true",
    "attributes": "'{}'",
    "language": "'en'",
}
COLUMNS = tuple(name for name in STAGED if name not in ("external_id", "variants"))


def merge_products(cursor: Any, staging: str) -> Merged:
    """Create and update products of the workspace in scope from the table `staging`.

    `staging` is the name of a temporary table that the caller made, with the columns `STAGED`;
    never a name from outside. A row that changes nothing is not written.
    """
    cursor.execute(f"SELECT count(*) FROM {staging}")
    (total,) = cursor.fetchone()
    cursor.execute(_upsert_sql(staging), {"tenant": current_tenant_id()})
    created, updated = cursor.fetchone()
    cursor.execute(DELETE_VARIANTS.format(staging=staging), {"tenant": current_tenant_id()})
    cursor.execute(UPSERT_VARIANTS.format(staging=staging), {"tenant": current_tenant_id()})
    return Merged(created=created, updated=updated, unchanged=total - created - updated)


def _upsert_sql(staging: str) -> str:
    new = {
        name: f"coalesce(s.{name}, p.{name}, {DEFAULTS.get(name, repr(''))})" for name in COLUMNS
    }
    values = ", ".join(new.values())
    changed = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS)
    before = ", ".join(f"old.{name}" for name in COLUMNS)
    after = ", ".join(f"excluded.{name}" for name in COLUMNS)
    return f"""
        WITH merged AS (
            INSERT INTO catalogue_product AS old
                (tenant_id, external_id, translations, {", ".join(COLUMNS)})
            SELECT %(tenant)s, s.external_id, '{{}}', {values}
            FROM {staging} s LEFT JOIN catalogue_product p
                ON p.tenant_id = %(tenant)s AND p.external_id = s.external_id
            ON CONFLICT (tenant_id, external_id) DO UPDATE SET {changed}, updated_at = now()
            WHERE ({before}) IS DISTINCT FROM ({after})
            RETURNING xmax = 0 AS is_new
        )
        SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged
    """


STAGED_VARIANTS = """
    SELECT p.id AS product_id, v.*
    FROM {staging} s
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.external_id = s.external_id
    CROSS JOIN LATERAL jsonb_to_recordset(s.variants) AS v(
        sku text, title text, options jsonb, price numeric, compare_at_price numeric, stock integer)
"""
DELETE_VARIANTS = f"""
    DELETE FROM catalogue_productvariant old
    USING catalogue_product p, {{staging}} s
    WHERE old.tenant_id = %(tenant)s AND old.product_id = p.id
      AND p.tenant_id = %(tenant)s AND p.external_id = s.external_id AND s.variants IS NOT NULL
      AND NOT EXISTS (SELECT FROM ({STAGED_VARIANTS}) new
                      WHERE new.product_id = old.product_id AND new.title = old.title)
"""
UPSERT_VARIANTS = f"""
    INSERT INTO catalogue_productvariant AS old
        (tenant_id, product_id, sku, title, options, price, compare_at_price, stock)
    SELECT DISTINCT ON (product_id, title) %(tenant)s, product_id, coalesce(sku, ''),
           coalesce(title, ''), coalesce(options, '{{{{}}}}'), price, compare_at_price, stock
    FROM ({STAGED_VARIANTS}) new ORDER BY product_id, title
    ON CONFLICT (tenant_id, product_id, title) DO UPDATE
    SET sku = excluded.sku, options = excluded.options, price = excluded.price,
        compare_at_price = excluded.compare_at_price, stock = excluded.stock
    WHERE (old.sku, old.options, old.price, old.compare_at_price, old.stock)
        IS DISTINCT FROM (excluded.sku, excluded.options, excluded.price,
                          excluded.compare_at_price, excluded.stock)
"""
