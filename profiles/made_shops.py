"""A shop with a past, made from a seed: what `manage.py make_data` writes and benches ask.

Skewed as real shops are: a few customers order and look around often, most of them seldom; a few
products sell a lot, most of them little; people stay with the categories they like; there is more
to tell of last month than of last year, and more of December than of June. Every draw is a hash of
the row's number and the seed, so the same arguments write the same shop.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.models import Model
from django.utils import timezone

from catalogue.models import Product
from profiles import loading
from profiles.models import Customer, Event, Order, OrderLine, TraitSet
from tenants.context import scope
from tenants.database import refresh_statistics
from tenants.models import TenantModel

Progress = Callable[[int, int], None]
FILLED = (TraitSet, Event, OrderLine, Order, Customer, Product)
AT_ONCE = 200_000
"""Rows of one statement."""
ORDERS_EACH = 3
DAYS = 700
PRODUCTS = 1000
CATEGORIES = (
    *("Trail shoes", "Running shoes", "Rain jackets", "Tents", "Backpacks", "Headlamps"),
    *("Sleeping bags", "Climbing", "Bikes", "Bike parts", "Yoga", "Swimwear", "Ski", "Socks"),
    *("Base layers", "Water bottles", "Snacks", "Books and maps", "Children", "Gifts"),
)


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much to make. `seed` chooses which of many shops."""

    customers: int
    events: int
    seed: int = 1

    @property
    def orders(self) -> int:
        return ORDERS_EACH * self.customers


def _draw(key: str, of: str = "n") -> str:
    """SQL of a number from 0 up to 1 that belongs to a row and a question.

    A float: PostgreSQL takes roots of its decimal numbers three hundred times more slowly.
    """
    return f"((hashint8extended({of}, %(seed)s * 1000 + {key}) & 1048575) / 1048576::float8)"


def _moment(key: int, of: str) -> str:
    """SQL of a moment within DAYS: the nearer the more, by day rather than night, and December."""
    days = f"floor({DAYS} * power({_draw(str(key), of)}, 1.4))::int"
    # One in six moments of summer moves to the December before it.
    season = (
        f"CASE WHEN {_draw(str(key + 1), of)} < 0.16 AND extract(month FROM {{now}} - {days} * "
        f"interval '1 day') BETWEEN 5 AND 8 THEN {days} + 190 ELSE {days} END"
    ).replace("{now}", "%(now)s::timestamptz")
    hours = f"24 * (0.35 + 0.6 * ({_draw(str(key + 2), of)} + {_draw(str(key + 3), of)}) / 2)"
    return (
        f"date_trunc('day', %(now)s::timestamptz) - (1 + {season}) * interval '1 day' "
        f"+ {hours} * interval '1 hour'"
    )


PERSON = f"1 + floor(power({_draw('1')}, 2.2) * %(customers)s)::int"
OWN_CATEGORY = "((hashint8extended(person, %(seed)s) & 1023) %% 20)"
# A product of the person's own category three times of four; within it, the first sell best.
PRODUCT = f"""
    1 + CASE WHEN {_draw("3", "{n}")} < 0.75 THEN {OWN_CATEGORY}
             ELSE floor({_draw("4", "{n}")} * 20)::int END
      + 20 * floor(power({_draw("5", "{n}")}, 2.5) * {PRODUCTS // 20})::int
"""

