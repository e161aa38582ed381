"""Customers and orders that come as records: from the API, the demo, other rooms."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction

from profiles.importers import customers as importer
from profiles.importers import orders as order_importer
from profiles.importers.batches import Chunk, Rejection, make_rejection
from profiles.importers.fields import FIELDS
from profiles.importers.records import (
    Refusal,
    Result,
    make_chunk,
    make_plan,
    make_refusal,
    to_result,
)
from profiles.importers.seen import Seen
from profiles.importers.staging import note_touched
from profiles.importers.types import Outcome
from profiles.importers.values import normalise_email
from profiles.models import ImportKind
from profiles.services import attributes

__all__ = ["Refusal", "Result", "normalise_email", "upsert_customers", "upsert_orders"]

CUSTOMER_NAMES = tuple(name for name in FIELDS[ImportKind.CUSTOMERS] if name != "name")
ORDER_NAMES = (
    *("order_id", "placed_at", "external_id", "email", "country", "currency", "status"),
    *("code", "channel", "discount"),
)
LINE_NAMES = ("sku", "title", "quantity", "unit_price", "line_discount", "line_id")


def upsert_customers(rows: Sequence[Mapping[str, Any]], *, source: str = "api") -> Result:
    """Create and update customers by number or email. What a record leaves out stays as it is.

    Keys are those of `FIELDS["customers"]` and `attributes`, an object. A consent that is new is
    appended with `source`. A record that cannot be saved is refused; the others are saved.
    """
    names = [
        name
        for name in CUSTOMER_NAMES
        if any(name in row for row in rows if isinstance(row, Mapping))
    ]
    chunk, refused = make_chunk(rows, names, "attributes")
    _refuse_wrong_types(chunk, rows, refused)
    plan = make_plan(ImportKind.CUSTOMERS, names)
    with Seen() as seen:
        batch = importer.prepare(chunk, plan, seen)
    with transaction.atomic(), connection.cursor() as cursor:
        outcome = importer.merge(cursor, batch, plan, source)
        if batch.lines:
            attributes.keep_in_step_with(cursor, "matched", "id")
            note_touched(cursor, "matched", "id")
    return to_result(len(rows), outcome, refused, batch.rejections)


def _refuse_wrong_types(chunk: Chunk, rows: Sequence[Any], refused: list[Rejection]) -> None:
    """Take out records in which an attribute has another type than the workspace says."""
    held = attributes.types()
    if not held:
        return
    good = []
    for place, line in enumerate(chunk.lines):
        wrong = attributes.find_wrong(rows[line - 1].get("attributes"), held)
        if wrong is None:
            good.append(place)
            continue
        value = str(rows[line - 1]["attributes"][wrong])[:200]
        refused.append(make_rejection(line, [], "attribute_wrong", wrong, value))
    chunk.keep(good)


def upsert_orders(rows: Sequence[Mapping[str, Any]]) -> Result:
    """Create and update orders, and the customers they name. An order is saved whole or not.

    Keys: order_id, placed_at, external_id or email of the customer, country, currency, status,
    discount, code, channel, and `lines` (a list of sku, title, quantity, unit_price,
    line_discount, line_id, in place of the lines that are stored) or `total`.
    """
    refused: dict[int, Refusal] = {}
    totals = Result()
    with transaction.atomic():
        for with_lines in (True, False):
            chosen = {
                index: row
                for index, row in enumerate(rows)
                if bool(isinstance(row, Mapping) and row.get("lines")) == with_lines
            }
            outcome = _save_orders(chosen, refused, with_lines=with_lines)
            totals.created += outcome.notices.get("new_orders", 0)
            totals.updated += outcome.notices.get("changed_orders", 0)
    totals.rejected = [refused[index] for index in sorted(refused)]
    totals.unchanged = len(rows) - totals.created - totals.updated - len(refused)
    return totals


def _save_orders(
    orders: Mapping[int, Any], refused: dict[int, Refusal], *, with_lines: bool
) -> Outcome:
    """Save orders of one form. A first reading finds the orders of which a line is wrong."""
    names = (*ORDER_NAMES, *LINE_NAMES) if with_lines else (*ORDER_NAMES, "total")
    plan = make_plan(ImportKind.ORDERS, names, options={"replace_lines": with_lines})
    for _reading in range(2):
        flat = [
            (index, line)
            for index, order in orders.items()
            if index not in refused
            for line in (_flatten(order) if with_lines else [order])
        ]
        owners = [index for index, _line in flat]
        chunk, wrong = make_chunk([line for _index, line in flat], names)
        with Seen() as seen:
            batch = order_importer.prepare(chunk, plan, seen)
        _refuse([*wrong, *batch.rejections], owners, refused)
    with connection.cursor() as cursor:
        outcome = order_importer.merge(cursor, batch, plan, "api")
        note_touched(cursor, "resolved", "customer_id")
    _refuse(outcome.rejected, owners, refused)
    return outcome


def _flatten(order: Mapping[str, Any]) -> list[Any]:
    """One record for each line, with what the order says. Odd lines are left for `make_chunk`."""
    common = {name: value for name, value in order.items() if name not in ("lines", "total")}
    lines = order["lines"] if isinstance(order["lines"], list) else [order["lines"]]
    return [{**common, **line} if isinstance(line, Mapping) else line for line in lines]


def _refuse(
    rejections: Sequence[Rejection], owners: Sequence[int], refused: dict[int, Refusal]
) -> None:
    for one in rejections:
        index = owners[one.line - 1]
        refused.setdefault(index, make_refusal(one, index))
