"""HTTP to a model server that may be slow, broken or hostile: one POST, one answer or a sentence.

Every exchange has one deadline for all of it, however slowly bytes trickle; an answer has a
largest size; no redirect is followed; the connection goes to the very address that was checked.
Standard library only, so that web processes may use it and every limit is ours.
"""

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import time
from typing import Any

from tenants.addresses import find_address, split_url

LARGEST_ANSWER = 1_000_000
CONNECT_SECONDS = 10.0


class Trouble(Exception):
    """The exchange failed. `again` says whether trying again may help, `after` how long to wait.

    `kind`: "connect", "timeout", "protocol", "busy" (429, 5xx), "refused" (401, 403, 404), "bad"
    (other 4xx), "stopped".
    """

    def __init__(self, kind: str, words: str, *, again: bool = False, after: float = 0.0) -> None:
        super().__init__(words)
        self.kind, self.words, self.again, self.after = kind, words, again, after


@dataclass(frozen=True, kw_only=True)
class Server:
    """Where to, as whom, and the limits."""

    url: str
    api_key: str = field(default="", repr=False)
    allow_private: bool = False
    deadline: float = 90.0

    @property
    def host(self) -> str:
        return split_url(self.url)[1]


class Exchange:
    """One connection that another thread may break off, and that breaks itself off in time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stopped = self.late = False
        self.socket: socket.socket | None = None
        self._timer = threading.Timer(server.deadline, self._expire)
        self._timer.daemon = True

    def stop(self) -> None:
        """Break off from another thread."""
        self.stopped = True
        self._shut()

    def _expire(self) -> None:
        self.late = True
        self._shut()

    def _shut(self) -> None:
        if self.socket is not None:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    @contextmanager
    def post(self, path: str, body: dict[str, Any]) -> Iterator[http.client.HTTPResponse]:
        """Send the body as JSON; yield an answer of status 200. Raises Trouble, DomainError."""
        self._timer.start()
        connection: http.client.HTTPConnection | None = None
        try:
            connection = self._connect()
            headers = {"Content-Type": "application/json", "Connection": "close"}
            if self.server.api_key:
                headers["Authorization"] = f"Bearer {self.server.api_key}"
            _scheme, _host, _port, base = split_url(self.server.url)
            data = json.dumps(body).encode()
            connection.request("POST", f"{base}{path}", body=data, headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise _refusal(response)
            yield response
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise self._trouble(error) from error
        finally:
            self._timer.cancel()
            if connection is not None:
                connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        scheme, host, port, _base = split_url(self.server.url)
        address = find_address(host, port, allow_private=self.server.allow_private)
        connection = http.client.HTTPConnection(host, port, timeout=self.server.deadline)
        try:
            self.socket = socket.create_connection((address, port), CONNECT_SECONDS)
            if scheme == "https":
                context = ssl.create_default_context()
                self.socket = context.wrap_socket(self.socket, server_hostname=host)
            self.socket.settimeout(self.server.deadline)
        except OSError as error:
            raise Trouble("connect", f"The server {host} does not answer.", again=True) from error
        connection.sock = self.socket
        return connection

    def _trouble(self, error: Exception) -> Trouble:
        if self.stopped:
            return Trouble("stopped", "The writing was stopped.")
        if self.late or isinstance(error, TimeoutError):
            seconds = f"{self.server.deadline:g}"
            words = f"The server {self.server.host} gave no whole answer in {seconds} seconds."
            return Trouble("timeout", words, again=True)
        words = f"The server {self.server.host} answered with something that is no HTTP."
        return Trouble("protocol", words, again=True)


def read_json(response: http.client.HTTPResponse) -> dict[str, Any]:
    """Return the answer. Raises Trouble if it is too large or no JSON object."""
    data = response.read(LARGEST_ANSWER + 1)
    if len(data) > LARGEST_ANSWER:
        raise Trouble("protocol", "The server's answer was larger than any text could be.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Trouble("protocol", "The server answered with something that is no JSON.") from error
    if not isinstance(found, dict):
        raise Trouble("protocol", "The server answered with something that is no JSON object.")
    return found


def read_events(response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
    """Yield the objects of a stream of server-sent events, until [DONE] or the end."""
    size = 0
    while line := response.readline(LARGEST_ANSWER):
        size += len(line)
        if size > LARGEST_ANSWER:
            raise Trouble("protocol", "The server's answer was larger than any text could be.")
        name, _colon, value = line.decode("utf-8", "replace").partition(":")
        value = value.strip()
        if name != "data" or not value:
            continue
        if value == "[DONE]":
            return
        try:
            found = json.loads(value)
        except (ValueError, RecursionError) as error:
            words = "The server streamed something that is no JSON."
            raise Trouble("protocol", words) from error
        if isinstance(found, dict):
            yield found


def _refusal(response: http.client.HTTPResponse) -> Trouble:
    """What a status other than 200 means."""
    status, said = response.status, _said(response)
    if status in (401, 403):
        return Trouble("refused", f"The server refused the key ({status}). {said}".strip())
    if status == 404:
        return Trouble("refused", f"The server knows no such model or address (404). {said}")
    if status == 429 or status >= 500:
        words = f"The server is busy or broken ({status}). {said}".strip()
        return Trouble("busy", words, again=True, after=_retry_after(response))
    return Trouble("bad", f"The server refused the request ({status}). {said}".strip())


def _said(response: http.client.HTTPResponse) -> str:
    """The message of an error object, shortened; nothing that is not one line of text."""
    try:
        found = json.loads(response.read(20_000))
        error = found.get("error", found) if isinstance(found, dict) else ""
        words = error.get("message", "") if isinstance(error, dict) else error
    except (OSError, ValueError, RecursionError, http.client.HTTPException):
        return ""
    text = "".join(char for char in str(words) if char.isprintable())
    return f"It said: {text[:200]}" if text else ""


def _retry_after(response: http.client.HTTPResponse) -> float:
    """Seconds that the server asks to wait; 0 if it does not say, or not so that it can be read."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value[:6])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
