"""Mailings: launch one, pause it, go on, cancel it, and count what became of its messages."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F
from django.utils.translation import gettext as _

from delivery.models import Mailing, MailingState, Message, MessageState, Sender, SenderState
from delivery.tasks import send_chunk
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.database import refresh_statistics
from tenants.errors import Conflict

MAX_LATENESS = timedelta(hours=4)
ANALYZE_FROM = 1000
"""Messages of a launch from which on the statistics of the tables are computed anew."""

INSERT_MESSAGES = """
    INSERT INTO delivery_message
        (tenant_id, mailing_id, customer_id, content_id, address, state, reason, due_at)
    SELECT %(tenant)s, %(mailing)s, r.customer_id, r.content_id, c.email,
           CASE WHEN c.email = '' THEN 'suppressed' ELSE 'queued' END,
           CASE WHEN c.email = '' THEN 'no_address' ELSE '' END,
           %(due_at)s
    FROM (SELECT DISTINCT ON (customer_id) customer_id, content_id
          FROM ({recipients}) named (customer_id, content_id)
          ORDER BY customer_id, content_id) r
    JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = r.customer_id
    ORDER BY r.customer_id  -- so that every index grows at one place
"""
SORT_MEMORY = "128MB"
"""What the sort of a million recipients needs; of one transaction alone."""


def launch(
    *,
    source: UUID,
    name: str,
    sender: Sender,
    recipients: tuple[str, Sequence[Any]],
    approved_hash: str,
    due_at: datetime | None = None,
    max_lateness: timedelta | None = None,
    ring_workers: bool = True,
) -> Mailing:
    """Make a mailing and one message for each recipient, in one transaction.

    `recipients` is SQL with positional parameters that gives (customer_id, content_id).
    `due_at` None is now. A mailing that could not start `max_lateness` (None: 4 hours) after it
    was due is missed and asks, instead of arriving in the night.
    Without `ring_workers` the mailing waits for the next round of `send_due`.
    Launching the same source again returns the mailing there is and changes nothing.
    Raises Conflict if the recipients are nobody.
    """
    due_at = due_at or database_now()
    with transaction.atomic():
        mailing, created = Mailing.objects.get_or_create(
            source=source,
            defaults={
                "name": name,
                "sender": sender,
                "audience": 0,
                "approved_hash": approved_hash,
                "due_at": due_at,
                "max_lateness": max_lateness or MAX_LATENESS,
                "instance_id": settings.INSTANCE_ID,
            },
        )
        if not created:
            return mailing
        mailing.audience = insert_messages(mailing, recipients)
        if not mailing.audience:
            raise Conflict(_("Nobody would get this campaign. Look at its audience."))
        mailing.save(update_fields=["audience"])
        record("mailing.launched", mailing, audience=mailing.audience, hash=approved_hash)
        if mailing.audience >= ANALYZE_FROM:
            # The planner would take a new mailing for empty, and read all of it for each chunk.
            refresh_statistics(Message)
        if ring_workers:
            ring(mailing)
    return mailing


def database_now() -> datetime:
    """The one clock that due times and leases are compared with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def insert_messages(mailing: Mailing, recipients: tuple[str, Sequence[Any]]) -> int:
    """Write one message for each recipient of a new mailing; return how many they are."""
    sql, params = recipients
    with connection.cursor() as cursor:
        # The recipients' parameters are positional, ours are named.
        query = cursor.mogrify(sql, params).decode().replace("%", "%%")
        cursor.execute("SELECT set_config('work_mem', %s, true)", [SORT_MEMORY])
        cursor.execute(
            INSERT_MESSAGES.format(recipients=query),
            {"tenant": current_tenant_id(), "mailing": mailing.pk, "due_at": mailing.due_at},
        )
        return int(cursor.rowcount)


def ring(mailing: Mailing) -> None:
    """Ask a worker to look at the mailing once this transaction is committed.

    A bell that is lost delays the mailing until the next round of `send_due`, no longer.
    """
    if mailing.due_at <= database_now():
        send_chunk.delay_on_commit(mailing.tenant_id, mailing.pk)


def pause(mailing: Mailing, reason: str = "") -> None:
    """Stop. When this is committed, no further message starts; those under way finish."""
    _move(mailing, MailingState.RUNNING, MailingState.PAUSED, reason)
    record("mailing.paused", mailing, reason=reason[:300])


