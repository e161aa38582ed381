"""Products as feeds tell them: one row for each product, or rows of variants and pictures.

A Shopify product CSV gives a product several rows with the same handle: the first one tells its
title and text, the others a variant or one more picture each. `build_product` makes one product
of such rows; `staged_row` makes it ready for `merge_products`.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import nh3

from catalogue.merging import STAGED

Row = Mapping[str, str | None]

OPTIONS = (("option1_name", "option1"), ("option2_name", "option2"), ("option3_name", "option3"))
NO_OPTION = "Default Title"
"""What Shopify writes for a product without variants."""
_BREAKS = re.compile(r"</(p|div|li|h[1-6]|tr)\s*>|<br\s*/?>", re.IGNORECASE)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LIST_MARKS = re.compile(r"[;|\n；、]+")
_TAG_MARKS = re.compile(r"[,;|，；、]+")


def strip_html(text: str) -> str:
    """Return the words of an HTML text: no tags, scripts or styles; blocks become lines."""
    if "<" not in text and "&" not in text:
        return text.strip()
    lines = _BREAKS.sub("\n", text)
    bare = html.unescape(nh3.clean(lines, tags=set()))
    return "\n".join(filter(None, (" ".join(line.split()) for line in bare.splitlines())))


def split_list(text: str | None, *, marks: re.Pattern[str] = _LIST_MARKS) -> list[str] | None:
    """Return the parts of a cell that holds several; None if it holds none."""
    parts = [part.strip() for part in marks.split(text or "") if part.strip()]
    return list(dict.fromkeys(parts)) or None


def build_product(rows: Sequence[Row], *, currency: str = "") -> dict[str, Any]:
    """Make one product, with the keys of `STAGED`, of the rows that have its number.

    The price is that of the cheapest variant; a product without any price has none. Raises
    KeyError if the rows do not name `external_id`.
    """
    first = rows[0]
    product: dict[str, Any] = {name: _first_of(rows, name) for name in STAGED if name in first}
    product["external_id"] = first["external_id"]
    variants = _variants(rows)
    cheapest = _cheapest(variants or _prices(rows))
    images = list(dict.fromkeys(filter(None, (row.get("image_url") for row in rows))))
    title = product.get("title") or ""
    product |= {
        "description": strip_html(product.get("description") or "") or None,
        "title": " ".join(strip_html(title).split())[:300] or None,
        "tags": [tag[:100] for tag in split_list(product.get("tags"), marks=_TAG_MARKS) or ()],
        "features": _short(product.get("features")),
        "benefits": _short(product.get("benefits")),
        "price": cheapest.get("price"),
        "compare_at_price": cheapest.get("compare_at_price"),
        "currency": product.get("currency") or currency or None,
        "language": _language(product.get("language"), title),
        "stock": _stock(variants, product.get("stock")),
        "attributes": json.dumps({"images": images}) if len(images) > 1 else None,
        "variants": json.dumps(variants, ensure_ascii=False) if variants else None,
    }
    product["tags"] = product["tags"] or None
    return product


def _first_of(rows: Sequence[Row], name: str) -> str | None:
    return next((row[name] for row in rows if row.get(name) is not None), None)


def _short(text: str | None) -> list[str] | None:
    parts = split_list(text)
    return [part[:120] for part in parts] if parts else None


def _language(named: str | None, title: str) -> str | None:
    if named in ("en", "zh-hans"):
        return named
    return "zh-hans" if _CHINESE.search(title) else None


def _variants(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The variants that the rows tell; none for a product that has no options."""
    names = [_first_of(rows, name) or value for name, value in OPTIONS]
    variants = []
    for row in rows:
        chosen = [row.get(value) for _name, value in OPTIONS]
        if not any(chosen) or chosen[0] == NO_OPTION:
            continue
        options = {name: one for name, one in zip(names, chosen, strict=True) if one}
        variants.append(
            {
                "sku": row.get("variant_sku") or "",
                "title": " / ".join(options.values())[:300],
                "options": options,
                "price": row.get("price"),
                "compare_at_price": row.get("compare_at_price"),
                "stock": int(row["stock"]) if row.get("stock") else None,  # type: ignore[arg-type]
            }
        )
    return variants


def _prices(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{name: row.get(name) for name in ("price", "compare_at_price")} for row in rows]


def _cheapest(priced: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The variant with the lowest price. A price before that is not higher is none."""
    known = [one for one in priced if one["price"] is not None]
    if not known:
        return {}
    best = min(known, key=lambda one: Decimal(one["price"]))
    before = best["compare_at_price"]
    if before is not None and Decimal(before) <= Decimal(best["price"]):
        before = None
    return {"price": best["price"], "compare_at_price": before}


def _stock(variants: Sequence[Mapping[str, Any]], single: str | None) -> int | None:
    counted = [one["stock"] for one in variants if one["stock"] is not None]
    if counted:
        return max(sum(counted), 0)
    return int(single) if single else None


def staged_row(product: Mapping[str, Any]) -> list[Any]:
    """Return a product in the order of `STAGED`, lists as PostgreSQL writes arrays."""
    cells = (product.get(name) for name in STAGED)
    return [_array(cell) if isinstance(cell, list) else cell for cell in cells]


def _array(parts: Sequence[str]) -> str:
    quoted = (part.replace("\\", "\\\\").replace('"', '\\"') for part in parts)
    return "{" + ",".join(f'"{part}"' for part in quoted) + "}"
