"""How fast mail leaves, and how fast a click is led on. Run by `manage.py bench NAME`."""

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from delivery import crash
from delivery.models import Mailing
from tenants.context import scope
from tenants.errors import Unavailable

ROUNDS = 5
Progress = Callable[[int, int], None]


def bench_sending(
    progress: Progress, *, messages: int = 10_000, workers: int = 2
) -> dict[str, Any]:
    """Send `messages` in five rounds with our own code, and as many with a bare smtplib loop.

    Both use the same number of processes and connections, the same mail server and mails of the
    same bytes, in turns; workers are started before the clock. The ratio is the median of the
    rounds' ratios. Every mail must arrive once.
    """
    share = max(workers, messages // ROUNDS)
    ours, bare = [], []
    with crash.own_folder() as folder, crash.mail_server(folder, keep_mails=False) as port:
        tenant = crash.make_workspace(share)
        try:
            with _workers(workers) as processes:
                mail = _sample_mail(folder, tenant.pk, port, processes)
                size = mail.stat().st_size
                for round_number in range(ROUNDS):
                    bare.append(share / _time(processes, _bare_orders(mail, port, share, workers)))
                    progress((2 * round_number + 1) * share, 2 * ROUNDS * share)
                    mailing = crash.launch_mailing(tenant, port, ring=False)
                    order = {"tenant": tenant.pk, "mailing": mailing.pk}
                    ours.append(share / _time(processes, [order] * workers))
                    _check(mailing, folder)
                    progress((2 * round_number + 2) * share, 2 * ROUNDS * share)
        finally:
            crash.remove_workspace(tenant)
    ratios = [own / reference for own, reference in zip(ours, bare, strict=True)]
    return {
        "figures": {
            "messages_per_s": round(statistics.median(ours), 1),
            "duplicates": 0,
            "rounds": [round(one, 1) for one in ours],
        },
        "reference": {
            "messages_per_s": round(statistics.median(bare), 1),
            "rounds": [round(one, 1) for one in bare],
        },
        "ratio": round(statistics.median(ratios), 3),
        "messages": share * ROUNDS,
        "workers": workers,
        "mail_bytes": size,
    }


@contextlib.contextmanager
def _workers(count: int) -> Iterator[list["subprocess.Popen[str]"]]:
    processes = [
        subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "delivery.bench_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=crash.worker_environment(),
            cwd=settings.BASE_DIR,
            text=True,
        )
        for _number in range(count)
    ]
    try:
        for process in processes:
            _wait_for(process, "ready")
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


def _time(processes: list["subprocess.Popen[str]"], orders: list[dict[str, Any]]) -> float:
    """Give each process an order at once; return the seconds until the last is done."""
    start = time.monotonic()
    for process, order in zip(processes, orders, strict=True):
        if process.stdin:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
    for process in processes:
        _wait_for(process, "done")
    return time.monotonic() - start


def _wait_for(process: "subprocess.Popen[str]", word: str) -> None:
    line = process.stdout.readline().strip() if process.stdout else ""
    if line != word:
        raise Unavailable(_("A worker of the measurement ended. Its words are above."))


def _sample_mail(
    folder: Path, tenant_id: int, port: int, processes: list["subprocess.Popen[str]"]
) -> Path:
    """Return a file with the bytes of one of our own mails, taken while all warm up."""
    from delivery import ledger
    from delivery.sending import Pace, Run
    from delivery.smtp import Route, Server
    from tenants.models import Tenant

    tenant = Tenant.objects.get(pk=tenant_id)
    mailing = crash.launch_mailing(tenant, port, ring=False)
    with scope(tenant_id):
        claimed = ledger.claim(mailing.pk, worker="sample", limit=1, lease=Pace().claim_lease)
        server = Server(host="127.0.0.1", port=port, security="none", username="", password="")
        run = Run(
            tenant=tenant,
            mailing_id=mailing.pk,
            sender=mailing.sender,
            route=Route(server),
            pace=Pace(),
        )
        mails = run.make_mails(claimed)
    path = folder / "sample"
    path.write_bytes(next(iter(mails.values())))
    order = {"tenant": tenant_id, "mailing": mailing.pk}
    _time(processes, [order] * len(processes))
    return path


def _bare_orders(mail: Path, port: int, share: int, workers: int) -> list[dict[str, Any]]:
    counts = [
        share // workers + (1 if number < share % workers else 0) for number in range(workers)
    ]
    return [
        {
            "port": port,
            "count": count,
            "mail": str(mail),
            "from": "news@tarnfield.example",
            "to": "person@example.org",
        }
        for count in counts
    ]


def _check(mailing: Mailing, folder: Path) -> None:
    """Every message of the mailing is in the server once. Raises Unavailable if not."""
    taken = crash.accepted_ids(folder)
    with scope(mailing.tenant_id):
        expected = {str(one) for one in mailing.messages.values_list("public_id", flat=True)}
    arrived = [one for one in taken if one in expected]
    if sorted(arrived) != sorted(expected):
        raise Unavailable(
            _("%(count)s of %(total)s messages arrived; each must, once.")
            % {"count": len(arrived), "total": len(expected)}
        )


BENCHES = {"sending": bench_sending}
