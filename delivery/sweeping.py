"""Find what bells, workers and clocks have left behind, and put it where it belongs.

claimed, lease over            -> queued; failed after too many starts
attempting, lease over         -> in_doubt: it may have arrived
queued, far too late           -> missed, and the mailing pauses and asks
running, of another instance   -> held: a restored or copied database sends nothing
running, nothing under way     -> finished
"""

import logging

from django.conf import settings
from django.db import connection

from delivery.models import Mailing, MailingState, MessageState
from tenants.audit import record
from tenants.context import current_tenant_id

logger = logging.getLogger(__name__)
MAX_STARTS = 8
"""Starts of a message that was never tried, after which it is taken for what kills the worker."""

EXPIRED_CLAIMS = """
    UPDATE delivery_message m SET state = v.state, reason = v.reason, lease_until = NULL
    FROM (
        SELECT id, CASE WHEN poison THEN 'failed' ELSE 'queued' END AS state,
               CASE WHEN poison THEN 'worker_died' ELSE '' END AS reason
        FROM (
            SELECT id, attempts >= %(starts)s AND attempted_at IS NULL AS poison
            FROM delivery_message
            WHERE tenant_id = %(tenant)s AND state = 'claimed' AND lease_until < clock_timestamp()
            FOR UPDATE SKIP LOCKED
        ) expired
    ) v
    WHERE m.tenant_id = %(tenant)s AND m.id = v.id
"""
EXPIRED_ATTEMPTS = """
    UPDATE delivery_message SET state = 'in_doubt', reason = '', lease_until = NULL
    WHERE tenant_id = %(tenant)s AND state = 'attempting' AND lease_until < clock_timestamp()
"""
LATE = """
    UPDATE delivery_message SET state = 'missed', lease_until = NULL
    WHERE tenant_id = %(tenant)s AND id IN (
        SELECT id FROM delivery_message
        WHERE tenant_id = %(tenant)s AND mailing_id = %(mailing)s
          AND state IN ('queued', 'retry_wait')
          AND greatest(due_at, %(active_at)s) + %(lateness)s < statement_timestamp()
        FOR UPDATE SKIP LOCKED)
"""
FINISH = """
    UPDATE delivery_mailing g SET state = 'finished', finished_at = statement_timestamp()
    WHERE g.tenant_id = %(tenant)s AND g.state = 'running'
      AND NOT EXISTS (
        SELECT FROM delivery_message m WHERE m.tenant_id = %(tenant)s AND m.mailing_id = g.id
        AND m.state IN ('queued', 'retry_wait'))
      AND NOT EXISTS (
        SELECT FROM delivery_message m WHERE m.tenant_id = %(tenant)s AND m.mailing_id = g.id
        AND m.state IN ('claimed', 'attempting'))
"""


def sweep() -> dict[str, int]:
    """Sweep the workspace in scope. Harmless to repeat, and to run twice at once."""
    moved = {"held": _hold(), "queued": _run(EXPIRED_CLAIMS), "in_doubt": _run(EXPIRED_ATTEMPTS)}
    moved["missed"] = _miss()
    moved["finished"] = _run(FINISH)
    if any(moved.values()):
        logger.info("delivery.swept", extra={"tenant": current_tenant_id(), **moved})
    return moved


def _run(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant_id(), "starts": MAX_STARTS})
        return int(cursor.rowcount)


def _hold() -> int:
    """Hold what another installation launched: this database is a copy of its own."""
    foreign = Mailing.objects.filter(state__in=[MailingState.RUNNING, MailingState.PAUSED]).exclude(
        instance_id=settings.INSTANCE_ID
    )
    held = 0
    for mailing in foreign.select_for_update():
        Mailing.objects.filter(pk=mailing.pk).update(
            state=MailingState.HELD, state_reason="restored"
        )
        record("mailing.held", mailing)
        held += 1
    return held


def _miss() -> int:
    """Mark what could not start in time. A paused sender's messages wait; they are not late."""
    running = Mailing.objects.filter(
        state=MailingState.RUNNING, sender__state="ready", max_lateness__isnull=False
    )
    missed = 0
    for mailing in running.select_for_update(of=("self",)).select_related("sender"):
        with connection.cursor() as cursor:
            cursor.execute(
                LATE,
                {
                    "tenant": current_tenant_id(),
                    "mailing": mailing.pk,
                    "active_at": mailing.active_at,
                    "lateness": mailing.max_lateness,
                },
            )
            late = int(cursor.rowcount)
        if late:
            Mailing.objects.filter(pk=mailing.pk).update(
                state=MailingState.PAUSED, state_reason=MessageState.MISSED
            )
            record("mailing.missed", mailing, messages=late)
        missed += late
    return missed
