"""The recommender that is used when nothing else is said: `fit`, `recommend`, `explain`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from profiles.recommending.blending import Weights, learn_weights
from profiles.recommending.histories import Histories, Matrix, Numbers
from profiles.recommending.similarities import About, build_similarities, keep_largest

BATCH = 2_000
LEAST = 1e-6  # how loud popularity speaks: it only orders what nothing else tells apart


@dataclass(frozen=True)
class Recommender:
    """Item × item links, one matrix for each half-life of the history, and popularity (0…1)."""

    links: dict[float, Matrix]
    popularity: NDArray[np.float32]
    weights: Weights
    repeats: bool = False

    def thinned(self, count: int) -> "Recommender":
        """Return the same with the `count` strongest links of each item: smaller and faster."""
        links = {half_life: keep_largest(matrix, count) for half_life, matrix in self.links.items()}
        return replace(self, links=links)

    @property
    def items(self) -> int:
        return len(self.popularity)

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Return people × items, dense; larger is better. Seen items are not removed."""
        found = np.tile(LEAST * self.popularity, (len(histories), 1))
        for half_life, matrix in self.links.items():
            found += (histories.matrix(half_life) @ matrix).toarray()
        return found

    def recommend(
        self, histories: Histories, count: int, *, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[Numbers, NDArray[np.float32]]:
        """Return people × `count` items, best first, and their scores.

        `allowed` says which items may be shown. Items that the person had already are left out,
        unless the recommender repeats. What no history speaks for is filled up with what is
        popular, at the score 0; where nothing is left, the item is -1. Sparse from end to end:
        only items that some history speaks for are looked at.
        """
        found = np.full((len(histories), count), -1, np.int64)
        values = np.zeros((len(histories), count), np.float32)
        shown = (
            self._stacked
            if allowed is None
            else (self._stacked @ sp.diags(allowed.astype(np.float32))).tocsr()
        )
        popular = self._popular(allowed)
        for start in range(0, len(histories), BATCH):
            part = histories.take(np.arange(start, min(start + BATCH, len(histories))))
            rows = slice(start, start + len(part))
            self._best(part, shown, popular, found[rows], values[rows])
        return found, values

    @cached_property
    def _stacked(self) -> Matrix:
        """The links of all half-lives, one below the other."""
        empty = sp.csr_matrix((0, self.items), dtype=np.float32)
        return sp.vstack([empty, *self.links.values()]).tocsr()

    def _popular(self, allowed: NDArray[np.bool_] | None) -> Numbers:
        order = np.argsort(-self.popularity, kind="stable")
        return order if allowed is None else order[allowed[order]]

    def _best(
        self,
        part: Histories,
        shown: Matrix,
        popular: Numbers,
        found: Numbers,
        values: NDArray[np.float32],
    ) -> None:
        nothing = sp.csr_matrix((len(part), 0), dtype=np.float32)
        recent = sp.hstack([nothing, *(part.matrix(life) for life in self.links)]).tocsr()
        scores = (recent @ shown).tocsr()
        count = found.shape[1]
        for row in range(len(part)):
            span = slice(scores.indptr[row], scores.indptr[row + 1])
            items, given = scores.indices[span], scores.data[span]
            seen = part.of(row)
            best = _largest(items, given, count if self.repeats else count + len(seen))
            if not self.repeats:
                best = best[~np.isin(items[best], seen)][:count]
            found[row, : len(best)], values[row, : len(best)] = items[best], given[best]
            if len(best) < count:
                had = items[best] if self.repeats else np.concatenate([items[best], seen])
                near = popular[: count + len(had)]
                fill = near[~np.isin(near, had)][: count - len(best)]
                found[row, len(best) : len(best) + len(fill)] = fill

    def explain(self, history: Numbers, item: int) -> NDArray[np.float64]:
        """Return what each entry of a history adds to the score of an item; the sum is the score.

        Of an item that stands twice in the history, the newer entry counts.
        """
        ages = np.arange(len(history))[::-1]
        newest = [index == max(np.flatnonzero(history == one)) for index, one in enumerate(history)]
        parts = np.zeros(len(history))
        for half_life, matrix in self.links.items():
            column = matrix[history, item].toarray().ravel()
            parts += np.where(newest, 0.5 ** (ages / half_life), 0) * column
        return parts


def _largest(items: Numbers, given: NDArray[np.float32], count: int) -> Numbers:
    """Return the places of the largest scores above 0, largest first, ties by item."""
    places = np.flatnonzero(given > 0)
    if len(places) > count:
        places = places[np.argpartition(-given[places], count - 1)[:count]]
    return places[np.lexsort((items[places], -given[places]))]


def best_of(scores: NDArray[np.float32], count: int) -> Numbers:
    """Return the columns of the largest scores of each row, largest first; -1 for none."""
    width = min(count, scores.shape[1])
    best = np.argpartition(-scores, width - 1, axis=1)[:, :width]
    values = np.take_along_axis(scores, best, axis=1)
    order = np.lexsort((best, -values), axis=1)
    best = np.take_along_axis(best, order, axis=1)
    best[np.take_along_axis(values, order, axis=1) == -np.inf] = -1
    return np.pad(best, ((0, 0), (0, count - width)), constant_values=-1)


@dataclass(frozen=True)
class Lesson:
    """Similarities of `known`, and choices to weigh them by: who had `asked` took `chosen` next."""

    known: Histories
    similarities: Mapping[str, Matrix]
    asked: Histories
    chosen: Numbers
    repeats: bool

    def weights(self, some: Numbers | None = None) -> Weights:
        """Learn from all choices, or from these rows of them."""
        asked, chosen = self.asked, self.chosen
        if some is not None:
            asked, chosen = asked.take(some), chosen[some]
        return learn_weights(self.similarities, asked, chosen, repeats=self.repeats)

    def links(self, weights: Weights) -> Recommender:
        """Return what knows `known` alone."""
        return _add_up(self.known, self.similarities, weights, repeats=self.repeats)


def prepare(
    earlier: Histories, known: Histories, about: About | None, *, repeats: bool = False
) -> Lesson:
    """Return similarities of `earlier` and the newest item of each of `known`, which came next."""
    people = np.flatnonzero(known.lengths > 1)
    chosen = known.newest(1).take(people).flat
    similarities = build_similarities(earlier, about, repeats=repeats)
    return Lesson(earlier, similarities, earlier.take(people), chosen, repeats)


def fit(histories: Histories, about: About | None = None, *, repeats: bool = False) -> Recommender:
    """Learn the weights from the newest item of each history, then use all of the histories."""
    weights = prepare(histories.without_newest(1), histories, about, repeats=repeats).weights()
    return combine(histories, weights, about, repeats=repeats)


def combine(
    histories: Histories,
    weights: Weights,
    about: About | None = None,
    *,
    repeats: bool = False,
) -> Recommender:
    """Build the similarities of these histories and add them up by their weights."""
    similarities = build_similarities(histories, about, repeats=repeats)
    return _add_up(histories, similarities, weights, repeats=repeats)


def _add_up(
    histories: Histories, similarities: Mapping[str, Matrix], weights: Weights, *, repeats: bool
) -> Recommender:
    links: dict[float, Matrix] = {}
    for (half_life, name), weight in weights.items():
        part = similarities[name] * np.float32(weight)
        links[half_life] = links[half_life] + part if half_life in links else part
    counts = histories.counts()
    return Recommender(links, counts / max(1.0, counts.max(initial=0)), weights, repeats)
