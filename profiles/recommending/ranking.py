"""How good recommendations are: where the item that was chosen next stands among all items."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.histories import Histories, Numbers
from profiles.recommending.recommender import best_of

BATCH = 1_000
Scorer = Callable[[Histories], NDArray[np.float32]]
NOWHERE = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Ranking:
    """Ranks from 0 of the chosen items; `shown` counts the different items of all top lists."""

    ranks: Numbers
    shown: int
    items: int

    def hit_rate(self, top: int) -> float:
        return round(float((self.ranks < top).mean()), 4) if len(self.ranks) else 0.0

    def ndcg(self, top: int) -> float:
        """Mean of 1 / log2(rank + 2), the ideal being 1 with a single right item."""
        return round(float(discounted(self.ranks, top).mean()), 4) if len(self.ranks) else 0.0

    def mrr(self, top: int) -> float:
        gains = np.where(self.ranks < top, 1 / (np.minimum(self.ranks, top) + 1.0), 0)
        return round(float(gains.mean()), 4) if len(self.ranks) else 0.0

    @property
    def coverage(self) -> float:
        """Share of all items that stand in somebody's top list."""
        return round(self.shown / max(1, self.items), 4)


def rank_all(
    scorer: Scorer, histories: Histories, chosen: Numbers, *, top: int, repeats: bool = False
) -> Ranking:
    """Rank all items for each person; `chosen` has -1 for an item that is not among them.

    Items of the history are removed unless they may repeat. Ties go to the smaller number.
    """
    ranks, shown = [], np.zeros(histories.items, bool)
    for start in range(0, len(histories), BATCH):
        part = histories.take(np.arange(start, min(start + BATCH, len(histories))))
        scores = scorer(part)
        if not repeats:
            scores[part.owners, part.flat] = -np.inf
        best = best_of(scores, top)
        shown[best[best >= 0]] = True
        ranks.append(ranks_of(scores, chosen[start : start + len(part)]))
    found = np.concatenate(ranks) if ranks else np.zeros(0, np.int64)
    return Ranking(found, int(shown.sum()), histories.items)


def discounted(ranks: Numbers, top: int) -> NDArray[np.float64]:
    """Return what each choice adds to NDCG: 1 at rank 0, less below, nothing from `top` on."""
    return np.where(ranks < top, 1 / np.log2(np.minimum(ranks, top) + 2.0), 0)


def ranks_of(scores: NDArray[np.float32], chosen: Numbers) -> Numbers:
    """Return how many items stand before the chosen one in each row, ties by number."""
    own = np.take_along_axis(scores, np.maximum(chosen, 0)[:, None], axis=1)
    before = np.arange(scores.shape[1]) < chosen[:, None]
    ranks = (scores > own).sum(axis=1) + ((scores == own) & before).sum(axis=1)
    return np.where((chosen < 0) | (own[:, 0] == -np.inf), NOWHERE, ranks)
