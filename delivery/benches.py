"""How fast mail leaves, and how fast a click is led on. Run by `manage.py bench NAME`."""

import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils.translation import gettext as _

from delivery import crash, ledger, mailings
from delivery.models import Hit, Mailing, MessageState
from delivery.sending import Pace, Run
from delivery.smtp import Route, Server
from delivery.tokens import click_token
from profiles.models import Customer
from tenants.context import scope
from tenants.database import refresh_statistics
from tenants.errors import Unavailable
from tenants.models import Tenant

ROUNDS = 5
BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15"
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


def bench_tracking(
    progress: Progress, *, clicks: int = 5000, connections: int = 8
) -> dict[str, Any]:
    """Follow links through the real web server, and as many times ask for an empty page.

    Five rounds of each, in turns, over connections that stay open. Every click is kept: the
    count of hits is compared at the end. The ratio is the median of the rounds' ratios.
    """
    share = max(connections, clicks // ROUNDS)
    tenant = crash.make_workspace(connections)
    own, bare = Laps(), Laps()
    try:
        mailing = crash.launch_mailing(tenant, 1, ring=False)
        links = _click_paths(mailing)
        with _web_server() as port:
            for path in ("/livez", *links):
                _follow(port, [path], 5)
            for round_number in range(ROUNDS):
                bare.add(share, _follow(port, ["/livez"] * connections, share))
                own.add(share, _follow(port, links, share))
                progress((round_number + 1) * share, ROUNDS * share)
        with scope(tenant.pk):
            kept = Hit.objects.filter(message__mailing=mailing).count()
    finally:
        crash.remove_workspace(tenant)
    expected = share // connections * connections * ROUNDS + 5 * len(links)
    if kept != expected:
        raise Unavailable(
            _("%(count)s of %(total)s clicks were kept.") % {"count": kept, "total": expected}
        )
    return {
        "figures": {"messages_per_s": own.median, "p95_ms": own.p95_ms, "rounds": own.rates},
        "reference": {"messages_per_s": bare.median, "p95_ms": bare.p95_ms, "rounds": bare.rates},
        "ratio": round(
            statistics.median(a / b for a, b in zip(own.rates, bare.rates, strict=True)), 3
        ),
        "connections": connections,
    }


@dataclass
class Laps:
    """Rates of some rounds, and how long single requests took."""

    rates: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, count: int, lap: tuple[float, list[float]]) -> None:
        self.rates.append(round(len(lap[1]) / lap[0], 1))
        self.seconds += lap[1]

    @property
    def median(self) -> float:
        return round(statistics.median(self.rates), 1)

    @property
    def p95_ms(self) -> float:
        return round(1000 * statistics.quantiles(self.seconds, n=20)[-1], 1)


def _click_paths(mailing: Mailing) -> list[str]:
    """One link of each message, of messages that were taken an hour ago."""
    tenant = Tenant.objects.get(pk=mailing.tenant_id)
    with scope(tenant.pk):
        hour_ago = mailings.database_now() - timedelta(hours=1)
        mailing.messages.update(state=MessageState.SENT, sent_at=hour_ago)
        ids = list(mailing.messages.values_list("public_id", flat=True))
    return [f"/w/{tenant.slug}/c/{click_token(tenant, one, 1)}" for one in ids]


@contextlib.contextmanager
def _web_server() -> Iterator[int]:
    """The web server as the platform runs it, on a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--no-log"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "marketing_platform.wsgi:application"],
        env=crash.worker_environment(),
        cwd=settings.BASE_DIR,
    )
    try:
        _wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_open(port: int, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            _get(http.client.HTTPConnection("127.0.0.1", port, timeout=5), "/livez")
            return
        time.sleep(0.2)
    raise Unavailable(_("The web server did not start. Its words are above."))


def _follow(port: int, paths: list[str], count: int) -> tuple[float, list[float]]:
    """Ask for `count` pages over one connection for each path; return the seconds it took."""
    each = count // len(paths)
    start = time.monotonic()
    with ThreadPoolExecutor(len(paths)) as pool:
        laps = pool.map(lambda path: _ask(port, path, each), paths)
    seconds = [second for lap in laps for second in lap]
    return time.monotonic() - start, seconds


def _ask(port: int, path: str, count: int) -> list[float]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        return [_get(client, path) for _number in range(count)]


def _get(client: http.client.HTTPConnection, path: str) -> float:
    start = time.monotonic()
    client.request("GET", path, headers={"User-Agent": BROWSER})
    answer = client.getresponse()
    answer.read()
    if answer.status not in (200, 302):
        raise Unavailable(_("The web server answered %(status)s.") % {"status": answer.status})
    return time.monotonic() - start


AUDIENCE = """
    INSERT INTO profiles_customer (tenant_id, external_id, email, first_name, last_name, phone,
        language, timezone, country, city, may_email)
    SELECT %(tenant)s, 'C' || n, 'person' || n || '@example.org', 'Elena', '', '', 'en', '', '', '',
           true
    FROM generate_series(%(first)s, %(last)s) n
