"""Whose turn it is: workspaces are served one after the other, a batch each.

So a workspace with a hundred thousand texts delays another's ten by the rest of one batch, which
is broken off for them. A turn is not kept anywhere: it follows from when each was last served.
"""

from django.db import connection


def next_turn() -> tuple[int, int] | None:
    """Return the tenant and the campaign to serve next, None if nothing waits to be written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, campaign_id FROM campaigns_next_turn()")
        row = cursor.fetchone()
    return (int(row[0]), int(row[1])) if row else None


def waiting_workspaces() -> set[int]:
    """Return the tenants that have texts which nobody is writing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tenant_id FROM campaigns_waiting()")
        return {int(row[0]) for row in cursor.fetchall()}
