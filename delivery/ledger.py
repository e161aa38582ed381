"""The statements that move messages from state to state while they are sent.

    claim    queued, retry_wait -> claimed      commit need not reach the disk: lost, it is queued
    gate     claimed -> attempting              must reach the disk before the server hears of it
                     -> suppressed, queued, cancelled
    settle   attempting -> sent, failed, retry_wait, in_doubt, queued
    unclaim  claimed -> queued, failed

Each moves only rows that carry the fence of its own claim. All times are the database's.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from delivery.models import MessageState
from delivery.smtp import Answer
from delivery.suppressions import hash_address
from tenants.context import current_tenant_id

MAX_TRIES = 14
"""Tries of one message. With the waits between them they end within 72 hours."""
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=8)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A message that this worker holds, until its lease ends."""

    id: int
    public_id: UUID
    fence: int
    attempts: int
    address: str
    customer_id: int
    content_id: int


MAY_SEND = """
    SELECT s.id, s.per_hour,
           coalesce(s.hour_started_at > statement_timestamp() - interval '1 hour', false),
           s.hour_count, g.max_lateness, g.active_at,
           coalesce(g.active_at < statement_timestamp() - interval '1 minute', true)
    FROM delivery_mailing g JOIN delivery_sender s
      ON s.tenant_id = g.tenant_id AND s.id = g.sender_id
    WHERE g.tenant_id = %(tenant)s AND g.id = %(mailing)s AND g.state = 'running'
      AND g.instance_id = %(instance)s AND g.due_at <= statement_timestamp() AND s.state = 'ready'
    FOR UPDATE OF s
"""
TOUCH = """
    UPDATE delivery_mailing
    SET active_at = statement_timestamp(), started_at = coalesce(started_at, statement_timestamp())
    WHERE tenant_id = %(tenant)s AND id IN (
        SELECT id FROM delivery_mailing WHERE tenant_id = %(tenant)s AND id = %(mailing)s
        FOR NO KEY UPDATE SKIP LOCKED)
"""  # whoever holds the mailing may wait for rows that this claim holds: so it does not wait
CLAIM = """
    WITH due AS (
        SELECT id FROM delivery_message
        WHERE tenant_id = %(tenant)s AND mailing_id = %(mailing)s
          AND state IN ('queued', 'retry_wait') AND due_at <= statement_timestamp()
          AND greatest(due_at, %(active_at)s) + %(lateness)s > statement_timestamp()
        ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    UPDATE delivery_message m
    SET state = 'claimed', fence = m.fence + 1, attempts = m.attempts + 1, worker = %(worker)s,
        lease_until = clock_timestamp() + %(lease)s
    FROM due WHERE m.tenant_id = %(tenant)s AND m.id = due.id
    RETURNING m.id, m.public_id, m.fence, m.attempts, m.address, m.customer_id, m.content_id
"""
SPEND = """
    UPDATE delivery_sender
    SET hour_count = CASE WHEN hour_started_at > statement_timestamp() - interval '1 hour'
                          THEN hour_count ELSE 0 END + %(taken)s,
        hour_started_at = CASE WHEN hour_started_at > statement_timestamp() - interval '1 hour'
                               THEN hour_started_at ELSE statement_timestamp() END
    WHERE tenant_id = %(tenant)s AND id = %(sender)s
"""


def claim(mailing_id: int, *, worker: str, limit: int, lease: timedelta) -> list[Claimed]:
    """Take up to `limit` due messages, if the mailing and its sender may send now."""
    names: dict[str, Any] = {"tenant": current_tenant_id(), "mailing": mailing_id}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute(MAY_SEND, {**names, "instance": settings.INSTANCE_ID})
        row = cursor.fetchone()
        if row is None:
            return []
        sender, per_hour, same_hour, spent, lateness, active_at, stale = row
        limit = min(limit, per_hour - (spent if same_hour else 0))
        if limit <= 0:
            return []
        names |= {"worker": worker, "limit": limit, "lease": lease, "active_at": active_at}
        cursor.execute(CLAIM, names | {"lateness": lateness or timedelta(days=3650)})
        claimed = [_claimed(found) for found in cursor.fetchall()]
        if claimed:
            cursor.execute(SPEND, {**names, "sender": sender, "taken": len(claimed)})
        if claimed and stale:
            cursor.execute(TOUCH, names)
    return claimed


