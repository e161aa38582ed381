"""The programs that make up a running platform: web server, workers, clock and mailbox."""

import contextlib
import fcntl
import http.client
import os
import socket
import sys
import tempfile
from pathlib import Path

from django.conf import settings

from marketing_platform.embedded import BASE_DIR
from marketing_platform.processes import Program

HOST = "127.0.0.1"
MAIL_PORT = 2525
PORTS_TO_TRY = 100


def free_port(wanted: int) -> int:
    """Return the wanted port, or the next one that nobody listens on, and keep it for this process.

    Programs of ours listen on it a moment later. Until then, and until this process ends, no other
    platform is given it. Raises OSError if a hundred in a row are taken.
    """
    for port in range(wanted, wanted + PORTS_TO_TRY):
        with contextlib.suppress(OSError), socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port))
            _keep(port)
            return port
    raise OSError(f"The ports from {wanted} to {wanted + PORTS_TO_TRY - 1} are all taken.")


_kept: dict[int, int] = {}
"""Port → the open file whose lock says that it is ours. The kernel drops the lock at our end."""


def _keep(port: int) -> None:
    """Raises BlockingIOError if another process keeps this port."""
    path = Path(tempfile.gettempdir()) / f"marketing-platform-port-{port}"
    try:
        file = os.open(path, os.O_RDONLY)  # whoever made it: a lock needs no right to write
    except FileNotFoundError:
        file = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise
    _kept[port] = file


def platform_programs(port: int, mail_port: int | None) -> list[Program]:
    """Return every program of a platform whose web server listens on `port`.

    With `mail_port` there is a mail server too, which keeps what it is given.
    """
    mailbox = [_mailbox(mail_port)] if mail_port else []
    return [*mailbox, _web(port), *_workers(), _beat()]


def _web(port: int) -> Program:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", "--no-ws"]
    command += ["--working-dir", str(BASE_DIR), "marketing_platform.wsgi:application"]
    return Program(
        name="Web server", command=command, log=_log("web"), ready=lambda: _web_answers(port)
    )


def _web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _workers() -> list[Program]:
    """One process writes (it holds the model), two send, two do the rest: one may be reading a
    long file."""
    return [
        _worker("inference", "--pool", "solo"),
        _worker("delivery", "--concurrency", "2"),
        _worker("default", "--concurrency", "2"),
    ]


def _worker(queue: str, *options: str) -> Program:
    command = [*_celery(), "worker", "--queues", queue, "--hostname", f"{queue}@%h"]
    command += ["--loglevel", "INFO", "--without-gossip", "--without-mingle", *options]
    # One thread each: the processes already share the cores.
    threads = {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    return Program(name=f"Worker of {queue}", command=command, log=_log(queue), environment=threads)


def _beat() -> Program:
    schedule = settings.VAR_DIR / "celerybeat-schedule"
    command = [*_celery(), "beat", "--loglevel", "INFO", "--schedule", str(schedule)]
    return Program(name="Clock", command=[*command, "--pidfile="], log=_log("beat"))


def _mailbox(port: int) -> Program:
    command = [sys.executable, "-m", "delivery.sink", "--port", str(port)]
    return Program(
        name="Mailbox",
        command=[*command, "--folder", str(mailbox_folder())],
        log=_log("mailbox"),
        ready=lambda: _accepts(port),
    )


def mailbox_folder() -> Path:
    return Path(settings.VAR_DIR) / "mailbox"


def _accepts(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--workdir", str(BASE_DIR), "-A", "marketing_platform"]


def _log(name: str) -> Path:
    return Path(settings.VAR_DIR) / "log" / f"{name}.log"


def restart_on(port: int) -> None:
    """Run this command again from the start, with settings that know the port."""
    os.environ["PORT"] = str(port)
    os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - ourselves
