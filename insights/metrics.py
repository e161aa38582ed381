"""What happened, counted in SQL from messages, clicks and orders. Nothing is stored twice.

A person is counted with the variant and the place that chance gave them, whether or not their
message left: leaving out those who got none would compare unequal groups. Clicks that a machine
made are kept apart; what is not certain counts as a person (reference: Count).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from redis.exceptions import RedisError

from insights.types import Count, HourClicks
from tenants.context import current_tenant_id
from tenants.kept import shape_of

PEOPLE = """
    SELECT m.campaign_id, m.customer_id, m.place, m.variant, coalesce(s.detail, 0) > 0 AS compared,
           g.id AS message_id, g.sent_at, g.bounced_at, g.complained_at,
           CASE WHEN g.state = 'sent' THEN 1 ELSE 0 END AS sent,
           coalesce(g.sent_at, %(start)s) AS since
    FROM campaigns_audiencemember m
    LEFT JOIN campaigns_microsegment s ON s.tenant_id = m.tenant_id AND s.id = m.micro_segment_id
    LEFT JOIN delivery_message g ON g.tenant_id = m.tenant_id
         AND g.mailing_id = %(mailing)s AND g.customer_id = m.customer_id
    WHERE m.tenant_id = %(tenant)s AND m.campaign_id = %(campaign)s
      AND m.place IN ('recipient', 'holdout')
"""

COUNTS = f"""
WITH people AS MATERIALIZED ({PEOPLE}),
clicked AS (
    SELECT h.message_id, count(*) FILTER (WHERE h.kind <> 'machine') AS hits,
           count(*) FILTER (WHERE h.kind = 'machine') AS machine_hits
    FROM delivery_hit h
    WHERE h.tenant_id = %(tenant)s
      AND h.message_id IN (SELECT message_id FROM people WHERE message_id IS NOT NULL)
    GROUP BY h.message_id
),
ordered AS (
    SELECT p.customer_id, count(*) AS orders,
           sum(o.total) FILTER (WHERE o.currency IN ('', %(currency)s)) AS revenue
    FROM people p
    JOIN profiles_order o ON o.tenant_id = %(tenant)s AND o.customer_id = p.customer_id
     AND o.status = 'placed' AND o.placed_at >= p.since
     AND o.placed_at < p.since + %(window)s
    WHERE o.placed_at >= %(start)s AND o.placed_at <= %(at)s
    GROUP BY p.customer_id
)
SELECT p.place, p.variant, p.compared,
       count(*) AS people,
       sum(p.sent) AS sent,
       sum(p.sent) FILTER (WHERE p.bounced_at IS NULL) AS delivered,
       count(p.bounced_at) AS bounced,
       count(p.complained_at) AS complained,
       count(*) FILTER (WHERE c.hits > 0) AS clicked,
       count(*) FILTER (WHERE c.hits = 0 AND c.machine_hits > 0) AS machine_only,
       sum(c.hits) AS hits,
       sum(c.machine_hits) AS machine_hits,
       count(u.id) AS unsubscribed,
       count(o.customer_id) AS ordered,
       count(o.customer_id) FILTER (WHERE p.sent = 1) AS ordered_sent,
       sum(o.orders) AS orders,
       sum(o.revenue) AS revenue
FROM people p
LEFT JOIN clicked c ON c.message_id = p.message_id
LEFT JOIN delivery_unsubscribe u ON u.tenant_id = %(tenant)s AND u.message_id = p.message_id
LEFT JOIN ordered o ON o.customer_id = p.customer_id
GROUP BY p.place, p.variant, p.compared
"""

HOURS = """
WITH firsts AS (
    SELECT h.message_id, h.kind = 'machine' AS by_machine,
           floor(extract(epoch FROM min(h.at) - min(g.sent_at)) / 3600)::int AS hour
    FROM delivery_hit h
    JOIN delivery_message g ON g.tenant_id = h.tenant_id AND g.id = h.message_id
    WHERE h.tenant_id = %(tenant)s AND g.mailing_id = %(mailing)s AND g.sent_at IS NOT NULL
    GROUP BY h.message_id, h.kind = 'machine'
)
SELECT greatest(hour, 0), count(*) FILTER (WHERE NOT by_machine),
       count(*) FILTER (WHERE by_machine)
