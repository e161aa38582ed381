"""How many orders are still to come: models, intervals and reasons, without a database."""

from pathlib import Path

import numpy as np
import pytest

from profiles.predictions.evaluations import evaluate_clv, read_ledger
from profiles.predictions.forecasting import fit_forecaster
from profiles.predictions.models import BgNbd, ParetoNbd, fit_bg_nbd
from profiles.predictions.purchases import Ledger, Purchases, count_purchases, make_ledger
from tenants.errors import BadInput

FIRST = 737_000
DAYS = 364


def silent(done: int, total: int) -> None: ...


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Days with an order, drawn as BG/NBD says people order."""
    draw = np.random.default_rng(3)
    customers, days = [], []
    for person in range(400):
        rate, leaves = draw.gamma(0.6, 1 / 20.0), draw.beta(0.8, 2.5)
        day = float(draw.integers(0, 90))
        while day < DAYS:
            customers.append(person)
            days.append(FIRST + int(day))
            if draw.random() < leaves:
                break
            day += draw.exponential(1 / max(rate, 1e-4)) + 1
    amounts = draw.gamma(5, 8, len(days))
    return make_ledger(np.array(customers), np.array(days), amounts)


def seen(repeats: float, recency: float, age: float) -> Purchases:
    one = np.array([1.0])
    return Purchases(np.array([0]), repeats * one, recency * one, age * one, 20 * one)


def test_days_are_merged_and_counted_as_the_models_need_them() -> None:
    days = np.array([10, 10, 24, 17])
    ledger = make_ledger(np.zeros(4, np.int64), days, np.array([5.0, 6, 7, 8]))
    found = count_purchases(ledger, 31)
    assert found.repeats.tolist() == [2]
    assert found.recency.tolist() == [2]
    assert found.age.tolist() == [3]
    assert found.value.tolist() == [7.5]  # the first day is not a repeat


def test_the_published_parameters_give_the_published_answers() -> None:
    """Fader, Hardie, Lee 2005: customer of CDNOW with x = 2, t_x = 30.43, T = 38.86: 1.226."""
    bg = BgNbd(0.243, 4.414, 0.793, 2.426)
    assert bg.expected(seen(2, 30.43, 38.86), 39)[0] == pytest.approx(1.226, abs=2e-3)
    pareto = ParetoNbd(0.553, 10.578, 0.606, 11.669)
    alive = pareto.alive(seen(26, 30.86, 31))[0]
    assert 0.97 < alive < 1
    assert pareto.alive(seen(26, 5, 31))[0] < 0.01


def test_a_forecast_beats_the_rule_and_adds_up(ledger: Ledger) -> None:
    end = FIRST + DAYS
    forecaster, test = fit_forecaster(ledger, end)
    assert test
    assert test.beats()["orders"]
    found = count_purchases(ledger, end)
    low, high = forecaster.interval(found, 13)
    assert (low <= high).all()
    chance = forecaster.again(found, 13)
    assert ((chance >= 0) & (chance <= 1)).all()
    median = forecaster.next_order(found, 13)
    assert ((median > 0) & (median <= 13 * 7)).all()
    moves = forecaster.contributions(found, 13)
    expected = forecaster.model.expected(found, 13)
    base = (expected - moves.sum(axis=1)).round(6)
    assert np.allclose(base, base[0], atol=1e-3)  # the forecast of the usual customer


def test_the_likelihood_finds_the_parameters_again(ledger: Ledger) -> None:
    found = count_purchases(ledger, FIRST + DAYS)
    model = fit_bg_nbd(found)
    assert model.log_likelihood(found).sum() >= BgNbd(0.6, 3, 0.8, 2.5).log_likelihood(found).sum()


def test_a_file_of_orders_is_measured_in_any_form(tmp_path: Path, ledger: Ledger) -> None:
    from datetime import date

    rows = zip(ledger.customers, ledger.days, ledger.amounts, strict=True)
    lines = [
        f" {number:05} {date.fromordinal(int(day)):%Y%m%d}  {amount:.2f}"
        for number, day, amount in rows
    ]
    path = tmp_path / "orders.txt"
    path.write_text("\r\n".join(lines))
    split = str(date.fromordinal(FIRST + 240))
    names = {"customer": "1", "date": "2", "amount": "3"}
    result = evaluate_clv(silent, transactions=str(path), split=split, **names)
    figures = result["figures"]
    assert figures["mae"] < figures["heuristic_mae"]
    assert 0.5 < figures["auc"] <= 1
    assert 0.6 < figures["coverage_80"] <= 1
    with pytest.raises(BadInput, match="no column “price”"):
        evaluate_clv(silent, transactions=str(path), split=split, **{**names, "amount": "price"})
    with pytest.raises(BadInput, match="not a date"):
        evaluate_clv(silent, transactions=str(path), split="soon", **names)


ODD = """\ufeffCustomer ID;Invoice;InvoiceDate;Quantity;Price
12346.0;1;01.12.2010 08:26;2;1,50

12346.0;1;01.12.2010 08:26;1;0,50
12346.0;C2;15.12.2010 09:00;-2;1,50
;3;16.12.2010 09:00;5;1,00
17850.0;4;17.12.2010 10:00;1;-3,00
17850.0;5;soon;1;3,00
17850.0;6;31.01.2011 10:00;1;3,00
"""


def test_refunds_rows_without_customer_and_odd_dates_are_no_orders(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(ODD.replace("\n", "\r\n").encode())
    names = {"customer": "CustomerID", "date": "InvoiceDate", "amount": "Quantity*Price"}
    read = read_ledger(str(path), *names.values())
    assert len(read.days) == 2
    assert read.amounts.tolist() == [3.5, 3.0]  # two lines of a day are one order
    days = "after 2010-12-01 and before 2011-01-31"
    for split in ("2011-01-31", "2015-01-01", "2009-01-01"):
        with pytest.raises(BadInput, match=days):
            evaluate_clv(silent, transactions=str(path), split=split, **names)
    assert evaluate_clv(silent, transactions=str(path), split="2010-12-20", **names)["people"] == 1


@pytest.mark.parametrize(
    "model",
    [
        BgNbd(0.243, 4.414, 0.793, 2.426), BgNbd(0.3, 9.0, 1.4, 0.9),
        ParetoNbd(0.553, 10.58, 0.606, 11.67), ParetoNbd(0.9, 30.0, 0.4, 2.0),
    ],
)  # fmt: skip
def test_who_orders_every_day_is_foretold_like_anybody(model: BgNbd | ParetoNbd) -> None:
    busy = seen(2_000, 399.9, 400)
    orders = float(model.expected(busy, 13)[0])
    assert 30 < orders < 90  # a bit less than the five a week until now
    assert 0 < float(model.alive(busy)[0]) <= 1
    assert np.isfinite(model.log_likelihood(busy)).all()
    gone = seen(2_000, 200, 400)
    assert float(model.expected(gone, 13)[0]) < 0.01
