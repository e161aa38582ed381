"""Orders as the models need them: how often, when last, how long known, how much."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WEEK = 7.0


@dataclass(frozen=True)
class Ledger:
    """Days on which customers bought, one row for each customer and day, sorted by both.

    `customers` numbers from 0, `days` are ordinal days, `amounts` what was spent on the day.
    """

    customers: NDArray[np.int64]
    days: NDArray[np.int64]
    amounts: Floats


@dataclass(frozen=True)
class Purchases:
    """One row a customer, time in weeks.

    `repeats` counts the days with an order after the first, `recency` is the time from the first
    to the last order, `age` from the first order to the end; `value` is the mean amount of a
    repeat day (0 without one). `people` are the numbers of the customers.
    """

    people: NDArray[np.int64]
    repeats: Floats
    recency: Floats
    age: Floats
    value: Floats

    def __len__(self) -> int:
        return len(self.people)

    def sample(self, most: int) -> "Purchases":
        """Return at most `most` customers, spread evenly."""
        if len(self) <= most:
            return self
        chosen = np.linspace(0, len(self) - 1, most).astype(np.int64)
        return self.take(chosen)

    def take(self, chosen: NDArray[np.int64]) -> "Purchases":
        return Purchases(
            self.people[chosen],
            self.repeats[chosen],
            self.recency[chosen],
            self.age[chosen],
            self.value[chosen],
        )


def make_ledger(customers: NDArray[np.int64], days: NDArray[np.int64], amounts: Floats) -> Ledger:
    """Merge what a customer bought on one day, and sort."""
    order = np.lexsort((days, customers))
    customers, days, amounts = customers[order], days[order], amounts[order]
    new = np.ones(len(days), bool)
    new[1:] = (np.diff(customers) != 0) | (np.diff(days) != 0)
    sums = np.add.reduceat(amounts, np.flatnonzero(new)) if len(days) else amounts
    return Ledger(customers[new], days[new], sums)


def count_purchases(ledger: Ledger, end: int) -> Purchases:
    """Return what was known at the end of the day `end`, of those who had bought by then."""
    kept = ledger.days <= end
    customers, days, amounts = ledger.customers[kept], ledger.days[kept], ledger.amounts[kept]
    people, first, counts = np.unique(customers, return_index=True, return_counts=True)
    last = first + counts - 1
    repeats = (counts - 1).astype(np.float64)
    total = np.add.reduceat(amounts, first) if len(first) else amounts
    later = total - amounts[first]
    return Purchases(
        people=people,
        repeats=repeats,
        recency=(days[last] - days[first]) / WEEK,
        age=(end - days[first]) / WEEK,
        value=np.divide(later, repeats, out=np.zeros(len(people)), where=repeats > 0),
    )


def count_later(ledger: Ledger, purchases: Purchases, start: int, end: int) -> Floats:
    """Return how many days with an order each had after `start`, up to `end`."""
    return _sum_later(ledger, purchases, start, end, np.ones(len(ledger.days)))


def spent_later(ledger: Ledger, purchases: Purchases, start: int, end: int) -> Floats:
    """Return how much each spent after `start`, up to `end`."""
    return _sum_later(ledger, purchases, start, end, ledger.amounts)


def _sum_later(
    ledger: Ledger, purchases: Purchases, start: int, end: int, weights: Floats
) -> Floats:
    kept = (ledger.days > start) & (ledger.days <= end)
    most = int(ledger.customers.max(initial=-1)) + 1
    counts = np.bincount(ledger.customers[kept], weights[kept], minlength=most)
    return np.asarray(counts[purchases.people], np.float64)


def first_later(ledger: Ledger, purchases: Purchases, start: int, end: int) -> Floats:
    """Return the days from `start` to the next order, NaN where there is none up to `end`."""
    kept = np.flatnonzero((ledger.days > start) & (ledger.days <= end))[::-1]
    most = int(ledger.customers.max(initial=-1)) + 1
    found = np.full(most, np.nan)
    found[ledger.customers[kept]] = ledger.days[kept] - start
    return found[purchases.people]