GOODS = """
    INSERT INTO catalogue_product (tenant_id, external_id, title, description, category, brand,
        tags, language, features, benefits, translations, url, image_url, price, currency,
        is_active, attributes, stock)
    SELECT %(tenant)s, 'P' || lpad(n::text, 5, '0'),
        (%(categories)s::text[])[1 + (n - 1) %% 20] || ' ' || (ARRAY['Arc', 'Birch', 'Cove', 'Dune',
            'Elm', 'Fjord', 'Glen', 'Heath', 'Isle', 'Juniper'])[1 + n %% 10] || ' ' || n,
        '', (%(categories)s::text[])[1 + (n - 1) %% 20],
        (ARRAY['Tarnfield', 'Northway', 'Halden', 'Quill', 'Osprey Bay'])[1 + n %% 5],
        '{}', 'en', '{}', '{}', '{}', '', '',
        round((5 + 20 * ((n - 1) %% 20) ^ 0.8 + 40 * (n %% 7))::numeric, 2) - 0.05, 'EUR', true,
        '{}', CASE WHEN n %% 9 = 0 THEN NULL ELSE n %% 80 END
    FROM generate_series(1, %(products)s) n
"""
PEOPLE = f"""
    INSERT INTO profiles_customer (tenant_id, external_id, email, first_name, last_name, phone,
        language, timezone, country, city, attributes, may_email, may_profile, may_write,
        may_track, created_at)
    SELECT %(tenant)s, 'C' || lpad(n::text, 7, '0'), 'customer' || n || '@example.com',
        (ARRAY['Anna', 'Ben', 'Chloé', 'Dilan', 'Émile', 'Fatima', 'Greta', 'Hugo', 'Ines', 'Jan',
               '芳', '小明', '敏', ''])[1 + floor({_draw("11")} * 14)::int],
        (ARRAY['Lee', 'Moreau', 'Novak', 'Okafor', 'Peters', 'Quist', 'Rossi', 'Sato', '王', '李']
            )[1 + floor({_draw("12")} * 10)::int], '',
        (ARRAY['en', 'en', 'en', 'zh-CN', 'de', ''])[1 + floor({_draw("13")} * 6)::int], '',
        (ARRAY['US', 'US', 'DE', 'FR', 'CN', 'GB', ''])[1 + floor({_draw("13")} * 7)::int],
        'City ' || floor(power({_draw("14")}, 2) * 400)::int,
        jsonb_build_object('size', 36 + floor({_draw("15")} * 12)::int, 'tier',
            (ARRAY['basic', 'basic', 'basic', 'silver', 'gold'])[1 + floor({_draw("16")} * 5)::int],
            'points', floor(power({_draw("17")}, 4) * 5000)::int),
        {_draw("18")} < 0.8,
        CASE WHEN {_draw("19")} < 0.05 THEN false WHEN {_draw("19")} < 0.2 THEN NULL ELSE true END,
        {_draw("20")} < 0.8, {_draw("21")} < 0.7,
        %(now)s::timestamptz - (30 + {DAYS + 300} * {_draw("22")}) * interval '1 day'
    FROM generate_series(%(first)s, %(last)s) n
"""
DRAW_ORDERS = f"""
    DROP TABLE IF EXISTS shop_orders;
    CREATE TEMPORARY TABLE shop_orders ON COMMIT DROP AS
    SELECT d.n, c.id AS customer_id, {_moment(31, "d.n")} AS placed_at, k AS position,
           g.id AS product_id, g.price, g.title, g.sku, d.quantity
    FROM (SELECT o.n, o.person, k, {PRODUCT.replace("{n}", "o.n * 4 + k")} AS product,
                 1 + (k = 1 AND {_draw("37", "o.n")} < 0.15)::int AS quantity
          FROM (SELECT n, {PERSON} AS person, 1 + floor(power({_draw("36")}, 1.5) * 4)::int AS lines
                FROM generate_series(%(first)s, %(last)s) n) o
          CROSS JOIN LATERAL generate_series(1, o.lines) k) d
    JOIN shop_people c ON c.n = d.person JOIN shop_goods g ON g.n = d.product
"""
ORDERS = f"""
    WITH made AS (
        INSERT INTO profiles_order (tenant_id, external_id, customer_id, placed_at, status,
            currency, total, discount, code, channel)
        SELECT %(tenant)s, 'O' || lpad(n::text, 8, '0'), min(customer_id), min(placed_at),
            CASE WHEN {_draw("41")} < 0.04 THEN 'returned' WHEN {_draw("41")} < 0.06
                 THEN 'cancelled' ELSE 'placed' END,
            'EUR', round(sum(price * quantity) * CASE WHEN {_draw("42")} < 0.25 THEN 0.9 ELSE 1
                 END, 2), CASE WHEN {_draw("42")} < 0.25 THEN round(sum(price * quantity) * 0.1, 2)
                 ELSE 0 END,
            CASE WHEN {_draw("42")} < 0.25 THEN 'SAVE10' ELSE '' END,
            (ARRAY['web', 'web', 'app', 'store'])[1 + floor({_draw("43")} * 4)::int]
        FROM shop_orders GROUP BY n
        RETURNING id, external_id)
    INSERT INTO profiles_orderline (tenant_id, order_id, line_key, product_id, sku, title,
        quantity, unit_price, discount)
    SELECT %(tenant)s, made.id, md5(o.n || '-' || o.position)::uuid, o.product_id, o.sku, o.title,
        o.quantity, o.price, 0
    FROM made JOIN shop_orders o ON o.n = substr(made.external_id, 2)::bigint
"""
EVENTS = f"""
    INSERT INTO {{table}} (tenant_id, customer_id, event_id, name, at, product_id, properties)
    SELECT %(tenant)s, c.id, md5(%(seed)s || 'e' || d.n)::uuid, d.name, {_moment(51, "d.n")},
        CASE WHEN d.name <> 'email_clicked' THEN g.id END, '{{}}'
    FROM (SELECT n, person, {PRODUCT.replace("{n}", "n")} AS product,
                 (ARRAY['product_viewed', 'product_viewed', 'product_viewed', 'product_viewed',
                        'product_viewed', 'product_viewed', 'cart_updated', 'cart_updated',
                        'email_clicked', 'wishlist_updated'])[1 + floor({_draw("56")} * 10)::int]
                 AS name
          FROM (SELECT n, {PERSON} AS person FROM generate_series(%(first)s, %(last)s) n) x) d
    JOIN shop_people c ON c.n = d.person JOIN shop_goods g ON g.n = d.product
"""
NUMBERED = """
    CREATE TEMPORARY TABLE shop_people AS
    SELECT id, substr(external_id, 2)::int AS n FROM profiles_customer
    WHERE tenant_id = %(tenant)s AND external_id LIKE 'C_______';
    CREATE TEMPORARY TABLE shop_goods AS
    SELECT id, price, title, external_id AS sku, substr(external_id, 2)::int AS n
    FROM catalogue_product WHERE tenant_id = %(tenant)s AND external_id LIKE 'P_____';
    ANALYZE shop_people; ANALYZE shop_goods;
"""


