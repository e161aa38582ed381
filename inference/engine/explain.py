"""Why a text reads as it does: the same text scored again with one fact swapped or removed.

The main answer is counterfactual: how much likelier the model finds each clause with the fact
than without it, in nats, averaged over what the fact might have been instead. One batch, the
model's own log-probabilities, nothing approximated. Leave-one-out is what deletion metrics cannot
beat (Pham et al. 2021, arXiv:2110.11929); gradient × input correlates with it too weakly on these
models (measured by `evaluate explain`), so it is not used.

Attention is offered beside it as the model's own scaled dot-product weights. It shows where the
model looked, not why it wrote.

One thread and batches of a fixed size: the same text gives the same numbers, bit for bit, on the
same machine and build. Knows no Django.

Letters: B rows, N tokens of the text, T tokens of prompt and text, H heads, V vocabulary.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from inference.engine.facts import Fact, clauses_of, facts_of
from inference.engine.threads import one_thread
from inference.errors import NotExplainable
from inference.types import Attention, Clause, Explanation, Influence, WritingRequest

ROWS = 12
"""Rows of a batch: few enough that the logits of 4,096 tokens stay in the caches of a core."""
DIGITS = 4
LONGEST_MAP = 320
"""Tokens of the longest attention map that is kept: beyond it nobody can read one."""


class Scorer(Protocol):
    """A model as far as it is needed to score a text: `Llama`, or what stands for one."""

    @property
    def embedding(self) -> Tensor: ...

    @property
    def shape(self) -> Any: ...

    def read(self, ids: Tensor, attention: list[Tensor] | None = None) -> Tensor: ...

    def head(self, states: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class Encoded:
    """A text as the model wrote it: tokens, the words of each, the clause of each (-1 = none)."""

    ids: tuple[int, ...]
    words: tuple[str, ...]
    clause: tuple[int, ...]
    clauses: tuple[tuple[str, str], ...]  # (part, words)


@dataclass(frozen=True)
class Reading:
    """How a model reads: its weights, and requests and texts as its tokens."""

    llama: Scorer
    prompt: Callable[[WritingRequest], Sequence[int]]
    encode: Callable[[WritingRequest, Mapping[str, str]], Encoded]
    name_token: Callable[[int], str]
    facts: Callable[[WritingRequest], list[Fact]] = facts_of
    rows: int = ROWS


def explain(
    reading: Reading,
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    model: str,
    prompt_version: str,
    with_attention: bool = True,
) -> Explanation:
    """Return what drove the text `parts` of `request`, the strongest fact first.

    Raises NotExplainable when prompt and text are longer than the model can read, or empty.
    """
    start = time.monotonic()
    text = reading.encode(request, parts)
    prompt = tuple(reading.prompt(request))
    _must_fit(reading.llama, prompt, text)
    with one_thread(), torch.inference_mode():
        facts = reading.facts(request)
        whole, effects = weigh(
            reading.llama, reading.prompt, prompt, text, facts, rows=reading.rows
        )
        if not bool(whole.isfinite().all() and effects.isfinite().all()):
            raise NotExplainable(
                "The model gave probabilities that are no numbers, so nothing can be measured. "
                "Look after its weights."
            )
        attention = _attention(reading, prompt, text) if with_attention else None
    counts = [text.clause.count(index) for index in range(len(text.clauses))]
    return Explanation(
        clauses=tuple(
            Clause(part=part, text=words, tokens=count, logprob=round(float(value), DIGITS))
            for (part, words), count, value in zip(text.clauses, counts, whole, strict=True)
        ),
        influences=tuple(sorted(_influences(facts, effects), key=lambda one: -one.effect)),
        model=model,
        prompt_version=prompt_version,
        seconds=round(time.monotonic() - start, 3),
        attention=attention,
    )


def weigh(
    llama: Scorer,
    prompt_of: Callable[[WritingRequest], Sequence[int]],
    prompt: Sequence[int],
    text: Encoded,
    facts: Sequence[Fact],
    *,
    rows: int = ROWS,
) -> tuple[Tensor, Tensor]:
    """Return the log-probability of each clause (C) and each fact's effect on it (facts, C)."""
    asked = [one for fact in facts for one in (fact.base, *fact.instead)]
    prompts = list(dict.fromkeys([tuple(prompt), *(tuple(prompt_of(one)) for one in asked)]))
    scores = by_clause(log_probabilities(llama, prompts, text.ids, rows=rows), text)
    row = dict(zip(prompts, scores, strict=True))
    effects = [
        row[tuple(prompt_of(fact.base))]
        - torch.stack([row[tuple(prompt_of(one))] for one in fact.instead]).mean(dim=0)
        for fact in facts
    ]
    return scores[0], torch.stack(effects) if effects else torch.zeros(0, scores.shape[1])


