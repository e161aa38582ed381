"""A small server that speaks the OpenAI protocol: chat/completions, completions, models.

It serves the starter model or a local instruct model to whoever asks over HTTP, and it is what
the engine `openai` is tested with. Requests that come in together are written together. For one
machine and people one trusts; a cluster is better served by vLLM.

The starter model reads no prose. It reads the `key: value` lines of the task (see `chat`) and
passes over everything else; what is missing has a default.

Streaming sends the finished text in pieces: the protocol is kept, the first word comes no sooner.
"""

import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

LARGEST_BODY = 1_000_000
GATHER_SECONDS = 0.01
MOST_TOGETHER = 128
PIECE = 24


class Refused(Exception):
    """The request cannot be answered: an HTTP status and a sentence."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be answered: a conversation, or a text to be continued (`prompt`)."""

    messages: tuple[dict[str, str], ...] = ()
    prompt: str = ""
    seed: int = 0
    temperature: float = 0.7
    most: int = 512
    schema: dict[str, Any] | None = None
    scores: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`prompt_logprobs`: asked for by `scores`, an entry for each token that was read, None for
    one that nothing is said of."""

    text: str
    finish_reason: str  # "stop" or "length"
    prompt_tokens: int
    new_tokens: int
    prompt_logprobs: list[dict[str, Any] | None] | None = None


class Backend(Protocol):
    """A model behind the server. `answer` gives an Answer or a Refused for each question."""

    name: str
    revision: str

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer | Refused]: ...


@dataclass
class _Job:
    question: Question
    done: threading.Event = field(default_factory=threading.Event)
    result: Answer | Refused | None = None


class Batcher:
    """One thread that has the model; what waits is answered together."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.waiting: queue.Queue[_Job | None] = queue.Queue()
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def ask(self, question: Question) -> Answer:
        """Wait for the answer. Raises Refused."""
        job = _Job(question)
        self.waiting.put(job)
        job.done.wait()
        if isinstance(job.result, Answer):
            return job.result
        raise job.result or Refused(500, "The model gave no answer.")

    def close(self) -> None:
        self.waiting.put(None)
        self.thread.join()

    def _work(self) -> None:
        while (job := self.waiting.get()) is not None:
            jobs = [job, *self._gather()]
            try:
                results = self.backend.answer([each.question for each in jobs])
            except Exception as error:  # noqa: BLE001 - the server goes on; the asker is told
                failed = Refused(500, f"The model failed: {type(error).__name__}.")
                results = [failed] * len(jobs)
            for each, result in zip(jobs, results, strict=True):
                each.result = result
                each.done.set()

    def _gather(self) -> list[_Job]:
        time.sleep(GATHER_SECONDS)
        jobs: list[_Job] = []
        while len(jobs) < MOST_TOGETHER - 1 and not self.waiting.empty():
            job = self.waiting.get()
            if job is None:
                self.waiting.put(None)
                break
            jobs.append(job)
        return jobs


def make_server(
    backend: Backend, *, host: str = "127.0.0.1", port: int = 0, api_key: str = ""
) -> ThreadingHTTPServer:
    """Return a server that is bound and waits for `serve_forever`. Port 0 takes a free one."""
    batcher = Batcher(backend)

    class Handler(_Handler):
        pass

    Handler.batcher, Handler.key = batcher, api_key
    server = ModelServer((host, port), Handler)
    server.batcher = batcher
    return server


class ModelServer(ThreadingHTTPServer):
    """Closing it waits for the texts in hand: a model is not stopped in the middle of a sum."""

    daemon_threads = True
    batcher: Batcher | None = None

    def server_close(self) -> None:
        super().server_close()
        if self.batcher is not None:
            self.batcher.close()


