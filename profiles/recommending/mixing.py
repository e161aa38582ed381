"""Links and a Transformer together: two scores of each item, weighed by what people chose next.

The links know what goes together, the Transformer what comes when; each is right where the other
is not. The mix is kept only where choices that neither had seen say that it is better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.blending import gather, most_likely, some_people
from profiles.recommending.histories import Histories, Numbers
from profiles.recommending.ranking import Scorer, rank_all
from profiles.recommending.recommender import Recommender, best_of, combine
from profiles.recommending.similarities import About
from profiles.recommending.transformer import Transformer, train

Scores = NDArray[np.float32]
FLOOR = -14.0  # log probability below which items are equally unlikely
LOUD = 4.0  # so that both features have about the same spread
ENOUGH = 30_000  # purchases to train a Transformer on
FEWEST = 200  # choices to learn two weights from and to judge by
JUDGED = 20  # ranks
BELOW = 1e3  # what the links did not choose
BATCH = 1_000


@dataclass(frozen=True)
class Mixture:
    """`weights`: of the links and of the Transformer."""

    links: Recommender
    order: Transformer
    weights: tuple[float, float]

    def scores(self, histories: Histories) -> Scores:
        """Return people × items; larger is better. Seen items are not removed."""
        one, other = features(self.links, self.order, histories)
        return np.float32(self.weights[0]) * one + np.float32(self.weights[1]) * other

    def among(self, count: int) -> Scorer:
        """Return what ranks as `sort` does: the links choose `count` items, the mix orders them."""

        def score(histories: Histories) -> Scores:
            chosen = self.links.scores(histories)
            if not self.links.repeats:
                chosen[histories.owners, histories.flat] = -np.inf
            below = np.full_like(chosen, BELOW)
            np.put_along_axis(below, np.maximum(best_of(chosen, count), 0), 0, axis=1)
            return self.scores(histories) - below

        return score

    def sort(self, histories: Histories, items: Numbers, scores: Scores) -> tuple[Numbers, Scores]:
        """Order items that the links chose, people × items with -1 for none, and their scores."""
        places = np.empty_like(items)
        for start in range(0, len(items), BATCH):
            rows = slice(start, start + BATCH)
            part = histories.take(np.arange(start, min(start + BATCH, len(items))))
            own = np.take_along_axis(self.scores(part), np.maximum(items[rows], 0), axis=1)
            own[items[rows] < 0] = -np.inf
            places[rows] = np.argsort(-own, axis=1, kind="stable")
        return np.take_along_axis(items, places, axis=1), np.take_along_axis(scores, places, axis=1)


def features(links: Recommender, order: Transformer, histories: Histories) -> list[Scores]:
    """Return the root of the links' scores as a share of the best, and log probabilities."""
    scores = np.maximum(links.scores(histories), 0)
    share = np.sqrt(scores / np.maximum(scores.max(axis=1, keepdims=True), 1e-9))
    chances = np.maximum(order.scores(histories), FLOOR) / LOUD
    return [share.astype(np.float32), chances.astype(np.float32)]


def mix(
    links: Recommender, order: Transformer, histories: Histories, chosen: Numbers
) -> Mixture | None:
    """Return the best mix; None where the links alone foretell as well. `chosen`: unseen choices.

    Every second choice judges weights that were learnt from the others.
    """
    people = np.flatnonzero((histories.lengths > 0) & (chosen >= 0))
    if len(people) < FEWEST:
        return None
    asked, answers = histories.take(people), chosen[people]
    some = some_people(asked)
    asked, answers = asked.take(some), answers[some]
    even, odd = np.arange(0, len(some), 2), np.arange(1, len(some), 2)
    half = Mixture(links, order, _learn(links, order, asked.take(even), answers[even]))
    ours, theirs = (
        _quality(one, asked.take(odd), answers[odd], repeats=links.repeats) for one in (half, links)
    )
    if ours <= theirs:
        return None
    return Mixture(links, order, _learn(links, order, asked, answers))


def fit_mixture(earlier: Histories, links: Recommender, about: About) -> Mixture | None:
    """Return a mix for who knows `earlier` (as the links do), to judge by what came after it.

    The newest choice of each teaches the weights, to models that do not know it; the Transformer
    stays as it was then. None where there is too little for one, or the links do as well alone.
    """
    before = earlier.without_newest(1)
    if len(before.flat) < ENOUGH:
        return None
    order = train(before)
    known = combine(before, links.weights, about, repeats=links.repeats)
    people = np.flatnonzero(earlier.lengths > 1)
    chosen = earlier.newest(1).take(people).flat
    found = mix(known, order, before.take(people), chosen)
    return Mixture(links, order, found.weights) if found else None


def _learn(
    links: Recommender, order: Transformer, asked: Histories, answers: Numbers
) -> tuple[float, float]:
    contest = gather(
        lambda part: features(links, order, part), asked, answers, repeats=links.repeats
    )
    if not len(contest.chosen):
        return 1.0, 1.0
    one, other = most_likely(contest).tolist()
    return one, other


def _quality(
    scorer: Recommender | Mixture, asked: Histories, answers: Numbers, *, repeats: bool
) -> float:
    """Both count alike: a gain of one percent in hits or in their place is worth the same."""
    ranking = rank_all(scorer.scores, asked, answers, top=JUDGED, repeats=repeats)
    return ranking.hit_rate(JUDGED) * ranking.mrr(JUDGED)
