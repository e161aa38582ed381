"""Hand one mail over to a mail server, phase by phase, and say what is certain afterwards.

An error before the final dot means that nothing was taken. After the final dot, only the server's
answer tells; without one the mail is in doubt. Waiting less than ten minutes for that answer
would make doubt (RFC 5321, 4.5.3.2.6).

    where it ended                                    what follows
    connect, TLS, EHLO, sign-in                       RouteFailed; nothing was tried
    MAIL 5xx                                          queued, the sender is paused
    MAIL 4xx, RCPT 4xx, answer to the dot 4xx         retry_wait
    RCPT 5xx: 5.1.x, 5.4.4, "user unknown"            failed, the address is suppressed
    RCPT 5xx: others                                  failed
    DATA refused, answer to the dot 5xx               failed
    dropped before the dot                            retry_wait
    dropped after the dot, or no answer in time       in_doubt
    250                                               sent
"""

import contextlib
import re
import smtplib
import socket
import ssl
from dataclasses import dataclass

from delivery.models import MessageState

COMMAND_TIMEOUT_S = 60.0
FINAL_TIMEOUT_S = 600.0
CONNECT_TIMEOUT_S = 20.0
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_UNKNOWN = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)|does not exist"
    r"|recipient not found|invalid (recipient|mailbox)|mailbox not found",
    re.IGNORECASE,
)


class RouteFailed(Exception):
    """No mail can go this way now. `code` is auth, connect or tls; `lasting` means: pause now."""

    def __init__(self, code: str, answer: str, *, lasting: bool) -> None:
        super().__init__(f"{code}: {answer}")
        self.code, self.answer, self.lasting = code, answer[:300], lasting


