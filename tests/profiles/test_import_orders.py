"""Orders and events from files."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from catalogue.models import Product
from profiles.importers import batches
from profiles.importers import orders as orders_importer
from profiles.models import Customer, Event, Order, OrderLine
from tenants.models import Tenant
from tests.profiles.files import bring, counts, reasons

pytestmark = pytest.mark.django_db

RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,HEART HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536366,71053,LANTERN,2,2010-12-01 09:00:00,3.39,,United Kingdom
536365,85123A,HEART HOLDER,1,2010-12-01 08:27:00,2.55,17850.0,United Kingdom
C536379,85123A,HEART HOLDER,-1,2010-12-02 09:41:00,2.55,17850.0,United Kingdom
536365,85123A,HEART HOLDER,1,2010-12-01 08:27:00,2.55,17850.0,United Kingdom
"""


def orders() -> list[tuple]:
    rows = Order.objects.order_by("placed_at")
    return list(rows.values_list("external_id", "status", "total", "customer__external_id"))


@pytest.mark.parametrize("rows", [8_000, 1])
def test_lines_become_orders_even_when_they_lie_in_different_chunks(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(batches, "ROWS", rows)
    import_ = bring("orders", RETAIL)
    assert counts(import_) == (5, 0, 0, 1)
    assert reasons(import_) == [(4, "CustomerID", "", "no_key")]
    assert orders() == [
        ("536365", "placed", Decimal("40.74"), "17850"),
        ("C536379", "returned", Decimal("-2.55"), "17850"),
    ]
    placed = Order.objects.get(external_id="536365")
    assert placed.placed_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert placed.lines.count() == 4
    assert Customer.objects.get().country == "United Kingdom"
    notices = import_.checkpoint["notices"]
    assert (notices["new_customers"], notices["new_orders"], notices["repeated_rows"]) == (1, 2, 1)


def test_a_file_that_begins_with_rows_that_cannot_be_read_is_read_to_its_end(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS", 2)
    header, rows = RETAIL.split("\n", 1)
    import_ = bring("orders", f"{header}\n536364,cut\n536364,off\n536364,here\n{rows}")
    assert counts(import_) == (5, 0, 0, 4)
    assert [one[3] for one in reasons(import_)] == ["too_few_cells"] * 3 + ["no_key"]
    assert [order[0] for order in orders()] == ["536365", "C536379"]


def test_the_same_orders_twice_change_nothing_and_a_corrected_price_changes_its_line(
    in_acme: Tenant,
) -> None:
    bring("orders", RETAIL)
    before = (list(Order.objects.values()), list(OrderLine.objects.order_by("pk").values()))
    assert counts(bring("orders", RETAIL)) == (0, 0, 5, 1)
    assert (list(Order.objects.values()), list(OrderLine.objects.order_by("pk").values())) == before
    assert counts(bring("orders", RETAIL.replace("3.39", "3.00"))) == (0, 1, 4, 1)
    assert orders()[0][2] == Decimal("38.40")


def test_an_order_of_another_customer_is_rejected(in_acme: Tenant) -> None:
    bring("orders", RETAIL)
    import_ = bring("orders", RETAIL.replace("17850.0", "999"))
    assert {code for *_row, code in reasons(import_)} == {"no_key", "other_customer"}
    assert orders()[0][3] == "17850"


def test_one_row_for_each_order_with_its_total(in_acme: Tenant) -> None:
    import_ = bring(
        "orders",
        "Order Number;Email;Created at;Total;Currency;Status\n"
        "A1;ann@example.com;30.11.2026 14:05;1.234,50 €;eur;paid\n"
        "A2;ann@example.com;31.11.2026;10;EUR;paid\n"
        "A3;ann@example.com;01.12.2026;ten;EUR;paid\n"
        "A4;ann@example.com;01.12.2026;5;EUR;refunded\n"
        "A5;ann@example.com;01.12.2026;5;EUR;lost\n",
    )
    assert counts(import_) == (2, 0, 0, 3)
    assert reasons(import_) == [
        (3, "Created at", "31.11.2026", "date_invalid"),
        (4, "Total", "ten", "number_invalid"),
        (6, "Status", "lost", "status_unknown"),
    ]
    rows = Order.objects.order_by("external_id").values_list("external_id", "total", "status")
    assert list(rows) == [
        ("A1", Decimal("1234.50"), "placed"),
        ("A4", Decimal("5.00"), "returned"),
    ]


def test_a_total_of_several_items_is_a_price_each_and_stays_exact(in_acme: Tenant) -> None:
    """As in files that have, line by line, how many and for how much together."""
    import_ = bring("orders", CDNOW, {"external_id": "column 2", **CDNOW_COLUMNS})
    assert counts(import_) == (5, 0, 0, 0)
    lines = OrderLine.objects.order_by("order__placed_at", "pk")
    assert list(lines.values_list("quantity", "unit_price", "discount")) == [
        (2, Decimal("14.67"), Decimal("0.01")),
        (4, Decimal("19.49"), Decimal(0)),
        (1, Decimal(0), Decimal(0)),
        (-2, Decimal("5.00"), Decimal(0)),
        (3, Decimal("0.00"), Decimal(0)),
    ]
    totals = Order.objects.order_by("placed_at").values_list("total", flat=True)
    assert list(map(str, totals)) == ["29.33", "77.96", "0.00", "-10.00", "0.00"]
    assert counts(bring("orders", CDNOW, {"external_id": "column 2", **CDNOW_COLUMNS}))[2] == 5


def test_the_first_orders_of_a_workspace_are_counted_before_they_are_looked_for(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders_importer, "MANY", 1)
    counted: list[type] = []
    monkeypatch.setattr(
        orders_importer, "refresh_statistics", lambda *models: counted.extend(models)
    )
    for _ in range(2):
        bring("orders", CDNOW, {"external_id": "column 2", **CDNOW_COLUMNS})
    assert counted == [Order, OrderLine]


CDNOW = (
    " 00004 0001 19970101  2   29.33\n 00004 0001 19970118  4   77.96\n"
    " 00021 0002 19970202  1    0.00\n 00021 0002 19970303 -2  -10.00\n"
    " 00021 0002 19970404  3    0.00\n"
)
CDNOW_COLUMNS = {"placed_at": "column 3", "quantity": "column 4", "total": "column 5"}


def test_without_order_numbers_a_customers_day_is_one_order(in_acme: Tenant) -> None:
    cdnow = " 00004 0001 19970101  2   29.33\n 00004 0001 19970101  2   10.00\n"
    cdnow += " 00004 0001 19970118  2   29.73\n"
    mapping = {"external_id": "column 1", "placed_at": "column 3", "total": "column 5"}
    for expected in ((3, 0, 0, 0), (0, 0, 3, 0)):
        assert counts(bring("orders", cdnow, mapping)) == expected
    assert [row[2] for row in orders()] == [Decimal("39.33"), Decimal("29.73")]


SHOPIFY = (
    "Name,Email,Financial Status,Currency,Created at,Discount Code,Discount Amount,Total,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
    "#1001,ann@example.com,paid,USD,2026-11-01 10:00:00 +0200,FALL,5.00,22.00,2,Mug,11.00,M1\n"
    "#1001,,,,,,,,1,Cup,5.00,C1\n"
    "#1001,,,,,,,,1,Tea,6.00,T1\n"
    "#1002,,refunded,USD,2026-11-02 10:00:00 +0200,,0,11.00,1,Mug,11.00,M1\n"
)


@pytest.mark.parametrize("rows", [8_000, 1])
def test_an_order_export_that_names_the_customer_once_is_understood(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(batches, "ROWS", rows)
    import_ = bring("orders", SHOPIFY)
    assert counts(import_) == (3, 0, 0, 1)
    assert reasons(import_) == [(5, "Email", "", "no_key")]
    order = Order.objects.get()
    assert (order.external_id, order.customer.email) == ("#1001", "ann@example.com")
    assert (order.total, order.discount, order.code) == (Decimal("28.00"), 5, "FALL")
    assert order.placed_at == datetime(2026, 11, 1, 8, tzinfo=UTC)


def test_dates_with_the_day_first_are_told_from_the_column(in_acme: Tenant) -> None:
    bring(
        "orders",
        "Member_number,Date,itemDescription\n1808,05-01-2015,milk\n1808,21-07-2015,fruit\n",
    )
    days = Order.objects.order_by("placed_at").values_list("placed_at__date", flat=True)
    assert [str(day) for day in days] == ["2015-01-05", "2015-07-21"]


def test_lines_are_linked_to_products_that_come_later(in_acme: Tenant) -> None:
    bring("orders", RETAIL)
    assert not OrderLine.objects.exclude(product=None).exists()
    bring("products", "sku,title,price\n85123A,Heart holder,2.55\n")
    linked = OrderLine.objects.filter(product=Product.objects.get())
    assert set(linked.values_list("sku", flat=True)) == {"85123A"}


def test_events_are_stored_once_with_their_properties(in_acme: Tenant) -> None:
    events = (
        "event,timestamp,customer_id,message_id,sku,page\n"
        "Product Viewed,2026-01-31T23:59:59Z,1,m1,,home\n"
        "product_viewed,1769904000,1,m2,,\n"
        "product_viewed,2026-13-01,1,m3,,\n"
        "product_viewed,1890-01-01,1,m4,,\n"
        ",2026-01-01,1,m5,,\n"
    )
    import_ = bring("events", events)
    assert counts(import_) == (2, 0, 0, 3)
    assert [code for *_row, code in reasons(import_)] == [
        "date_invalid",
        "date_out_of_range",
        "missing",
    ]
    assert counts(bring("events", events)) == (0, 0, 2, 3)
    first, second = Event.objects.order_by("at")
    assert (first.name, first.properties) == ("product_viewed", {"page": "home"})
    assert str(second.at.date()) == "2026-02-01"
