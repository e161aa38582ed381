"""How long a segment takes to count and to show: `manage.py bench segments`.

Ten rules, each counted and its 50 newest people read, against the same question in SQL written by
hand and asked without row level security: in two statements, of which the second may stop after 50
people, and in one, whichever is faster. The customers are made up: a few of them order and look
around often, most of them seldom, as in a real shop.
"""

import contextlib
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles import made_shops
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
BOTH = f"""
    WITH matched AS MATERIALIZED (SELECT c.id {{source}})
    SELECT count(*), ARRAY(SELECT c.id FROM matched c {FIRST_PAGE}) FROM matched
"""


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


def _by_customer(days: int) -> str:
    """Orders customer by customer, as an index has them: a hash table of all would be slower."""
    placed = f"SELECT o.* {PLACED} AND o.placed_at >= {_days(days)} ORDER BY o.customer_id"
    return f"SELECT o.customer_id FROM ({placed}) o GROUP BY 1"


BOUGHT = """
    SELECT o.customer_id FROM profiles_order o
    JOIN profiles_orderline l ON l.tenant_id = %(tenant)s AND l.order_id = o.id
        AND l.quantity > 0
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = l.product_id
        AND p.category = 'Tents'
    WHERE o.tenant_id = %(tenant)s AND o.status = 'placed'
"""
VIEWED = """
    SELECT e.customer_id FROM profiles_event e
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = e.product_id
        AND p.category = 'Tents'
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
        where=f"c.id IN ({_by_customer(360)} HAVING max(o.placed_at) < {_days(90)}) "
        f"AND {MAY_PROFILE}",
    ),
    "bought in a category in 90 days": Case(
        rule={
            "field": "order.bought_category",
            "op": "at_least",
            "value": "Tents",
            "days_ago": [0, 90],
        },
        where=f"c.id IN ({BOUGHT} AND o.placed_at >= {_days(90)}) AND {MAY_PROFILE}",
    ),
    "bought twice in a category": Case(
        rule={
            "field": "order.bought_category",
            "op": "at_least",
            "value": "Tents",
            "times": 2,
        },
        where=f"c.id IN ({BOUGHT} GROUP BY 1 HAVING count(DISTINCT o.id) >= 2) AND {MAY_PROFILE}",
    ),
    "spent 200 in a year": Case(
        rule={"field": "order.spent", "op": "at_least", "value": 200, "days_ago": [0, 365]},
        where=f"c.id IN ({_by_customer(365)} HAVING sum(o.total) >= 200) AND {MAY_PROFILE}",
    ),
    "viewed twice in 30 days": Case(
        rule={
            "field": "event.viewed_category",
            "op": "at_least",
            "value": "Tents",
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
                {"field": "trait.top_category", "op": "is", "value": "Tents"},
                {"field": "customer.attributes.size", "op": "is", "value": "40"},
            ]
        },
        joins=f"LEFT {TRAITS}",
        where=f"(t.top_category = 'Tents' AND {MAY_PROFILE}) OR c.attributes ->> 'size' = '40'",
    ),
}


def bench_segments(
    progress: Progress,
    *,
    customers: int = 1_000_000,
    events: int = 10_000_000,
    workspace: str = "",
) -> dict[str, Any]:
    """Time the ten rules. `ratio` is our time by that of the SQL by hand; less is better.

    With `workspace` a workspace that `make_data` filled is asked and kept; give its numbers too.
    """
    if "owner" not in settings.DATABASES:
        raise Unavailable(_("Set DATABASE_OWNER_URL: the reference is asked without row security."))
    with _shop(customers, events, workspace, progress) as tenant:
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
    """Count and read the first page as pages do: at once, in a scope, as the app's role."""
    with scope(tenant.pk), connection.cursor() as cursor:
        start = time.monotonic()
        source, params = compile_source(parse(case.rule), tenant_id=tenant.pk, at=now)
        cursor.execute(BOTH.format(source=source), params)
        count, page = cursor.fetchone()
        return (count, page), time.monotonic() - start


def _ask_by_hand(tenant: Tenant, case: Case, now: datetime) -> tuple[Answer, float]:
    """The same by hand, as a role that row level security does not bind; the faster of two ways."""
    source = f"FROM profiles_customer c {case.joins} WHERE c.tenant_id = %(tenant)s"
    source = f"{source} AND ({case.where})"
    values = {"tenant": tenant.pk, "now": now}
    with connections["owner"].cursor() as cursor:
        start = time.monotonic()
        cursor.execute(f"SELECT count(*) {source}", values)
        (count,) = cursor.fetchone()
        cursor.execute(f"SELECT c.id {source} {FIRST_PAGE}", values)
        page = [row[0] for row in cursor.fetchall()]
        middle = time.monotonic()
        cursor.execute(BOTH.format(source=source), values)
        cursor.fetchone()
        return (count, page), min(middle - start, time.monotonic() - middle)


@contextlib.contextmanager
def _shop(customers: int, events: int, workspace: str, progress: Progress) -> Iterator[Tenant]:
    """The workspace of this name, kept; or a made-up shop, deleted in the end."""
    if workspace:
        kept = Tenant.objects.filter(slug=workspace).first()
        if kept is None:
            raise Unavailable(
                _("There is no workspace %s. Make it by manage.py make_data.") % workspace
            )
        yield kept
        return
    name = f"bench-{uuid.uuid4().hex[:8]}"
    owner = User.objects.create_user(f"{name}@example.org", None)
    tenant = tenants.create_workspace(name="Bench", slug=name, owner=owner)
    try:
        size = made_shops.Size(customers=customers, events=events)
        made_shops.make_shop(size, progress, tenant_id=tenant.pk)
        with scope(tenant.pk):
            traits.refresh_traits()
        made_shops.vacuum_shop()
        yield tenant
    finally:
        made_shops.empty_shop(tenant.pk)
        Tenant.objects.filter(pk=tenant.pk).update(is_active=False)
