"""Programs run in the foreground, are started again, and leave nothing behind."""

import contextlib
import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from delivery.models import Sender
from marketing_platform import programs
from marketing_platform.demo.workspace import point_senders_at
from marketing_platform.processes import Program, StartFailed, Supervisor
from marketing_platform.progress import Bars
from tenants.context import scope
from tests.test_embedded import DEADLINE_S

SLEEPER = (
    "import subprocess, sys, time; "
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); time.sleep(600)"
)


def program(tmp_path: Path, code: str, **options: object) -> Program:
    return Program(
        name="A program",
        command=[sys.executable, "-c", code],
        log=tmp_path / "log" / "program.log",
        **options,
    )


def test_a_killed_program_is_started_again_and_a_stop_leaves_no_process(tmp_path: Path) -> None:
    supervisor = Supervisor([program(tmp_path, SLEEPER)])
    supervisor.start()
    child = supervisor.children[0]
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    child.process.wait()
    deadline = time.monotonic() + DEADLINE_S
    while child.process.pid == first or not child.running:
        assert time.monotonic() < deadline
        supervisor.keep_running()
        time.sleep(0.05)
    supervisor.stop()
    assert not psutil.pid_exists(child.process.pid)
    assert not psutil.pid_exists(first)


def test_what_a_killed_program_left_behind_ends_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor([program(tmp_path, SLEEPER)])
    supervisor.start()
    leader = psutil.Process(supervisor.children[0].process.pid)
    deadline = time.monotonic() + DEADLINE_S
    while not (grandchildren := leader.children()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    supervisor.stop()
    _gone, alive = psutil.wait_procs(grandchildren, timeout=DEADLINE_S)
    assert alive == []


def test_a_program_that_ends_at_once_says_where_to_read(tmp_path: Path) -> None:
    supervisor = Supervisor([program(tmp_path, "raise SystemExit(3)", ready=lambda: False)])
    with pytest.raises(StartFailed, match="Read .*program.log"):
        supervisor.start()
    supervisor.stop()


def test_a_taken_port_is_left_alone() -> None:
    with socket.socket() as taken:
        taken.bind((programs.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert programs.free_port(port) > port


def test_two_platforms_that_start_at_once_get_a_port_each() -> None:
    """Neither listens yet: what one was given is kept for it, until it ends."""
    ask = "from marketing_platform import programs; print(programs.free_port(int(input())))"
    command = [sys.executable, "-c", f"{ask}; input()"]
    with socket.socket() as free:
        free.bind((programs.HOST, 0))
        wanted = free.getsockname()[1]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "marketing_platform.settings"}
    ports = []
    with contextlib.ExitStack() as stack:
        for _platform in range(2):
            process = stack.enter_context(
                subprocess.Popen(  # noqa: S603 - our own command
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=environment,
                )
            )
            process.stdin.write(f"{wanted}\n")
            process.stdin.flush()
            ports.append(int(process.stdout.readline()))
    assert len(set(ports)) == 2
    assert programs.free_port(ports[0]) == ports[0]  # they have ended


def test_progress_is_one_line_each_where_nobody_watches() -> None:
    stream = io.StringIO()
    bars = Bars(stream)
    for done in range(4):
        bars.show("Orders", done, 3)
    bars.show("Orders", 3, 3)
    bars.say("Done.")
    assert stream.getvalue() == "Orders: done\nDone.\n"


def test_senders_follow_the_demos_mail_server_and_no_others_move(acme) -> None:
    with scope(acme.pk):
        for name, host, port in (
            ("own", "127.0.0.1", programs.MAIL_PORT),
            ("relay", "127.0.0.1", 25),
            ("provider", "mail.example.com", programs.MAIL_PORT),
        ):
            Sender.objects.create(name=name, email=f"{name}@acme.example", host=host, port=port)

    point_senders_at(programs.MAIL_PORT + 3)

    with scope(acme.pk):
        ports = dict(Sender.objects.values_list("name", "port"))
    assert ports == {"own": 2528, "relay": 25, "provider": 2525}
