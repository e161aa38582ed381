"""Session-kNN with weights (VSKNN) of session-rec: what similar sessions went on to.

Ludewig, Jannach 2018, "Evaluation of session-based recommendation algorithms": a session is
compared by a product in which newer clicks weigh more; neighbours speak louder, the newer the
click that they share.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from profiles.recommending.histories import Histories, Matrix, Numbers

NEIGHBOURS = 100
SAMPLE = 500  # the newest sessions that share a click


@dataclass(frozen=True)
class SessionNeighbours:
    """Sessions in the order of time: sessions × items, and items × sessions."""

    sessions: Matrix
    holders: Matrix

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Return sessions × items; 0 for what no neighbour holds."""
        found = np.zeros((len(histories), histories.items), np.float32)
        for row in range(len(histories)):
            history = histories.of(row)
            if len(history):
                self._score(history, found[row])
        return found

    def _score(self, history: Numbers, scores: NDArray[np.float32]) -> None:
        weights = np.arange(1, len(history) + 1) / len(history)
        held = [self._holders(item) for item in history]
        candidates = np.unique(np.concatenate(held))[-SAMPLE:]
        if not len(candidates):
            return
        likeness = np.zeros(len(candidates))
        newest = np.zeros(len(candidates), np.int64)  # place of the newest click that is shared
        for place, sessions in enumerate(held, start=1):
            shares = np.isin(candidates, sessions, assume_unique=True)
            likeness[shares] += weights[place - 1]
            newest[shares] = place
        best = np.argsort(-likeness, kind="stable")[:NEIGHBOURS]
        loud = 1 / (1 + len(history) - newest[best])
        scores += self.sessions[candidates[best]].T @ (likeness[best] * loud).astype(np.float32)

    def _holders(self, item: int) -> Numbers:
        start, end = self.holders.indptr[item], self.holders.indptr[item + 1]
        return np.asarray(self.holders.indices[start:end])


def find_neighbours(histories: Histories) -> SessionNeighbours:
    """Index sessions that stand in the order of time."""
    owners, items = histories.owners, histories.flat
    shape = (len(histories), histories.items)
    ones = np.ones(len(items), np.float32)
    sessions = sp.csr_matrix((ones, (owners, items)), shape=shape)
    sessions.data[:] = 1
    holders = sessions.T.tocsr()
    holders.sort_indices()
    return SessionNeighbours(sessions, holders)
