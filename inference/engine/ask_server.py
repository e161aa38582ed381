"""One question to a server that speaks the OpenAI protocol, answered as JSON."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inference.engine.chat import FENCE, THOUGHT
from inference.engine.openai import CHAT, server_of
from inference.engine.wire import Exchange, Trouble, read_json
from inference.errors import ServerRefused, ServerUnavailable
from inference.types import WriterRef

DEADLINE = 60.0


def ask_json(
    messages: Sequence[Mapping[str, str]],
    schema: Mapping[str, Any],
    *,
    writer: WriterRef,
    most: int,
    allow_private: bool,
    **_options: Any,
) -> Any:
    """See `inference.asking.ask_json`. One try: a person waits, and can ask again."""
    body = {
        "model": writer.remote_name,
        "messages": list(messages),
        "max_tokens": most,
        "temperature": 0,
    }
    form = {"name": "answer", "strict": True, "schema": schema}
    held = {"response_format": {"type": "json_schema", "json_schema": form}}
    server = server_of(writer, allow_private=allow_private, deadline=DEADLINE)
    try:
        try:
            answer = _post(Exchange(server), body | held)
        except Trouble as trouble:
            if trouble.kind != "bad":
                raise
            answer = _post(Exchange(server), body)  # it knows no schema: in plain words
    except Trouble as trouble:
        refused = trouble.kind == "refused"
        raise (ServerRefused if refused else ServerUnavailable)(trouble.words) from trouble
    return parse(answer)


def parse(answer: Mapping[str, Any]) -> Any:
    """Return the JSON value that a completion says. Raises ServerUnavailable for another text."""
    try:
        text = str(answer["choices"][0]["message"]["content"])
        bare = THOUGHT.sub("", text)
        fenced = FENCE.match(bare)
        return json.loads(fenced.group(1) if fenced else bare)
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise ServerUnavailable("The server answered with something that is no JSON.") from error


def _post(exchange: Exchange, body: Mapping[str, Any]) -> dict[str, Any]:
    with exchange.post(CHAT, dict(body)) as response:
        return read_json(response)
