"""How many orders are still to come: BG/NBD and Pareto/NBD. Time is in weeks.

BG/NBD: Fader, Hardie, Lee 2005, "Counting your customers the easy way". Pareto/NBD: Schmittlein,
Morrison, Colombo 1987, with the likelihood of Fader and Hardie's 2005 note on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from profiles.predictions.purchases import Floats, Purchases

MOST_PEOPLE = 10_000  # four parameters need no more
LOWEST, HIGHEST = -9.0, 12.0  # of the logarithms of the parameters


class CountModel(Protocol):
    """What both models answer, one number for each customer."""

    @property
    def parameters(self) -> dict[str, float]: ...

    def alive(self, seen: Purchases) -> Floats:
        """Return the probability that the customer has not left, 0…1."""

    def expected(self, seen: Purchases, weeks: float) -> Floats:
        """Return how many days with an order the next weeks bring on average."""

    def shape(self, seen: Purchases) -> tuple[Floats, Floats]:
        """Return shape and rate (per week) of the gamma of the order rate while alive."""


@dataclass(frozen=True)
class BgNbd:
    """Orders at a gamma-distributed rate; after each order a beta-distributed chance to leave."""

    r: float
    alpha: float
    a: float
    b: float

    @property
    def parameters(self) -> dict[str, float]:
        return {"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}

    def log_likelihood(self, seen: Purchases) -> Floats:
        x, known = seen.repeats, seen.repeats > 0
        shared = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        shared += betaln(self.a, self.b + x) - betaln(self.a, self.b)
        stays = -(self.r + x) * np.log(self.alpha + seen.age)
        left = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1)
        left = left - (self.r + x) * np.log(self.alpha + seen.recency)
        return shared + np.where(known, np.logaddexp(stays, left), stays)

    def alive(self, seen: Purchases) -> Floats:
        x = seen.repeats
        growth = (self.r + x) * np.log((self.alpha + seen.age) / (self.alpha + seen.recency))
        odds = self.a / (self.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(growth, 700))
        return np.where(x > 0, 1 / (1 + odds), 1.0)

    def expected(self, seen: Purchases, weeks: float) -> Floats:
        x, rate = seen.repeats, self.alpha + seen.age
        total = self.a + self.b + x
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        part = weeks / (rate + weeks)
        with np.errstate(over="ignore", invalid="ignore"):
            # As published, the series overflows for who orders every day; by Euler's
            # transformation it does where hardly anybody can be seen to leave (a large a).
            lasting = (1 - part) ** (self.r + x) * hyp2f1(self.r + x, self.b + x, total - 1, part)
            other = (1 - part) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, total - 1, part)
        lasting = np.where(np.isfinite(lasting), lasting, other)
        return (total - 1) / (a - 1) * (1 - lasting) * self.alive(seen)

    def shape(self, seen: Purchases) -> tuple[Floats, Floats]:
        return self.r + seen.repeats, self.alpha + seen.age


@dataclass(frozen=True)
class ParetoNbd:
    """Orders at a gamma-distributed rate, for a lifetime whose rate is gamma-distributed."""

    r: float
    alpha: float
    s: float
    beta: float

    @property
    def parameters(self) -> dict[str, float]:
        return {"r": self.r, "alpha": self.alpha, "s": self.s, "beta": self.beta}

    def log_likelihood(self, seen: Purchases) -> Floats:
        x = seen.repeats
        shared = gammaln(self.r + x) - gammaln(self.r)
        shared += self.r * np.log(self.alpha) + self.s * np.log(self.beta)
        stays = -(self.r + x) * np.log(self.alpha + seen.age)
        stays -= self.s * np.log(self.beta + seen.age)
        return shared + np.logaddexp(
            stays, np.log(self.s / (self.r + self.s + x)) + self._left(seen)
        )

    def alive(self, seen: Purchases) -> Floats:
        x = seen.repeats
        growth = (self.r + x) * np.log(self.alpha + seen.age)
        growth += self.s * np.log(self.beta + seen.age) + self._left(seen)
        return 1 / (1 + self.s / (self.r + self.s + x) * np.exp(np.minimum(growth, 700)))

    def expected(self, seen: Purchases, weeks: float) -> Floats:
        s = self.s if abs(self.s - 1) > 1e-6 else 1 + 1e-6
        lasting = 1 - ((self.beta + seen.age) / (self.beta + seen.age + weeks)) ** (s - 1)
        rate = (self.r + seen.repeats) / (self.alpha + seen.age)
        return self.alive(seen) * rate * (self.beta + seen.age) / (s - 1) * lasting

    def shape(self, seen: Purchases) -> tuple[Floats, Floats]:
        return self.r + seen.repeats, self.alpha + seen.age

    def _left(self, seen: Purchases) -> Floats:
        """Logarithm of A0 of the note: of having left between the last order and the end."""
        last, end = self._term(seen, seen.recency), self._term(seen, seen.age)
        return last + np.log1p(-np.exp(np.minimum(end - last, -1e-12)))

    def _term(self, seen: Purchases, at: Floats) -> Floats:
        high, low = max(self.alpha, self.beta), min(self.alpha, self.beta)
        total = self.r + self.s + seen.repeats
        second = self.s + 1 if self.alpha >= self.beta else self.r + seen.repeats
        # Euler's transformation: as published, the series overflows for who orders every day.
        series = hyp2f1(1, total + 1 - second, total + 1, (high - low) / (high + at))
        power = (1 - second) * np.log((low + at) / (high + at))
        return power + np.log(series) - total * np.log(high + at)


def fit_bg_nbd(seen: Purchases, *, polish: bool = True) -> BgNbd:
    """Return the parameters of maximal likelihood; without polish, to about two digits."""
    start = (0.5, 8.0, 0.8, 2.5)
    return BgNbd(*_most_likely(lambda found: BgNbd(*found), seen, start, polish))


def fit_pareto_nbd(seen: Purchases, *, polish: bool = True) -> ParetoNbd:
    """Return the parameters of maximal likelihood; without polish, to about two digits."""
    start = (0.5, 9.0, 0.6, 11.0)
    return ParetoNbd(*_most_likely(lambda found: ParetoNbd(*found), seen, start, polish))


def _most_likely(
    make: Callable[[Floats], BgNbd | ParetoNbd],
    seen: Purchases,
    start: tuple[float, ...],
    polish: bool,
) -> list[float]:
    some = seen.sample(MOST_PEOPLE)

    def loss(logarithms: Floats) -> float:
        with np.errstate(all="ignore"):
            value = make(np.exp(logarithms)).log_likelihood(some).mean()
        return -float(value) if np.isfinite(value) else 1e6

    bounds = [(LOWEST, HIGHEST)] * len(start)
    near = minimize(loss, np.log(start), method="L-BFGS-B", bounds=bounds)
    if not polish:
        return [float(one) for one in np.exp(near.x)]
    options = {"maxiter": 400, "xatol": 1e-6, "fatol": 1e-10}
    best = minimize(loss, near.x, method="Nelder-Mead", bounds=bounds, options=options)
    return [float(one) for one in np.exp(best.x)]
