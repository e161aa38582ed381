"""Orders from rows: one row for each item, or one for each order.

Rows of one order may lie anywhere in the file. A line of an order is known by its own number if
the file has one, else by its item and how many-th time the item stands in that order; so a
corrected file changes lines instead of adding them. Totals are computed from all lines in SQL.
An order that holds nothing but negative quantities (or a negative total) is a return.
"""

import hashlib
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from profiles.importers import people
from profiles.importers.batches import Batch, Chunk, Plan, Rejection, Sorter, make_rejection
from profiles.importers.columns import from_numbers, join
from profiles.importers.erased import refuse_erased
from profiles.importers.repeats import find_repeats
from profiles.importers.seen import Seen
from profiles.importers.staging import lock_customers, prefer_indexes, stage_batch, to_copy
from profiles.importers.types import Outcome
from profiles.models import Order, OrderLine, OrderStatus
from tenants.context import current_tenant_id
from tenants.database import refresh_statistics

TYPES = {
    "line": "bigint",
    "order_id": "text",
    "placed_at": "timestamptz",
    "external_id": "text",
    "email": "text",
    "country": "text",
    "currency": "text",
    "status": "text",
    "code": "text",
    "channel": "text",
    "discount": "numeric",
    "total": "numeric",
    "sku": "text",
    "title": "text",
    "quantity": "integer",
    "unit_price": "numeric",
    "line_discount": "numeric",
    "line_key": "uuid",
}
SAID_ONCE = (
    "external_id",
    "email",
    "placed_at",
    "country",
    "currency",
    "status",
    "code",
    "channel",
)
"""What the first row of an order says for those below it."""
TOGETHER = "order_id"
"""The field by which rows that follow each other belong to one order."""
CENT = Decimal("0.01")
ITEM = ("sku", "title", "unit_price")
STATUSES = {
    **dict.fromkeys(
        ("placed", "paid", "pending", "authorized", "open", "complete", "completed", "fulfilled",
         "shipped", "delivered", "processing", "partially_refunded", "partially refunded",
         "已付款", "已完成", "已发货", "待发货", "已签收"), OrderStatus.PLACED),
    **dict.fromkeys(
        ("cancelled", "canceled", "voided", "failed", "expired", "已取消", "已关闭"),
        OrderStatus.CANCELLED),
    **dict.fromkeys(
        ("returned", "refunded", "return", "已退款", "已退货", "退货", "退款"),
        OrderStatus.RETURNED),
}  # fmt: skip


def has_lines(plan: Plan) -> bool:
    """Whether a row is an item of an order rather than a whole order.

    Without order numbers it always is: the rows of one customer's day add up to one order.
    """
    return not plan.column_of("order_id") or any(plan.column_of(name) for name in ITEM)


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    sorter = Sorter(chunk, plan)
    if has_lines(plan):
        _fill_down(sorter)
    sorter.require("external_id", "email", code="no_key")
    sorter.require("placed_at")
    if plan.column_of("order_id"):
        sorter.require("order_id")
    else:
        _number_by_day(sorter)
    if plan.column_of("status"):
        _read_status(sorter)
    repeated = _count_repeated(chunk, seen)
    if has_lines(plan):
        _prepare_lines(sorter, seen)
    else:
        sorter.require("total")
        said = list(zip(*(sorter.get(name) for name in TYPES if name != "line"), strict=True))
        find_repeats(sorter, ("order_id",), said, seen)
    batch = sorter.finish([name for name in TYPES if name != "line"])
    batch.shape = TYPES
    batch.text = to_copy([from_numbers(batch.lines), *batch.values.values()])
    batch.notices["repeated_rows"] = repeated
    return batch


def _fill_down(sorter: Sorter) -> None:
    """Shops say whose an order is in its first row, and leave the rows of other items empty."""
    orders = sorter.get("order_id")
    follows = [
        row for row in range(1, sorter.count) if orders[row] and orders[row] == orders[row - 1]
    ]
    for name in SAID_ONCE:
        cells = sorter.get(name) if name in sorter.values else []
        for row in follows if any(cells) else ():
            cells[row] = cells[row] or cells[row - 1]


