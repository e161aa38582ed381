"""Products: the facts that texts may cite, as a person edits them."""

from typing import Any

from catalogue.models import Product
from tenants.audit import record

FIELDS = frozenset(
    {
        "title",
        "description",
        "category",
        "brand",
        "language",
        "features",
        "benefits",
        "translations",
        "url",
        "image_url",
        "price",
        "compare_at_price",
        "currency",
        "stock",
        "is_active",
    }
)


def save_product(product: Product, **fields: Any) -> Product:
    """Change some fields. Texts that cite the old facts are stale from now on."""
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"A product has no {', '.join(sorted(unknown))} to edit.")
    for name, value in fields.items():
        setattr(product, name, value)
    product.save(update_fields=[*fields, "updated_at"])
    record("product.changed", product, fields=sorted(fields))
    return product