"""
UNCHECKED = """
    INSERT INTO bench_message
        (tenant_id, mailing_id, customer_id, content_id, address, state, reason, due_at)
    SELECT %(tenant)s, 1, c.id, %(content)s, c.email, 'queued', '', now()
    FROM profiles_customer c WHERE c.tenant_id = %(tenant)s
"""


def bench_audience(
    progress: Progress, *, recipients: int = 1_000_000, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Launch a mailing to `recipients`: one message row each, with all indexes and checks.

    The reference is an INSERT … SELECT of the same people into a table of the same columns with
    its primary key alone: no row security, no foreign keys, no other index. In turns, each round
    with its commit; rates are rows a second, the ratio is the median of the rounds' ratios.
    """
    if "owner" not in settings.DATABASES:
        raise Unavailable(_("Set DATABASE_OWNER_URL: the measurement makes a table of its own."))
    tenant = crash.make_workspace(1)
    rates: dict[str, list[float]] = {"own": [], "bare": []}
    try:
        mailing = crash.launch_mailing(tenant, 1, ring=False)
        _add_people(tenant, recipients - 1)
        for number in range(rounds):
            rates["bare"].append(recipients / _insert_unchecked(mailing))
            rates["own"].append(recipients / _insert_checked(mailing, recipients))
            progress((number + 1) * recipients, rounds * recipients)
    finally:
        with connections["owner"].cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS bench_message")
        crash.remove_workspace(tenant)
    ratios = [own / bare for own, bare in zip(rates["own"], rates["bare"], strict=True)]
    return {
        "figures": {
            "rows_per_s": round(statistics.median(rates["own"])),
            "rounds": [round(rate) for rate in rates["own"]],
        },
        "reference": {
            "rows_per_s": round(statistics.median(rates["bare"])),
            "rounds": [round(rate) for rate in rates["bare"]],
        },
        "ratio": round(statistics.median(ratios), 3),
        "recipients": recipients,
    }


def _add_people(tenant: Tenant, count: int, at_once: int = 200_000) -> None:
    for first in range(2, count + 2, at_once):
        values = {"tenant": tenant.pk, "first": first, "last": min(first + at_once, count + 2) - 1}
        with scope(tenant.pk), connection.cursor() as cursor:
            cursor.execute(AUDIENCE, values)
    refresh_statistics(Customer)


def _insert_unchecked(mailing: Mailing) -> float:
    with scope(mailing.tenant_id):
        content = mailing.messages.values_list("content_id", flat=True)[0]
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "DROP TABLE IF EXISTS bench_message; CREATE TABLE bench_message "
            "(LIKE delivery_message INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id))"
        )
        start = time.monotonic()
        cursor.execute(UNCHECKED, {"tenant": mailing.tenant_id, "content": content})
        return time.monotonic() - start


def _insert_checked(mailing: Mailing, expected: int) -> float:
    """Insert the messages as a launch does, in a transaction with its commit; then empty it."""
    with scope(mailing.tenant_id):
        content = mailing.messages.values_list("content_id", flat=True)[0]
        mailing.messages.all()._raw_delete(using="default")
    start = time.monotonic()
    with scope(mailing.tenant_id):
        people = "SELECT id, %s FROM profiles_customer WHERE tenant_id = %s"
        made = mailings.insert_messages(mailing, (people, [content, mailing.tenant_id]))
    seconds = time.monotonic() - start
    if made != expected:
        raise Unavailable(
            _("%(count)s of %(total)s messages arrived; each must, once.")
            % {"count": made, "total": expected}
        )
    return seconds


BENCHES = {"sending": bench_sending, "tracking": bench_tracking, "audience": bench_audience}
