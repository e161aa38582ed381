"""Run the platform's programs in the foreground and stop them in order."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

from django.conf import settings
from django.core.management import call_command

from marketing_platform.processes import Supervisor
from marketing_platform.programs import platform_programs

LOOK_EVERY_S = 0.5


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the block quietly; whatever runs inside stops in order.

    SIGINT is set too: a shell starts its background jobs with it ignored, and Python keeps that.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {name: signal.signal(name, stop) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def prepare(say: Callable[[str], object]) -> None:
    """Bring the database and the static files up to date."""
    migrate(say)
    call_command("collectstatic", verbosity=0, interactive=False)


def migrate(say: Callable[[str], object]) -> None:
    """Bring the database up to date, where this process knows its owner."""
    if "owner" in settings.DATABASES:
        say("Migrating the database.")
        call_command("migrate", verbosity=0, interactive=False)


@contextlib.contextmanager
def running(port: int, mail_port: int | None) -> Iterator[Supervisor]:
    """Run every program of the platform inside the block. Raises StartFailed."""
    supervisor = Supervisor(platform_programs(port, mail_port))
    try:
        supervisor.start()
        yield supervisor
    finally:
        _let_nothing_interrupt(supervisor.stop)


def watch(supervisor: Supervisor) -> None:
    """Start again what ends, for ever."""
    while True:
        supervisor.keep_running()
        time.sleep(LOOK_EVERY_S)


def _let_nothing_interrupt(stop: Callable[[], None]) -> None:
    """A second Ctrl-C must not leave programs behind."""
    handlers = {
        name: signal.signal(name, signal.SIG_IGN) for name in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        stop()
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)
