"""What each person chose, in the order of time, as two flat arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Matrix: TypeAlias = sp.csr_matrix


@dataclass(frozen=True)
class Histories:
    """Item numbers of all people one after the other; `starts` has one entry more than people.

    Item numbers go from 0 to `items` - 1. A person may have no item at all.
    """

    flat: Numbers
    starts: Numbers
    items: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def lengths(self) -> Numbers:
        return np.diff(self.starts)

    @cached_property
    def owners(self) -> Numbers:
        """The person of each entry of `flat`."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def ages(self) -> Numbers:
        """How many items came after it in the same history: 0 for the newest."""
        ends = np.repeat(self.starts[1:], self.lengths)
        return ends - 1 - np.arange(len(self.flat))

    def of(self, person: int) -> Numbers:
        """Return the items of one person, oldest first."""
        return self.flat[self.starts[person] : self.starts[person + 1]]

    def without_newest(self, count: int) -> "Histories":
        """Return the histories less the newest `count` items of each; short ones become empty."""
        return self._keep(self.ages >= count)

    def newest(self, count: int) -> "Histories":
        """Return the newest `count` items of each history."""
        return self._keep(self.ages < count)

    def take(self, people: Numbers) -> "Histories":
        """Return the histories of these people, in this order."""
        lengths = self.lengths[people]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.repeat(self.starts[people] - starts[:-1], lengths) + np.arange(starts[-1])
        return Histories(self.flat[places], starts, self.items)

    def matrix(self, half_life: float) -> Matrix:
        """Return people × items: 1 for the newest item, half of it `half_life` items before.

        Of an item that stands twice, the newer entry counts.
        """
        newest = self._newest_of_each
        weights = (0.5 ** (self.ages[newest] / half_life)).astype(np.float32)
        shape = (len(self), self.items)
        return sp.csr_matrix((weights, (self.owners[newest], self.flat[newest])), shape=shape)

    @cached_property
    def _newest_of_each(self) -> Numbers:
        keys = self.owners * self.items + self.flat
        _keys, last = np.unique(keys[::-1], return_index=True)
        return len(keys) - 1 - last

    def counts(self) -> NDArray[np.float32]:
        """Return how often each item was chosen."""
        return np.bincount(self.flat, minlength=self.items).astype(np.float32)

    def _keep(self, kept: NDArray[np.bool_]) -> "Histories":
        lengths = np.bincount(self.owners[kept], minlength=len(self))
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return Histories(self.flat[kept], starts, self.items)


def make_histories(rows: Iterable[Sequence[int] | Numbers], items: int) -> Histories:
    """Return histories from one sequence of item numbers for each person, oldest first."""
    arrays = [np.asarray(row, dtype=np.int64) for row in rows]
    lengths = [len(row) for row in arrays]
    flat = np.concatenate(arrays) if arrays else np.zeros(0)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Histories(flat.astype(np.int64), starts.astype(np.int64), items)
