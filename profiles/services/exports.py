"""Customers, orders and the people of a segment as CSV, streamed and safe to open.

Rows are read some thousands at a time in a scope of their own, by key, so that an export of any
size needs little memory and holds no transaction open while a slow client reads. Somebody who
is deleted in between is left out, somebody who arrives in between may be missing. Cells that a
spreadsheet would run as formulas get a quote in front, which an import takes off again.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from profiles.models import CONSENT_COLUMNS, Customer, Order, Segment
from profiles.services import segments
from profiles.services.rejected import defuse
from tenants.audit import record
from tenants.context import current_tenant_id, scope

AT_ONCE = 2_000
BOM = "\ufeff"
CUSTOMER_COLUMNS = (
    "external_id", "email", "first_name", "last_name", "phone", "language", "timezone", "country",
    "city", *CONSENT_COLUMNS.values(), "created_at", "attributes",
)  # fmt: skip
ORDER_COLUMNS = (
    "order_id", "external_id", "email", "placed_at", "status", "currency", "total", "discount",
    "code", "channel", "sku", "title", "quantity", "unit_price", "line_discount",
)  # fmt: skip
Rows = list[tuple[int, Sequence[Any]]]
"""Of each row the key by which one goes on, and its cells."""


def export_customers() -> Iterator[bytes]:
    """All customers, oldest first, in columns that an import reads back."""
    record("customers.exported")
    return _stream(CUSTOMER_COLUMNS, current_tenant_id(), _customers_after)


def export_segment(segment: Segment) -> Iterator[bytes]:
    """The people who match a segment now. Raises BadInput for rules that are wrong."""
    sql, params = segments.segment_sql(segment)
    record("segment.exported", segment)

    def read(after: int) -> Rows:
        with connection.cursor() as cursor:
            matched = cursor.mogrify(sql, params).decode().replace("%", "%%")
            cursor.execute(
                f"SELECT id FROM ({matched}) m WHERE id > %s ORDER BY id LIMIT %s",  # noqa: S608
                [after, AT_ONCE],
            )
            ids = [row[0] for row in cursor.fetchall()]
        return _customer_rows(Customer.objects.filter(pk__in=ids).order_by("pk"))

    return _stream(CUSTOMER_COLUMNS, current_tenant_id(), read)


def export_orders() -> Iterator[bytes]:
    """All orders, one row for each line, in columns that an import reads back."""
    record("orders.exported")
    return _stream(ORDER_COLUMNS, current_tenant_id(), _orders_after)


def _stream(columns: Sequence[str], tenant_id: int, read: Callable[[int], Rows]) -> Iterator[bytes]:
    yield (BOM + _lines([columns])).encode()
    after = 0
    while True:
        with scope(tenant_id):
            rows = read(after)
        if not rows:
            return
        after = rows[-1][0]
        yield _lines(cells for _key, cells in rows).encode()


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [defuse(_cell(value)) for value in row] for row in rows
    )
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None or value == {}:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def _customers_after(after: int) -> Rows:
    return _customer_rows(Customer.objects.filter(pk__gt=after).order_by("pk")[:AT_ONCE])


def _customer_rows(customers: Iterable[Customer]) -> Rows:
    return [(one.pk, [_value(one, name) for name in CUSTOMER_COLUMNS]) for one in customers]


def _value(customer: Customer, name: str) -> Any:
    value = getattr(customer, name)
    if name == "attributes":
        return "; ".join(f"{key}: {said}" for key, said in value.items())
    return value


def _orders_after(after: int) -> Rows:
    orders = (
        Order.objects.filter(pk__gt=after)
        .select_related("customer")
        .prefetch_related("lines")
        .order_by("pk")[:AT_ONCE]
    )
    return [(order.pk, cells) for order in orders for cells in _order_cells(order)]


def _order_cells(order: Order) -> Iterator[list[Any]]:
    who = order.customer
    said = [order.external_id, who.external_id, who.email, order.placed_at, order.status]
    said += [order.currency, order.total, order.discount, order.code, order.channel]
    lines = list(order.lines.all())
    for line in lines:
        yield [*said, line.sku, line.title, line.quantity, line.unit_price, line.discount]
    if not lines:
        yield [*said, "", "", "", "", ""]
