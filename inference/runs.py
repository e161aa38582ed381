"""The life of a training run: asked for, claimed, told of, stopped, ended.

Its row is the truth, whatever is trained. A worker that is killed leaves a lease that runs out,
and whoever is rung for next takes the run up.
"""

import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from inference.models import ModelKind, RunState, TrainingRun
from tenants.audit import record
from tenants.context import scope
from tenants.errors import Conflict

LEASE = timedelta(minutes=3)
TOLD_SECONDS = 2


def open_runs(kind: str = ModelKind.WRITER) -> QuerySet[TrainingRun]:
    """Return the runs of this kind that wait or are worked on."""
    return TrainingRun.objects.filter(kind=kind, state__in=[RunState.WAITING, RunState.RUNNING])


def stop_run(run: TrainingRun) -> None:
    """Stop after the step in hand. Raises Conflict when it is over."""
    rows = open_runs(run.kind).filter(pk=run.pk)
    if not rows.update(state=RunState.STOPPED, ended_at=timezone.now()):
        raise Conflict(_("This training run is over already."))
    record("training.stopped", run)


def resume_run(run: TrainingRun) -> None:
    """Put a run that stopped or lost its worker back in line. Raises Conflict otherwise."""
    lost = Q(state=RunState.RUNNING, lease_until__lt=timezone.now())
    idle = Q(state__in=[RunState.STOPPED, RunState.FAILED, RunState.WAITING])
    found = TrainingRun.objects.filter(lost | idle, pk=run.pk, kind=ModelKind.WRITER)
    if not found.update(state=RunState.WAITING, ended_at=None, message=""):
        raise Conflict(_("This training run is under way or done."))
    record("training.resumed", run)


def runs_due(kind: str = ModelKind.WRITER) -> list[tuple[int, int]]:
    """Return the tenant and the run of all that wait or whose worker died, in every workspace."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, run_id FROM inference_runs_due(%s)", [kind])
        return [(int(tenant), int(run)) for tenant, run in cursor.fetchall()]


def claim_run(
    run_id: int, kind: str = ModelKind.WRITER, *, lease: timedelta | None = None
) -> TrainingRun | None:
    """Take a run that waits, or whose worker's lease ran out. None: there is nothing to do."""
    now = timezone.now()
    due = Q(state=RunState.WAITING) | Q(state=RunState.RUNNING, lease_until__lt=now)
    taken = TrainingRun.objects.filter(due, pk=run_id, kind=kind).update(
        state=RunState.RUNNING, lease_until=now + (lease or LEASE), attempts=F("attempts") + 1
    )
    rows = TrainingRun.objects.select_related("base__base", "result")
    return rows.get(pk=run_id) if taken else None


def update_run(run_id: int, *, lease: timedelta | None = None, **fields: Any) -> bool:
    """Renew the lease of a run and change what is told of it. False: it is not under way."""
    running = TrainingRun.objects.filter(pk=run_id, state=RunState.RUNNING)
    return bool(running.update(lease_until=timezone.now() + (lease or LEASE), **fields))


def end_run(run_id: int, state: str, **fields: Any) -> bool:
    """Say how a run ended. False: it was not under way."""
    running = TrainingRun.objects.filter(pk=run_id, state=RunState.RUNNING)
    ended = {"state": state, "ended_at": timezone.now(), "lease_until": None}
    share = {"share": 1.0} if state == RunState.DONE else {}
    return bool(running.update(**ended, **share, **fields))


class Watch:
    """Writes progress every few seconds; hears in `stopped` when somebody says stop."""

    def __init__(self, tenant_id: int, run: TrainingRun, lease: timedelta | None = None) -> None:
        self.tenant_id, self.run_id, self.lease = tenant_id, run.pk, lease
        self.stopped = False
        self.began = self._told = time.monotonic()

    def tell(self, share: float, **fields: Any) -> None:
        """Say how far it is, 0 … 1, with other fields of the run."""
        if time.monotonic() - self._told < TOLD_SECONDS:
            return
        self._told = time.monotonic()
        with scope(self.tenant_id):
            running = update_run(self.run_id, lease=self.lease, share=round(share, 4), **fields)
            self.stopped = not running
