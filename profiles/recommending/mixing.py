"""Links and a Transformer together: two scores of each item, added up by what people chose next.

The links know what goes together, the Transformer what comes when; each is right where the other
is not. Links alone and Transformer alone are mixes too, so that the one that is chosen is never
worse than its better part in the choices that judge, and neither model had seen those.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.blending import some_people
from profiles.recommending.histories import Histories, Numbers
from profiles.recommending.ranking import Scorer, discounted, ranks_of
from profiles.recommending.recommender import Lesson, Recommender, best_of
from profiles.recommending.transformer import Transformer, train

Scores = NDArray[np.float32]
SHARES = np.linspace(0, 1, 11)  # of the Transformer
FLOOR = -14.0  # log probability below which items are equally unlikely
LOUD = 4.0  # so that both features have about the same spread
ENOUGH = 30_000  # purchases to train a Transformer on
FEWEST = 200  # choices to judge by
JUDGED = 20  # ranks
BELOW = 1e3  # what the links did not choose, and what may not be chosen again
BATCH = 1_000


@dataclass(frozen=True)
class Mixture:
    """`share`: how much of a score is the Transformer's, 0 to 1."""

    links: Recommender
    order: Transformer
    share: float

    def scores(self, histories: Histories) -> Scores:
        """Return people × items; larger is better. Seen items are not removed."""
        return _add_up(features(self.links, self.order, histories), self.share)

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


def features(links: Recommender, order: Transformer, histories: Histories) -> tuple[Scores, Scores]:
    """Return the root of the links' scores as a share of the best, and log probabilities."""
    scores = np.maximum(links.scores(histories), 0)
    share = np.sqrt(scores / np.maximum(scores.max(axis=1, keepdims=True), 1e-9))
    chances = np.maximum(order.scores(histories), FLOOR) / LOUD
    return share.astype(np.float32), chances.astype(np.float32)


def _add_up(both: tuple[Scores, Scores], share: float) -> Scores:
    return np.float32(1 - share) * both[0] + np.float32(share) * both[1]


@dataclass(frozen=True)
class Verdict:
    """The share that unseen choices ask for, and the NDCG@20 of it and of each part in them."""

    share: float
    links: float
    transformer: float
    mixed: float


def judge(
    links: Recommender, order: Transformer, asked: Histories, chosen: Numbers
) -> Verdict | None:
    """Return the best share, by what was chosen next; None with too few choices.

    Neither model may have seen them. An item of -1 is not known and teaches nothing.
    """
    people = np.flatnonzero((asked.lengths > 0) & (chosen >= 0))
    if len(people) < FEWEST:
        return None
    people = people[some_people(asked.take(people))]
    return choose(_gains(links, order, asked.take(people), chosen[people]))


def judge_by_halves(lesson: Lesson, order: Transformer) -> Verdict | None:
    """Return the best share by the choices that the links learn from, none being judged by itself.

    Each half of them judges links that were weighed by the other half.
    """
    people = some_people(lesson.asked)
    if len(people) < FEWEST:
        return None
    halves = people[::2], people[1::2]
    gains = []
    for learnt, judged in (halves, halves[::-1]):
        links = lesson.links(lesson.weights(learnt))
        gains.append(_gains(links, order, lesson.asked.take(judged), lesson.chosen[judged]))
    return choose(np.concatenate(gains))


def choose(gains: NDArray[np.float64]) -> Verdict:
    """Choose among `SHARES` by what each gained in every choice, choices × shares.

    Of those that are no worse than the best by more than one standard error (the rule of Breiman
    et al. 1984) the one that is nearest to the better part; the links alone if they are among them.
    """
    means = gains.mean(axis=0)
    behind = gains[:, [means.argmax()]] - gains
    is_best = behind.mean(axis=0) <= behind.std(axis=0) / np.sqrt(len(gains))
    parts = [0, len(SHARES) - 1]
    is_best[1:-1] &= means[1:-1] >= means[parts].max()
    found = np.flatnonzero(is_best)
    place = found[0] if is_best[0] or means[0] >= means[-1] else found[-1]
    links, transformer, mixed = means[[*parts, place]].round(4).tolist()
    return Verdict(round(float(SHARES[place]), 1), links, transformer, mixed)


def _gains(
    links: Recommender, order: Transformer, asked: Histories, chosen: Numbers
) -> NDArray[np.float64]:
    """Return choices × shares: what each share adds to NDCG@20 by where it puts the choice."""
    found = []
    for start in range(0, len(asked), BATCH):
        part = asked.take(np.arange(start, min(start + BATCH, len(asked))))
        both = features(links, order, part)
        if not links.repeats:
            for scores in both:
                scores[part.owners, part.flat] = -BELOW
        answers = chosen[start : start + len(part)]
        ranks = [ranks_of(_add_up(both, share), answers) for share in SHARES]
        found.append(discounted(np.stack(ranks, axis=1), JUDGED))
    return np.concatenate(found)


def fit_mixture(lesson: Lesson, links: Recommender) -> Mixture | None:
    """Return a mix of `links` with a Transformer that knows what the lesson begins with.

    None where there is too little for one, or the links do as well alone.
    """
    if len(lesson.known.flat) < ENOUGH:
        return None
    order = train(lesson.known)
    verdict = judge_by_halves(lesson, order)
    return Mixture(links, order, verdict.share) if verdict and verdict.share else None
