"""`manage.py demo [--once]`: two workspaces, the main job end to end, then the site stays up."""

import json
import os
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketing_platform import programs
from marketing_platform.demo.job import Stuck
from marketing_platform.demo.show import Demo, sign_ins
from marketing_platform.demo.workspace import PASSWORD, point_senders_at
from marketing_platform.processes import StartFailed, Supervisor
from marketing_platform.progress import Bars
from marketing_platform.running import prepare, running, stoppable, watch
from tenants.errors import DomainError


class Command(BaseCommand):
    help = "Two workspaces, the main job end to end; then the site stays up until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do the job, print figures, end")
        parser.add_argument("--scale", type=float, default=1.0, help="1 is some 3,000 customers")

    def handle(self, *args: Any, once: bool, scale: float, **options: Any) -> None:
        port = programs.free_port(settings.PORT)
        if port != settings.PORT or not settings.DEMO_MAILBOX:
            os.environ["DEMO_MAILBOX"] = "on"
            programs.restart_on(port)
        self.is_done = False
        try:
            with stoppable():
                self._run(port, once, scale)
        except (StartFailed, Stuck, OSError) as error:
            raise CommandError(str(error)) from error
        except DomainError as error:
            raise CommandError(error.message) from error
        if not self.is_done:
            raise CommandError(
                "Stopped before the job was done. Run it again: it goes on where it stopped.",
                returncode=130,
            )

    def _run(self, port: int, once: bool, scale: float) -> None:
        bars = Bars()
        prepare(bars.say)
        mail_port = programs.free_port(programs.MAIL_PORT)
        mailbox = Path(programs.mailbox_folder())
        point_senders_at(mail_port)
        with running(port, mail_port) as supervisor:
            demo = Demo(
                site=f"http://{programs.HOST}:{port}",
                mail_port=mail_port,
                mailbox=mailbox,
                scale=scale,
                bars=bars,
                idle=supervisor.keep_running,
            )
            figures = demo.run()
            self.is_done = True
            if not once:
                # Otherwise predictions and recommendations would come with the first night.
                current_app.send_task("profiles.tasks.refresh_all_forecasts")
                self._stay(supervisor, figures)
        self.stdout.write(json.dumps(figures, ensure_ascii=False))

    def _stay(self, supervisor: Supervisor, figures: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(figures, ensure_ascii=False))
        self.stdout.write(f"\nThe platform is at {settings.SITE_URL}. The password is {PASSWORD}")
        for workspace, role, email in sign_ins():
            self.stdout.write(f"  {email:<28} {workspace} {role}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()  # a file or a pipe shows the address now, not at the end
        watch(supervisor)
