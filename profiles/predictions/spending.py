"""How much an order will be worth: Gamma-Gamma (Fader, Hardie 2013, after Colombo, Jiang 1999)."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

from profiles.predictions.models import HIGHEST, LOWEST, MOST_PEOPLE
from profiles.predictions.purchases import Floats, Purchases

FEWEST = 30  # repeat buyers with a value; fewer say nothing


@dataclass(frozen=True)
class GammaGamma:
    p: float
    q: float
    v: float

    def expected(self, seen: Purchases) -> Floats:
        """Return the expected value of an order: between the shop's mean and the customer's own."""
        own = self.p * seen.repeats
        mean = self.p * self.v / (self.q - 1) if self.q > 1 else self.p * self.v / self.q
        return np.asarray((max(self.q - 1, 0) * mean + own * seen.value) / (own + self.q - 1))


def fit_gamma_gamma(seen: Purchases) -> GammaGamma | None:
    """Return the parameters of maximal likelihood, or None where too few bought repeatedly."""
    usable = np.flatnonzero((seen.repeats > 0) & (seen.value > 0))
    if len(usable) < FEWEST:
        return None
    some = seen.take(usable).sample(MOST_PEOPLE)
    x, mean = some.repeats, some.value
    scale = float(np.median(mean))
    mean = mean / scale

    def loss(logarithms: Floats) -> float:
        p, q, v = np.exp(logarithms)
        value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        value += (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(x * mean + v)
        return -float(value.mean()) if np.isfinite(value.mean()) else 1e6

    bounds = [(LOWEST, HIGHEST)] * 3
    near = minimize(loss, np.log([4.0, 3.0, 1.0]), method="L-BFGS-B", bounds=bounds)
    options = {"maxiter": 600, "xatol": 1e-6, "fatol": 1e-10}
    best = minimize(loss, near.x, method="Nelder-Mead", bounds=bounds, options=options)
    p, q, v = np.exp(best.x)
    return GammaGamma(float(p), float(max(q, 1.000001)), float(v) * scale)
