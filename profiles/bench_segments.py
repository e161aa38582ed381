"""How long a segment takes to count and to show: `manage.py bench segments`.

Ten rules, each counted and its 50 newest people read, against the same question in SQL written by
hand and asked without row level security. The customers are made up: a few of them order and look
around often, most of them seldom, as in a real shop.
"""

import contextlib
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from django.utils.translation import gettext as _

from catalogue.models import Product
from profiles.models import Customer, Event, Order, OrderLine, TraitSet
from profiles.rules.compile import compile_source
from profiles.rules.parse import parse
from profiles.services import traits
from tenants import services as tenants
from tenants.context import scope
from tenants.errors import Unavailable
from tenants.models import Tenant, User

ROUNDS = 5
PAGE = 50
Progress = Callable[[int, int], None]
FIRST_PAGE = f"ORDER BY c.id DESC LIMIT {PAGE}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A rule, and the SQL that a person would write for it: a condition on `c`, and joins."""

    rule: dict[str, Any]
    where: str
    joins: str = ""


def _days(number: int) -> str:
    return f"%(now)s::timestamptz - interval '{number} days'"


MAY_PROFILE = "c.may_profile IS NOT FALSE"
PLACED = "FROM profiles_order o WHERE o.tenant_id = %(tenant)s AND o.status = 'placed'"
BOUGHT = """
    SELECT o.customer_id FROM profiles_order o
    JOIN profiles_orderline l ON l.tenant_id = %(tenant)s AND l.order_id = o.id
        AND l.quantity > 0
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = l.product_id
        AND p.category = 'Category 3'
    WHERE o.tenant_id = %(tenant)s AND o.status = 'placed'
"""
VIEWED = """
    SELECT e.customer_id FROM profiles_event e
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = e.product_id
        AND p.category = 'Category 3'
    WHERE e.tenant_id = %(tenant)s AND e.name = 'product_viewed'
"""
TRAITS = "JOIN profiles_traitset t ON t.tenant_id = c.tenant_id AND t.customer_id = c.id"
CASES: dict[str, Case] = {
    "country": Case(
        rule={"field": "customer.country", "op": "is", "value": "DE"},
        where="c.country = 'DE'",
    ),
    "consent": Case(
        rule={"field": "customer.may_email", "op": "is", "value": True},
        where="c.may_email",
    ),
    "stage": Case(
        rule={"field": "trait.stage", "op": "is", "value": "lapsed"},
        joins=TRAITS,
        where=f"t.stage = 'lapsed' AND {MAY_PROFILE}",
    ),
    "last order 90 to 360 days ago": Case(
        rule={"field": "order.last_at", "op": "between_days_ago", "value": [90, 360]},
        joins=f"JOIN (SELECT o.customer_id, max(o.placed_at) AS last {PLACED} GROUP BY 1) o "
        "ON o.customer_id = c.id",
        where=f"o.last >= {_days(360)} AND o.last < {_days(90)} AND {MAY_PROFILE}",
    ),
    "bought in a category in 90 days": Case(
        rule={
            "field": "order.bought_category",
            "op": "at_least",
            "value": "Category 3",
            "days_ago": [0, 90],
        },
        where=f"c.id IN ({BOUGHT} AND o.placed_at >= {_days(90)}) AND {MAY_PROFILE}",
    ),
    "bought twice in a category": Case(
        rule={
            "field": "order.bought_category",
            "op": "at_least",
            "value": "Category 3",
            "times": 2,
        },
        where=f"c.id IN ({BOUGHT} GROUP BY 1 HAVING count(DISTINCT o.id) >= 2) AND {MAY_PROFILE}",
    ),
    "spent 200 in a year": Case(
        rule={"field": "order.spent", "op": "at_least", "value": 200, "days_ago": [0, 365]},
        where=f"c.id IN (SELECT o.customer_id {PLACED} AND o.placed_at >= {_days(365)} "
        f"GROUP BY 1 HAVING sum(o.total) >= 200) AND {MAY_PROFILE}",
    ),
    "viewed twice in 30 days": Case(
        rule={
            "field": "event.viewed_category",
            "op": "at_least",
            "value": "Category 3",
            "times": 2,
            "days_ago": [0, 30],
        },
        where=f"c.id IN ({VIEWED} AND e.at >= {_days(30)} GROUP BY 1 HAVING count(*) >= 2) "
        f"AND {MAY_PROFILE}",
    ),
    "looked again without an order": Case(
        rule={
            "all": [
                {
                    "field": "event.performed",
                    "op": "at_least",
                    "value": "product_viewed",
                    "days_ago": [0, 30],
                },
                {"not": {"field": "order.last_at", "op": "within_days", "value": 180}},
                {"field": "customer.may_email", "op": "is", "value": True},
            ]
        },
        where="c.may_email AND EXISTS (SELECT FROM profiles_event e WHERE "
        "e.tenant_id = %(tenant)s AND e.customer_id = c.id AND e.name = 'product_viewed' "
        f"AND e.at >= {_days(30)}) AND NOT EXISTS (SELECT {PLACED} AND o.customer_id = c.id "
        f"AND o.placed_at >= {_days(180)}) AND {MAY_PROFILE}",
    ),
    "taste or attribute": Case(
        rule={
            "any": [
                {"field": "trait.top_category", "op": "is", "value": "Category 3"},
                {"field": "customer.attributes.size", "op": "is", "value": "9"},
            ]
        },
        joins=f"LEFT {TRAITS}",
        where=f"(t.top_category = 'Category 3' AND {MAY_PROFILE}) OR c.attributes ->> 'size' = '9'",
    ),
}