def resume(mailing: Mailing) -> None:
    """Go on. What waited or was missed is due now: a person has asked for it."""
    with transaction.atomic():
        _move(mailing, MailingState.PAUSED, MailingState.RUNNING, "")
        _make_due(mailing)
        record("mailing.resumed", mailing)
        ring(mailing)


def resume_sender(sender: Sender) -> None:
    """Send through this server again. Nothing counts as late, because a person asked."""
    with transaction.atomic():
        Sender.objects.filter(pk=sender.pk).update(state=SenderState.READY, paused_reason="")
        sender.refresh_from_db(fields=["state", "paused_reason"])
        running = Mailing.objects.filter(sender=sender, state=MailingState.RUNNING)
        running.update(active_at=database_now())
        record("sender.resumed", sender)
        for mailing in running:
            ring(mailing)


def release(mailing: Mailing) -> None:
    """Let a mailing go on that was held because its database was restored or copied."""
    with transaction.atomic():
        _move(mailing, MailingState.HELD, MailingState.RUNNING, "")
        Mailing.objects.filter(pk=mailing.pk).update(instance_id=settings.INSTANCE_ID)
        _make_due(mailing)
        record("mailing.released", mailing)
        ring(mailing)


def _make_due(mailing: Mailing) -> None:
    now = database_now()
    Mailing.objects.filter(pk=mailing.pk).update(active_at=now)
    mailing.messages.filter(state=MessageState.MISSED).update(
        state=MessageState.QUEUED, reason="", due_at=now
    )
    mailing.refresh_from_db()


def cancel(mailing: Mailing) -> int:
    """Stop for good. Returns how many people will not get it any more."""
    with transaction.atomic():
        locked = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if locked.state in (MailingState.CANCELLED, MailingState.FINISHED):
            raise Conflict(_("This mailing has ended. There is nothing to cancel."))
        Mailing.objects.filter(pk=mailing.pk).update(
            state=MailingState.CANCELLED, finished_at=database_now()
        )
        waiting = (
            MessageState.QUEUED,
            MessageState.RETRY_WAIT,
            MessageState.CLAIMED,
            MessageState.MISSED,
        )
        stopped = mailing.messages.filter(state__in=waiting).update(
            state=MessageState.CANCELLED, lease_until=None
        )
        mailing.refresh_from_db()
        record("mailing.cancelled", mailing, messages=stopped)
    return stopped


def resolve_doubt(mailing: Mailing, resend: bool) -> int:
    """Decide about messages that may have arrived. Returns how many were decided.

    `resend` sends them again, so some people may get two; else they are left as they are and
    are not listed any more. Either way it is in the audit log.
    """
    doubtful = mailing.messages.filter(state=MessageState.IN_DOUBT, reason="")
    with transaction.atomic():
        if resend:
            decided = doubtful.update(
                state=MessageState.QUEUED,
                reason="",
                detail="",
                due_at=database_now(),
                fence=F("fence") + 1,
            )
            Mailing.objects.filter(pk=mailing.pk, state=MailingState.FINISHED).update(
                state=MailingState.RUNNING, finished_at=None
            )
            Mailing.objects.filter(pk=mailing.pk).update(active_at=database_now())
        else:
            decided = doubtful.update(reason="left")
        record("mailing.doubt_resolved", mailing, messages=decided, resend=resend)
        mailing.refresh_from_db()
        if resend:
            ring(mailing)
    return decided


def progress(mailing: Mailing) -> dict[str, int]:
    """Return how many messages are in which state; every state is there, the sum is `audience`."""
    counts = mailing.messages.order_by().values_list("state").annotate(Count("pk"))
    return {str(state): 0 for state in MessageState.values} | dict(counts)


def find_mailing(source: UUID) -> Mailing | None:
    """Return the mailing that was launched for this campaign, if there is one."""
    return Mailing.objects.filter(source=source).select_related("sender").first()


def open_doubts(mailing: Mailing) -> int:
    """How many messages may have arrived and wait for somebody to decide."""
    return Message.objects.filter(mailing=mailing, state=MessageState.IN_DOUBT, reason="").count()


def _move(mailing: Mailing, before: MailingState, after: MailingState, reason: str) -> None:
    """Change the state if it is what we think. The gate of sending waits for this row."""
    moved = Mailing.objects.filter(pk=mailing.pk, state=before).update(
        state=after, state_reason=reason
    )
    mailing.refresh_from_db()
    if not moved:
        raise Conflict(
            _("This mailing is %(state)s. Load the page again.")
            % {"state": mailing.get_state_display().lower()}
        )
