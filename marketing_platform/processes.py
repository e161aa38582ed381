"""Run programs in the foreground, watch them, start them again, stop them all.

Every child asks the kernel to be told when its parent dies (`PR_SET_PDEATHSIG`), so that a
`kill -9` of the supervisor leaves nothing behind.
"""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
QUICK_EXIT_S = 5.0
MAX_PAUSE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program to keep running.

    `uid` and `gid` are those it drops to (None: stay). `stop_signal` asks it to end;
    after `stop_timeout_s` it is killed. `ready` is polled after a start.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)
    uid: int | None = None
    gid: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 30.0
    ready: Callable[[], bool] = lambda: True
    ready_timeout_s: float = 60.0


class StartFailed(Exception):
    """A program ended, or was not ready in time. The message says where its log is."""


def _before_exec(program: Program) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        os.setsid()  # Ctrl-C in the terminal reaches the supervisor alone, which stops in order
        if program.uid is not None and program.gid is not None:
            os.setgroups([])
            os.setgid(program.gid)
            os.setuid(program.uid)
        # After setuid, which clears it.
        libc.prctl(PR_SET_PDEATHSIG, int(program.stop_signal), 0, 0, 0)

    return prepare


class Child:
    """One running program of a `Supervisor`."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.pause_s = 0.0
        self.asked = False  # a second signal would make Celery drop what it has in hand

    def start(self) -> None:
        self.program.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.program.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands, no shell
                list(self.program.command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.program.environment},
                preexec_fn=_before_exec(self.program),  # noqa: PLW1509 - we run no threads here
            )
        self.started_at = time.monotonic()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + self.program.ready_timeout_s
        while not self.program.ready():
            if not self.running:
                raise StartFailed(f"{self.program.name} ended at once. Read {self.program.log}.")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{self.program.name} was not ready in {self.program.ready_timeout_s:.0f} "
                    f"seconds. Read {self.program.log}."
                )
            time.sleep(0.05)

    def keep_running(self) -> None:
        """Start the program again if it ended; wait longer each time it ends at once."""
        if self.running:
            return
        now = time.monotonic()
        if self.start_again_at == 0.0:
            self._kill_session()  # what a killed program left behind would hold its port or lock
            quick = now - self.started_at < QUICK_EXIT_S
            self.pause_s = min(MAX_PAUSE_S, max(0.5, self.pause_s * 2)) if quick else 0.0
            self.start_again_at = now + self.pause_s
            logger.warning("program.ended", extra={"program": self.program.name})
        if now >= self.start_again_at:
            self.start_again_at = 0.0
            self.start()

    def ask_to_stop(self) -> None:
        if self.running and self.process:
            self.asked = True
            self.process.send_signal(self.program.stop_signal)

    def stop(self) -> None:
        """Ask the program to end, wait, and kill its whole session if it does not."""
        if not self.process:
            return
        if not self.asked:
            self.ask_to_stop()
        try:
            self.process.wait(self.program.stop_timeout_s)
        except subprocess.TimeoutExpired:
            logger.warning("program.killed", extra={"program": self.program.name})
        self._kill_session()
        self.process.wait()

    def _kill_session(self) -> None:
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Start programs in order, keep them running, ask all to stop and wait for each."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.children = [Child(program) for program in programs]

    def start(self) -> None:
        for child in self.children:
            child.start()
            child.wait_until_ready()

    def keep_running(self) -> None:
        for child in self.children:
            child.keep_running()

    def stop(self) -> None:
        for child in reversed(self.children):
            child.ask_to_stop()
        for child in reversed(self.children):
            child.stop()
