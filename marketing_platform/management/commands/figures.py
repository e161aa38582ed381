"""`manage.py figures PAGE`: write the tables of a page in docs/ from saved results.

`manage.py figures PAGE --run NAME "evaluate explain --records 200"` measures first and saves the
result as NAME; `--save NAME "COMMAND"` takes the JSON line from standard input instead.
"""

import shlex
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from marketing_platform import figures


class Command(BaseCommand):
    help = "Write the tables of figures in docs/ from what bench and evaluate printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("page", choices=sorted(figures.PAGES))
        parser.add_argument("--run", nargs=2, metavar=("NAME", "COMMAND"))
        parser.add_argument("--save", nargs=2, metavar=("NAME", "COMMAND"))

    def handle(self, *args: Any, page: str, **options: Any) -> None:
        try:
            if options["run"]:
                name, command = options["run"]
                self._save(name, command, _measure(command))
            elif options["save"]:
                name, command = options["save"]
                self._save(name, command, sys.stdin.read())
            self.stdout.write(f"Written: {figures.write_page(page)}")
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _save(self, name: str, command: str, output: str) -> None:
        line = (output.strip().splitlines() or [""])[-1]
        path = figures.save(name, command, line, timezone.localdate().isoformat())
        self.stdout.write(f"Saved: {path}")


def _measure(command: str) -> str:
    """Run a measure in a process of its own, its progress on our standard error."""
    words = shlex.split(command)
    if words[:1] not in (["bench"], ["evaluate"]):
        raise CommandError("Give a command that begins with bench or evaluate.")
    done = subprocess.run(  # noqa: S603 - ourselves, with words of the operator
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"“{command}” failed; its last lines above say why.")
    return done.stdout
