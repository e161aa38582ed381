"""Kill workers while they send, and count what arrives: the harness of `make crash-test`.

A trial makes a workspace with people, an approved text and a sender that leads to a mail server
of its own, which notes each id the moment it takes the mail. Workers are real processes. After
the faults it waits until nothing is under way, then compares the ledger with the server's notes.
"""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote
from uuid import uuid4

import psutil
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.functions import Now

from catalogue.models import BrandVoice, FactSnapshot
from delivery import composing, mailings, senders
from delivery.models import Content, Hit, Link, Mailing, MailingState, Message, Sender
from delivery.sending import Pace, send_mailing
from delivery.sweeping import sweep
from profiles.models import Customer
from tenants import services as tenants
from tenants.context import scope
from tenants.database import refresh_statistics
from tenants.models import Tenant, User

PARTS = {
    "subject": "Wet trails are back",
    "preheader": "The {{ product.name }} is {{ product.price }}",
    "body": "Hello {{ customer.first_name }},\n\nAutumn has turned the paths to mud again. "
    "The {{ product.name }} holds where the old pair slips.\n\nIt is {{ product.price }} now.",
    "call_to_action": "See the {{ product.name }}",
}
FACTS = {
    "brand.name": "Tarnfield",
    "brand.website": "https://tarnfield.example/",
    "product.name": "Cascade 4",
    "product.price": "$96.00",
    "product.price_before": "$120.00",
    "product.url": "https://tarnfield.example/cascade-4",
    "product.image_url": "https://tarnfield.example/cascade-4.png",
}


@contextlib.contextmanager
def mail_server(folder: Path, *, delay_ms: float = 0, keep_mails: bool = True) -> Iterator[int]:
    """Run the mail server as a process of its own; gives its port."""
    command = [sys.executable, "-m", "delivery.sink", "--folder", str(folder)]
    command += ["--delay-ms", str(delay_ms)] + ([] if keep_mails else ["--ids-only"])
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdout=subprocess.PIPE,
        cwd=settings.BASE_DIR,
        text=True,
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield int(line.rpartition(":")[2])
        finally:
            process.terminate()


def accepted_ids(folder: Path) -> list[str]:
    """Return the ids that the mail server took, in order, repeats included."""
    log = folder / "accepted.log"
    if not log.exists():
        return []
    return [line.partition("@")[0] for line in log.read_text(encoding="utf-8").splitlines()]


def make_workspace(people: int) -> Tenant:
    """A workspace with people who agreed to email."""
    name = f"crash-{uuid4().hex[:8]}"
    owner = User.objects.create_user(f"{name}@example.org", None)
    tenant = tenants.create_workspace(name="Crash test", slug=name, owner=owner)
    with scope(tenant.pk):
        Customer.objects.bulk_create(
            (
                Customer(
                    external_id=str(number),
                    email=f"person{number}@example.org",
                    first_name=f"Elena {number}",
                    may_email=True,
                )
                for number in range(people)
            ),
            batch_size=5000,
        )
    refresh_statistics(Customer)
    return tenant


def launch_mailing(tenant: Tenant, port: int, *, ring: bool = True) -> Mailing:
    """Launch one text to everybody in the workspace, through the server on this port.

    Without `ring` no worker is told: the caller works itself.
    """
    with scope(tenant.pk):
        voice = BrandVoice.objects.create(name=uuid4().hex, brand_name="Tarnfield")
        snapshot, _created = FactSnapshot.objects.get_or_create(
            content_hash="crash", defaults={"language": "en", "facts": FACTS}
        )
        content = composing.save_content(
            composing.compose(
                parts=PARTS,
                snapshot=snapshot,
                language="en",
                voice=voice,
                tenant=tenant,
                variant="reason",
                provenance={"model": "starter"},
            )
        )
        sender = senders.create_sender(
            name="Tarnfield",
            email=f"{uuid4().hex[:8]}@tarnfield.example",
            host="127.0.0.1",
            port=port,
            security="none",
            per_hour=10_000_000,
        )
        return mailings.launch(
            source=uuid4(),
            name="Crash test",
            sender=sender,
            recipients=("SELECT id, %s::bigint FROM profiles_customer", [content.pk]),
            approved_hash="0" * 64,
            ring_workers=ring,
        )


