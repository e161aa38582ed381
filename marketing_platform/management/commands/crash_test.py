"""Kill workers while they send, flush the broker, crash the database; count what arrives."""

import json
import os
import random
import signal
import subprocess
import sys
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from delivery import crash
from delivery.sending import Pace
from marketing_platform import server_home

ANSWER_TIMEOUT_S, CLAIM_LEASE_S, DELAY_MS = 4, 6, 30


class Command(BaseCommand):
    help = (
        "Send messages through real Celery workers, kill them with -9 at random moments, flush "
        "Valkey once and crash PostgreSQL once. Runs on servers of its own below VAR_DIR/crash. "
        "The last line is one JSON object; the exit status says whether the promises held."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=1500)
        parser.add_argument("--kills", type=int, default=20)
        parser.add_argument("--workers", type=int, default=3)
        parser.add_argument("--seed", type=int, default=None, help="repeats the draw of victims")
        parser.add_argument("--minutes", type=float, default=12, help="give up after this long")
        parser.add_argument("--inside", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError(
                "The crash test crashes its database, so it runs on the embedded servers alone. "
                "Unset DATABASE_URL."
            )
        if options["inside"]:
            self._run(options)
        else:
            self._start_on_own_servers()

    def _start_on_own_servers(self) -> None:
        environment = {
            **os.environ,
            "VAR_DIR": str(settings.VAR_DIR / "crash"),
            "DELIVERY_ANSWER_TIMEOUT": str(ANSWER_TIMEOUT_S),
            "DELIVERY_CLAIM_LEASE": str(CLAIM_LEASE_S),
        }
        command = [sys.executable, "manage.py", *sys.argv[1:], "--inside"]
        result = subprocess.run(  # noqa: S603 - ourselves again
            command, env=environment, cwd=settings.BASE_DIR, check=False
        )
        if result.returncode:
            sys.exit(result.returncode)

    def _run(self, options: dict[str, Any]) -> None:
        call_command("migrate", verbosity=0)
        seed = options["seed"] if options["seed"] is not None else random.randrange(10**6)  # noqa: S311
        self.stderr.write(f"Seed {seed}. {options['messages']} messages, {options['kills']} kills.")
        with crash.own_folder() as folder, crash.mail_server(folder, delay_ms=DELAY_MS) as port:
            tenant = crash.make_workspace(options["messages"])
            workers = crash.CeleryWorkers(folder, options["workers"])
            trial = crash.Trial(
                mailing=crash.launch_mailing(tenant, port),
                workers=workers,
                folder=folder,
                kills=options["kills"],
                seed=seed,
                faults=[
                    (options["kills"] // 3, "valkey flushed", flush_broker),
                    (2 * options["kills"] // 3, "postgresql crashed", crash_database),
                ],
            )
            trial.run(limit_s=60 * options["minutes"])
            report = trial.report(chunk=Pace().chunk)
            if not crash.holds(report):
                self.stderr.write((folder / "celery.log").read_text(errors="replace")[-4000:])
        held = crash.holds(report)
        self.stdout.write(json.dumps({"name": "crash-test", "held": held, **report}))
        if not held:
            sys.exit(1)


def flush_broker() -> None:
    redis.Redis.from_url(settings.REDIS_URL).flushall()


def crash_database() -> None:
    """Kill PostgreSQL without a shutdown. Its keeper starts it again."""
    folder: Path = server_home.find_home(settings.VAR_DIR).data / "postgres-18"
    pid = int((folder / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
