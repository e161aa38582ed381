"""`evaluate explain`: whether what is named as the reason is the reason.

**Planted causes.** A small model is trained on the spot, by the same training code, in a made-up
language in which each value of each fact has a phrase of its own. Texts mix phrases of some of
their facts with phrases that no fact causes. So the one true cause of a clause is known, and
`planted_hit_rate` is how often the strongest fact of the clause is it.

**Deletion.** Texts of the starter model for drawn briefs. The facts named for a clause are taken
away, the strongest first, and the clause is scored again; so are facts taken away in random order.
`aopc_ratio` is the mean fall of the clause's log-probability over the bins of ERASER (1, 5, 10, 20
and 50 % of the facts, at least one), named against random (DeYoung et al. 2020, arXiv:1911.03429).
A fact is taken away by putting another value in its place, drawn at random. `aopc_ratio_text` is
the same for whole texts, where most facts matter somewhere and random deletion hits them too.

`gradient_rank_correlation` says how well the first-order estimate of the same swaps, gradient at
the fact's token times the difference of embeddings, ranks them; `gradient_input_…` is gradient ×
input. Below .5 neither is fit to be shown to people.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from random import Random
from typing import Any, cast

import torch
from scipy.stats import spearmanr
from torch import Tensor

from inference.engine.explain import (
    Encoded,
    Reading,
    by_clause,
    log_probabilities,
    weigh,
)
from inference.engine.explain_starter import reading_of
from inference.engine.facts import CONTROLS, Fact, facts_of
from inference.engine.llama import Llama
from inference.engine.loader import load, shape_of
from inference.engine.starter import FOLDER, write_tokens
from inference.engine.starter import read_parts as parts_of
from inference.engine.threads import one_thread
from inference.engine.train import Example, Recipe, small_llama, train
from inference.starter.corpus.briefs import draw_request
from inference.starter.prompt import END, prompt_tokens, special_tokens
from inference.types import Slot, WritingRequest

Progress = Callable[[int, int], None]

BINS = (0.01, 0.05, 0.1, 0.2, 0.5)
RANDOM_ORDERS = 5
WRITTEN_EVERY = 4
"""One text of the starter for so many planted ones: each is scored some two hundred times."""
PLANTED_TEXTS = 12_000
PLANTED_WORDS = 160
PHRASE = 3  # words of a phrase, and tokens of a clause
TINY = {
    "hidden_size": 96,
    "intermediate_size": 256,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}


def evaluate_explain(
    progress: Progress, *, records: int = 200, seed: int = 0, steps: int = 2_500
) -> dict[str, Any]:
    """Judge explanations on `records` planted texts, and on a quarter as many of the starter.

    steps: how long the planted model is trained; a thousand take a CPU minute.
    """
    total = records + records // WRITTEN_EVERY
    random = Random(seed)
    world = Planted(random)
    with one_thread():
        hits = world.hits(records, steps, seed, lambda done: progress(done, total))
        deletion = _deletion(
            max(1, records // WRITTEN_EVERY), random, lambda done: progress(records + done, total)
        )
    return {
        "figures": {"planted_hit_rate": _mean(hits), "planted_clauses": len(hits)} | deletion,
        "reference": {"what": "facts taken away in random order", "chance": world.chance},
        "ratio": deletion["aopc_ratio"],
    }


# ---- Planted causes ----------------------------------------------------------------------------


class Planted:
    """A language in which the cause of every clause is known."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.alphabet = {token: number for number, token in enumerate(special_tokens())}
        self.phrases: dict[tuple[str, str], tuple[int, ...]] = {}
        self.noise = [self._phrase() for _ in range(40)]
        self.chance = 0.0

    def hits(
        self, records: int, steps: int, seed: int, on_done: Callable[[int], None]
    ) -> list[bool]:
        """Train the model, then return for each clause with a cause whether it was found."""
        torch.manual_seed(seed)
        llama = self._train(steps, seed)
        found: list[bool] = []
        facts_seen = 0
        for done in range(records):
            request = draw_request(self.random)
            clauses = self.clauses(request)
            facts = facts_of(request)
            with torch.inference_mode():
                _, effects = weigh(
                    llama, self.prompt, self.prompt(request), _encoded(clauses), facts
                )
            for column, (cause, _) in enumerate(clauses):
                if cause:
                    found.append(facts[int(effects[:, column].argmax())].name == cause)
                    facts_seen += len(facts)
            on_done(done + 1)
        self.chance = round(len(found) / max(1, facts_seen), 4)
        return found

    def clauses(self, request: WritingRequest) -> list[tuple[str, tuple[int, ...]]]:
        """Return (cause, words): half of the facts speak, and one to three phrases mean nothing."""
        found = [
            (fact.name, self._phrase_of(fact))
            for fact in facts_of(request)
            if self.random.random() < 0.5
        ]
        found += [("", self.random.choice(self.noise)) for _ in range(self.random.randrange(1, 4))]
        self.random.shuffle(found)
        return found

    def prompt(self, request: WritingRequest) -> list[int]:
        return [self.alphabet[token] for token in prompt_tokens(request)]

    def _train(self, steps: int, seed: int) -> Llama:
        model = small_llama(len(self.alphabet) + PLANTED_WORDS, pad=0, begin=1, end=2, **TINY)
        recipe = Recipe(
            minutes=60, steps=steps, seed=seed, recall_layer=1, recall_tokens=len(self.alphabet)
        )
        train(model, [self._example() for _ in range(PLANTED_TEXTS)], recipe)
        weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
        return Llama(shape_of(model.config.to_dict()), weights)

    def _example(self) -> Example:
        request = draw_request(self.random)
        words = [word for _, phrase in self.clauses(request) for word in phrase]
        return self.prompt(request), [*words, self.alphabet[END]]

    def _phrase_of(self, fact: Fact) -> tuple[int, ...]:
        return self.phrases.setdefault((fact.name, fact.value), self._phrase())

    def _phrase(self) -> tuple[int, ...]:
        first = len(self.alphabet)
        return tuple(first + self.random.randrange(PLANTED_WORDS) for _ in range(PHRASE))


