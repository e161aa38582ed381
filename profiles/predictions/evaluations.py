"""`evaluate clv`: how well the orders after a day are foretold from those before it."""

from collections.abc import Callable
from datetime import date as Day
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from profiles.predictions.forecasting import (
    area_under_curve,
    covered,
    fit_forecaster,
    simple_orders,
)
from profiles.predictions.models import fit_bg_nbd, fit_pareto_nbd
from profiles.predictions.purchases import (
    WEEK,
    Floats,
    Ledger,
    count_later,
    count_purchases,
    make_ledger,
)
from profiles.predictions.spending import fit_gamma_gamma
from profiles.tables import Dates, parse_number, read_columns
from tenants.errors import BadInput

Progress = Callable[[int, int], None]
CDNOW = {"mae": 0.755, "auc": 0.779, "what": "Pareto/NBD on CDNOW, 39 + 39 weeks"}


def evaluate_clv(
    progress: Progress, *, transactions: str, customer: str, date: str, amount: str, split: str
) -> dict[str, Any]:
    """Learn from the days up to `split`, that day included; foretell the days after it.

    `amount` is a column, or a product of two ("Quantity*UnitPrice"). What a customer bought on
    one day is one order; rows without customer, and days whose sum is negative, are left out.
    """
    end = _day(split)
    ledger = read_ledger(transactions, customer, date, amount)
    first, last = int(ledger.days.min()), int(ledger.days.max())
    if not first < end < last:
        days = {name: Day.fromordinal(day) for name, day in (("first", first), ("last", last))}
        message = _("Choose a --split after %(first)s and before %(last)s, the days of the file.")
        raise BadInput(message % days)
    weeks = (last - end) / WEEK
    seen = count_purchases(ledger, end)
    actual = count_later(ledger, seen, end, last)
    progress(1, 4)
    bg, pareto = fit_bg_nbd(seen), fit_pareto_nbd(seen)
    spending = fit_gamma_gamma(seen)
    progress(2, 4)
    forecaster, test = fit_forecaster(ledger, end)
    progress(4, 4)
    expected, simple = forecaster.expected(seen, weeks), simple_orders(seen, weeks)
    own, rule = _figures(expected, actual), _figures(simple, actual)
    figures: dict[str, Any] = {
        **own,
        "heuristic_mae": rule["mae"],
        "auc": round(area_under_curve(forecaster.plain_again(seen, weeks), actual > 0), 4),
        "coverage_80": round(covered(forecaster.interval(seen, weeks), actual), 4),
        "heuristic": rule,
        "bg_nbd": {**_rounded(bg.parameters), **_figures(bg.expected(seen, weeks), actual)},
        "pareto_nbd": {
            **_rounded(pareto.parameters),
            **_figures(pareto.expected(seen, weeks), actual),
        },
        "gamma_gamma": _rounded(vars(spending)) if spending else None,
    }
    return {
        "figures": figures,
        "reference": CDNOW,
        "ratio": round(rule["mae"] / max(own["mae"], 1e-9), 3),
        "people": len(seen),
        "weeks": [round(float(seen.age.max()), 2), round(weeks, 2)],
        "orders_to_come": int(actual.sum()),
        "chosen": {
            "model": type(forecaster.model).__name__,
            "emphasis": forecaster.emphasis,
            "level": forecaster.level,
            "back_test": _rounded(vars(test)) if test else None,
        },
    }


def _figures(expected: Floats, actual: Floats) -> dict[str, float]:
    """Mean absolute error, and the total foretold against the true one, less 1."""
    return {
        "mae": round(float(np.abs(expected - actual).mean()), 4),
        "rmse": round(float(np.sqrt(((expected - actual) ** 2).mean())), 4),
        "bias": round(float(expected.sum() / max(actual.sum(), 1) - 1), 4),
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _day(text: str) -> int:
    found = Dates([text]).read(text)
    if found is None:
        raise BadInput(_("“%(text)s” is not a date. Write it as 2026-11-24.") % {"text": text})
    return found.toordinal()


def read_ledger(path: str, customer: str, date: str, amount: str) -> Ledger:
    """Read orders from a file. Raises BadInput where a column is missing or nothing can be read."""
    parts = [part.strip() for part in amount.split("*")]
    people, dates, *amounts = read_columns(path, [customer, date, *parts])
    reader = Dates(dates[:: max(1, len(dates) // 200)])
    numbers: dict[str, int] = {}
    days: dict[str, int | None] = {}
    rows: list[tuple[int, int, float]] = []
    for person, text, *given in zip(people, dates, *amounts, strict=True):
        if text not in days:
            moment = reader.read(text)
            days[text] = moment.toordinal() if moment else None
        values = [parse_number(one) for one in given]
        day = days[text]
        if person and day is not None and None not in values:
            worth = float(np.prod([value for value in values if value is not None]))
            rows.append((numbers.setdefault(person, len(numbers)), day, worth))
    return _bought(rows, path)


def _bought(rows: list[tuple[int, int, float]], path: str) -> Ledger:
    """Lines that give money back are no order; what is left is merged by day."""
    kept = [row for row in rows if row[2] >= 0]
    if not kept:
        message = _("The file %(name)s has no row with a customer, a date and an amount.")
        raise BadInput(message % {"name": path})
    customers, days, amounts = zip(*kept, strict=True)
    return make_ledger(np.array(customers), np.array(days), np.array(amounts, np.float64))