def make_shop(size: Size, progress: Progress, *, tenant_id: int) -> None:
    """Fill an empty workspace: products, customers, orders with lines, events; no traits yet.

    Works on connections of its own, so call it outside a transaction. A call that is broken off
    may leave part of the shop. The memory it needs does not grow with the size. Orders and events
    are made at the same time. With the owner's role indexes are built after the rows, where no
    other workspace has rows yet.
    """
    shop = _Shop(size, tenant_id, progress)
    with shop.work() as cursor:
        cursor.execute(GOODS, shop.values)
        with shop.rows_first(cursor, Customer):
            shop.fill(cursor, (PEOPLE,), size.customers)
    refresh_statistics(Customer, Product)
    with ThreadPoolExecutor(2) as pool:
        for part in [pool.submit(shop.make_orders), pool.submit(shop.make_events)]:
            part.result()
    refresh_statistics(*FILLED)


class _Shop:
    """A shop that is being made: by the owner's role if there is one, else by the app's."""

    def __init__(self, size: Size, tenant_id: int, progress: Progress) -> None:
        self.size, self.tenant_id, self.progress = size, tenant_id, progress
        self.values = _values(size) | {"tenant": tenant_id}
        self.alias = "owner" if "owner" in settings.DATABASES else "default"
        self.total = size.customers + size.orders + size.events
        self.done = 0
        self.lock = threading.Lock()
        self.numbered = threading.Barrier(2)

    @contextlib.contextmanager
    def work(self) -> Iterator[Any]:
        """A cursor in a transaction of the role."""
        around = scope(self.tenant_id) if self.alias == "default" else transaction.atomic("owner")
        with around, connections[self.alias].cursor() as cursor:
            loading.prepare(cursor)
            yield cursor

    def rows_first(self, cursor: Any, *models: type[Model]) -> AbstractContextManager[None]:
        if self.alias == "default":
            return contextlib.nullcontext()
        return loading.rows_first(cursor, *(model._meta.db_table for model in models))

    def fill(self, cursor: Any, statements: tuple[str, ...], rows: int) -> None:
        """Run the statements for some rows at a time."""
        for first in range(1, rows + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, rows)
            for statement in statements:
                cursor.execute(statement, self.values | {"first": first, "last": last})
            with self.lock:
                self.done += last - first + 1
                self.progress(self.done, self.total)

    def make_orders(self) -> None:
        with self._thread(), self.work() as cursor, self.rows_first(cursor, Order, OrderLine):
            self.fill(cursor, (DRAW_ORDERS, ORDERS), self.size.orders)

    def make_events(self) -> None:
        today = timezone.now().date()
        first, last = today - timedelta(days=DAYS + 200), today + timedelta(days=1)
        with self._thread(), self.work() as cursor:
            if self.alias == "owner":
                with loading.event_months(cursor, first, last) as table:
                    self.fill(cursor, (EVENTS.replace("{table}", table),), self.size.events)
            else:
                cursor.execute("SELECT profiles_ensure_event_partitions(%s, %s)", [first, last])
                events = EVENTS.replace("{table}", "profiles_event")
                self.fill(cursor, (events,), self.size.events)

    @contextlib.contextmanager
    def _thread(self) -> Iterator[None]:
        """Number people and goods for this thread, whose connections are its own.

        Both threads read the customers before one of them takes keys off: that locks the customers.
        """
        try:
            with self.work() as cursor:
                cursor.execute(NUMBERED, self.values)
            self.numbered.wait()
            yield
        except BaseException:
            self.numbered.abort()  # the other thread need not wait for this one
            raise
        finally:
            connections.close_all()


def _values(size: Size) -> dict[str, Any]:
    return {
        "seed": size.seed,
        "customers": size.customers,
        "products": PRODUCTS,
        "categories": list(CATEGORIES),
        "now": timezone.now().replace(hour=0, minute=0, second=0, microsecond=0),
    }


def vacuum_shop() -> None:
    """Count rows and mark pages, as autovacuum would within minutes. For measurements."""
    if "owner" not in settings.DATABASES:
        return
    with connections["owner"].cursor() as cursor:
        for model in FILLED:
            cursor.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')


def empty_shop(tenant_id: int) -> None:
    """Delete all people and products of this workspace, and what was counted and told of them.

    Row security keeps it to the workspace. Keys are checked at the end of the transaction, so
    the order does not matter.
    """
    rooms = (apps.get_app_config(name) for name in ("profiles", "catalogue"))
    with scope(tenant_id):
        for model in (one for room in rooms for one in room.get_models()):
            if issubclass(model, TenantModel):
                model._base_manager.all()._raw_delete(using="default")
