"""The embedded servers: data survives, a kill recovers, users share, nothing is left running."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from marketing_platform import embedded, server_home

DEADLINE_S = 120


@pytest.fixture
def var(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """A var folder of its own. After the test, nothing of it may run any more."""
    monkeypatch.setenv("EMBEDDED_FSYNC", "off")
    folder = tmp_path_factory.mktemp("var")
    yield folder
    wait_for(lambda: not processes_of(folder))
    shutil.rmtree(server_home.find_home(folder).data, ignore_errors=True)  # elsewhere, as root


def wait_for(done) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not done():
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(0.05)


def processes_of(var: Path) -> list[psutil.Process]:
    """Return keeper and servers of a var folder: their command lines name it or its data."""
    marks = (str(var), str(server_home.find_home(var).data))
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(mark in word for word in words for mark in marks):
            found.append(process)
    return found


def server(var: Path, word: str) -> psutil.Process:
    return next(process for process in processes_of(var) if word in process.info["cmdline"][0])


def query(var: Path, sql: str) -> list[tuple]:
    connection = psycopg2.connect(server_home.find_home(var).owner_url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def answers(var: Path) -> bool:
    try:
        return query(var, "SELECT kept FROM things") == [(1,)]
    except psycopg2.OperationalError:
        return False


def test_data_survives_a_stop_and_the_death_of_each_part(var: Path) -> None:
    with embedded.services(var):
        query(var, "CREATE TABLE things (kept integer)")
        query(var, "INSERT INTO things VALUES (1)")
    wait_for(lambda: not processes_of(var))

    with embedded.services(var):
        assert answers(var)
        server(var, "postgres").send_signal(signal.SIGKILL)
        wait_for(lambda: answers(var))  # the keeper starts it again

        keeper = next(
            process
            for process in processes_of(var)
            if "marketing_platform.embedded" in process.info["cmdline"]
        )
        keeper.send_signal(signal.SIGKILL)
        keeper.wait(DEADLINE_S)
        embedded.ensure_running(var)  # the next user starts a new keeper
        wait_for(lambda: answers(var))


def test_a_second_user_shares_the_servers_and_may_leave_last(var: Path) -> None:
    command = "import sys; from pathlib import Path; from marketing_platform import embedded\n"
    command += "with embedded.services(Path(sys.argv[1])): print('here', flush=True); input()"
    with embedded.services(var):
        first = server(var, "postgres").pid
        other = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", command, str(var)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        assert server(var, "postgres").pid == first
    time.sleep(embedded.IDLE_S + 0.5)
    assert server(var, "postgres").pid == first  # the other still uses it

    other.send_signal(signal.SIGKILL)  # the kernel drops its lock
    other.communicate()
    wait_for(lambda: not processes_of(var))


def test_a_folder_that_was_left_half_made_is_made_again(var: Path) -> None:
    half = server_home.find_home(var).data / "postgres-18"
    half.mkdir(parents=True)
    (half / "base").mkdir()
    with embedded.services(var):
        assert query(var, "SELECT 1") == [(1,)]


def test_logs_are_for_the_platform_alone(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    embedded._make_log_folder(tmp_path)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700
