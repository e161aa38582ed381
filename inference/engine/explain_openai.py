"""A model at a server as a reader of its own texts, where the server gives log-probabilities.

The conversation is sent once for each counterfactual, with the text as the answer that is to be
gone on with, and the server is asked what it gives each token of it (`prompt_logprobs`, as vLLM
offers them). A server that does not know this leaves it out or refuses it; then the page says so.
"""

import json
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from inference.engine.chat import load_prompt, messages_of
from inference.engine.facts import Fact
from inference.engine.openai import CHAT, server_of
from inference.engine.told import Told, facts_in_words, tell
from inference.engine.wire import Exchange, Trouble, read_json
from inference.errors import NotExplainable, ServerRefused, ServerUnavailable
from inference.types import FIELDS, Clause, Explanation, Influence, WriterRef, WritingRequest

DIGITS = 4
UNKNOWN = "\ufffd"  # part of a sign, as servers show a token that is none by itself
Scores = tuple[list[float], list[int]]  # for each clause: nats, tokens


def explain_server(
    writer: WriterRef,
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    allow_private: bool = False,
    concurrency: int = 8,
    deadline: float = 60.0,
) -> Explanation:
    """Return what drove the text. Raises NotExplainable, ServerRefused, ServerUnavailable."""
    began = time.monotonic()
    told = tell(parts, FIELDS[request.channel])
    if not told.clauses:
        raise NotExplainable("This text is empty, so there is nothing to explain.")
    facts = facts_in_words(request)
    asked = [request, *(one for fact in facts for one in (fact.base, *fact.instead))]
    prompts = list(dict.fromkeys(json.dumps(messages_of(one, writer.prompt_version))
                                 for one in asked))  # fmt: skip
    ask = _Asker(writer, told, allow_private=allow_private, deadline=deadline)
    first = ask(prompts[0])  # a server that gives none is asked once, not forty times
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        rest = list(pool.map(ask, prompts[1:]))
    row = dict(zip(prompts, [first, *rest], strict=True))

    def scores_of(one: WritingRequest) -> list[float]:
        return row[json.dumps(messages_of(one, writer.prompt_version))][0]

    influences = [_influence(fact, scores_of) for fact in facts]
    return Explanation(
        clauses=tuple(
            Clause(part=part, text=words, tokens=tokens, logprob=round(nats, DIGITS))
            for (part, words), nats, tokens in zip(told.clauses, *first, strict=True)
        ),
        influences=tuple(sorted(influences, key=lambda one: -one.effect)),
        model=writer.label(f"{writer.remote_name[:80]}@{ask.server.host[:40]}"),
        prompt_version=load_prompt(request.channel, request.language, writer.prompt_version).name,
        seconds=round(time.monotonic() - began, 3),
    )


class _Asker:
    """Asks the server for the log-probabilities of one text after one conversation."""

    def __init__(
        self, writer: WriterRef, told: Told, *, allow_private: bool, deadline: float
    ) -> None:
        self.server = server_of(writer, allow_private=allow_private, deadline=deadline)
        self.model, self.told = writer.remote_name, told

    def __call__(self, prompt: str) -> Scores:
        answer = {"role": "assistant", "content": self.told.answer}
        body = {
            "model": self.model,
            "messages": [*json.loads(prompt), answer],
            "max_tokens": 1,
            "temperature": 0,
            "prompt_logprobs": 0,
            "add_generation_prompt": False,
            "continue_final_message": True,
        }
        try:
            with Exchange(self.server).post(CHAT, body) as response:
                found = read_json(response)
        except Trouble as trouble:
            raise _refusal(trouble) from trouble
        return score(found.get("prompt_logprobs"), self.told)


def score(given: Any, told: Told) -> Scores:
    """Return what a server gave each clause. Raises NotExplainable where it gave nothing usable.

    given: one entry for each token of the conversation, {id: {"logprob", "decoded_token"}} or None.
    """
    if not isinstance(given, list):
        raise NotExplainable(
            "The server that wrote this text gives no log-probabilities of a given text, so what "
            "drove it cannot be measured. vLLM gives them."
        )
    read = [_read(entry) for entry in given]
    sums, counts = [0.0] * len(told.clauses), [0] * len(told.clauses)
    for place, start, stop in locate([words for words, _nats in read], told.answer):
        owner = told.owner(start, stop)
        nats = read[place][1]
        if nats is None:
            raise NotExplainable("The server gave no log-probability for a part of the text.")
        if owner >= 0:
            sums[owner] += nats
            counts[owner] += 1
    return sums, counts


def locate(tokens: Sequence[str], answer: str) -> list[tuple[int, int, int]]:
    """Return for each token of the answer, which ends the tokens, its index and where it stands.

    A sign that is cut into several tokens reads as no sign; those tokens share the place between
    their neighbours. Raises NotExplainable where tokens and answer do not match.
    """
    found: list[tuple[int, int, int]] = []
    end, cut = len(answer), list[int]()
    for place in range(len(tokens) - 1, -1, -1):
        token = tokens[place]
        if end <= 0:
            break
        if not token or UNKNOWN in token:
            cut.append(place)
            continue
        if token.endswith(answer[:end]) and not cut:
            found.append((place, 0, end))  # the token began before the answer
            end = 0
            break
        start = answer.rfind(token, 0, end)
        if start < 0 or (start + len(token) != end and not cut):
            break
        found += [(one, start + len(token), end) for one in cut]
        found.append((place, start, start + len(token)))
        end, cut = start, []
    if end > 0:
        raise NotExplainable(
            "The server's tokens do not spell the text out, so what drove it cannot be measured."
        )
    return found


def _read(entry: Any) -> tuple[str, float | None]:
    """The token that stands there comes first; others, where the server adds them, follow it."""
    first = next(iter(entry.values()), None) if isinstance(entry, dict) else None
    if not isinstance(first, dict):
        return "", None
    nats, words = first.get("logprob"), first.get("decoded_token")
    known = float(nats) if isinstance(nats, int | float) and math.isfinite(nats) else None
    return (words if isinstance(words, str) else ""), known


def _influence(fact: Fact, scores_of: Any) -> Influence:
    others = [scores_of(one) for one in fact.instead]
    means = [sum(column) / len(others) for column in zip(*others, strict=True)]
    effects = [own - mean for own, mean in zip(scores_of(fact.base), means, strict=True)]
    return Influence(
        fact=fact.name,
        value=fact.value,
        effect=round(sum(effects), DIGITS),
        by_clause=tuple(round(effect, DIGITS) for effect in effects),
        alternatives=len(fact.instead),
    )


def _refusal(trouble: Trouble) -> Exception:
    if trouble.kind == "bad":
        return NotExplainable(
            f"The server gives no log-probabilities of a given text. {trouble.words}"
        )
    if trouble.kind == "refused":
        return ServerRefused(trouble.words)
    return ServerUnavailable(trouble.words)
