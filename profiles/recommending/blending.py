"""Weights of the similarities, learnt from what people chose next (conditional logit).

McFadden 1974: the chosen item competes with the items that the plain sum puts in front; the
weights make the choice likeliest. The blend stays linear in the history, so that each score is
exactly the sum of what every item of the history adds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from profiles.recommending.histories import Histories, Matrix, Numbers

HALF_LIVES = (1.0, 4.0)
RIVALS = 200
PEOPLE = 6_000  # enough for some dozens of weights
BATCH = 500
PENALTY = 1e-3
Weights = dict[tuple[float, str], float]


@dataclass(frozen=True)
class Contest:
    """Choices to learn from: people × rivals × features, and which rival was chosen."""

    features: NDArray[np.float32]
    chosen: Numbers


def learn_weights(
    similarities: Mapping[str, Matrix], histories: Histories, chosen: Numbers, *, repeats: bool
) -> Weights:
    """Return a weight for each half-life and similarity. `chosen`: one item for each history.

    With too few choices to learn from, every similarity weighs the same.
    """
    keys = [(half_life, name) for half_life in HALF_LIVES for name in similarities]
    people = some_people(histories)
    if not len(people):
        return _equal(keys)
    some, answers = histories.take(people), chosen[people]
    scales = _scales(similarities, some, keys)

    def score(part: Histories) -> list[NDArray[np.float32]]:
        recent = {half_life: part.matrix(half_life) for half_life in HALF_LIVES}
        return [
            (recent[half_life] @ similarities[name]).toarray() / np.float32(scale)
            for (half_life, name), scale in zip(keys, scales, strict=True)
        ]

    contest = gather(score, some, answers, repeats=repeats)
    if len(contest.chosen) < 20 * len(keys):
        return {key: 1 / scale for key, scale in zip(keys, scales, strict=True)}
    weights = most_likely(contest) / scales
    return dict(zip(keys, weights.tolist(), strict=True))


def some_people(histories: Histories) -> Numbers:
    """At most `PEOPLE` of those who chose something before, spread evenly."""
    known = np.flatnonzero(histories.lengths > 0)
    if len(known) <= PEOPLE:
        return known
    return known[np.linspace(0, len(known) - 1, PEOPLE).astype(np.int64)]


def _equal(keys: Sequence[tuple[float, str]]) -> Weights:
    return dict.fromkeys(keys, 1.0)


def _scales(
    similarities: Mapping[str, Matrix], some: Histories, keys: Sequence[tuple[float, str]]
) -> NDArray[np.float64]:
    """The mean of the twenty best scores, so that all similarities speak equally loud at first."""
    few = some.take(np.arange(min(len(some), 1_000)))
    found = []
    for half_life, name in keys:
        scores = (few.matrix(half_life) @ similarities[name]).toarray()
        best = min(20, scores.shape[1])
        found.append(float(np.partition(scores, -best, axis=1)[:, -best:].mean()) or 1.0)
    return np.array(found)


def gather(
    score: Callable[[Histories], list[NDArray[np.float32]]],
    some: Histories,
    answers: Numbers,
    *,
    repeats: bool,
) -> Contest:
    """Ask `score` (a list of people × items, one for each feature) about all choices.

    The rivals of a choice are the items with the largest sums; a choice that is not among them
    teaches nothing and is left out.
    """
    features, chosen = [], []
    for start in range(0, len(some), BATCH):
        part = some.take(np.arange(start, min(start + BATCH, len(some))))
        scores = score(part)
        total = np.sum(scores, axis=0)
        if not repeats:
            total[part.owners, part.flat] = -np.inf
        count = min(RIVALS, total.shape[1] - 1)
        rivals = np.argpartition(-total, count, axis=1)[:, :count]
        found = rivals == answers[start : start + len(part), None]
        rows, places = np.nonzero(found)
        chosen.append(places)
        features.append(np.stack([one[rows[:, None], rivals[rows]] for one in scores], axis=2))
    return Contest(np.concatenate(features).astype(np.float32), np.concatenate(chosen))


def most_likely(contest: Contest) -> NDArray[np.float64]:
    """Return the weights of maximal likelihood with a small ridge penalty."""
    spread = contest.features.std(axis=(0, 1)) + 1e-9
    features = contest.features / spread
    people = np.arange(len(contest.chosen))
    taken = features[people, contest.chosen].mean(axis=0)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = (features @ weights.astype(np.float32)).astype(np.float64)
        total = logsumexp(scores, axis=1)
        shares = np.exp(scores - total[:, None]).astype(np.float32)
        expected = np.einsum("ij,ijk->k", shares, features) / len(people)
        value = (total - scores[people, contest.chosen]).mean() + PENALTY * (weights @ weights)
        return float(value), expected - taken + 2 * PENALTY * weights

    start = np.full(features.shape[2], 0.1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return np.asarray(best.x) / spread
