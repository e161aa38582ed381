"""Products from a file: created, updated where the file says something new, else left alone."""

import json
from typing import Any

import pytest
from django.db import connection

from catalogue.models import Product, ProductVariant
from catalogue.services import STAGED, merge_products
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def merge(*rows: dict[str, Any]) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in STAGED.items())
        cursor.execute("DROP TABLE IF EXISTS staged")
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({columns}) ON COMMIT DROP")
        for row in rows:
            values = [json.dumps(v) if k == "variants" else v for k, v in row.items()]
            marks = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO staged ({', '.join(row)}) VALUES ({marks})", values)
        return merge_products(cursor, "staged")


def test_the_same_file_twice_changes_nothing(in_acme: Tenant) -> None:
    row = {
        "external_id": "a",
        "title": "Cascade 4",
        "price": 120,
        "tags": ["new"],
        "variants": [{"title": "S", "price": 120}, {"title": "M", "price": 125, "stock": 3}],
    }
    assert merge(row) == (1, 0, 0)
    before = Product.objects.values().get(), list(ProductVariant.objects.values())
    assert merge(row) == (0, 0, 1)
    assert (Product.objects.values().get(), list(ProductVariant.objects.values())) == before


def test_what_the_file_does_not_say_stays(in_acme: Tenant) -> None:
    merge({"external_id": "a", "title": "Cascade 4", "price": 120, "features": ["5 mm lugs"]})
    assert merge({"external_id": "a", "price": 110}, {"external_id": "b", "title": "Ridge 2"}) == (
        1,
        1,
        0,
    )
    product = Product.objects.get(external_id="a")
    assert (product.title, product.price, product.features) == ("Cascade 4", 110, ["5 mm lugs"])
    assert Product.objects.get(external_id="b").is_active


def test_variants_are_replaced(in_acme: Tenant) -> None:
    merge({"external_id": "a", "title": "A", "variants": [{"title": "S"}, {"title": "M"}]})
    merge({"external_id": "a", "variants": [{"title": "M", "stock": 4}, {"title": "L"}]})
    found = ProductVariant.objects.order_by("title").values_list("title", "stock")
    assert list(found) == [("L", None), ("M", 4)]