def remove_workspace(tenant: Tenant) -> None:
    """Delete what a trial has made. Only the audit log, which nobody may delete, stays."""
    with scope(tenant.pk):
        for model in (
            Hit,
            Message,
            Mailing,
            Link,
            Content,
            Sender,
            FactSnapshot,
            BrandVoice,
            Customer,
        ):
            model.objects.all()._raw_delete(using="default")
    Tenant.objects.filter(pk=tenant.pk).update(is_active=False)


def worker_environment() -> dict[str, str]:
    """The environment in which a new process meets the database of this one."""
    database: dict[str, Any] = settings.DATABASES["default"]
    url = f"postgresql://{database['USER']}:{quote(database['PASSWORD'])}@"
    if str(database["HOST"]).startswith("/"):
        url += f"/{database['NAME']}?host={quote(str(database['HOST']), safe='')}"
    else:
        url += f"{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "INSTANCE_ID": settings.INSTANCE_ID,
        "SITE_URL": settings.SITE_URL,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DJANGO_SETTINGS_MODULE": "marketing_platform.settings",
    }


class PlainWorkers:
    """Processes that send and sweep without a broker: what a bell would make a worker do."""

    def __init__(self, mailing: Mailing, count: int, **environment: str) -> None:
        self.command = [sys.executable, "-m", "delivery.crash_worker"]
        self.command += [str(mailing.tenant_id), str(mailing.pk)]
        self.environment = worker_environment() | environment
        self.processes: list[subprocess.Popen[bytes]] = []
        self.count = count

    def start(self) -> None:
        """Start as many as are missing."""
        self.processes = [one for one in self.processes if one.poll() is None]
        while len(self.processes) < self.count:
            self.processes.append(
                subprocess.Popen(  # noqa: S603 - our own command
                    self.command, env=self.environment, cwd=settings.BASE_DIR
                )
            )

    def victims(self, busy: set[int]) -> list[int]:
        return [one.pid for one in self.processes if one.poll() is None and one.pid in busy]

    def stop(self) -> None:
        for one in self.processes:
            one.kill()
            one.wait()


class CeleryWorkers:
    """A Celery worker with a pool of processes, and beat: the platform as it runs."""

    def __init__(self, folder: Path, count: int, **environment: str) -> None:
        celery = [sys.executable, "-m", "celery", "-A", "marketing_platform"]
        self.commands = [
            [*celery, "worker", "-Q", "delivery,default", "-c", str(count), "-l", "ERROR"],
            [*celery, "beat", "-s", str(folder / "beat"), "-l", "ERROR"],
        ]
        self.environment = {**os.environ, **environment}
        self.log: IO[bytes] = (folder / "celery.log").open("ab")
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self.processes = [one for one in self.processes if one.poll() is None]
        running = [one.args for one in self.processes]
        for command in self.commands:
            if command not in running:
                self.processes.append(
                    subprocess.Popen(  # noqa: S603 - our own command
                        command,
                        env=self.environment,
                        cwd=settings.BASE_DIR,
                        stdout=self.log,
                        stderr=self.log,
                        start_new_session=True,
                    )
                )

    def victims(self, busy: set[int]) -> list[int]:
        """The pool's busy processes, and the worker above them, which takes all with it."""
        worker = next(
            (one for one in self.processes if one.poll() is None and one.args == self.commands[0]),
            None,
        )
        if worker is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            children = [child.pid for child in psutil.Process(worker.pid).children()]
            sending = [pid for pid in children if pid in busy]
            return sending + ([worker.pid] if sending else [])
        return []

    def stop(self) -> None:
        for one in self.processes:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()
        self.log.close()


