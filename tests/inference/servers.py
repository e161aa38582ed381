"""Model servers for tests: real ones on a free port, as good or as broken as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

from inference.types import WriterRef

Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


@contextmanager
def running(server: HTTPServer) -> Iterator[str]:
    """Run the server in a thread; give its address."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def scripted_server(answer: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that answers each POST as `answer` says; gives its address and what was asked."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            asked.append(json.loads(self.rfile.read(length)))
            with suppress(BrokenPipeError, ConnectionResetError):  # the writer was stopped
                answer(self, asked[-1])

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with running(server) as address:
        yield address, asked


def say(handler: BaseHTTPRequestHandler, body: Any, status: int = 200, **headers: str) -> None:
    """Answer with JSON, or with the bytes as they are."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def completion(text: str, **fields: Any) -> dict[str, Any]:
    """A chat completion that says `text`."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}}
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    return {
        "model": "big",
        "choices": [choice | {"finish_reason": "stop"}],
        "usage": usage,
    } | fields


def writer_at(address: str, **fields: Any) -> WriterRef:
    """A registered server as the engine gets it."""
    plain = {"name": "Big", "engine": "openai", "key": "0123abcd-rest", "source": address}
    return WriterRef(**(plain | {"remote_name": "big"} | fields))
