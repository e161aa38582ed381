"""Writing by a server that speaks the OpenAI protocol, such as a vLLM cluster.

Several requests are under way at once. What may pass (429, 5xx, a hang, garbage) is tried again
with growing pauses, or after as long as the server asks; then that one text ends as an error with
a sentence, and its neighbours go on. If the server refuses the key or the model, or no request at
all got through, the whole call is refused instead, so that nothing is lost and a person can act.

Where the server has structured output it is asked for; one that refuses it is asked plainly.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from inference.engine.chat import load_prompt, messages_of, parts_of, schema_of
from inference.engine.wire import Exchange, Server, Trouble, read_events, read_json
from inference.errors import ServerRefused, ServerUnavailable
from inference.types import Channel, WriterRef, Writing, WritingRequest

TRIES = 4
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
MOST_TOKENS = {Channel.EMAIL: 1000, Channel.ARTICLE: 1400, Channel.AD: 200}
TEMPERATURE = 0.7
ASK_SECONDS = 0.5
CHAT = "/chat/completions"

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


@dataclass
class Session:
    """One call of `write`: the server, what was learnt of it, and what is under way."""

    writer: WriterRef
    server: Server
    structured: bool = True
    stopped: threading.Event = field(default_factory=threading.Event)
    fatal: Trouble | None = None
    answered: bool = False
    exchanges: set[Exchange] = field(default_factory=set)

    def stop(self) -> None:
        self.stopped.set()
        for exchange in list(self.exchanges):
            exchange.stop()


def write(
    requests: Sequence[WritingRequest],
    *,
    writer: WriterRef,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
    allow_private: bool = False,
    concurrency: int = 8,
    deadline: float = 90.0,
) -> list[Writing]:
    """Return one writing per request, in order. See `inference.services.write`.

    `deadline` seconds for one exchange, `concurrency` of them at once. Raises ServerRefused,
    ServerUnavailable.
    """
    server = server_of(writer, allow_private=allow_private, deadline=deadline)
    session = Session(writer=writer, server=server)
    with ThreadPoolExecutor(max_workers=max(1, min(concurrency, len(requests)))) as pool:
        futures = [pool.submit(_write_one, session, request) for request in requests]
        _watch(session, futures, on_progress, should_stop)
    writings = [future.result() for future in futures]
    if session.fatal is not None:
        raise ServerRefused(session.fatal.words)
    if not session.answered and not session.stopped.is_set():
        raise ServerUnavailable(writings[0].error)
    return writings


def server_of(writer: WriterRef, *, allow_private: bool, deadline: float) -> Server:
    """Return where the writer's requests go."""
    return Server(
        url=writer.source,
        api_key=writer.api_key,
        allow_private=allow_private,
        deadline=deadline,
    )


def stream(
    request: WritingRequest, *, writer: WriterRef, allow_private: bool = False, deadline: float = 60
) -> Iterator[str]:
    """Yield the answer to one request as it comes, unchecked. Raises ServerUnavailable."""
    exchange = Exchange(server_of(writer, allow_private=allow_private, deadline=deadline))
    body = body_of(request, writer) | {"stream": True}
    try:
        with exchange.post(CHAT, body) as response:
            for event in read_events(response):
                text = _first(event).get("delta", {}).get("content")
                if isinstance(text, str) and text:
                    yield text
    except Trouble as trouble:
        raise ServerUnavailable(trouble.words) from trouble


def body_of(request: WritingRequest, writer: WriterRef) -> dict[str, Any]:
    """Return the body of a chat completion. The seed changes with each rewrite."""
    return {
        "model": writer.remote_name,
        "messages": messages_of(request, writer.prompt_version),
        "max_tokens": MOST_TOKENS[request.channel],
        "temperature": TEMPERATURE,
        "seed": (request.seed + request.attempt) % 2**31,
    }


def response_format(channel: Channel) -> dict[str, Any]:
    """Return what asks the server for the parts as JSON, and nothing else."""
    schema = {"name": channel.value, "strict": True, "schema": schema_of(channel)}
    return {"type": "json_schema", "json_schema": schema}


