"""A text as a model that reads words wrote it: one JSON object, and whose clause each place is in.

Also the facts of a request in words. Beside those of `facts` there are the brief's message, the
brand's words and samples, the approved examples, and what the model was told of each product fact.
Knows neither torch nor Django.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inference.engine.facts import Fact, clauses_of, facts_of
from inference.types import WritingContext, WritingRequest

MOST_ALTERNATIVES = 2
"""Other values tried for a goal, a tone and the like: a prompt in words costs much more to read
than the starter's ten tokens. They are taken evenly from the list of values, always the same."""


@dataclass(frozen=True)
class Told:
    """`answer` is the text as JSON; `clauses` are (part, words); `spans` are where each stands in
    the answer, in signs."""

    answer: str
    clauses: tuple[tuple[str, str], ...]
    spans: tuple[tuple[int, int], ...]

    def owner(self, start: int, stop: int) -> int:
        """Return the clause in which a token of the answer ends, -1 for the JSON around them."""
        for index, (first, last) in enumerate(self.spans):
            if start < last and stop > first:
                return min(index + (stop > last and self._follows(index)), len(self.spans) - 1)
        return -1

    def _follows(self, index: int) -> bool:
        """Whether the next clause begins where this one ends."""
        return index + 1 < len(self.spans) and self.spans[index + 1][0] == self.spans[index][1]


def tell(parts: Mapping[str, str], names: Sequence[str]) -> Told:
    """Return the parts as the answer that a model would have given."""
    answer, clauses, spans = "{", [], []
    for number, name in enumerate(names):
        text = parts.get(name, "")
        answer += ("," if number else "") + json.dumps(name) + ':"'
        places = list(_places(text, len(answer)))
        for first, last in clauses_of(text) if text else []:
            clauses.append((name, text[first:last].strip()))
            spans.append((places[first], places[last]))
        answer += json.dumps(text, ensure_ascii=False)[1:-1] + '"'
    return Told(answer + "}", tuple(clauses), tuple(spans))


def _places(text: str, start: int) -> Iterator[int]:
    """Yield where each sign of the text stands once it is JSON, and where the text ends."""
    for sign in text:
        yield start
        start += len(json.dumps(sign, ensure_ascii=False)) - 2
    yield start


def facts_in_words(request: WritingRequest) -> list[Fact]:
    """Return what may be swapped or removed of a request that is told in words."""
    facts = [
        replace(fact, instead=tuple(_silent(one, fact.name) for one in _some(fact.instead)))
        for fact in facts_of(request)
    ]
    return [*facts, *_of_context(request, {fact.name for fact in facts})]


def _some(instead: Sequence[WritingRequest]) -> Sequence[WritingRequest]:
    return instead[:: max(1, len(instead) // MOST_ALTERNATIVES)][:MOST_ALTERNATIVES]


def _silent(request: WritingRequest, path: str) -> WritingRequest:
    """A fact that is not at hand is not told either."""
    context = request.context
    if context is None:
        return request
    kept = tuple(pair for pair in context.facts if pair[0] != path)
    return replace(request, context=replace(context, facts=kept))


def _of_context(request: WritingRequest, known: set[str]) -> Iterator[Fact]:
    context = request.context or WritingContext()
    pieces: dict[str, dict[str, Any]] = {
        "brief.message": {"message": ""},
        "voice.words": {"do_words": (), "dont_words": ()},
        "voice.samples": {"samples": ()},
        "examples": {"examples": ()},
    }
    for name, without in pieces.items():
        if any(getattr(context, field) for field in without):
            other = replace(request, context=replace(context, **without))
            yield Fact(name, "", (other,), request)
    for path, _text in context.facts:
        if path not in known:
            yield Fact(path, "", (_silent(request, path),), request)
