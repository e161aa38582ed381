"""`manage.py platform`: web server, workers, clock (and the demo's mailbox) until Ctrl-C."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketing_platform import programs
from marketing_platform.demo.workspace import point_senders_at
from marketing_platform.processes import StartFailed
from marketing_platform.running import prepare, running, stoppable, watch


class Command(BaseCommand):
    help = "Run the whole platform on this machine until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        port = programs.free_port(settings.PORT)
        if port != settings.PORT:
            programs.restart_on(port)
        mail_port = programs.free_port(programs.MAIL_PORT) if settings.DEMO_MAILBOX else None
        try:
            with stoppable():
                prepare(self.stderr.write)
                if mail_port:
                    point_senders_at(mail_port)
                with running(port, mail_port) as supervisor:
                    self.stdout.write(f"The platform is at {settings.SITE_URL}. Ctrl-C stops it.")
                    if mail_port:
                        self.stdout.write(
                            f"A mail server at {programs.HOST}, port {mail_port}, delivers to the "
                            "page Mailbox alone. To try things out, let a sender use it."
                        )
                    self.stdout.flush()  # a file or a pipe shows the address now, not at the end
                    watch(supervisor)
        except StartFailed as error:
            raise CommandError(str(error)) from error
