"""Predictions and recommendations as people read them: lines, sentences, products with reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogue.models import Product
from catalogue.services import format_money
from profiles.models import (
    Customer,
    ForecastKind,
    ForecastReport,
    Order,
    Prediction,
    Recommendation,
    RecommendationPolicy,
)
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput
from tenants.models import Tenant
from tenants.sentences import days_ago

RESTING = 100  # ranks from here on rest; see profiles/recommending/refresh.py
LITTLE = 0.005  # orders that a reason moves at least, to be worth a sentence
MOST_PER_CATEGORY, LONGEST_REST = 5, 730


@dataclass(frozen=True, kw_only=True)
class PredictionLine:
    """One prediction in words: what, how much, and between which bounds it lies in 8 of 10."""

    name: str
    label: str
    value: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class Recommended:
    """A product with the customer's own products that speak for it; none if it is popular."""

    product: Product
    rank: int
    score: float
    because: tuple[Product, ...]
    reason: str


def find_prediction(customer: Customer) -> Prediction | None:
    """Return the newest prediction, or None: unknown, or a profile was refused."""
    found = Prediction.objects.filter(customer=customer).exclude(customer__may_profile=False)
    return found.first()


def explain_prediction(found: Prediction) -> list[PredictionLine]:
    """Return a line for each prediction that may be shown."""
    lines = [_chance(found), _orders(found), _value(found), _next_order(found)]
    return [line for line in lines if line]


def _chance(found: Prediction) -> PredictionLine | None:
    if found.chance is None:
        return None
    label = _("Orders within %(weeks)s weeks") % {"weeks": found.weeks}
    value = f"{found.chance:.0%}"
    return PredictionLine(name="chance", label=label, value=value, interval="")


def _orders(found: Prediction) -> PredictionLine | None:
    if found.orders is None:
        return None
    label = _("Expected orders in %(weeks)s weeks") % {"weeks": found.weeks}
    value = str(formats.number_format(found.orders, 1))
    interval = _between(str(found.orders_low), str(found.orders_high))
    return PredictionLine(name="orders", label=label, value=value, interval=interval)


def _value(found: Prediction) -> PredictionLine | None:
    if found.value is None or found.value_low is None or found.value_high is None:
        return None
    label = _("Expected value in %(weeks)s weeks") % {"weeks": found.weeks}
    interval = _between(_money(found.value_low), _money(found.value_high))
    return PredictionLine(name="value", label=label, value=_money(found.value), interval=interval)


def _next_order(found: Prediction) -> PredictionLine | None:
    if found.next_order_on is None:
        return None
    interval = _between(_day(found.next_order_from), _day(found.next_order_until))
    label, value = _("Next order, if one comes"), _day(found.next_order_on)
    return PredictionLine(name="next_order", label=label, value=value, interval=interval)


def _between(low: str, high: str) -> str:
    if low == high:
        return low
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _money(amount: Decimal) -> str:
    tenant = Tenant.objects.get(pk=current_tenant_id())
    return format_money(amount, tenant.currency, translation.get_language() or tenant.language)


def _day(value: Any) -> str:
    return str(formats.date_format(value, "SHORT_DATE_FORMAT"))


def explain_reasons(found: Prediction) -> list[str]:
    """Return up to three sentences, the strongest first: what moves the expected orders.

    The amounts are exact: together they are the difference from the usual customer.
    """
    if found.orders is None and found.chance is None:
        return []
    moves = sorted(found.reasons.items(), key=lambda pair: -abs(pair[1]))
    return [_reason(name, move, found.facts) for name, move in moves if abs(move) >= LITTLE]


def _reason(name: str, move: float, facts: dict[str, int]) -> str:
    days = facts.get(name, 0)
    match name:
        case "orders":
            cause = ngettext("Bought on %(n)s day", "Bought on %(n)s days", days) % {"n": days}
        case "idle":
            cause = _("Last order %(ago)s") % {"ago": days_ago(days)}
        case _name:
            cause = ngettext("Known for %(n)s day", "Known for %(n)s days", days) % {"n": days}
    amount = formats.number_format(abs(move), 2)
    if move > 0:
        return _("%(cause)s: %(amount)s orders more than usual.") % {
            "cause": cause,
            "amount": amount,
        }
    return _("%(cause)s: %(amount)s orders fewer than usual.") % {"cause": cause, "amount": amount}


def recommend(customer: Customer, *, count: int = 5) -> list[Recommended]:
    """Return products for a customer, best first; none for people who refused a profile.

    What has sold out or left the shop since the night is left out.
    """
    if customer.may_profile is False:
        return []
    rows = list(
        Recommendation.objects.filter(customer=customer, rank__lt=RESTING, product__is_active=True)
        .select_related("product")
        .order_by("rank")
    )
    if read_recommendation_policy().only_in_stock:
        rows = [row for row in rows if row.product.stock is None or row.product.stock > 0]
    ids = {one["product"] for row in rows for one in row.because}
    known = Product.objects.in_bulk(ids)
    return [_recommended(row, known) for row in rows[:count]]


def _recommended(row: Recommendation, known: dict[int, Product]) -> Recommended:
    because = tuple(known[one["product"]] for one in row.because if one["product"] in known)
    return Recommended(
        product=row.product,
        rank=row.rank,
        score=row.score,
        because=because,
        reason=_because(
            [product.title for product in because],
            by=next((one["by"] for one in row.because if "by" in one), ""),
        ),
    )


def _because(titles: Sequence[str], *, by: str) -> str:
    match titles:
        case [one, *_rest] if by == "likeness":
            return _("Similar to %(one)s, which was bought.") % {"one": one}
        case [one, *_rest] if by == "new":
            return _("New, and similar to %(one)s, which was bought.") % {"one": one}
        case [one, other, *_rest]:
            return _("Because of %(one)s and %(other)s.") % {"one": one, "other": other}
        case [one]:
            return _("Because of %(one)s.") % {"one": one}
    return _("Much bought at present.")


def read_report(kind: ForecastKind) -> ForecastReport | None:
    """Return how good the newest run was on the workspace's own past."""
    return ForecastReport.objects.filter(kind=kind).first()


def are_due() -> bool:
    """Whether a workspace has orders and was never looked at."""
    return not ForecastReport.objects.exists() and Order.objects.exists()


def read_recommendation_policy() -> RecommendationPolicy:
    """Return what may be recommended; the defaults, unsaved, if nobody said."""
    return RecommendationPolicy.objects.first() or RecommendationPolicy()


def save_recommendation_policy(
    *,
    repeats: bool,
    only_in_stock: bool,
    most_per_category: int,
    rest_days: int,
    show_new: bool = True,
) -> RecommendationPolicy:
    """Say what may be recommended, from the next night on. Raises BadInput that names the bound."""
    _check("most_per_category", most_per_category, 1, MOST_PER_CATEGORY)
    _check("rest_days", rest_days, 0, LONGEST_REST)
    policy = read_recommendation_policy()
    policy.repeats, policy.only_in_stock = repeats, only_in_stock
    policy.most_per_category, policy.rest_days = most_per_category, rest_days
    policy.show_new = show_new
    policy.save()
    record(
        "recommendation_policy.changed",
        policy,
        repeats=repeats,
        only_in_stock=only_in_stock,
        most_per_category=most_per_category,
        rest_days=rest_days,
        show_new=show_new,
    )
    return policy


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        text = _("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most}
        raise BadInput(text, fields={name: text})
