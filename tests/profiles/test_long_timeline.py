"""A page of somebody's timeline reads as many events as it shows, however many there are."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from profiles.models import Customer
from profiles.timeline import PAGE, read_timeline
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db
EVENTS = 20_000
LONG_LIFE = """
    SELECT profiles_ensure_event_partitions(
        (now() - interval '13 months')::date, now()::date);
    INSERT INTO profiles_event (tenant_id, customer_id, event_id, name, at, properties)
    SELECT %(tenant)s, %(customer)s, gen_random_uuid(), 'product_viewed',
           now() - n * interval '27 minutes', '{}'
    FROM generate_series(1, %(events)s) n;
"""


@pytest.fixture
def regular(acme: Tenant) -> Any:
    """Somebody with twenty thousand events in a year."""
    with scope(acme.pk):
        customer = Customer.objects.create(external_id="C1")
        values = {"tenant": acme.pk, "customer": customer.pk, "events": EVENTS}
        with connection.cursor() as cursor:
            cursor.execute(LONG_LIFE, values)
            cursor.execute("SELECT tenants_analyze(%s)", [["profiles_event"]])
        yield customer


def rows_read(query: str) -> int:
    """How many rows of tables and indexes PostgreSQL reads for this query."""

    def count(node: dict[str, Any]) -> int:
        own = node["Actual Rows"] * node["Actual Loops"] if "Scan" in node["Node Type"] else 0
        removed = node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
        return own + removed + sum(count(child) for child in node.get("Plans", ()))

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return int(count(plan[0]["Plan"]))


def test_every_page_costs_the_same(regular: Customer) -> None:
    cursor, reads = "", []
    for page in range(200):
        with CaptureQueriesContext(connection) as captured:
            part = read_timeline(regular, cursor=cursor)
        assert len(part.entries) == PAGE
        assert len(captured.captured_queries) == 1
        if page in (0, 1, 199):
            reads.append(rows_read(captured.captured_queries[0]["sql"].replace("%", "%%")))
        cursor = part.next
    assert max(reads) <= 6 * PAGE