class _Handler(BaseHTTPRequestHandler):
    batcher: Batcher
    key: str = ""
    protocol_version = "HTTP/1.1"
    server_version = "models"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        self._serve(self._get)

    def do_POST(self) -> None:
        self._serve(self._post)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not logged: they hold what brands plan."""

    def _serve(self, verb: Any) -> None:
        try:
            self._check_key()
            verb()
        except Refused as refused:
            error = {"message": refused.words, "type": "invalid_request_error", "code": None}
            self._send(refused.status, {"error": error})
        except OSError:
            self.close_connection = True  # the asker has gone

    def _check_key(self) -> None:
        given = self.headers.get("Authorization", "")
        if self.key and not hmac.compare_digest(given.encode(), f"Bearer {self.key}".encode()):
            self.close_connection = True
            raise Refused(401, "The key is missing or wrong.")

    def _get(self) -> None:
        backend = self.batcher.backend
        if self.path == "/health":
            self._send(200, {"status": "ok"})
        elif self.path == "/v1/models":
            row = {"id": backend.name, "object": "model", "created": 0, "owned_by": "local"}
            self._send(200, {"object": "list", "data": [row]})
        else:
            raise Refused(404, "There is no such address. Ask /v1/chat/completions.")

    def _post(self) -> None:
        body = self._body()
        is_chat = self.path == "/v1/chat/completions"
        if not is_chat and self.path != "/v1/completions":
            raise Refused(404, "There is no such address. Ask /v1/chat/completions.")
        if body.get("model") not in (None, "", self.batcher.backend.name):
            known = self.batcher.backend.name
            raise Refused(404, f"There is no model of that name. This server has {known}.")
        answer = self.batcher.ask(read_question(body, is_chat=is_chat))
        if body.get("stream"):
            self._stream(answer, is_chat=is_chat)
        else:
            self._send(200, self._whole(answer, is_chat=is_chat))

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise Refused(413, "Send a body of at most one megabyte, with its Content-Length.")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise Refused(400, "The body is no JSON.") from error
        if not isinstance(body, dict):
            raise Refused(400, "The body is no JSON object.")
        return body

    def _head(self, is_chat: bool, kind: str = "") -> dict[str, Any]:
        backend = self.batcher.backend
        name = "chat.completion" if is_chat else "text_completion"
        return {
            "id": f"{'chatcmpl' if is_chat else 'cmpl'}-{uuid.uuid4().hex}",
            "object": f"{name}{kind}",
            "created": int(time.time()),
            "model": backend.name,
            "system_fingerprint": backend.revision,
        }

    def _whole(self, answer: Answer, *, is_chat: bool) -> dict[str, Any]:
        said: dict[str, Any] = {"text": answer.text}
        if is_chat:
            said = {"message": {"role": "assistant", "content": answer.text}}
        usage = {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.new_tokens,
            "total_tokens": answer.prompt_tokens + answer.new_tokens,
        }
        choice = {"index": 0, **said, "finish_reason": answer.finish_reason}
        whole = {**self._head(is_chat), "choices": [choice], "usage": usage}
        if answer.prompt_logprobs is not None:
            whole["prompt_logprobs"] = answer.prompt_logprobs
        return whole

    def _stream(self, answer: Answer, *, is_chat: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        head = self._head(is_chat, ".chunk" if is_chat else "")
        for piece, reason in pieces(answer):
            said: dict[str, Any] = {"delta": {"content": piece}} if is_chat else {"text": piece}
            event = {**head, "choices": [{"index": 0, **said, "finish_reason": reason}]}
            self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)


def pieces(answer: Answer) -> Iterator[tuple[str, str | None]]:
    """Yield the text in short pieces, and with the last one why it ended."""
    text = answer.text
    for start in range(0, len(text), PIECE):
        yield text[start : start + PIECE], None
    yield "", answer.finish_reason


def read_question(body: dict[str, Any], *, is_chat: bool) -> Question:
    """Read the body of a request. Raises Refused with what is wrong."""
    if body.get("n", 1) != 1:
        raise Refused(400, "n must be 1: ask again for another text.")
    most = body.get("max_completion_tokens") or body.get("max_tokens") or 512
    return Question(
        messages=_messages(body.get("messages")) if is_chat else (),
        prompt="" if is_chat else _prompt(body.get("prompt")),
        seed=int(_number(body, "seed", 0, -(2**63), 2**63)) % 2**31,
        temperature=_number(body, "temperature", 0.7, 0, 2),
        most=int(_number({"max_tokens": most}, "max_tokens", 512, 1, 8192)),
        schema=_schema(body.get("response_format")),
        scores=is_chat and body.get("prompt_logprobs") is not None,
    )


def _messages(given: Any) -> tuple[dict[str, str], ...]:
    wrong = Refused(400, "messages must be a list of objects with a role and a content of text.")
    if not isinstance(given, list) or not given:
        raise wrong
    found = []
    for entry in given:
        content = entry.get("content") if isinstance(entry, dict) else None
        if isinstance(content, list):  # parts of text
            content = "".join(str(part.get("text", "")) for part in content if part)
        if not isinstance(content, str) or not isinstance(entry.get("role"), str):
            raise wrong
        found.append({"role": entry["role"], "content": content})
    return tuple(found)


def _prompt(given: Any) -> str:
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if not isinstance(given, str) or not given:
        raise Refused(400, "prompt must be one text.")
    return given


def _number(body: dict[str, Any], name: str, default: float, low: float, high: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise Refused(400, f"{name} must be a number between {low:g} and {high:g}.")
    return value


def _schema(given: Any) -> dict[str, Any] | None:
    if not isinstance(given, dict) or given.get("type") in (None, "text"):
        return None
    if given["type"] == "json_object":
        return {"type": "object"}
    named = given.get("json_schema")
    schema = named.get("schema") if isinstance(named, dict) else None
    if given["type"] != "json_schema" or not isinstance(schema, dict):
        raise Refused(400, "response_format must be text, json_object or json_schema.")
    return schema