def _claimed(row: Sequence[Any]) -> Claimed:
    public_id = row[1] if isinstance(row[1], UUID) else UUID(row[1])
    return Claimed(
        id=row[0],
        public_id=public_id,
        fence=row[2],
        attempts=row[3],
        address=row[4],
        customer_id=row[5],
        content_id=row[6],
    )


LOCK_MAILING = """
    SELECT FROM delivery_mailing WHERE tenant_id = %(tenant)s AND id = %(mailing)s FOR SHARE
"""
LOCK_PEOPLE = """
    SELECT FROM profiles_customer WHERE tenant_id = %(tenant)s AND id = ANY (%(people)s)
    ORDER BY id FOR SHARE
"""
LOCK_ADDRESSES = """
    SELECT pg_advisory_xact_lock_shared(hashtextextended(hash, 1))
    FROM (SELECT unnest(%(hashes)s) AS hash ORDER BY 1) h
"""
GATE = """
    UPDATE delivery_message m
    SET state = v.state, reason = v.reason,
        attempts = m.attempts - (v.state <> 'attempting')::int,
        lease_until = CASE WHEN v.state = 'attempting' THEN clock_timestamp() + %(lease)s END,
        attempted_at = CASE WHEN v.state = 'attempting' THEN clock_timestamp()
                            ELSE m.attempted_at END
    FROM (
        SELECT want.id, want.fence,
               CASE WHEN g.state = 'cancelled' THEN 'cancelled'
                    WHEN NOT g.may_send THEN 'queued'
                    WHEN p.reason IS NOT NULL OR c.may_email IS NOT TRUE OR c.email = ''
                         THEN 'suppressed'
                    ELSE 'attempting' END AS state,
               CASE WHEN NOT g.may_send THEN ''
                    WHEN p.reason IS NOT NULL THEN p.reason
                    WHEN c.email = '' THEN 'no_address'
                    WHEN c.may_email IS NOT TRUE THEN 'no_consent' ELSE '' END AS reason
        FROM unnest(%(ids)s::bigint[], %(fences)s::int[], %(people)s::bigint[],
                    %(hashes)s::text[]) AS want (id, fence, customer_id, hash)
        JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = want.customer_id
        LEFT JOIN delivery_suppression p
          ON p.tenant_id = %(tenant)s AND p.address_hash = want.hash
        CROSS JOIN (
            SELECT o.state, o.state = 'running' AND o.instance_id = %(instance)s
                            AND s.state = 'ready' AS may_send
            FROM delivery_mailing o
            JOIN delivery_sender s ON s.tenant_id = %(tenant)s AND s.id = o.sender_id
            WHERE o.tenant_id = %(tenant)s AND o.id = %(mailing)s
        ) g
    ) v
    WHERE m.tenant_id = %(tenant)s AND m.id = v.id AND m.fence = v.fence AND m.state = 'claimed'
      AND m.lease_until > clock_timestamp()
    RETURNING m.id, m.state
"""


def gate(mailing_id: int, messages: Sequence[Claimed], *, lease: timedelta) -> set[int]:
    """Ask once more whether each message may leave; move those that may to attempting.

    Returns their ids. Before it looks, it waits for whoever is changing the mailing, the
    consent of one of these people or the suppression of their addresses, and keeps others from
    it until the commit: what they commit later comes after these messages.
    """
    hashes = [hash_address(message.address) for message in messages]
    names: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "mailing": mailing_id,
        "instance": settings.INSTANCE_ID,
        "people": [message.customer_id for message in messages],
        "ids": [message.id for message in messages],
        "fences": [message.fence for message in messages],
        "hashes": hashes,
        "lease": lease,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK_MAILING, names)
        cursor.execute(LOCK_PEOPLE, names)
        cursor.execute(LOCK_ADDRESSES, names)
        cursor.execute(GATE, names)
        return {row[0] for row in cursor.fetchall() if row[1] == MessageState.ATTEMPTING}