FROM firsts GROUP BY 1 ORDER BY 1
"""

BANDS: tuple[tuple[int, int | None], ...] = ((0, 1), (1, 2), (2, 4), (4, 8), (8, 24), (24, None))
CHART_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Group:
    """People of one place, variant and comparability, and what they did."""

    place: str
    variant: str
    compared: bool
    count: Count


def count_people(
    *, campaign_id: int, mailing_id: int, start: datetime, days: int, currency: str, at: datetime
) -> list[Group]:
    """Count what recipients and holdout did until `at`, in one statement."""
    params = {
        "tenant": current_tenant_id(),
        "campaign": campaign_id,
        "mailing": mailing_id,
        "start": start,
        "window": timedelta(days=days),
        "currency": currency,
        "at": at,
    }
    return [_group(row) for row in _rows(COUNTS, params)]


def _group(row: Mapping[str, Any]) -> Group:
    names = Count.__dataclass_fields__
    known: dict[str, Any] = {name: row[name] or names[name].default for name in names}
    count = Count(**known)
    return Group(place=row["place"], variant=row["variant"], compared=row["compared"], count=count)


def count_clicks_by_hour(mailing_id: int) -> list[HourClicks]:
    """Return the first click of each person, and of each message's machine, by full hour."""
    with _whole_sets() as cursor:
        cursor.execute(HOURS, {"tenant": current_tenant_id(), "mailing": mailing_id})
        return [
            HourClicks(start=hour, end=hour + 1, people=people, machines=machines)
            for hour, people, machines in cursor.fetchall()
        ]


def in_bands(hours: list[HourClicks]) -> list[HourClicks]:
    """Add up hours to the few bands of the table, so that they fit a page."""
    return [
        HourClicks(
            start=low,
            end=high,
            people=sum(h.people for h in hours if _within(h.start, low, high)),
            machines=sum(h.machines for h in hours if _within(h.start, low, high)),
        )
        for low, high in BANDS
    ]


def first_day(hours: list[HourClicks]) -> list[HourClicks]:
    """Return the first 24 hours, those without a click too, for the chart."""
    known = {hour.start: hour for hour in hours}
    return [
        known.get(hour) or HourClicks(start=hour, end=hour + 1, people=0, machines=0)
        for hour in range(CHART_HOURS)
    ]


def _within(hour: int, low: int, high: int | None) -> bool:
    return hour >= low and (high is None or hour < high)


@contextmanager
def _whole_sets() -> Iterator[Any]:
    """A cursor for questions about everybody: sets are joined whole, never row by row.

    After an import or a launch PostgreSQL may not have counted the tables yet. It would take
    them for nearly empty, and look up each of a hundred thousand people in all the others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        yield cursor
        cursor.execute("SET LOCAL enable_nestloop = on")


def _rows(sql: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    with _whole_sets() as cursor:
        cursor.execute(sql, params)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


KEPT_FROM = 1_000
"""People from which on their count is kept: so many do not change within minutes."""
KEPT_SECONDS = 600

ENDED_MAILINGS = """
SELECT g.public_id
FROM delivery_mailing g
JOIN campaigns_campaign c ON c.tenant_id = g.tenant_id AND c.public_id = g.source
WHERE g.tenant_id = %(tenant)s AND g.state IN ('finished', 'cancelled')
  AND c.holdout_percent > 0 AND g.due_at >= %(since)s
  AND g.finished_at + c.attribution_days * interval '1 day' <= %(at)s
