"""Who is in which segment, kept in step as things come in; who entered and who left.

Intake notes whom it touched (`note_touched`). A task takes those customers, computes their traits
anew and asks each segment about them alone. What changes by itself as days pass (“90 days ago”) is
found at night, when each segment is asked about everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from profiles.models import Segment, SegmentChange
from profiles.services import segments, traits
from profiles.services.words import refresh_words
from tenants.context import current_tenant_id
from tenants.errors import BadInput

MOST_AT_ONCE = 5000
MOST_NOTES = 50_000


@dataclass(frozen=True, kw_only=True)
class Change:
    """How many entered a segment, and how many left it."""

    entered: int
    left: int


SYNC = """
WITH matched AS MATERIALIZED ({matched}),
gone AS (
    DELETE FROM profiles_segmentmember m
    WHERE m.tenant_id = %s AND m.segment_id = %s {only}
      AND NOT EXISTS (SELECT FROM matched WHERE matched.id = m.customer_id)
    RETURNING m.customer_id
),
come AS (
    INSERT INTO profiles_segmentmember (tenant_id, segment_id, customer_id, entered_at)
    SELECT %s, %s, matched.id, %s FROM matched
    WHERE NOT EXISTS (SELECT FROM profiles_segmentmember m WHERE m.tenant_id = %s
                      AND m.segment_id = %s AND m.customer_id = matched.id)
    RETURNING customer_id
),
noted AS (
    INSERT INTO profiles_segmentchange (tenant_id, segment_id, customer_id, entered, at)
    SELECT %s, %s, customer_id, entered, %s
    FROM (SELECT customer_id, true AS entered FROM come
          UNION ALL SELECT customer_id, false FROM gone) changed
    WHERE %s
)
SELECT (SELECT count(*) FROM come), (SELECT count(*) FROM gone)
"""

# Each is asked about alone (OFFSET 0 keeps PostgreSQL from joining all of them at once): it else
# sums up the orders of everybody, to look at one.
ONE_BY_ONE = """
    SELECT one.id FROM unnest(%s::bigint[]) AS touched (id)
    CROSS JOIN LATERAL ({matched} AND c.id = touched.id OFFSET 0) one
"""


def refresh_members(
    segment: Segment, customer_ids: Sequence[int] | None = None, *, at: datetime | None = None
) -> Change:
    """Bring the members of a segment up to date, for these customers or for everybody.

    Whoever is in it the first time it is asked about did not enter it. A segment that was never
    asked about everybody is, whatever `customer_ids`.
    """
    now, tenant = at or timezone.now(), current_tenant_id()
    ids = list(customer_ids) if customer_ids is not None and segment.refreshed_at else None
    sql, params = segments.segment_sql(segment, at=now)
    only: list[Any] = []
    if ids is not None:
        sql, only = ONE_BY_ONE.format(matched=sql), [ids]
    query = SYNC.format(matched=sql, only="AND m.customer_id = ANY (%s)" if only else "")
    which = [tenant, segment.pk]
    values = [*only, *params, *which, *only, *which, now, *which, *which, now]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, [*values, segment.refreshed_at is not None])
        entered, left = cursor.fetchone()
    if ids is None:
        segment.refreshed_at = now
        segment.save(update_fields=["refreshed_at"])
    return Change(entered=entered, left=left)


# Each note is a row of its own, written in the transaction of what came in. So a note that is taken
# here tells of something that the next statement sees, and whatever that cannot see yet leaves a
# note that is not taken.
TAKE_NOTES = """
WITH oldest AS MATERIALIZED (
    SELECT id, customer_id FROM profiles_touchedcustomer
    WHERE tenant_id = %s ORDER BY id LIMIT %s
),
chosen AS (SELECT customer_id FROM oldest GROUP BY customer_id ORDER BY min(id) LIMIT %s),
taken AS (
    DELETE FROM profiles_touchedcustomer WHERE id = ANY (ARRAY(
        SELECT id FROM oldest JOIN chosen USING (customer_id)))
    RETURNING customer_id
)
SELECT DISTINCT customer_id FROM taken ORDER BY 1
"""


def refresh_touched() -> int:
    """Look again at the customers of whom something came in. Return how many they were.

    Counts of the segments change with them. Safe to run at any time; what fails stays noted, and
    so does everybody while another refresh of the workspace is at work (then 0 is returned).
    """
    with transaction.atomic():
        ids = _take_notes() if take_turn(wait=False) else []
        if not ids:
            return 0
        traits.refresh_traits(ids)
        refresh_words(ids)
        for segment in Segment.objects.order_by("pk"):
            _refresh_quietly(segment, ids)
    return len(ids)


def _take_notes() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(TAKE_NOTES, [current_tenant_id(), MOST_NOTES, MOST_AT_ONCE])
        return [customer_id for (customer_id,) in cursor.fetchall()]


def take_turn(*, wait: bool) -> bool:
    """Have one refresh of the workspace at a time, until the end of the transaction.

    Of two, the one that looked first might write last, and bring back what was before. Return
    whether it is ours; without `wait`, at once.
    """
    way = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {way}(hashtext('profiles_refresh'), %s)", [current_tenant_id()])
        return wait or bool(cursor.fetchone()[0])


def refresh_all_members() -> None:
    """Ask every segment of the workspace about everybody."""
    for segment in Segment.objects.order_by("pk"):
        _refresh_quietly(segment, None)


def _refresh_quietly(segment: Segment, ids: Sequence[int] | None) -> None:
    """A segment whose rules do not hold any more (a list was deleted) keeps the others going."""
    is_known = segment.refreshed_at is not None
    try:
        change = refresh_members(segment, ids)
    except BadInput:
        return
    if segment.size is not None and ids is not None and is_known:
        segment.size = max(0, segment.size + change.entered - change.left)
        segment.save(update_fields=["size"])


def recent_changes(segment: Segment, *, since: datetime) -> Change:
    """Return how many entered and left a segment since then."""
    rows = SegmentChange.objects.filter(segment=segment, at__gte=since)
    entered = rows.filter(entered=True).count()
    return Change(entered=entered, left=rows.count() - entered)
