"""Workers die at every point; nobody gets two, nobody is forgotten, doubt is bounded."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from delivery import crash, mailings, sending, sweeping
from delivery import services as delivery
from delivery.models import Message
from tenants.context import scope

SHORT = {"DELIVERY_ANSWER_TIMEOUT": "2", "DELIVERY_CLAIM_LEASE": "1"}


@pytest.fixture
def quiet(monkeypatch):
    """No bell at launch: the test says who works, and when."""
    monkeypatch.setattr(mailings, "ring", lambda mailing: None)


def die_at(mailing, point: str) -> int:
    """Run one worker that dies at this point; return its exit status."""
    command = [sys.executable, "-m", "delivery.crash_worker"]
    return subprocess.run(  # noqa: S603
        [*command, str(mailing.tenant_id), str(mailing.pk)],
        env=crash.worker_environment() | SHORT | {"CRASH_AT": point},
        cwd=settings.BASE_DIR,
        check=False,
    ).returncode


def sweep_later(mailing) -> None:
    """Let the leases end, then sweep three times."""
    with scope(mailing.tenant_id):
        Message.objects.filter(state__in=["claimed", "attempting"]).update(
            lease_until="2020-01-01T00:00:00Z"
        )
        for _sweep in range(3):
            sweeping.sweep()


@pytest.mark.parametrize(
    ("point", "arrived", "in_doubt"),
    [
        ("after_claim", 0, 0),
        ("after_attempting", 0, 1),
        ("after_data", 1, 1),
        ("before_sent", 1, 1),
    ],
)
def test_a_worker_that_dies_leaves_at_most_one_chunk_in_doubt(
    committed, quiet, tmp_path, point, arrived, in_doubt
):
    with crash.mail_server(tmp_path) as port:
        mailing = crash.launch_mailing(crash.make_workspace(25), port)

        assert die_at(mailing, point) == -signal.SIGKILL
        sweep_later(mailing)

        assert len(crash.accepted_ids(tmp_path)) == arrived
        with scope(mailing.tenant_id):
            assert delivery.progress(mailing)["in_doubt"] == in_doubt

        assert sending.send_mailing(mailing.tenant_id, mailing.pk) is False
        taken = crash.accepted_ids(tmp_path)
        assert len(taken) == len(set(taken)) == 25 - in_doubt + arrived
        with scope(mailing.tenant_id):
            counts = delivery.progress(mailing)
        assert counts["in_doubt"] == in_doubt
        assert counts["sent"] == 25 - in_doubt


def test_killed_workers_send_nothing_twice_and_forget_nobody(committed, quiet, tmp_path):
    with crash.mail_server(tmp_path, delay_ms=120) as port:
        mailing = crash.launch_mailing(crash.make_workspace(100), port)
        workers = crash.PlainWorkers(mailing, 2, **SHORT)
        trial = crash.Trial(
            mailing=mailing,
            workers=workers,
            folder=tmp_path,
            kills=3,
            seed=7,
            pause_s=(0.2, 0.6),
        )
        trial.run(limit_s=240)
        report = trial.report(chunk=sending.Pace().chunk)

    assert report["kills"] == 3, report
    assert crash.holds(report), report
    assert os.environ.get("CRASH_AT") is None