def _number_by_day(sorter: Sorter) -> None:
    """Without order numbers, what a customer buys on one day is one order."""
    keys = zip(sorter.get("external_id"), sorter.get("email"), sorter.get("placed_at"), strict=True)
    sorter.values["order_id"] = [
        f"{(number or email)}:{(at or '')[:10]}" for number, email, at in keys
    ]


def _read_status(sorter: Sorter) -> None:
    words = sorter.get("status")
    column = sorter.plan.column_of("status")
    for row, word in enumerate(words):
        if word is None:  # what the lines say decides
            continue
        known = STATUSES.get(word.strip().lower())
        if known is None:
            sorter.reject(row, "status_unknown", column, word)
        words[row] = known


def _count_repeated(chunk: Chunk, seen: Seen) -> int:
    """How many rows are the same, cell by cell, as a row before them."""
    if not chunk.columns:
        return 0
    counts = seen.count_all(join(["row", *chunk.columns], "\x1f"))
    return sum(number > 1 for number in counts)


def _prepare_lines(sorter: Sorter, seen: Seen) -> None:
    plan = sorter.plan
    if plan.column_of("sku") or plan.column_of("title"):
        sorter.require("sku", "title")
    if plan.column_of("unit_price"):
        sorter.require("unit_price")
    elif plan.column_of("total"):
        sorter.require("total")
        _share_totals(sorter)
    for name, default in (("quantity", "1"), ("unit_price", "0"), ("line_discount", "0")):
        sorter.values[name] = [value or default for value in sorter.get(name)]
    sorter.values["line_key"] = _line_keys(sorter, seen)


def _share_totals(sorter: Sorter) -> None:
    """A row's total becomes a price each; less than a cent each is left, and is a discount."""
    shares = [
        _share(Decimal(total), int(quantity or 1))
        for total, quantity in zip(
            (total or "0" for total in sorter.get("total")), sorter.get("quantity"), strict=True
        )
    ]
    quantities, prices, rests = zip(*shares, strict=True) if shares else ((), (), ())
    sorter.values["quantity"] = list(map(str, quantities))
    sorter.values["unit_price"] = list(map(str, prices))
    discounts = zip(sorter.get("line_discount"), rests, strict=True)
    sorter.values["line_discount"] = [str(Decimal(said or 0) + rest) for said, rest in discounts]


def _share(total: Decimal, quantity: int) -> tuple[int, Decimal, Decimal]:
    """Return quantity, price each, and what is too much. A total of no items is one item's."""
    if quantity == 0 or (total < 0) != (quantity < 0):
        return 1, total, Decimal(0)
    each = (total / quantity).quantize(CENT, rounding=ROUND_UP if quantity > 0 else ROUND_DOWN)
    return quantity, each, each * quantity - total


def _line_keys(sorter: Sorter, seen: Seen) -> list[str | None]:
    """Tell the lines of one order apart. Rejected rows do not count."""
    names = ("order_id", "line_id", "sku", "title")
    rows = list(zip(*(sorter.get(name) for name in names), strict=True))
    good = [row for row in range(sorter.count) if row not in sorter.bad]
    items = ["#" + rows[row][1] if rows[row][1] else rows[row][2] or rows[row][3] for row in good]
    counts = seen.count_all(
        [f"item\x1f{rows[row][0]}\x1f{item}" for row, item in zip(good, items, strict=True)]
    )
    keys: list[str | None] = [None] * sorter.count
    for row, item, nth in zip(good, items, counts, strict=True):
        text = f"{item}\x1f{1 if rows[row][1] else nth}"
        keys[row] = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    return keys