def bench_segments(
    progress: Progress, *, customers: int = 100_000, events: int = 1_000_000
) -> dict[str, Any]:
    """Time the ten rules. `ratio` is our time by that of the SQL by hand; less is better.

    The measure of record is 1,000,000 customers and 10,000,000 events; the default is a tenth.
    """
    if "owner" not in settings.DATABASES:
        raise Unavailable(_("Set DATABASE_OWNER_URL: the reference is asked without row security."))
    with _shop(customers, events) as tenant:
        ours: dict[str, list[float]] = {name: [] for name in CASES}
        bare: dict[str, list[float]] = {name: [] for name in CASES}
        now = timezone.now()
        for round_number in range(ROUNDS):
            for number, (name, case) in enumerate(CASES.items()):
                expected, seconds = _ask_by_hand(tenant, case, now)
                bare[name].append(seconds)
                found, seconds = _ask_by_rule(tenant, case, now)
                ours[name].append(seconds)
                if found != expected:
                    raise Unavailable(_("The rule and the SQL by hand disagree: %s.") % name)
                progress(round_number * len(CASES) + number + 1, ROUNDS * len(CASES))
    return _figures(ours, bare) | {"customers": customers, "events": events}


def _figures(ours: dict[str, list[float]], bare: dict[str, list[float]]) -> dict[str, Any]:
    own = {name: statistics.median(times) for name, times in ours.items()}
    reference = {name: statistics.median(times) for name, times in bare.items()}
    rules = {
        name: {"ms": round(own[name] * 1000, 1), "by_hand_ms": round(reference[name] * 1000, 1)}
        for name in CASES
    }
    return {
        "figures": {"p95_ms": _p95(ours)},
        "reference": {"p95_ms": _p95(bare)},
        "ratio": round(sum(own.values()) / sum(reference.values()), 3),
        "rules": rules,
    }


def _p95(times: dict[str, list[float]]) -> float:
    every = [seconds for rounds in times.values() for seconds in rounds]
    return round(statistics.quantiles(every, n=20)[18] * 1000, 1)


Answer = tuple[int, list[int]]


def _ask_by_rule(tenant: Tenant, case: Case, now: datetime) -> tuple[Answer, float]:
    """Count and read the first page as the pages do: in a scope, as the app's role."""
    with scope(tenant.pk), connection.cursor() as cursor:
        start = time.monotonic()
        source, params = compile_source(parse(case.rule), tenant_id=tenant.pk, at=now)
        cursor.execute(f"SELECT count(*) {source}", params)
        (count,) = cursor.fetchone()
        cursor.execute(f"SELECT c.id {source} {FIRST_PAGE}", params)
        page = [row[0] for row in cursor.fetchall()]
        return (count, page), time.monotonic() - start


def _ask_by_hand(tenant: Tenant, case: Case, now: datetime) -> tuple[Answer, float]:
    """The same by hand, as a role that row level security does not bind."""
    source = f"FROM profiles_customer c {case.joins} WHERE c.tenant_id = %(tenant)s"
    source = f"{source} AND ({case.where})"
    values = {"tenant": tenant.pk, "now": now}
    with connections["owner"].cursor() as cursor:
        start = time.monotonic()
        cursor.execute(f"SELECT count(*) {source}", values)
        (count,) = cursor.fetchone()
        cursor.execute(f"SELECT c.id {source} {FIRST_PAGE}", values)
        page = [row[0] for row in cursor.fetchall()]
        return (count, page), time.monotonic() - start


# A made-up shop