def _encoded(clauses: Sequence[tuple[str, tuple[int, ...]]]) -> Encoded:
    ids = tuple(word for _, phrase in clauses for word in phrase)
    owner = tuple(index // PHRASE for index in range(len(ids)))
    return Encoded(ids, tuple(map(str, ids)), owner, tuple(("body", "") for _ in clauses))


# ---- Deletion ----------------------------------------------------------------------------------


@dataclass
class Falls:
    """Sums over texts of how far log-probabilities fell, in nats, one figure for each bin."""

    named: Tensor
    random: Tensor

    @property
    def ratio(self) -> float:
        return round(float(self.named.sum() / self.random.sum()), 3)


def _deletion(records: int, random: Random, on_done: Callable[[int], None]) -> dict[str, Any]:
    loaded = load(FOLDER, threads=torch.get_num_threads())
    reading = reading_of(loaded)
    requests = [draw_request(random) for _ in range(records)]
    results, _ = write_tokens(loaded, requests)
    clause, whole = (
        Falls(torch.zeros(len(BINS)).double(), torch.zeros(len(BINS)).double()) for _ in range(2)
    )
    gradients: list[tuple[float, float, float]] = []
    cited: list[bool] = []
    for done, (request, result) in enumerate(zip(requests, results, strict=True)):
        text = reading.encode(request, parts_of(loaded, request, result.ids))
        if text.clauses:
            facts = facts_of(request)
            with torch.inference_mode():
                _, effects = weigh(
                    reading.llama, reading.prompt, reading.prompt(request), text, facts
                )
                _add_falls(reading, request, text, facts, effects, clause, whole, random)
            cited += _cited(text, facts, effects)
            gradients += _gradients(reading, request, text, facts, effects)
        on_done(done + 1)
    return {
        "aopc_ratio": clause.ratio,
        "aopc_ratio_text": whole.ratio,
        "cited_slot_hit_rate": _mean(cited),
        "gradient_rank_correlation": _rank(gradients, 1),
        "gradient_input_rank_correlation": _rank(gradients, 2),
    }


def _add_falls(
    reading: Reading,
    request: WritingRequest,
    text: Encoded,
    facts: Sequence[Fact],
    effects: Tensor,
    clause: Falls,
    whole: Falls,
    random: Random,
) -> None:
    """Take facts away by their effect on each clause, on the text, and in random order."""
    columns = [*effects.unbind(dim=1), effects.sum(dim=1)]
    named = [column.argsort(descending=True).tolist() for column in columns]
    drawn = [random.sample(range(len(facts)), len(facts)) for _ in range(RANDOM_ORDERS)]
    without = [
        _without(request, [facts[index] for index in order[: ceil(len(facts) * share)]], random)
        for order in (*named, *drawn)
        for share in BINS
    ]
    prompts = [reading.prompt(one) for one in (request, *without)]
    scores = by_clause(log_probabilities(reading.llama, prompts, text.ids), text)
    falls = (scores[:1] - scores[1:]).view(len(named) + RANDOM_ORDERS, len(BINS), -1)
    count = len(text.clauses)
    clause.named += falls[torch.arange(count), :, torch.arange(count)].sum(dim=0)
    clause.random += falls[count + 1 :].mean(dim=0).sum(dim=1)
    whole.named += falls[count].sum(dim=1)
    whole.random += falls[count + 1 :].mean(dim=0).sum(dim=1)


def _without(request: WritingRequest, facts: Sequence[Fact], random: Random) -> WritingRequest:
    """Return the request with other values in place of the facts, as far as that can be."""
    for fact in facts:
        other = random.choice(fact.instead)
        changes: dict[str, Any] = {"slots": request.slots & other.slots}
        if fact.name in CONTROLS:
            changes = {fact.name: getattr(other, fact.name)}
        try:
            request = replace(request, **changes)
        except ValueError:  # a seasonal text has its occasion
            continue
    return request


def _cited(text: Encoded, facts: Sequence[Fact], effects: Tensor) -> Iterator[bool]:
    """For each clause that cites one fact that can be gone: whether that is its strongest fact.

    A code and an end date are gone with the offer too, so the offer is right for them as well."""
    names = [fact.name for fact in facts]
    for column, (_, words) in enumerate(text.clauses):
        slots = [name for name in names if name not in CONTROLS and Slot(name).tag in words]
        if len(slots) == 1:
            right = {*slots, "offer.phrase"} if slots[0].startswith("offer.") else set(slots)
            yield names[int(effects[:, column].argmax())] in right


# ---- Gradients ---------------------------------------------------------------------------------


def _gradients(
    reading: Reading,
    request: WritingRequest,
    text: Encoded,
    facts: Sequence[Fact],
    effects: Tensor,
) -> list[tuple[float, float, float]]:
    """Return for each fact its true effect, the estimate by swap, and gradient × input.

    One backward pass: the embeddings of the prompt are given in place of its tokens.
    """
    prompt = list(reading.prompt(request))
    embedding = reading.llama.embedding
    rows = embedding[torch.tensor([*prompt, *text.ids])].clone().requires_grad_()  # (T, D)
    score = _score_embedded(cast(Llama, reading.llama), rows, len(prompt), text.ids)
    (slope,) = torch.autograd.grad(score, rows)
    rows = rows.detach()
    found = []
    for index, fact in enumerate(facts):
        swaps, places = [], set()
        for other in fact.instead:
            pairs = list(enumerate(zip(prompt, reading.prompt(other), strict=True)))
            changed = [(at, new) for at, (old, new) in pairs if old != new]
            places |= {at for at, _ in changed}
            swaps.append(
                sum(
                    float(slope[at] @ (embedding[prompt[at]] - embedding[new]))
                    for at, new in changed
                )
            )
        times_input = sum(abs(float(slope[at] @ rows[at])) for at in places)
        found.append((float(effects[index].sum()), sum(swaps) / len(swaps), times_input))
    return _as_ranks(found)


def _as_ranks(rows: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Correlations within one text, as one row: (1, swap, gradient × input)."""
    if len(rows) < 3:
        return []
    true, swap, product = zip(*rows, strict=True)
    by_swap, by_product = (float(spearmanr(true, one).statistic) for one in (swap, product))
    return [(1.0, by_swap, by_product)]


def _score_embedded(llama: Llama, rows: Tensor, start: int, text: Sequence[int]) -> Tensor:
    """Return the log-probability of the text behind embeddings (T, D)."""
    plain = llama.embedding
    try:
        llama.embedding = rows
        states = llama.read(torch.arange(rows.shape[0])[None])[0]
    finally:
        llama.embedding = plain
    logits = llama.head(states[start - 1 : -1]).float()
    return logits.log_softmax(dim=-1)[torch.arange(len(text)), torch.tensor(text)].sum()


def _rank(rows: Sequence[tuple[float, ...]], column: int) -> float:
    values = [row[column] for row in rows if row[column] == row[column]]
    return round(sum(values) / max(1, len(values)), 4)


def _mean(flags: Sequence[bool]) -> float:
    return round(sum(flags) / max(1, len(flags)), 4)