@dataclass(frozen=True, kw_only=True)
class Server:
    """How to reach a mail server."""

    host: str
    port: int
    security: str
    username: str
    password: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one hand-over. `reason` is a stable word, `detail` the server's answer.

    `dead`: the address does not exist. `pause`: why no more mail must go this way now.
    `lost`: the connection cannot be used again.
    """

    state: MessageState
    reason: str = ""
    detail: str = ""
    dead: bool = False
    pause: str = ""
    lost: bool = False


class Route:
    """One connection to a mail server, opened when needed and used again."""

    def __init__(self, server: Server, *, final_timeout_s: float = FINAL_TIMEOUT_S) -> None:
        self.server = server
        self.final_timeout_s = final_timeout_s
        self._smtp: smtplib.SMTP | None = None

    @property
    def is_open(self) -> bool:
        return self._smtp is not None

    def open(self) -> None:
        """Connect, encrypt and sign in, unless that is done. Raises RouteFailed."""
        if self._smtp is not None:
            return
        try:
            smtp = self._connect()
        except ssl.SSLError as error:
            raise RouteFailed("tls", str(error), lasting=True) from error
        except smtplib.SMTPException as error:
            raise RouteFailed("connect", _words(error), lasting=False) from error
        except OSError as error:
            raise RouteFailed("connect", str(error), lasting=False) from error
        try:
            self._sign_in(smtp)
        except RouteFailed:
            smtp.close()
            raise
        self._smtp = smtp

    def close(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()
            self._drop()

    def hand_over(self, mail: bytes, *, sender: str, to: str) -> Answer:
        """Hand one mail over. What a server does is an answer, never an exception.

        `mail` has CR LF lines, the last too.
        """
        if self._smtp is None:
            raise RuntimeError("Open the route first.")
        answer = _Delivery(self._smtp, self.final_timeout_s).run(mail, sender, to)
        if answer.lost:
            self._drop()
        elif answer.state != MessageState.SENT:
            self._reset()
        return answer

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=CONNECT_TIMEOUT_S, context=tls_context()
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=CONNECT_TIMEOUT_S)
        _socket(smtp).settimeout(COMMAND_TIMEOUT_S)
        # The dot goes in a packet of its own; it must not wait for the other side's delayed ack.
        _socket(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            self._encrypt(smtp)
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        """STARTTLS that fails must fail: what follows would be readable."""
        try:
            smtp.starttls(context=tls_context())
            smtp.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, ssl.SSLError, OSError) as error:
            smtp.close()
            raise RouteFailed("tls", _words(error), lasting=True) from error

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if not self.server.username:
            return
        try:
            smtp.login(self.server.username, self.server.password)
        except smtplib.SMTPResponseException as error:
            lasting = error.smtp_code >= 500
            raise RouteFailed("auth", _words(error), lasting=lasting) from error
        except (smtplib.SMTPException, OSError) as error:
            known = isinstance(error, smtplib.SMTPNotSupportedError)
            raise RouteFailed("auth", _words(error), lasting=known) from error

    def _reset(self) -> None:
        try:
            if self._smtp is not None and self._smtp.rset()[0] != 250:
                self._drop()
        except (smtplib.SMTPException, OSError):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None


class _Delivery:
    """One mail on its way through MAIL, RCPT, DATA and the final dot."""

    def __init__(self, smtp: smtplib.SMTP, final_timeout_s: float) -> None:
        self.smtp = smtp
        self.final_timeout_s = final_timeout_s

    def run(self, mail: bytes, sender: str, to: str) -> Answer:
        try:
            return self._mail(sender, to) or self._rcpt(to) or self._data() or self._dot(mail)
        except UnicodeError:
            return Answer(state=MessageState.FAILED, reason="bad_address")
        except (smtplib.SMTPException, OSError) as error:
            # Every phase but the dot: nothing was taken.
            return Answer(
                state=MessageState.RETRY_WAIT, reason="dropped", detail=_words(error), lost=True
            )

    def _mail(self, sender: str, to: str) -> Answer | None:
        options = []
        if not to.isascii():
            if not self.smtp.has_extn("smtputf8"):
                return Answer(
                    state=MessageState.FAILED,
                    reason="bad_address",
                    detail="The server takes ASCII addresses only.",
                )
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        code, reply = self.smtp.mail(_address(sender), options)
        if code == 250:
            return None
        if code >= 500:
            return Answer(
                state=MessageState.QUEUED,
                reason="",
                detail=_line(code, reply),
                pause="policy",
                lost=True,
            )
        return _later(code, reply)

    def _rcpt(self, to: str) -> Answer | None:
        code, reply = self.smtp.rcpt(_address(to))
        if code in (250, 251):
            return None
        if code < 500:
            return _later(code, reply)
        line = _line(code, reply)
        match = _ENHANCED.search(line)
        enhanced = match[1] if match else ""
        policy = enhanced.startswith("5.7.")
        dead = enhanced.startswith("5.1.") or enhanced == "5.4.4"
        dead = dead or (not enhanced and bool(_UNKNOWN.search(line)))
        reason = "bounced" if dead else "policy" if policy else "refused"
        return Answer(state=MessageState.FAILED, reason=reason, detail=line, dead=dead)

    def _data(self) -> Answer | None:
        code, reply = self.smtp.docmd("data")
        if code == 354:
            return None
        if code >= 500:
            return Answer(state=MessageState.FAILED, reason="content", detail=_line(code, reply))
        return _later(code, reply)

    def _dot(self, mail: bytes) -> Answer:
        """Lines that begin with a dot get a second one, so that only the last dot ends it."""
        self.smtp.send(mail.replace(b"\r\n.", b"\r\n.."))
        _socket(self.smtp).settimeout(self.final_timeout_s)
        try:
            self.smtp.send(b".\r\n")
            code, reply = self.smtp.getreply()
            _socket(self.smtp).settimeout(COMMAND_TIMEOUT_S)
        except (smtplib.SMTPException, OSError) as error:
            return Answer(state=MessageState.IN_DOUBT, reason="", detail=_words(error), lost=True)
        if code == 250:
            return Answer(state=MessageState.SENT, detail=_line(code, reply))
        if code == -1:  # the connection ended with an empty answer
            return Answer(state=MessageState.IN_DOUBT, detail="The answer was empty.", lost=True)
        if code >= 500:
            return Answer(state=MessageState.FAILED, reason="content", detail=_line(code, reply))
        return _later(code, reply)


def tls_context() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities; a failure is a failure."""
    return ssl.create_default_context()


def _later(code: int, reply: bytes) -> Answer:
    """Not taken, try again. After 421 the server closes the connection; -1 is no answer at all."""
    return Answer(
        state=MessageState.RETRY_WAIT,
        reason="temporary",
        detail=_line(code, reply),
        lost=code in (421, -1),
    )


def _address(address: str) -> str:
    """The address with its domain in ASCII."""
    name, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{name}@{domain.encode('idna').decode('ascii')}"


def _socket(smtp: smtplib.SMTP) -> socket.socket:
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("The connection is closed.")
    return smtp.sock


def _line(code: int, reply: bytes) -> str:
    return f"{code} {reply.decode('utf-8', 'replace')}".replace("\n", " ")[:300]


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_error
        return _line(error.smtp_code, reply if isinstance(reply, bytes) else reply.encode())
    return (str(error) or type(error).__name__)[:300]
