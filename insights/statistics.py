"""The little statistics that a report needs: intervals of rates, of differences, and a test.

Everything here is exact arithmetic or a closed formula, so a report needs no scientific library.
`x` of `n` people did something; rates are between 0 and 1. Known values: tests/insights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

Z95 = 1.959963984540054
"""The 97.5 % point of the normal distribution: two-sided 95 %."""
ALPHA = 0.05


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate with its 95 % interval, `low` ≤ `value` ≤ `high`."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Interval":
        """Return the interval in another unit; `factor` ≥ 0."""
        return Interval(value=self.value * factor, low=self.low * factor, high=self.high * factor)

    @property
    def excludes_zero(self) -> bool:
        return self.low > 0 or self.high < 0


def wilson(x: int, n: int, z: float = Z95) -> Interval:
    """Return the rate x/n with its score interval. With n = 0 nothing is known: 0 to 1.

    Source: Wilson 1927, JASA 22, 209-212.
    """
    _check(x, n)
    if n == 0:
        return Interval(value=0.0, low=0.0, high=1.0)
    rate = x / n
    centre = rate + z * z / (2 * n)
    spread = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    low = 0.0 if x == 0 else (centre - spread) / scale
    high = 1.0 if x == n else (centre + spread) / scale
    return Interval(value=rate, low=low, high=high)


def newcombe(x1: int, n1: int, x2: int, n2: int, z: float = Z95) -> Interval:
    """Return x1/n1 − x2/n2 with its hybrid score interval.

    Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.
    """
    one, two = wilson(x1, n1, z), wilson(x2, n2, z)
    difference = one.value - two.value
    down = sqrt((one.value - one.low) ** 2 + (two.high - two.value) ** 2)
    up = sqrt((one.high - one.value) ** 2 + (two.value - two.low) ** 2)
    return Interval(
        value=difference, low=max(-1.0, difference - down), high=min(1.0, difference + up)
    )


def fisher(x1: int, n1: int, x2: int, n2: int) -> float:
    """Return the two-sided p-value of Fisher's exact test that both rates are the same.

    The sum over all tables that are no more likely than the one seen. Exact, so it never finds
    more false winners than it says, however few the orders.
    Source: Fisher 1935, The logic of inductive inference.
    """
    _check(x1, n1)
    _check(x2, n2)
    hits, low, high = x1 + x2, max(0, x1 + x2 - n2), min(n1, x1 + x2)
    logs = [
        _log_choose(n1, k) + _log_choose(n2, hits - k) - _log_choose(n1 + n2, hits)
        for k in range(low, high + 1)
    ]
    seen = logs[x1 - low] + 1e-7  # equally likely tables differ in the last digits
    return min(1.0, sum(exp(value) for value in logs if value <= seen))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values adjusted for their number, in their order.

    Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def winners(control: tuple[int, int], arms: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Say of each arm whether it is better (1), worse (−1) or not told apart (0).

    One test at the planned end, Holm over the arms; the interval must agree. With no true
    difference, in at most 5 % of campaigns any arm is called better or worse.
    """
    names = list(arms)
    adjusted = holm([fisher(*arms[name], *control) for name in names])
    verdicts = {}
    for name, p_value in zip(names, adjusted, strict=True):
        difference = newcombe(*arms[name], *control)
        told = p_value <= ALPHA and difference.excludes_zero
        verdicts[name] = (1 if difference.value > 0 else -1) if told else 0
    return verdicts


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _check(x: int, n: int) -> None:
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is no count: it must be between 0 and {n}.")