SETTLE = """
    UPDATE delivery_message m
    SET state = r.state, reason = r.reason, detail = r.detail, lease_until = NULL,
        due_at = CASE WHEN r.state = 'retry_wait' THEN clock_timestamp() + r.wait
                      ELSE m.due_at END,
        attempts = m.attempts - (r.state = 'queued')::int,
        sent_at = CASE WHEN r.state = 'sent' THEN clock_timestamp() ELSE m.sent_at END,
        bounced_at = CASE WHEN r.reason = 'bounced' THEN clock_timestamp() ELSE m.bounced_at END
    FROM unnest(%(ids)s::bigint[], %(fences)s::int[], %(states)s::text[], %(reasons)s::text[],
                %(details)s::text[], %(waits)s::interval[])
         AS r (id, fence, state, reason, detail, wait)
    WHERE m.tenant_id = %(tenant)s AND m.id = r.id AND m.fence = r.fence
      AND (m.state IN {from_states})
"""


def settle(answers: Sequence[tuple[Claimed, Answer]]) -> None:
    """Write what became of messages that were attempting.

    A late answer still settles the worker's own in_doubt row; a newer claim has another fence.
    Losing the commit of `sent` makes doubt, never a duplicate; so it need not wait for the disk.
    """
    if all(answer.state == MessageState.SENT for _message, answer in answers):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
    _write(answers, "('attempting', 'in_doubt')")


def unclaim(answers: Sequence[tuple[Claimed, Answer]]) -> None:
    """Put claimed messages back, or fail those that cannot be made into a mail."""
    _write(answers, "('claimed')")


def _write(answers: Sequence[tuple[Claimed, Answer]], from_states: str) -> None:
    tried_out = [_last_try(message, answer) for message, answer in answers]
    with connection.cursor() as cursor:
        cursor.execute(
            SETTLE.format(from_states=from_states),
            {
                "tenant": current_tenant_id(),
                "ids": [message.id for message, _answer in answers],
                "fences": [message.fence for message, _answer in answers],
                "states": [str(answer.state) for answer in tried_out],
                "reasons": [answer.reason for answer in tried_out],
                "details": [answer.detail[:500] for answer in tried_out],
                "waits": [wait_after(message.attempts) for message, _answer in answers],
            },
        )


def _last_try(message: Claimed, answer: Answer) -> Answer:
    if answer.state == MessageState.RETRY_WAIT and message.attempts >= MAX_TRIES:
        return Answer(state=MessageState.FAILED, reason="gave_up", detail=answer.detail)
    return answer


def wait_after(attempts: int) -> timedelta:
    """5 minutes, doubled with each try, at most 8 hours; up to a fifth less, so that they part."""
    doubled = FIRST_WAIT * 2 ** min(max(attempts, 1) - 1, 12)
    return min(doubled, LONGEST_WAIT) * random.uniform(0.8, 1.0)  # noqa: S311 - jitter


FINISH = """
    UPDATE delivery_mailing g SET state = 'finished', finished_at = statement_timestamp()
    WHERE g.tenant_id = %(tenant)s AND g.id = %(mailing)s AND g.state = 'running'
      AND NOT EXISTS (  -- two questions, so that each has a partial index
        SELECT FROM delivery_message m WHERE m.tenant_id = %(tenant)s AND m.mailing_id = g.id
        AND m.state IN ('queued', 'retry_wait'))
      AND NOT EXISTS (
        SELECT FROM delivery_message m WHERE m.tenant_id = %(tenant)s AND m.mailing_id = g.id
        AND m.state IN ('claimed', 'attempting'))
"""


def finish_if_done(mailing_id: int) -> bool:
    """Close a running mailing of which no message is under way any more."""
    with connection.cursor() as cursor:
        cursor.execute(FINISH, {"tenant": current_tenant_id(), "mailing": mailing_id})
        return bool(cursor.rowcount)
