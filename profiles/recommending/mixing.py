"""Links and a Transformer together: two scores of each item, weighed by what people chose next.

The links know what goes together, the Transformer what comes when; each is right where the other
is not. The mix is kept only where choices that neither had seen say that it is better.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.blending import gather, most_likely, some_people
from profiles.recommending.histories import Histories, Numbers
from profiles.recommending.ranking import rank_all
from profiles.recommending.recommender import Recommender
from profiles.recommending.transformer import Transformer

Scores = NDArray[np.float32]
FLOOR = -14.0  # log probability below which items are equally unlikely
LOUD = 4.0  # so that both features have about the same spread
FEWEST = 200  # choices to learn two weights from and to judge by
JUDGED = 20  # ranks


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