def merge(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    """Create and update orders and lines of the workspace in scope, and customers they name."""
    values = {"tenant": current_tenant_id(), "currency": plan.currency}
    stage_batch(cursor, batch)
    lock_customers(cursor)
    erased = refuse_erased(cursor, batch, plan)
    new_people = people.resolve(cursor)
    with prefer_indexes(cursor):
        cursor.execute(_orders_sql(plan), values)
        new, changed = map(set, cursor.fetchone())
        is_young = _came_just_now(cursor, len(new))
        if is_young:
            refresh_statistics(Order)
        cursor.execute(FIND_ORDERS, values)
    rejected = [*erased, *_reject_other_customers(cursor, batch, plan)]
    created, updated = len(new), len(changed)
    if has_lines(plan):
        cursor.execute(LINES, values)
        created, updated, owners = cursor.fetchone()
        changed |= set(owners)
        if is_young:
            refresh_statistics(OrderLine)
        with prefer_indexes(cursor):
            if plan.options.get("replace_lines"):
                cursor.execute(REMOVE_OTHERS, values)
                changed |= {row[0] for row in cursor.fetchall()}
            cursor.execute(TOTALS.format(status=STATUS_AFTER), values)
    unchanged = len(batch.lines) - len(rejected) - created - updated
    return Outcome(
        created=created,
        updated=updated,
        unchanged=unchanged,
        rejected=rejected,
        notices={
            "new_customers": new_people,
            "new_orders": len(new),
            "changed_orders": len(changed - new),
        },
    )


def _came_just_now(cursor: Any, new: int) -> bool:
    """Whether most orders of the workspace are those of this chunk, and many.

    PostgreSQL then knows of none, takes any index that begins with the workspace for good enough,
    and looks through all orders for each of them.
    """
    if new < MANY:
        return False
    cursor.execute(COUNT_UP_TO, {"tenant": current_tenant_id(), "most": 2 * new})
    return bool(cursor.fetchone()[0] < 2 * new)


MANY = 500
COUNT_UP_TO = """
    SELECT count(*) FROM (
        SELECT FROM profiles_order WHERE tenant_id = %(tenant)s LIMIT %(most)s) found
"""


def _orders_sql(plan: Plan) -> str:
    """Upsert the orders of `resolved`. What the file does not say, stays."""
    total = "0" if has_lines(plan) else "total"
    returned = "false" if has_lines(plan) else "total < 0"
    changes = {"placed_at": "excluded.placed_at"}
    if has_lines(plan):  # lines of one order may differ by minutes, and lie in two chunks
        changes["placed_at"] = "least(old.placed_at, excluded.placed_at)"
    else:
        changes["total"] = "excluded.total"
    for name in ("status", "currency", "discount", "code", "channel"):
        if plan.column_of(name):
            changes[name] = f"excluded.{name}"
    sets = ", ".join(f"{name} = {value}" for name, value in changes.items())
    before = ", ".join(f"old.{name}" for name in changes)
    after = ", ".join(changes.values())
    return f"""
        WITH merged AS (
            INSERT INTO profiles_order AS old (tenant_id, customer_id, external_id, placed_at,
                status, currency, total, discount, code, channel)
            SELECT DISTINCT ON (order_id) %(tenant)s, customer_id, order_id,
                min(placed_at) OVER (PARTITION BY order_id),
                coalesce(status, CASE WHEN {returned} THEN 'returned' ELSE 'placed' END),
                coalesce(currency, %(currency)s), {total}, coalesce(discount, 0),
                coalesce(code, ''), coalesce(channel, '')
            FROM resolved ORDER BY order_id, line
            ON CONFLICT (tenant_id, external_id) DO UPDATE SET {sets}
            WHERE old.customer_id = excluded.customer_id
              AND ROW({before}) IS DISTINCT FROM ROW({after})
            RETURNING id, xmax = 0 AS is_new
        )
        SELECT coalesce(array_agg(id) FILTER (WHERE is_new), '{{}}'),
               coalesce(array_agg(id) FILTER (WHERE NOT is_new), '{{}}') FROM merged
    """


def _reject_other_customers(cursor: Any, batch: Batch, plan: Plan) -> list[Rejection]:
    """Take out the lines of orders that are saved for somebody else."""
    cursor.execute(
        """
        DELETE FROM lines WHERE owner_id <> customer_id RETURNING line, order_id, (
            SELECT coalesce(nullif(c.external_id, ''), c.email) FROM profiles_customer c
            WHERE c.tenant_id = %s AND c.id = owner_id)
        """,
        [current_tenant_id()],
    )
    found = cursor.fetchall()
    return [
        make_rejection(
            line,
            batch.cells(line),
            "other_customer",
            plan.column_of("order_id"),
            order,
            other=other,
        )
        for line, order, other in found
    ]


FIND_ORDERS = """
    DROP TABLE IF EXISTS lines;
    CREATE TEMP TABLE lines ON COMMIT DROP AS
    SELECT r.*, o.id AS order_pk, o.customer_id AS owner_id
    FROM resolved r CROSS JOIN LATERAL (
        SELECT id, customer_id FROM profiles_order
        WHERE tenant_id = %(tenant)s AND external_id = r.order_id LIMIT 1
    ) o
"""
LINES = """
    WITH products AS (
        SELECT DISTINCT ON (sku) sku, id FROM (
            SELECT external_id AS sku, id, 1 AS rank FROM catalogue_product
            WHERE tenant_id = %(tenant)s
            UNION ALL
            SELECT sku, product_id, 2 FROM catalogue_productvariant
            WHERE tenant_id = %(tenant)s AND sku <> ''
        ) known ORDER BY sku, rank
    ), merged AS (
        INSERT INTO profiles_orderline AS old
            (tenant_id, order_id, line_key, product_id, sku, title, quantity, unit_price, discount)
        SELECT %(tenant)s, r.order_pk, r.line_key, p.id, coalesce(r.sku, ''), coalesce(r.title, ''),
               r.quantity, round(r.unit_price, 2), round(r.line_discount, 2)
        FROM lines r LEFT JOIN products p ON p.sku = r.sku
        ON CONFLICT (tenant_id, order_id, line_key) DO UPDATE
        SET product_id = coalesce(excluded.product_id, old.product_id), title = excluded.title,
            quantity = excluded.quantity, unit_price = excluded.unit_price,
            discount = excluded.discount
        WHERE (old.product_id, old.title, old.quantity, old.unit_price, old.discount)
            IS DISTINCT FROM (coalesce(excluded.product_id, old.product_id), excluded.title,
                              excluded.quantity, excluded.unit_price, excluded.discount)
        RETURNING order_id, xmax = 0 AS is_new
    )
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
           coalesce(array_agg(DISTINCT order_id), '{}') FROM merged
"""
REMOVE_OTHERS = """
    DELETE FROM profiles_orderline l USING (SELECT DISTINCT order_pk FROM lines) touched
    WHERE l.tenant_id = %(tenant)s AND l.order_id = touched.order_pk AND NOT EXISTS (
        SELECT FROM lines WHERE lines.order_pk = l.order_id AND lines.line_key = l.line_key)
    RETURNING l.order_id
"""
TOTALS = """
    UPDATE profiles_order o SET total = s.total - o.discount, status = {status}
    FROM (
        SELECT order_pk AS order_id, said, paid.* FROM (
            SELECT order_pk, max(status) AS said FROM lines GROUP BY order_pk) touched
        CROSS JOIN LATERAL (
            SELECT sum(quantity * unit_price - discount) AS total, max(quantity) AS most
            FROM profiles_orderline WHERE tenant_id = %(tenant)s AND order_id = order_pk
        ) paid
    ) s
    WHERE o.tenant_id = %(tenant)s AND o.id = s.order_id
      AND (o.total, o.status) IS DISTINCT FROM (s.total - o.discount, {status})
"""


# A return, unless a row names the status, is an order of negative quantities alone.
STATUS_AFTER = "CASE WHEN s.said IS NULL AND s.most < 0 THEN 'returned' ELSE o.status END"


LINK_PRODUCTS = """
    UPDATE profiles_orderline l SET product_id = known.id
    FROM (
        SELECT external_id AS sku, id FROM catalogue_product WHERE tenant_id = %(tenant)s
        UNION ALL
        SELECT v.sku, v.product_id FROM catalogue_productvariant v
        WHERE v.tenant_id = %(tenant)s AND v.sku <> '' AND NOT EXISTS (
            SELECT FROM catalogue_product p
            WHERE p.tenant_id = %(tenant)s AND p.external_id = v.sku)
    ) known
    WHERE l.tenant_id = %(tenant)s AND l.product_id IS NULL AND l.sku = known.sku AND l.sku <> ''
"""


def link_products(cursor: Any) -> int:
    """Point lines at products that came into the catalogue after them. Return how many."""
    cursor.execute(LINK_PRODUCTS, {"tenant": current_tenant_id()})
    return int(cursor.rowcount)
