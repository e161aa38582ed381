"""`bench recommend`: ten products for each of 100,000 customers."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.blending import HALF_LIVES
from profiles.recommending.histories import Histories, make_histories
from profiles.recommending.recommender import combine

Progress = Callable[[int, int], None]
TOP = 10
LINKS = 200
REFERENCE_PEOPLE = 5_000
BATCH = 1_000
SEED = 20261124


def bench_recommend(
    progress: Progress, *, customers: int = 100_000, products: int = 4_000, rounds: int = 5
) -> dict[str, Any]:
    """Top ten of `products` for all customers; the histories are drawn, skewed like real shops.

    The reference multiplies the same histories and links as dense matrices and cuts out the best
    with argpartition, for 5,000 customers of each round. Both remove what the customer has.
    """
    histories = draw_histories(customers, products)
    weights = {(life, name): 1.0 for life in HALF_LIVES for name in ("after", "two steps")}
    recommender = combine(histories, weights).thinned(LINKS)
    dense = {life: matrix.toarray() for life, matrix in recommender.links.items()}
    some = histories.take(np.arange(min(customers, REFERENCE_PEOPLE)))
    ours, bare, same = [], [], 0.0
    for number in range(rounds):
        start = time.perf_counter()
        found, _scores = recommender.recommend(histories, TOP)
        ours.append(customers / (time.perf_counter() - start))
        start = time.perf_counter()
        reference = _dense_best(some, dense)
        bare.append(len(some) / (time.perf_counter() - start))
        same = _agreement(found[: len(some)], reference)
        progress(number + 1, rounds)
    ratios = [own / other for own, other in zip(ours, bare, strict=True)]
    return {
        "figures": {"rows_per_s": round(statistics.median(ours)), "agreement": round(same, 4)},
        "reference": {"rows_per_s": round(statistics.median(bare))},
        "ratio": round(statistics.median(ratios), 2),
        "customers": customers,
        "products": products,
    }


def draw_histories(customers: int, products: int) -> Histories:
    """Draw one to thirty items a customer, popular ones often, near ones together."""
    draw = np.random.default_rng(SEED)
    lengths = np.minimum(1 + draw.geometric(0.2, customers), 30)
    homes = draw.integers(0, products, customers)
    rows = [
        (home + np.floor(draw.pareto(1.0, length) * 8).astype(np.int64)) % products
        for home, length in zip(homes, lengths, strict=True)
    ]
    return make_histories(rows, products)


def _dense_best(histories: Histories, links: dict[float, NDArray[np.float32]]) -> NDArray[np.int64]:
    found = []
    for start in range(0, len(histories), BATCH):
        part = histories.take(np.arange(start, min(start + BATCH, len(histories))))
        parts = [part.matrix(life).toarray() @ matrix for life, matrix in links.items()]
        scores = np.sum(parts, axis=0)
        scores[part.owners, part.flat] = -np.inf
        best = np.argpartition(-scores, TOP, axis=1)[:, :TOP]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
        found.append(np.take_along_axis(best, order, axis=1))
    return np.concatenate(found)


def _agreement(found: NDArray[np.int64], reference: NDArray[np.int64]) -> float:
    """Share of the reference's items that we found too; ties may go either way."""
    return float(
        np.mean(
            [
                len(set(a) & set(b)) / TOP
                for a, b in zip(found.tolist(), reference.tolist(), strict=True)
            ]
        )
    )
