"""Products that come as records, from the API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from psycopg2.extras import execute_values

from catalogue.feeds import strip_html
from catalogue.merging import STAGED, merge_products
from catalogue.types import Merged


def upsert_products(products: Sequence[Mapping[str, Any]]) -> Merged:
    """Create and update products of the workspace in scope by `external_id`.

    Keys are those of `STAGED`, checked by the caller; what a product leaves out stays as it is.
    Of two products with the same number the first one counts. HTML becomes plain text.
    """
    first: dict[str, list[Any]] = {}
    for product in products:
        first.setdefault(product["external_id"], [_cell(product, name) for name in STAGED])
    columns = ", ".join(f"{name} {kind}" for name, kind in STAGED.items())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS incoming_products")
        cursor.execute(f"CREATE TEMP TABLE incoming_products ({columns}) ON COMMIT DROP")
        if first:
            casts = "(" + ", ".join(f"%s::{kind}" for kind in STAGED.values()) + ")"
            query = "INSERT INTO incoming_products VALUES %s"
            execute_values(cursor, query, list(first.values()), template=casts, page_size=1000)
        return merge_products(cursor, "incoming_products")


def _cell(product: Mapping[str, Any], name: str) -> Any:
    value = product.get(name)
    if name in ("attributes", "variants"):
        return None if value is None else json.dumps(value, default=str)
    return strip_html(value) if name == "description" and value else value