FILL = (
    """
    INSERT INTO catalogue_product (tenant_id, external_id, title, description, category, brand,
        tags, language, features, benefits, translations, url, image_url, price, currency,
        is_active, attributes)
    SELECT %(tenant)s, 'p' || n, 'Product ' || n, '', 'Category ' || n %% 20, '', '{}', 'en', '{}',
        '{}', '{}', '', '', 10 + n %% 200, 'USD', true, '{}'
    FROM generate_series(1, 1000) n
    """,
    """
    INSERT INTO profiles_customer (tenant_id, external_id, email, first_name, last_name, phone,
        language, timezone, country, city, attributes, may_email, may_profile, may_write)
    SELECT %(tenant)s, 'c' || n, 'c' || n || '@example.com', 'Ann', 'Lee', '',
        (ARRAY['en', 'zh-CN', '', 'de'])[1 + n %% 4], '', (ARRAY['US', 'CN', 'DE', ''])[1 + n %% 4],
        'City ' || n %% 100, jsonb_build_object('size', n %% 12), n %% 10 < 8,
        CASE WHEN n %% 20 = 0 THEN false WHEN n %% 5 = 0 THEN NULL ELSE true END, n %% 5 <> 0
    FROM generate_series(1, %(customers)s) n
    """,
    """
    CREATE TEMPORARY TABLE shop_people ON COMMIT DROP AS
    SELECT id, row_number() OVER (ORDER BY id) AS n FROM profiles_customer
    WHERE tenant_id = %(tenant)s
    """,
    """
    CREATE TEMPORARY TABLE shop_goods ON COMMIT DROP AS
    SELECT id, price, row_number() OVER (ORDER BY id) AS n FROM catalogue_product
    WHERE tenant_id = %(tenant)s
    """,
    """
    INSERT INTO profiles_order (tenant_id, external_id, customer_id, placed_at, status, currency,
        total, discount, code, channel)
    SELECT %(tenant)s, 'o' || d.n, c.id, now() - d.n %% 700 * interval '1 day'
        - d.n %% 86400 * interval '1 second', 'placed', 'USD', 50 + d.n %% 100,
        (d.n %% 3 = 0)::int * 5, '', ''
    FROM (SELECT n, 1 + floor(power(random(), 1.8) * %(customers)s)::int AS person
          FROM generate_series(1, %(customers)s * 3) n) d
    JOIN shop_people c ON c.n = d.person
    """,
    """
    INSERT INTO profiles_orderline (tenant_id, order_id, line_key, product_id, sku, title, quantity,
        unit_price, discount)
    SELECT %(tenant)s, o.id, gen_random_uuid(), p.id, '', '', 1, p.price, 0
    FROM profiles_order o CROSS JOIN generate_series(1, 2) k
    JOIN shop_goods p ON p.n = 1 + (o.id * 7919 + k * 31) %% 1000
    WHERE o.tenant_id = %(tenant)s
    """,
    """
    INSERT INTO profiles_event (tenant_id, customer_id, event_id, name, at, product_id, properties)
    SELECT %(tenant)s, c.id, gen_random_uuid(),
        (ARRAY['product_viewed', 'product_viewed', 'email_clicked', 'cart_updated'])[1 + d.n %% 4],
        now() - d.n %% 500 * interval '1 day' - d.n * 7 %% 86400 * interval '1 second',
        CASE WHEN d.n %% 4 < 2 THEN p.id END, '{}'
    FROM (SELECT n, 1 + floor(power(random(), 1.8) * %(customers)s)::int AS person
          FROM generate_series(1, %(events)s) n) d
    JOIN shop_people c ON c.n = d.person JOIN shop_goods p ON p.n = 1 + d.n %% 1000
    """,
)
FILLED = (TraitSet, Event, OrderLine, Order, Customer, Product)


@contextlib.contextmanager
def _shop(customers: int, events: int) -> Iterator[Tenant]:
    """A workspace with a past, deleted in the end. Only its lines in the audit log stay."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    owner = User.objects.create_user(f"{name}@example.org", None)
    tenant = tenants.create_workspace(name="Bench", slug=name, owner=owner)
    today = timezone.now().date()
    try:
        with scope(tenant.pk), connection.cursor() as cursor:
            months = [today - timedelta(days=530), today + timedelta(days=1)]
            cursor.execute("SELECT profiles_ensure_event_partitions(%s, %s)", months)
            values = {"tenant": tenant.pk, "customers": customers, "events": events}
            for statement in FILL:
                cursor.execute(statement, values)
        _vacuum()
        with scope(tenant.pk):
            traits.refresh_traits()
        _vacuum()
        yield tenant
    finally:
        with scope(tenant.pk):
            for model in FILLED:
                model.objects.all()._raw_delete(using="default")
        Tenant.objects.filter(pk=tenant.pk).update(is_active=False)


def _vacuum() -> None:
    """Count rows and mark pages, as autovacuum would within minutes."""
    with connections["owner"].cursor() as cursor:
        for model in FILLED:
            cursor.execute(f'VACUUM ANALYZE "{model._meta.db_table}"')