def log_probabilities(
    llama: Scorer, prompts: Sequence[Sequence[int]], text: Sequence[int], *, rows: int = ROWS
) -> Tensor:
    """Return the log-probability of every token of the text after each prompt: (B, N), nats."""
    scored = [
        _score(llama, prompts[first : first + rows], text) for first in range(0, len(prompts), rows)
    ]
    return torch.cat(scored)


def _score(llama: Scorer, prompts: Sequence[Sequence[int]], text: Sequence[int]) -> Tensor:
    device = llama.embedding.device
    width = max(map(len, prompts)) + len(text)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)  # (B, T), padded on the right
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt) + len(text)] = torch.tensor([*prompt, *text])
    states = llama.read(ids.to(device))
    # The state before a token predicts it: the text begins behind the prompt's last token.
    starts = torch.tensor([len(prompt) - 1 for prompt in prompts])
    at = starts[:, None] + torch.arange(len(text))  # (B, N)
    seen = states[torch.arange(len(prompts))[:, None], at.to(device)]  # (B, N, D)
    logits = llama.head(seen).float()  # (B, N, V)
    wanted = torch.tensor(text, device=device).expand(len(prompts), -1)[..., None]
    return (logits.gather(-1, wanted)[..., 0] - logits.logsumexp(dim=-1)).cpu()


def by_clause(scores: Tensor, text: Encoded) -> Tensor:
    """Sum the tokens' scores over clauses: (B, N) → (B, C). Tokens of no clause are left out."""
    sums = torch.zeros(scores.shape[0], len(text.clauses) + 1, dtype=torch.float64)
    sums.index_add_(1, torch.tensor(text.clause) + 1, scores.double())
    return sums[:, 1:]


def encode_parts(
    parts: Mapping[str, str],
    names: Sequence[str],
    tokens_of: Callable[[str], tuple[Sequence[int], Sequence[tuple[int, int]]]],
    *,
    between: int,
    end: int,
) -> Encoded:
    """Return the text as tokens, `between` after each part but the last, `end` after that.

    `tokens_of(text)` returns token ids and where each begins and ends in the text. A token
    belongs to the clause in which it ends; a mark between parts to the clause before it.
    """
    ids: list[int] = []
    words: list[str] = []
    owner: list[int] = []
    clauses: list[tuple[str, str]] = []
    for number, name in enumerate(names):
        text = parts.get(name, "")
        spans, first = clauses_of(text) if text else [], len(clauses)
        clauses += [(name, text[start:stop].strip()) for start, stop in spans]
        tokens, offsets = tokens_of(text)
        for token, (start, stop) in zip(tokens, offsets, strict=True):
            at = next((i for i, span in enumerate(spans) if stop <= span[1]), len(spans) - 1)
            ids.append(token)
            words.append(text[start:stop])
            owner.append(first + at)
        ids.append(end if number == len(names) - 1 else between)
        words.append("")
        owner.append(len(clauses) - 1 if spans else -1)
    return Encoded(tuple(ids), tuple(words), tuple(owner), tuple(clauses))


def _influences(facts: Sequence[Fact], effects: Tensor) -> Iterator[Influence]:
    for fact, row in zip(facts, effects, strict=True):
        yield Influence(
            fact=fact.name,
            value=fact.value,
            effect=round(float(row.sum()), DIGITS),
            by_clause=tuple(round(float(value), DIGITS) for value in row),
            alternatives=len(fact.instead),
        )


def _attention(reading: Reading, prompt: Sequence[int], text: Encoded) -> Attention | None:
    """Return each head's weights as bytes, 255 = 1. None when the map would be too large."""
    ids = [*prompt, *text.ids]
    if len(ids) > LONGEST_MAP:
        return None
    layers: list[Tensor] = []
    reading.llama.read(torch.tensor([ids], device=reading.llama.embedding.device), layers)
    maps = torch.stack([layer[0] for layer in layers])  # (layers, H, T, T)
    scaled = (maps.float() * 255).round().to(torch.uint8).cpu()
    return Attention(
        tokens=(*(reading.name_token(token) for token in prompt), *text.words),
        prompt_tokens=len(prompt),
        layers=scaled.shape[0],
        heads=scaled.shape[1],
        weights=scaled.numpy().tobytes(),
    )


def _must_fit(llama: Scorer, prompt: Sequence[int], text: Encoded) -> None:
    if not text.clauses:
        raise NotExplainable("This text is empty, so there is nothing to explain.")
    if len(prompt) + len(text.ids) > llama.shape.longest:
        raise NotExplainable(
            f"Prompt and text have {len(prompt) + len(text.ids)} tokens; the model reads at most "
            f"{llama.shape.longest}. Shorten the text to have it explained."
        )