@dataclass(kw_only=True)
class Trial:
    """One run: faults while messages are under way, then the comparison."""

    mailing: Mailing
    workers: PlainWorkers | CeleryWorkers
    folder: Path
    kills: int
    seed: int
    pause_s: tuple[float, float] = (0.3, 1.2)
    faults: Sequence[tuple[int, str, Callable[[], None]]] = ()
    done: int = 0
    dead: int = 0
    happened: list[str] = field(default_factory=list)

    def run(self, *, limit_s: float) -> None:
        """Kill at random moments; each fault strikes once, after its number of kills."""
        draw = random.Random(self.seed)  # noqa: S311 - which worker dies is no secret
        deadline = time.monotonic() + limit_s
        due = list(self.faults)
        try:
            while self._unfinished() and time.monotonic() < deadline:
                self.workers.start()
                time.sleep(draw.uniform(*self.pause_s))
                if due and self.done >= due[0][0]:
                    _after, name, strike = due.pop(0)
                    strike()
                    self.happened.append(name)
                elif self.done < self.kills:
                    self._kill(draw)
        finally:
            self.workers.stop()

    def _kill(self, draw: random.Random) -> None:
        """Kill one process. A worker takes its pool with it: all that were busy are dead."""
        busy = self._busy()
        victims = self.workers.victims(busy)
        if not victims:
            return
        victim = draw.choice(victims)
        with contextlib.suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)
            self.done += 1
            self.dead += 1 if victim in busy else len(busy)

    def _busy(self) -> set[int]:
        """The processes that hold messages now: a worker's name says `host:pid:…`."""
        return {int(worker.split(":")[1]) for worker in self._ask(self._holders, [])}

    def _holders(self) -> list[str]:
        held = Message.objects.filter(state__in=["claimed", "attempting"], lease_until__gt=Now())
        return list(held.order_by().values_list("worker", flat=True).distinct())

    def _unfinished(self) -> bool:
        return self._ask(self._is_running, True)

    def _is_running(self) -> bool:
        self.mailing.refresh_from_db()
        return self.mailing.state == MailingState.RUNNING

    def _ask(self, question: Callable[[], Any], otherwise: Any) -> Any:
        """Ask the database. While it restarts, the answer is `otherwise`."""
        try:
            with scope(self.mailing.tenant_id):
                return question()
        except (DatabaseError, InterfaceError):
            connection.close()
            return otherwise

    def report(self, *, chunk: int) -> dict[str, Any]:
        """Compare the ledger with what the server took. `accounted` must be `messages`."""
        taken = accepted_ids(self.folder)
        with scope(self.mailing.tenant_id):
            states = mailings.progress(self.mailing)
            state_of = {
                str(key): state
                for key, state in Message.objects.filter(mailing=self.mailing).values_list(
                    "public_id", "state"
                )
            }
        arrived = set(taken)
        sent = {key for key, state in state_of.items() if state == "sent"}
        wrong = [key for key in arrived if state_of.get(key) not in ("sent", "in_doubt")]
        return {
            "messages": self.mailing.audience,
            "accounted": sum(states.values()),
            "state": self.mailing.state,
            "states": {state: count for state, count in states.items() if count},
            "arrived": len(arrived),
            "duplicates": sum(count - 1 for count in Counter(taken).values()),
            "sent_but_not_arrived": len(sent - arrived),
            "arrived_but_not_known": len(wrong),
            "in_doubt": states["in_doubt"],
            "in_doubt_bound": chunk * self.dead,
            "kills": self.done,
            "dead_workers": self.dead,
            "faults": self.happened,
            "seed": self.seed,
        }


def holds(report: dict[str, Any]) -> bool:
    """Whether the promises of sending held in this trial."""
    return (
        report["duplicates"] == 0
        and report["accounted"] == report["messages"]
        and report["state"] == MailingState.FINISHED
        and report["sent_but_not_arrived"] == 0
        and report["arrived_but_not_known"] == 0
        and report["in_doubt"] <= report["in_doubt_bound"]
    )


@contextlib.contextmanager
def own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="crash-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def work(tenant_id: int, mailing_id: int) -> None:
    """A plain worker's life: send and sweep until the mailing has ended."""
    pace = Pace(claim=20)
    while True:
        send_mailing(tenant_id, mailing_id, seconds=5, pace=pace)
        with scope(tenant_id):
            sweep()
            if Mailing.objects.get(pk=mailing_id).state != MailingState.RUNNING:
                return
        time.sleep(0.2)
