"""The forecast of a shop: chosen and calibrated on its own past, with intervals and reasons.

The past is cut once more: what was known at the cut forecasts what came after it. That chooses
the model and the emphasis (a power that keeps the total), sets the level at which intervals cover
`COVERAGE`, calibrates the chance of another order, and says whether the simple rule is beaten.
"""

from dataclasses import dataclass, replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, rankdata

from profiles.predictions.models import CountModel, fit_bg_nbd, fit_pareto_nbd
from profiles.predictions.purchases import (
    WEEK,
    Floats,
    Ledger,
    Purchases,
    count_later,
    count_purchases,
    first_later,
    spent_later,
)
from profiles.predictions.spending import GammaGamma, fit_gamma_gamma

COVERAGE = 0.8
LEVELS = (0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
EMPHASES = (0.9, 1.0, 1.1, 1.2)
CUT = 0.6  # share of the past that is known at the cut
FEWEST = 100  # customers, and FEWEST_AGAIN who bought again after the cut, to judge anything by
FEWEST_AGAIN = 20
BINS = 10
FEATURES = ("orders", "idle", "known_for")


@dataclass(frozen=True)
class BackTest:
    """Ours against the simple rule on the shop's own past. Errors are mean absolute errors."""

    people: int
    weeks: float
    mae: float
    heuristic_mae: float
    value_mae: float
    value_heuristic_mae: float
    days_error: float
    days_heuristic_error: float
    auc: float
    heuristic_auc: float
    bias: float
    coverage: float

    def beats(self) -> dict[str, bool]:
        """Say for each prediction whether it may be shown."""
        return {
            "orders": self.mae < self.heuristic_mae,
            "value": self.value_mae < self.value_heuristic_mae,
            "next_order": self.days_error < self.days_heuristic_error,
            "again": self.auc > self.heuristic_auc,
        }


@dataclass(frozen=True)
class Forecaster:
    """A fitted model with what the past taught. `steps` calibrates the chance to buy again."""

    model: CountModel
    value: GammaGamma | None
    emphasis: float = 1.0
    level: float = COVERAGE
    steps: tuple[tuple[float, float], ...] = ()

    def expected(self, seen: Purchases, weeks: float) -> Floats:
        """Return the expected orders; the emphasis moves them between people, not in total."""
        plain = np.maximum(self.model.expected(seen, weeks), 0)
        lifted = plain**self.emphasis
        return lifted * (plain.sum() / max(lifted.sum(), 1e-12))

    def interval(self, seen: Purchases, weeks: float) -> tuple[Floats, Floats]:
        """Return the fewest and the most orders that are likely: whole numbers.

        Orders while alive are negative binomial; those who have left order no more.
        """
        alive = np.clip(self.model.alive(seen), 1e-6, 1)
        size, _rate = self.model.shape(seen)
        mean = np.maximum(self.model.expected(seen, weeks) / alive, 1e-9)
        tail = (1 - self.level) / 2
        bounds = []
        for share in (tail, 1 - tail):
            within = np.clip((share - (1 - alive)) / alive, 0, 1 - 1e-9)
            bounds.append(np.maximum(nbinom.ppf(within, size, size / (size + mean)), 0))
        return bounds[0], bounds[1]

    def again(self, seen: Purchases, weeks: float) -> Floats:
        """Return the calibrated chance of an order in the next weeks, 0…1."""
        plain = self.plain_again(seen, weeks)
        if not self.steps:
            return plain
        given, true = np.array(self.steps).T
        return np.clip(np.interp(plain, given, true), 0, 1)

    def plain_again(self, seen: Purchases, weeks: float) -> Floats:
        alive = np.clip(self.model.alive(seen), 1e-6, 1)
        size, _rate = self.model.shape(seen)
        mean = np.maximum(self.model.expected(seen, weeks) / alive, 0)
        return alive * (1 - (size / (size + mean)) ** size)

    def next_order(self, seen: Purchases, weeks: float, share: float = 0.5) -> Floats:
        """Return the days until the next order has come, for those who order in these weeks.

        The rate being gamma-distributed, the wait is Lomax-distributed; `share` is the part of
        those orders that have come by then.
        """
        size, rate = self.model.shape(seen)
        within = share * (1 - (rate / (rate + weeks)) ** size)
        return np.asarray(WEEK * rate * ((1 - within) ** (-1 / size) - 1))

    def order_value(self, seen: Purchases) -> Floats:
        """Return the expected amount of an order; NaN where the shop has too few to tell."""
        return self.value.expected(seen) if self.value else np.full(len(seen), np.nan)

    def contributions(self, seen: Purchases, weeks: float) -> Floats:
        """Return people × `FEATURES`: what each moves the expected orders from the usual person.

        Shapley values, exact: the mean over all orders in which the three can be exchanged. A
        row sums to the customer's forecast less that of the median customer.
        """
        usual = [np.full(len(seen), np.median(part)) for part in _features(seen)]
        own = _features(seen)
        found = np.zeros((len(seen), len(FEATURES)))
        orders = list(permutations(range(len(FEATURES))))
        for order in orders:
            mixed = list(usual)
            before = self.model.expected(_purchases(seen, mixed), weeks)
            for place in order:
                mixed[place] = own[place]
                after = self.model.expected(_purchases(seen, mixed), weeks)
                found[:, place] += (after - before) / len(orders)
                before = after
        return found


def _features(seen: Purchases) -> list[Floats]:
    return [seen.repeats, seen.age - seen.recency, seen.age]


def _purchases(seen: Purchases, features: list[Floats]) -> Purchases:
    """Purchases of these features, kept possible: who is idle is known at least as long."""
    repeats, idle, age = features
    age = np.maximum(age, idle)
    recency = np.where(repeats > 0, age - idle, 0)
    return replace(seen, repeats=repeats, age=age, recency=recency)


def fit_forecaster(ledger: Ledger, end: int) -> tuple[Forecaster, BackTest | None]:
    """Fit to what was known at the end of the day `end`; None where the past is too short."""
    seen = count_purchases(ledger, end)
    first = int(ledger.days.min(initial=end))
    cut = first + round((end - first) * CUT)
    taught = _teach(ledger, cut, end)
    makers = (fit_bg_nbd, fit_pareto_nbd)
    if taught is None:
        return Forecaster(fit_bg_nbd(seen), fit_gamma_gamma(seen)), None
    chosen, best, test = taught
    forecaster = replace(best, model=makers[chosen](seen), value=fit_gamma_gamma(seen))
    return forecaster, test


def _teach(ledger: Ledger, cut: int, end: int) -> tuple[int, Forecaster, BackTest] | None:
    """Choose on the past: the number of the model, what the past taught, how well it did."""
    seen = count_purchases(ledger, cut)
    actual = count_later(ledger, seen, cut, end)
    if len(seen) < FEWEST or (actual > 0).sum() < FEWEST_AGAIN:
        return None
    weeks = (end - cut) / WEEK
    value = fit_gamma_gamma(seen)
    models = [make(seen, polish=False) for make in (fit_bg_nbd, fit_pareto_nbd)]
    rivals = [
        (number, Forecaster(model, value, emphasis))
        for number, model in enumerate(models)
        for emphasis in EMPHASES
    ]
    number, best = min(
        rivals, key=lambda rival: np.abs(rival[1].expected(seen, weeks) - actual).mean()
    )
    best = replace(best, level=_level(best, seen, weeks, actual))
    test = _judge(best, ledger, seen, cut, end)
    best = replace(best, steps=_steps(best.plain_again(seen, weeks), actual > 0))
    return number, best, test


def _level(best: Forecaster, seen: Purchases, weeks: float, actual: Floats) -> float:
    """The level at which intervals covered nearest to what they promise."""
    return min(
        LEVELS,
        key=lambda level: abs(
            covered(replace(best, level=level).interval(seen, weeks), actual) - COVERAGE
        ),
    )


def covered(interval: tuple[Floats, Floats], actual: Floats) -> float:
    """Return the share of the truth that lay within the intervals, bounds included."""
    low, high = interval
    return float(((actual >= low) & (actual <= high)).mean())


def _steps(given: Floats, again: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Calibrate by tenths of the customers, made rising (pool adjacent violators)."""
    parts = [part for part in np.array_split(np.argsort(given, kind="stable"), BINS) if len(part)]
    pools: list[list[float]] = []
    for part in parts:
        pools.append([float(given[part].mean()), float(again[part].mean()), float(len(part))])
        while len(pools) > 1 and pools[-2][1] > pools[-1][1]:
            second, first = pools.pop(), pools.pop()
            size = first[2] + second[2]
            pools.append(
                [*((first[i] * first[2] + second[i] * second[2]) / size for i in (0, 1)), size]
            )
    return tuple((middle, share) for middle, share, _size in pools)


def simple_orders(seen: Purchases, weeks: float) -> Floats:
    """The simple rule: everybody goes on as before."""
    return np.divide(seen.repeats, seen.age, out=np.zeros(len(seen)), where=seen.age > 0) * weeks


def _simple_days(seen: Purchases) -> Floats:
    """The simple rule: the usual gap after the last order, or today where that has passed."""
    gap = np.divide(
        seen.recency, seen.repeats, out=np.full(len(seen), np.nan), where=seen.repeats > 0
    )
    usual = np.nanmedian(gap) if np.isfinite(gap).any() else 0
    idle = seen.age - seen.recency
    return np.maximum(np.where(np.isfinite(gap), gap, usual) - idle, 0) * WEEK


def _judge(best: Forecaster, ledger: Ledger, seen: Purchases, cut: int, end: int) -> BackTest:
    weeks = (end - cut) / WEEK
    actual, spent = count_later(ledger, seen, cut, end), spent_later(ledger, seen, cut, end)
    waited = first_later(ledger, seen, cut, end)
    came = np.isfinite(waited)
    expected, simple = best.expected(seen, weeks), simple_orders(seen, weeks)
    worth = np.nan_to_num(best.order_value(seen))
    return BackTest(
        people=len(seen),
        weeks=round(weeks, 1),
        mae=_error(expected, actual),
        heuristic_mae=_error(simple, actual),
        value_mae=_error(expected * worth, spent) if best.value else float("inf"),
        value_heuristic_mae=_error(simple * seen.value, spent),
        days_error=_error(best.next_order(seen, weeks)[came], waited[came]),
        days_heuristic_error=_error(_simple_days(seen)[came], waited[came]),
        auc=area_under_curve(best.plain_again(seen, weeks), actual > 0),
        heuristic_auc=area_under_curve(seen.recency - seen.age, actual > 0),
        bias=float(expected.sum() / max(actual.sum(), 1) - 1),
        coverage=covered(best.interval(seen, weeks), actual),
    )


def _error(given: Floats, actual: Floats) -> float:
    return float(np.abs(given - actual).mean()) if len(actual) else float("inf")


def area_under_curve(scores: Floats, true: NDArray[np.bool_]) -> float:
    """Return the chance that one who did scores above one who did not (Mann-Whitney)."""
    positive, negative = int(true.sum()), int((~true).sum())
    if not positive or not negative:
        return 0.5
    ranks = rankdata(scores)
    return float((ranks[true].sum() - positive * (positive + 1) / 2) / (positive * negative))