ORDER BY g.id
"""

ENDED_TESTS = """
WITH ended AS MATERIALIZED (
    SELECT c.id, c.attribution_days * interval '1 day' AS span, g.id AS mailing_id,
           coalesce(g.started_at, g.due_at) AS start
    FROM delivery_mailing g
    JOIN campaigns_campaign c ON c.tenant_id = g.tenant_id AND c.public_id = g.source
    WHERE g.tenant_id = %(tenant)s AND g.state IN ('finished', 'cancelled')
      AND c.holdout_percent > 0 AND g.due_at >= %(since)s
      AND g.finished_at + c.attribution_days * interval '1 day' <= %(at)s
),
people AS MATERIALIZED (
    SELECT e.id, e.start, e.span, m.place, m.customer_id,
           coalesce(s.sent_at, e.start) AS since
    FROM ended e
    JOIN campaigns_audiencemember m ON m.tenant_id = %(tenant)s AND m.campaign_id = e.id
     AND m.place IN ('recipient', 'holdout')
    LEFT JOIN delivery_message s ON s.tenant_id = %(tenant)s AND s.mailing_id = e.mailing_id
     AND s.customer_id = m.customer_id
),
buyers AS (
    SELECT DISTINCT p.id, p.customer_id
    FROM people p
    JOIN profiles_order o ON o.tenant_id = %(tenant)s AND o.customer_id = p.customer_id
     AND o.status = 'placed' AND o.placed_at >= p.since AND o.placed_at < p.since + p.span
    WHERE o.placed_at >= %(since)s
),
outcomes AS (
    SELECT p.id, p.start, p.place, b.id IS NOT NULL AS ordered
    FROM people p LEFT JOIN buyers b ON b.id = p.id AND b.customer_id = p.customer_id
)
SELECT start, count(*) FILTER (WHERE place = 'recipient') AS people,
       count(*) FILTER (WHERE place = 'recipient' AND ordered) AS ordered,
       count(*) FILTER (WHERE place = 'holdout') AS held_people,
       count(*) FILTER (WHERE place = 'holdout' AND ordered) AS held_ordered
FROM outcomes GROUP BY id, start
HAVING count(*) FILTER (WHERE place = 'holdout') > 0
   AND count(*) FILTER (WHERE place = 'recipient') > 0
ORDER BY start
"""

OPPORTUNITIES = """
SELECT count(*) FILTER (WHERE t.order_count >= 2 AND t.last_order_at < %(quiet)s),
       count(*) FILTER (WHERE t.order_count = 1 AND t.last_order_at >= %(first)s
                          AND t.last_order_at < %(settled)s)
FROM profiles_traitset t
JOIN profiles_customer c ON c.tenant_id = t.tenant_id AND c.id = t.customer_id
WHERE t.tenant_id = %(tenant)s AND c.may_email AND c.email <> ''
"""


@dataclass(frozen=True, kw_only=True)
class EndedTest:
    """A campaign whose window has ended: who ordered among recipients and held out."""

    start: datetime
    people: int
    ordered: int
    held_people: int
    held_ordered: int


def count_ended_tests(*, since: datetime, at: datetime) -> list[EndedTest]:
    """Return the campaigns due since then that can be measured against a holdout by `at`.

    Counting goes over everybody of three months, so it is kept for ten minutes. Which campaigns
    have ended is asked each time, and a new one is counted at once.
    """
    params: dict[str, Any] = {"tenant": current_tenant_id(), "since": since, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(ENDED_MAILINGS, params)
        ended = [str(row[0]) for row in cursor.fetchall()]
    if not ended:
        return []
    named = hashlib.sha256(",".join(ended).encode()).hexdigest()
    key = f"insights:ended:{shape_of(EndedTest)}:{current_tenant_id()}:{named}"
    rows = _kept(key, lambda: _rows(ENDED_TESTS, params))
    return [EndedTest(**{**row, "start": datetime.fromisoformat(row["start"])}) for row in rows]


def _kept(key: str, count: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows, as JSON has them, from the cache if it answers and knows them."""
    try:
        known = cache.get(key)
    except RedisError:
        known = None
    if known is None:
        known = json.dumps(count(), cls=DjangoJSONEncoder)
        with suppress(RedisError):
            cache.set(key, known, timeout=KEPT_SECONDS)
    rows: list[dict[str, Any]] = json.loads(known)
    return rows


def count_opportunities(*, at: datetime) -> tuple[int, int]:
    """Return how many people have gone quiet, and how many ordered once lately.

    Counting goes over everybody, so the counts of a big workspace are kept for ten minutes.
    """
    key = f"insights:opportunities:{current_tenant_id()}"
    with suppress(RedisError):
        if known := cache.get(key):
            return int(known[0]), int(known[1])
    params = {
        "tenant": current_tenant_id(),
        "quiet": at - timedelta(days=90),
        "first": at - timedelta(days=60),
        "settled": at - timedelta(days=14),
    }
    with _whole_sets() as cursor:
        cursor.execute(OPPORTUNITIES, params)
        quiet, single = cursor.fetchone()
    if quiet + single >= KEPT_FROM:
        with suppress(RedisError):
            cache.set(key, [quiet, single], timeout=KEPT_SECONDS)
    return int(quiet), int(single)
