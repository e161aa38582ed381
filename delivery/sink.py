"""A mail server that keeps what it is given and sends nothing on. For the demo and the tests.

    python -m delivery.sink --port 2525 --folder var/mailbox

Each mail is one file, named by its Message-ID; `accepted.log` has one line for each mail that was
taken, written before the answer. The local part of an address may ask for trouble:

    bounce+…     550 5.1.1 at RCPT           later+…      451 at RCPT
    full+…       552 5.2.2 at RCPT           policy+…     550 5.7.1 at RCPT
    close+…      421 at RCPT                 dropmail+…   connection closed at RCPT
    dropdata+…   closed at DATA              refuse+…     554 after the dot
    laterdata+…  451 after the dot           hang+…       taken, but never answered
    dropdot+…    taken, closed with no answer
"""

import argparse
import asyncio
import contextlib
import re
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from delivery.mail_files import file_name

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^>\r\n]{1,200})>", re.IGNORECASE | re.MULTILINE)
AT_RCPT = {
    "bounce": "550 5.1.1 No such user here",
    "later": "451 4.7.1 Try again later",
    "full": "552 5.2.2 The mailbox is full",
    "policy": "550 5.7.1 Not allowed to send to this address",
    "close": "421 4.3.2 Closing, try again later",
}
AFTER_DOT = {"refuse": "554 5.6.0 Content refused", "laterdata": "451 4.3.0 Try again later"}
HANG_S = 3600.0


@dataclass(kw_only=True)
class Sink:
    """What the server does with mail. `accepted` lists the ids taken, in order, with repeats.

    `folder` None keeps no files; with `ids_only` it holds the log alone. `password` None takes
    mail without a sign-in. `delay_s` passes between taking a mail and saying so.
    """

    folder: Path | None = None
    ids_only: bool = False
    password: str | None = None
    delay_s: float = 0.0
    refuse_sender: str = ""
    accepted: list[str] = field(default_factory=list)
    mails: dict[str, bytes] = field(default_factory=dict)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.password is not None and not session.authenticated:
            return "530 5.7.0 Sign in first"
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        script = _script(address)
        if script == "dropmail":
            server.transport.abort()
        if script in AT_RCPT:
            return AT_RCPT[script]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        script = _script(envelope.rcpt_tos[0])
        if script in AFTER_DOT:
            return AFTER_DOT[script]
        content = envelope.original_content or b""
        self._keep(content)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        if script == "hang":
            await asyncio.sleep(HANG_S)
        if script == "dropdot":
            server.transport.abort()
        return "250 2.0.0 Kept"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and data.password == (self.password or "").encode()
        return AuthResult(success=right, handled=False)

    def _keep(self, content: bytes) -> None:
        match = MESSAGE_ID.search(content)
        name = match[1].decode("ascii", "replace") if match else f"unnamed-{len(self.accepted)}"
        self.accepted.append(name)
        if self.folder is None:
            self.mails[name] = content
            return
        if not self.ids_only:
            (self.folder / f"{file_name(name)}.eml").write_bytes(content)
        with (self.folder / "accepted.log").open("a", encoding="utf-8") as log:
            log.write(f"{name}\n")


class Controller:
    """A sink in a thread of its own, on a free port of this machine (for tests)."""

    def __init__(self, sink: Sink, *, port: int = 0) -> None:
        self.sink = sink
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._up = threading.Event()
        self._server: asyncio.Server | None = None

    def __enter__(self) -> "Controller":
        self._thread.start()
        if not self._up.wait(20):
            raise RuntimeError("The mail server did not start.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(listen(self.sink, self.port))
        self.port = self._server.sockets[0].getsockname()[1]
        self._up.set()
        try:
            self._loop.run_forever()
        finally:
            self._end()

    def _end(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()


async def listen(sink: Sink, port: int) -> asyncio.Server:
    """Listen on this machine alone."""
    return await asyncio.get_running_loop().create_server(_protocol(sink), "127.0.0.1", port)


def _protocol(sink: Sink) -> Callable[[], SMTP]:
    def make() -> SMTP:
        return _Server(
            sink,
            hostname="mailbox.localhost",
            ident="Mailbox",
            enable_SMTPUTF8=True,
            authenticator=sink.authenticate if sink.password is not None else None,
            auth_require_tls=False,
        )

    return make


class _Server(SMTP):  # type: ignore[misc]  # aiosmtpd has no types
    """Closes the connection after 421, and at DATA if the address asks for it."""

    async def push(self, status: str | bytes) -> None:
        await super().push(status)
        text = status.decode("ascii", "replace") if isinstance(status, bytes) else status
        if text.startswith("421") and self.transport is not None:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        addresses = self.envelope.rcpt_tos if self.envelope else []
        if addresses and _script(addresses[0]) == "dropdata" and self.transport is not None:
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


def _script(address: str) -> str:
    return address.partition("@")[0].partition("+")[0]


async def _serve(sink: Sink, port: int) -> None:
    server = await listen(sink, port)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    sys.stdout.write(f"Listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await stop.wait()
    server.close()


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, help="where mails are kept; none keeps ids only")
    parser.add_argument("--ids-only", action="store_true", help="keep ids, not mails")
    parser.add_argument("--delay-ms", type=float, default=0)
    options = parser.parse_args(words)
    if options.folder:
        options.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sink = Sink(folder=options.folder, ids_only=options.ids_only, delay_s=options.delay_ms / 1000)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sink, options.port))
    return 0


if __name__ == "__main__":
    sys.exit(main())
