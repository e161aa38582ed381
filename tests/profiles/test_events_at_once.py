"""The same events in two requests at once: each is stored once, and both requests are answered."""

import json
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from profiles.models import Customer, Event
from profiles.services import events
from tenants import services as tenants
from tenants.context import scope
from tenants.models import Tenant
from tenants.permissions import SCOPES
from tests.conftest import make_user, make_workspace

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def acme(committed: None) -> Tenant:
    tenant = make_workspace("acme", make_user("Olga"))
    with scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute("SELECT profiles_ensure_event_partitions(now()::date, now()::date)")
        Customer.objects.create(external_id="C1")
    return tenant


def event(number: int) -> dict[str, str]:
    return {
        "name": "seen",
        "at": timezone.now().isoformat(),
        "external_id": "C1",
        "event_id": str(UUID(int=number)),
    }


def post(key: str, numbers: list[int]) -> int:
    """Send these events; return how many were new. Each request must be accepted."""
    try:
        answer = Client(raise_request_exception=False).post(
            "/api/v1/events/",
            json.dumps({"events": [event(number) for number in numbers]}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
    finally:
        connection.close()
    assert answer.status_code == 202, answer.content
    return int(answer.json()["created"])


def test_the_same_events_in_opposite_order_are_stored_once(acme: Tenant) -> None:
    """Both batches wait for a third one, when each may have stored what the other wants next."""
    with scope(acme.pk):
        keys = [
            tenants.create_api_key(tenant=acme, name=name, scopes=SCOPES)[1]
            for name in ("Shop", "Site")
        ]
    assert [post(key, [0]) for key in keys] == [1, 0]  # the first takes longer, to import
    with ThreadPoolExecutor(2) as pool:
        with scope(acme.pk):
            events.record_events([event(2)])
            sent = [pool.submit(post, keys[0], [1, 2, 3]), pool.submit(post, keys[1], [3, 2, 1])]
            assert not wait(sent, timeout=0.5).done
            transaction.set_rollback(True)  # the third one is taken back, and both go on
        assert sorted(one.result(60) for one in sent) == [0, 3]
    with scope(acme.pk):
        assert Event.objects.count() == 4
