"""The server of `manage.py serve_model`, with a model that repeats what it was asked."""

import json
import urllib.error
import urllib.request

import pytest

from inference.engine.chat import request_of
from inference.engine.serving import Answer, Refused, make_server
from inference.types import Goal, Slot
from tests.inference.servers import running


class Parrot:
    name, revision = "parrot", "1"

    def __init__(self):
        self.batches = []

    def answer(self, questions):
        self.batches.append(len(questions))
        return [self._one(question) for question in questions]

    def _one(self, question):
        said = question.prompt or question.messages[-1]["content"]
        if said == "break":
            raise RuntimeError("out of order")
        if said == "refuse":
            return Refused(400, "I will not say that.")
        return Answer(text=said, finish_reason="stop", prompt_tokens=3, new_tokens=2)


@pytest.fixture
def address():
    with running(make_server(Parrot(), api_key="secret")) as address:
        yield address


def ask(address, path, body=None, key="secret"):
    """Return the status and what was answered: JSON, or the text of a stream."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}{path}", data=data, headers={"Authorization": f"Bearer {key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            text = response.read().decode()
            is_stream = response.headers["Content-Type"].startswith("text/event-stream")
            return response.status, text if is_stream else json.loads(text)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())["error"]["message"]


def chat(words, **fields):
    return {"model": "parrot", "messages": [{"role": "user", "content": words}]} | fields


def test_it_answers_chats_and_texts_and_says_what_it_has(address):
    status, answer = ask(address, "/chat/completions", chat("Hello"))
    assert status == 200
    assert answer["choices"][0]["message"] == {"role": "assistant", "content": "Hello"}
    assert answer["usage"]["total_tokens"] == 5
    assert answer["system_fingerprint"] == "1"
    _status, answer = ask(address, "/completions", {"prompt": "Once"})
    assert answer["choices"][0]["text"] == "Once"
    _status, answer = ask(address, "/models")
    assert [row["id"] for row in answer["data"]] == ["parrot"]


def test_it_streams(address):
    words = "A text that is longer than one piece of a stream."
    status, text = ask(address, "/chat/completions", chat(words, stream=True))
    *events, done = [line[6:] for line in text.split("\n\n") if line]
    deltas = [json.loads(event)["choices"][0] for event in events]
    assert (status, done) == (200, "[DONE]")
    assert "".join(delta["delta"]["content"] for delta in deltas) == words
    assert [delta["finish_reason"] for delta in deltas][-1] == "stop"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{oops", 400, "no JSON"),
        (b"[1]", 400, "no JSON object"),
        ({"model": "parrot"}, 400, "messages must be"),
        (chat("x", messages=[{"role": "user"}]), 400, "messages must be"),
        (chat("x", model="gpt-9"), 404, "no model of that name"),
        (chat("x", temperature=9), 400, "temperature must be"),
        (chat("x", temperature=True), 400, "temperature must be"),
        (chat("x", n=2), 400, "n must be 1"),
        (chat("x", response_format={"type": "grammar"}), 400, "response_format must be"),
        (chat("refuse"), 400, "I will not say that."),
        (chat("break"), 500, "The model failed: RuntimeError."),
    ],
)
def test_a_bad_request_gets_a_sentence_and_the_server_goes_on(address, body, status, words):
    found, said = ask(address, "/chat/completions", body)
    assert (found, words in said) == (status, True)
    assert ask(address, "/chat/completions", chat("still here"))[0] == 200


def test_without_the_key_nothing_is_said(address):
    assert ask(address, "/models", key="wrong") == (401, "The key is missing or wrong.")
    assert ask(address, "/chat/completions", chat("x"), key="")[0] == 401


@pytest.mark.parametrize("path", ["/", "/embeddings", "/../etc/passwd"])
def test_other_addresses_are_not_there(address, path):
    assert ask(address, path)[0] == 404
    assert ask(address, path, chat("x"))[0] == 404


def test_the_task_is_read_from_lines_and_the_rest_has_defaults():
    request = request_of("Please write.\ngoal: winback\nslots: {{ offer.phrase }}\nThank you")
    assert request.goal == Goal.WINBACK
    assert request.slots == {Slot.OFFER}
    with pytest.raises(ValueError, match=r"“sell” is no goal\. Choose one of: welcome"):
        request_of("goal: sell")
    with pytest.raises(ValueError, match="is no slots"):
        request_of("slots: {{ customer.email }}")
