"""Bells. Each asks the database what is to be done; ringing twice, or never, does no harm."""

from celery import shared_task
from django.core.cache import cache
from django.db import connection

from delivery import sending, sweeping
from tenants.tasks import SteppedTenantTask, SystemTask, TenantTask

RING_EVERY_S = 20
MESSAGES_PER_WORKER, MOST_WORKERS = 500, 4


@shared_task(base=SteppedTenantTask)
def send_chunk(tenant_id: int, mailing_id: int, slot: int = 0) -> None:
    """Send due messages of a mailing for a while; ring again if there may be more."""
    more = sending.send_mailing(tenant_id, mailing_id)
    cache.delete(_slot_key(mailing_id, slot))
    if more:
        send_chunk.delay(tenant_id, mailing_id, slot)


@shared_task(base=SystemTask)
def send_due() -> None:
    """Ring for every mailing that has due messages, once for each worker it could use."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, mailing_id, due FROM delivery_due_mailings()")
        rows = cursor.fetchall()
    for tenant_id, mailing_id, due in rows:
        for slot in range(min(MOST_WORKERS, 1 + due // MESSAGES_PER_WORKER)):
            # Bells must not pile up while the workers are busy.
            if cache.add(_slot_key(mailing_id, slot), 1, timeout=RING_EVERY_S):
                send_chunk.delay(tenant_id, mailing_id, slot)


@shared_task(base=SystemTask)
def sweep_all() -> None:
    """Sweep each workspace that has a mailing going or a lease that ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM delivery_unsettled_tenants()")
        tenants = [row[0] for row in cursor.fetchall()]
    for tenant_id in tenants:
        sweep_workspace.delay(tenant_id)


@shared_task(base=TenantTask)
def sweep_workspace(tenant_id: int) -> None:
    sweeping.sweep()


def _slot_key(mailing_id: int, slot: int) -> str:
    return f"delivery.ring.{mailing_id}.{slot}"