def _watch(
    session: Session,
    futures: Sequence[Future[Writing]],
    on_progress: Progress | None,
    should_stop: Stop | None,
) -> None:
    """Report, and hear when to stop, until all have ended. Also tells that we are still alive."""
    open_ones: set[Future[Writing]] = set(futures)
    while open_ones:
        _done, open_ones = wait(open_ones, ASK_SECONDS, return_when=FIRST_COMPLETED)
        if on_progress:
            on_progress(len(futures) - len(open_ones), len(futures))
        if session.fatal is not None or (should_stop and should_stop()):
            session.stop()


def _write_one(session: Session, request: WritingRequest) -> Writing:
    began = time.monotonic()
    try:
        answer = _ask_until_answered(session, request)
        return _writing(session, request, answer, time.monotonic() - began)
    except Trouble as trouble:
        return _failed(session, request, trouble.words, time.monotonic() - began)


def _ask_until_answered(session: Session, request: WritingRequest) -> dict[str, Any]:
    """Return the answer. Raises Trouble when the tries are used up, or no try would help."""
    for tried in range(1, TRIES + 1):
        try:
            return _ask(session, request)
        except Trouble as trouble:
            if trouble.kind == "refused":
                session.fatal = session.fatal or trouble  # the first knows why
            if not trouble.again or tried == TRIES:
                raise
            pause = FIRST_PAUSE * 2 ** (tried - 1) * random.uniform(0.75, 1.25)
            session.stopped.wait(min(LONGEST_PAUSE, max(pause, trouble.after)))
    raise AssertionError("unreachable")


def _ask(session: Session, request: WritingRequest) -> dict[str, Any]:
    """One exchange, and a second one in plain words with a server that knows no schema."""
    if not session.structured:
        return _post(session, body_of(request, session.writer))
    body = body_of(request, session.writer)
    try:
        return _post(session, body | {"response_format": response_format(request.channel)})
    except Trouble as trouble:
        if trouble.kind != "bad":
            raise
        answer = _post(session, body)
        session.structured = False
        return answer


def _post(session: Session, body: dict[str, Any]) -> dict[str, Any]:
    if session.stopped.is_set():
        raise Trouble("stopped", "The writing was stopped.")
    exchange = Exchange(session.server)
    session.exchanges.add(exchange)
    try:
        with exchange.post(CHAT, body) as response:
            answer = read_json(response)
    finally:
        session.exchanges.discard(exchange)
    session.answered = True
    return answer


def _writing(
    session: Session, request: WritingRequest, answer: dict[str, Any], seconds: float
) -> Writing:
    choice = _first(answer)
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    try:
        parts = parts_of(text if isinstance(text, str) else "")
    except ValueError as error:
        parts, failure = {}, str(error)
    else:
        failure = ""
    cut = choice.get("finish_reason") == "length"
    usage = answer.get("usage") if isinstance(answer.get("usage"), dict) else {}
    return Writing(
        parts=parts,
        engine="openai",
        model=_model_name(session, answer),
        prompt_version=load_prompt(
            request.channel, request.language, session.writer.prompt_version
        ).name,
        finish_reason="error" if failure else "length" if cut else "stop",
        prompt_tokens=_count(usage, "prompt_tokens"),
        new_tokens=_count(usage, "completion_tokens"),
        seconds=round(seconds, 3),
        error=failure,
    )


def _failed(session: Session, request: WritingRequest, words: str, seconds: float) -> Writing:
    writer = session.writer
    return Writing(
        parts={},
        engine="openai",
        model=writer.label(f"{writer.remote_name}@{session.server.host}"),
        prompt_version=load_prompt(request.channel, request.language, writer.prompt_version).name,
        finish_reason="error",
        prompt_tokens=0,
        new_tokens=0,
        seconds=round(seconds, 3),
        error=words,
    )


def _model_name(session: Session, answer: dict[str, Any]) -> str:
    """What the server says it is, its build if it tells, and where it stands."""
    named, build = answer.get("model"), answer.get("system_fingerprint")
    name = named if isinstance(named, str) and named else session.writer.remote_name
    revision = f"@{build}" if isinstance(build, str) and build else ""
    return session.writer.label(f"{name[:80]}{revision[:60]}@{session.server.host[:40]}")


def _first(answer: dict[str, Any]) -> dict[str, Any]:
    choices = answer.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    return choice if isinstance(choice, dict) else {}


def _count(usage: Any, name: str) -> int:
    value = usage.get(name, 0) if isinstance(usage, dict) else 0
    return min(value, 10**7) if isinstance(value, int) and value > 0 else 0
