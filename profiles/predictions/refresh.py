"""Predictions of a whole workspace: read in a scope, foretell with none open, write in another."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from profiles.models import ForecastKind, ForecastReport, Prediction
from profiles.predictions.forecasting import FEATURES, BackTest, Forecaster, fit_forecaster
from profiles.predictions.purchases import Floats, Ledger, Purchases, count_purchases, make_ledger
from tenants.context import current_tenant_id, scope
from tenants.models import Tenant

WEEKS = 13
FEW_CHANCES = 0.3  # below it, a date for the next order says nothing
TAIL = 0.1  # outside each end of an 80 % interval
BATCH = 5_000

# Only people who did not refuse a profile, here and again when the rows are written.
ORDERS = """
    SELECT o.customer_id, (o.placed_at AT TIME ZONE %(zone)s)::date - date '0001-01-01' + 1,
           sum(o.total)::float
    FROM profiles_order o
    JOIN profiles_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
    WHERE o.tenant_id = %(tenant)s AND c.may_profile IS NOT FALSE AND o.status = 'placed'
      AND o.total >= 0 AND o.placed_at <= %(now)s
    GROUP BY 1, 2
"""
COLUMNS = {
    "orders": "float8",
    "orders_low": "int4",
    "orders_high": "int4",
    "value": "numeric",
    "value_low": "numeric",
    "value_high": "numeric",
    "chance": "float8",
    "next_order_on": "date",
    "next_order_from": "date",
    "next_order_until": "date",
    "reasons": "jsonb",
    "facts": "jsonb",
}
Columns = dict[str, list[Any]]


def refresh_predictions(tenant_id: int, *, at: datetime | None = None) -> int:
    """Foretell the orders of all customers of a workspace who bought; return how many.

    Where the past is too short, or the simple rule is not beaten, nothing is shown.
    """
    now = at or timezone.now()
    with scope(tenant_id):
        people, ledger = _read(now)
    end = now.date().toordinal()
    if not len(people):
        return _write(tenant_id, now, people, {}, None)
    forecaster, test = fit_forecaster(ledger, end)
    seen = count_purchases(ledger, end)
    columns = foretell(forecaster, test, seen, now.date()) if test else {}
    return _write(tenant_id, now, people[seen.people], columns, test)


def _read(now: datetime) -> tuple[NDArray[np.int64], Ledger]:
    """Return the ids of those who bought, and when they did."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, {"tenant": tenant.pk, "zone": tenant.timezone, "now": now})
        rows = cursor.fetchall()
    customers, days, amounts = zip(*rows, strict=True) if rows else ((), (), ())
    people, numbers = np.unique(np.array(customers, np.int64), return_inverse=True)
    ledger = make_ledger(
        numbers.astype(np.int64), np.array(days, np.int64), np.array(amounts, np.float64)
    )
    return people, ledger


def foretell(forecaster: Forecaster, test: BackTest, seen: Purchases, today: date) -> Columns:
    """Return the columns of the predictions; one that may not be shown is all None."""
    shown = test.beats()
    orders = forecaster.expected(seen, WEEKS)
    low, high = forecaster.interval(seen, WEEKS)
    worth = forecaster.order_value(seen)
    chance = forecaster.again(seen, WEEKS)
    has_value = shown["orders"] and shown["value"]
    soon = (chance >= FEW_CHANCES) & shown["next_order"]
    moves = forecaster.contributions(seen, WEEKS)
    return {
        "orders": _if(shown["orders"], np.round(orders, 3)),
        "orders_low": _if(shown["orders"], low.astype(int)),
        "orders_high": _if(shown["orders"], high.astype(int)),
        "value": _if(has_value, orders * worth, _money),
        "value_low": _if(has_value, low * worth, _money),
        "value_high": _if(has_value, high * worth, _money),
        "chance": _if(shown["again"], np.round(chance, 4)),
        "next_order_on": _days(forecaster.next_order(seen, WEEKS), soon, today),
        "next_order_from": _days(forecaster.next_order(seen, WEEKS, TAIL), soon, today),
        "next_order_until": _days(forecaster.next_order(seen, WEEKS, 1 - TAIL), soon, today),
        "reasons": [
            json.dumps(dict(zip(FEATURES, row, strict=True))) for row in np.round(moves, 4).tolist()
        ],
        "facts": _facts(seen),
    }


def _if(
    shown: bool, values: Floats, change: Callable[[Any], Any] = lambda value: value
) -> list[Any]:
    return [change(value) if shown else None for value in values.tolist()]


def _money(value: float) -> Decimal | None:
    return Decimal(str(round(value, 2))) if np.isfinite(value) else None


def _days(waits: Floats, soon: NDArray[np.bool_], today: date) -> list[date | None]:
    return [
        today + timedelta(days=round(wait)) if shown else None
        for wait, shown in zip(waits.tolist(), soon.tolist(), strict=True)
    ]


def _facts(seen: Purchases) -> list[str]:
    """What the reasons are about: days with an order, days since the last, since the first."""
    idle = np.round(7 * (seen.age - seen.recency)).astype(int).tolist()
    known = np.round(7 * seen.age).astype(int).tolist()
    counts = (seen.repeats + 1).astype(int).tolist()
    return [
        json.dumps({"orders": count, "idle": days, "known_for": age})
        for count, days, age in zip(counts, idle, known, strict=True)
    ]


def _write(
    tenant_id: int,
    now: datetime,
    people: NDArray[np.int64],
    columns: Columns,
    test: BackTest | None,
) -> int:
    written = 0
    with scope(tenant_id):
        for start in range(0, len(people) if columns else 0, BATCH):
            chosen = slice(start, start + BATCH)
            part = {name: values[chosen] for name, values in columns.items()}
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(*_upsert(tenant_id, now, people[chosen].tolist(), part))
                written += int(cursor.rowcount)
        Prediction.objects.exclude(computed_at=now).delete()
        report(ForecastKind.PREDICTIONS, _figures(test), len(people), now)
    return written


def _upsert(tenant_id: int, now: datetime, people: list[int], part: Columns) -> tuple[str, Any]:
    names = ", ".join(COLUMNS)
    arrays = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind in COLUMNS.values())
    values = ", ".join(f"u.{name}::{kind}" for name, kind in COLUMNS.items())
    changes = ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "weeks", "computed_at"))
    sql = f"""
        INSERT INTO profiles_prediction (tenant_id, customer_id, weeks, computed_at, {names})
        SELECT c.tenant_id, c.id, %s, %s, {values}
        FROM unnest(%s::int8[], {arrays}) u(customer_id, {names})
        JOIN profiles_customer c ON c.id = u.customer_id
        WHERE c.tenant_id = %s AND c.may_profile IS NOT FALSE
        ON CONFLICT (tenant_id, customer_id) DO UPDATE SET {changes}
    """
    return sql, [WEEKS, now, people, *(part[name] for name in COLUMNS), tenant_id]


def report(kind: str, figures: dict[str, Any], people: int, now: datetime) -> None:
    """Keep how good the newest run was."""
    values = {"figures": figures, "people": people, "computed_at": now}
    ForecastReport.objects.update_or_create(kind=kind, defaults=values)


def _figures(test: BackTest | None) -> dict[str, Any]:
    """The back-test, and what may be shown; {} where the past is too short."""
    if test is None:
        return {}
    numbers = {
        name: round(value, 4) if np.isfinite(value) else None for name, value in vars(test).items()
    }
    return {**numbers, "shown": test.beats()}
