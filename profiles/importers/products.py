"""Products from rows. What a product is, is the catalogue's to say (`catalogue/feeds.py`)."""

from typing import Any

from catalogue.services import STAGED, build_product, merge_products, staged_row
from profiles.importers.batches import Batch, Chunk, Plan, Sorter
from profiles.importers.columns import from_values
from profiles.importers.orders import link_products
from profiles.importers.seen import First, Seen, hash_all
from profiles.importers.staging import stage_batch, to_copy
from profiles.importers.types import Outcome

TOGETHER = "external_id"
"""The field by which rows that follow each other belong to one product."""


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    """Make products of rows. A product's rows follow each other; one of them has its title.

    The batch has one row for each product: `size` counts products and rejected rows.
    """
    sorter = Sorter(chunk, plan)
    sorter.require("external_id")
    groups = _titled(sorter, _groups(sorter))
    first_ones = _first_ones(sorter, groups, seen)
    said = {name: sorter.get(name) for name in sorter.values}
    products = [
        build_product(
            [{name: cells[row] for name, cells in said.items()} for row in rows],
            currency=plan.currency,
        )
        for rows in first_ones
    ]
    batch = sorter.finish([])
    staged = [staged_row(product) for product in products]
    batch.shape = STAGED
    batch.text = to_copy([from_values([row[at] for row in staged]) for at in range(len(STAGED))])
    batch.unchanged = sum(rows[0] not in sorter.bad for rows in groups) - len(products)
    batch.size = len(products) + len(batch.rejections) + batch.unchanged
    batch.notices = {
        "file_rows": chunk.size,
        "without_price": sum(product["price"] is None for product in products),
    }
    return batch


def _groups(sorter: Sorter) -> list[list[int]]:
    """Rows that follow each other with the same number, by place. Bad rows are left out."""
    groups: list[list[int]] = []
    last: str | None = None
    for row, number in enumerate(sorter.get("external_id")):
        if row in sorter.bad:
            continue
        if number != last or not groups:
            groups.append([])
        groups[-1].append(row)
        last = number
    return groups


def _titled(sorter: Sorter, groups: list[list[int]]) -> list[list[int]]:
    """The groups that have a title. The rows of the others are rejected."""
    titles, column = sorter.get("title"), sorter.plan.column_of("title")
    kept = []
    for rows in groups:
        if any(titles[row] for row in rows):
            kept.append(rows)
            continue
        for row in rows:
            sorter.reject(row, "no_title", column, "")
    return kept


def _first_ones(sorter: Sorter, groups: list[list[int]], seen: Seen) -> list[list[int]]:
    """The groups whose number is new in the file. Of the others, those that differ are rejected."""
    numbers, column = sorter.get("external_id"), sorter.plan.column_of("external_id")
    kept: list[list[int]] = []
    new: dict[int, First] = {}
    hashes = hash_all([numbers[rows[0]] for rows in groups])
    known = seen.find(hashes)
    for key, rows in zip(hashes.tolist(), groups, strict=True):
        said = hash(tuple(sorter.get(name)[row] for name in sorter.values for row in rows))
        first = known.get(key) or new.get(key)
        if first is None:
            new[key] = First(sorter.chunk.lines[rows[0]], said)
            kept.append(rows)
        elif first.content != said:
            for row in rows:
                number = str(numbers[row])
                sorter.reject(row, "duplicate", column, number, other=str(first.line))
    seen.remember(new)
    return kept


def merge(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    """Create and update products of the workspace in scope, and link order lines to them."""
    stage_batch(cursor, batch)
    merged = merge_products(cursor, "incoming")
    link_products(cursor)
    return Outcome(created=merged.created, updated=merged.updated, unchanged=merged.unchanged)
