"""Intervals and tests against published values, and the promise of an A/A test."""

import random

import pytest

from insights.statistics import fisher, holm, newcombe, wilson, winners


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_the_published_intervals(x, n, low, high):
    interval = wilson(x, n)

    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_agrees_with_the_published_intervals(table, low, high):
    interval = newcombe(*table)

    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


def test_fisher_agrees_with_known_p_values():
    assert fisher(3, 4, 1, 4) == pytest.approx(0.4857142857, abs=1e-9)  # the lady tasting tea
    assert fisher(8, 10, 1, 6) == pytest.approx(0.0349650350, abs=1e-9)  # scipy.stats
    assert fisher(0, 100, 0, 100) == 1.0


def test_holm_never_lets_a_larger_p_value_overtake():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_nothing_counted_is_nothing_known():
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)
    assert winners((0, 0), {"reason": (0, 0)}) == {"reason": 0}
    with pytest.raises(ValueError, match="6 of 5 is no count"):
        wilson(6, 5)


def test_a_true_difference_is_found():
    found = winners((113, 9538), {"product": (321, 19075), "reason": (250, 19075)})

    assert found == {"product": 1, "reason": 0}
    assert winners((300, 9538), {"product": (321, 19075)}) == {"product": -1}


def test_when_the_texts_are_the_same_at_most_one_report_in_twenty_names_a_winner():
    draw = random.Random(7)  # noqa: S311
    sizes, rate, runs = (400, 400, 200), 0.04, 1000

    def orders(people: int) -> int:
        return sum(draw.random() < rate for _ in range(people))

    false = 0
    for _ in range(runs):
        reason, product, base = ((orders(size), size) for size in sizes)
        false += any(winners(base, {"reason": reason, "product": product}).values())

    assert false / runs <= 0.05
