"""Traits: what follows from what customers did. How each is computed: `profiles/traits_sql.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import formats, timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogue.services import format_money
from profiles.models import TraitSet
from profiles.services.derived import derived_models
from profiles.traits_sql import DELETE_REFUSED, WINDOW_DAYS, upsert_sql
from tenants.context import current_tenant_id
from tenants.database import refresh_statistics
from tenants.models import InterfaceLanguage, Tenant
from tenants.sentences import days_ago, join_sentences

HIGH, MEDIUM = 0.7, 0.4


@dataclass(frozen=True, kw_only=True)
class TraitLine:
    """One trait as a person reads it. `confidence` is 0…1; `evidence` is a sentence.

    `level` is 3 (high), 2 (medium) or 1 (low); `behind` counts the orders and events behind it.
    """

    name: str
    label: str
    value: str
    confidence: float
    level: int
    evidence: str
    behind: str


def refresh_traits(customer_ids: Sequence[int] | None = None, *, at: datetime | None = None) -> int:
    """Compute the traits of these customers, or of all of the workspace; return how many.

    Set-based, whatever the number. Who refused a profile loses all that was derived.
    """
    if customer_ids is not None and not customer_ids:
        return 0
    now = at or timezone.now()
    tenant = Tenant.objects.get(pk=current_tenant_id())
    values: dict[str, Any] = {
        "tenant": tenant.pk,
        "now": now,
        "since": now - timedelta(days=WINDOW_DAYS),
        "zone": tenant.timezone,
        "language": tenant.language,
        "ids": list(customer_ids or ()),
    }
    everybody = customer_ids is None
    with transaction.atomic(), connection.cursor() as cursor:
        for model in derived_models():
            cursor.execute(DELETE_REFUSED.format(table=model._meta.db_table), values)
        cursor.execute(upsert_sql(everybody=everybody), values)
        refreshed = int(cursor.rowcount)
        if everybody:
            refresh_statistics(TraitSet)
    return refreshed


SHOWN = (
    "stage",
    "top_category",
    "motive",
    "discount_affinity",
    "price_band",
    "top_brand",
    "cadence_days",
    "next_due_at",
    "season",
    "basket_value",
    "top_channel",
    "engagement",
    "preferred_hour",
    "language",
    "last_product",
    "total_spent",
)


def explain_traits(traitset: TraitSet) -> list[TraitLine]:
    """Return a line for each trait that is known, in the order of the person page."""
    lines = [explain_trait(traitset, name) for name in SHOWN if name in traitset.confidence]
    return [line for line in lines if line.value]


def explain_trait(traitset: TraitSet, name: str) -> TraitLine:
    """Return the trait in words: value, how sure, and the sentence that says what was counted.

    Raises KeyError for a name that is no trait.
    """
    confidence = float(traitset.confidence.get(name, 0))
    evidence = traitset.evidence.get(name, {})
    return TraitLine(
        name=name,
        label=str(LABELS[name]()),
        value=VALUES[name](traitset),
        confidence=confidence,
        level=3 if confidence >= HIGH else 2 if confidence >= MEDIUM else 1,
        evidence=SENTENCES[name](evidence) if evidence else "",
        behind=_behind(evidence),
    )


LABELS: Mapping[str, Callable[[], str]] = {
    "stage": lambda: _("Life cycle"),
    "top_category": lambda: _("Favourite category"),
    "motive": lambda: _("Motive"),
    "discount_affinity": lambda: _("Buys on offer"),
    "price_band": lambda: _("Price band"),
    "preferred_hour": lambda: _("Preferred hour"),
    "top_brand": lambda: _("Favourite brand"),
    "cadence_days": lambda: _("Orders every"),
    "next_due_at": lambda: _("Next order due"),
    "season": lambda: _("Season"),
    "basket_value": lambda: _("Usual basket"),
    "top_channel": lambda: _("Usual channel"),
    "engagement": lambda: _("Engagement"),
    "language": lambda: _("Language"),
    "last_product": lambda: _("Bought last"),
    "total_spent": lambda: _("Spent in all"),
    "order_count": lambda: _("Orders"),
    "last_order_at": lambda: _("Last order"),
}


def _hour(traits: TraitSet) -> str:
    if traits.preferred_hour is None:
        return ""
    return f"{traits.preferred_hour:02}:00–{(traits.preferred_hour + 1) % 24:02}:00"


def _days(count: int | None) -> str:
    return ngettext("%(count)s day", "%(count)s days", count or 0) % {"count": count or 0}


def _motive(traits: TraitSet) -> str:
    return "" if traits.motive == "none" else traits.get_motive_display()


VALUES: Mapping[str, Callable[[TraitSet], str]] = {
    "stage": lambda traits: traits.get_stage_display(),
    "top_category": lambda traits: traits.top_category,
    "motive": _motive,
    "discount_affinity": lambda traits: traits.get_discount_affinity_display(),
    "price_band": lambda traits: traits.get_price_band_display(),
    "preferred_hour": _hour,
    "top_brand": lambda traits: traits.top_brand,
    "cadence_days": lambda traits: _days(traits.cadence_days),
    "next_due_at": lambda traits: _day(traits.next_due_at),
    "season": lambda traits: traits.get_season_display(),
    "basket_value": lambda traits: _money(traits.basket_value or 0),
    "top_channel": lambda traits: traits.top_channel,
    "engagement": lambda traits: traits.get_engagement_display(),
    "language": lambda traits: str(
        dict(InterfaceLanguage.choices).get(traits.language, traits.language)
    ),
    "last_product": lambda traits: traits.last_product.title if traits.last_product else "",
    "total_spent": lambda traits: _money(traits.total_spent),
    "order_count": lambda traits: str(traits.order_count),
    "last_order_at": lambda traits: _day(traits.last_order_at),
}


def _money(amount: Decimal | float | str) -> str:
    tenant = Tenant.objects.get(pk=current_tenant_id())
    language = translation.get_language() or tenant.language
    return format_money(Decimal(str(amount)), tenant.currency, language)


def _day(value: date | str | None) -> str:
    day = parse_date(value) if isinstance(value, str) else value
    return str(formats.date_format(day)) if day else ""


def _orders(count: int) -> str:
    return ngettext("%(count)s order", "%(count)s orders", count) % {"count": count}


def say_orders(count: int) -> str:
    """Return “5 orders” in the language that is active."""
    return _orders(count)


def _since(found: dict[str, Any]) -> str:
    return _(", since %(day)s") % {"day": _day(found["since"])} if found.get("since") else ""


def _ordered(found: dict[str, Any]) -> str:
    values = {"orders": _orders(found.get("orders", 0)), "since": _since(found)}
    return _("%(orders)s%(since)s.") % values


def _stage(found: dict[str, Any]) -> str:
    if not found.get("orders"):
        return _("No order yet.")
    text = _("%(orders)s%(since)s. The last one %(day)s, %(ago)s.") % {
        "orders": _orders(found["orders"]),
        "since": _since(found),
        "day": _day(found["last"]),
        "ago": days_ago(found["days"]),
    }
    if found.get("usual_gap"):
        gap = _("Usually %(gap)s days lie between two; lapsed after %(lapse)s.")
        said = gap % {"gap": found["usual_gap"], "lapse": found["lapse_after"]}
        return join_sentences([text, said])
    lapse = _("Counts as lapsed after %(lapse)s days.") % {"lapse": found["lapse_after"]}
    return join_sentences([text, lapse])


def _category(found: dict[str, Any]) -> str:
    return _("%(some)s of %(orders)s, %(views)s of %(all)s product views%(since)s.") % {
        "some": found["category_orders"],
        "orders": _orders(found["orders"]),
        "views": found["category_views"],
        "all": found["views"],
        "since": _since(found),
    }


def _on_offer(found: dict[str, Any]) -> str:
    return _("%(some)s of %(orders)s with a discount or a code%(since)s.") % {
        "some": found["on_offer"],
        "orders": _orders(found["orders"]),
        "since": _since(found),
    }


def _price_band(found: dict[str, Any]) -> str:
    text = _(
        "%(average)s on average for %(lines)s articles. "
        "A third of all that was sold cost up to %(low)s, a third from %(high)s on."
    )
    return text % {
        "average": _money(found["average"]),
        "lines": found["lines"],
        "low": _money(found["low"]),
        "high": _money(found["high"]),
    }


def _counted(found: dict[str, Any]) -> str:
    return _("%(counted)s of %(of)s purchases show it%(since)s.") % {
        "counted": found["counted"],
        "of": found["of"],
        "since": _since(found),
    }


def _part(name: str, text: Callable[[], str]) -> Callable[[dict[str, Any]], str]:
    """Say in how many of the orders something stood."""

    def sentence(found: dict[str, Any]) -> str:
        return text() % {
            "some": found[name],
            "orders": _orders(found["orders"]),
            "since": _since(found),
        }

    return sentence


def _due(found: dict[str, Any]) -> str:
    return _("The last order %(day)s, and usually %(gap)s days lie between two.") % {
        "day": _day(found["last"]),
        "gap": found["usual_gap"],
    }


def _active(found: dict[str, Any]) -> str:
    return _("Something happened on %(days)s of the last 90 days; %(all)s events in a year.") % {
        "days": found["days"],
        "all": found["views"],
    }


def _around(found: dict[str, Any]) -> str:
    return _("%(near)s of %(all)s orders and events within an hour of it (%(zone)s).") % {
        "near": found["near"],
        "all": found["moments"],
        "zone": found["zone"],
    }


def _spoken(found: dict[str, Any]) -> str:
    match found.get("from"):
        case "own":
            return _("As the customer's record says.")
        case "country":
            return _("Not said; %(share)s%% of %(people)s people in %(country)s use it.") % {
                "share": round(found["share"] * 100),
                "people": found["people"],
                "country": found["country"],
            }
    return _("Not said; the language of the workspace.")


SENTENCES: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "stage": _stage,
    "top_category": _category,
    "motive": _counted,
    "discount_affinity": _on_offer,
    "price_band": _price_band,
    "preferred_hour": _around,
    "top_brand": _part(
        "brand_orders", lambda: _("In %(some)s of %(orders)s with a brand%(since)s.")
    ),
    "cadence_days": lambda found: (
        _("The middle gap of %(orders)s%(since)s.")
        % {"orders": _orders(found["orders"]), "since": _since(found)}
    ),
    "next_due_at": _due,
    "season": _part("season_orders", lambda: _("%(some)s of %(orders)s in these months%(since)s.")),
    "basket_value": _part("items", lambda: _("%(some)s items on average in %(orders)s%(since)s.")),
    "top_channel": _part(
        "channel_orders", lambda: _("%(some)s of %(orders)s came this way%(since)s.")
    ),
    "engagement": _active,
    "language": _spoken,
    "last_product": lambda found: _("Ordered %(day)s.") % {"day": _day(found.get("last"))},
    "total_spent": _ordered,
    "order_count": _ordered,
    "last_order_at": lambda found: (
        _("The last one %(ago)s.") % {"ago": days_ago(found.get("days", 0))}
    ),
}


def _behind(found: dict[str, Any]) -> str:
    """Say how much lies behind a trait: `5 orders`, `70 events`."""
    orders = int(found.get("orders") or 0)
    events = int(found.get("views") or found.get("moments") or 0)
    parts = [_orders(orders)] if orders else []
    if events:
        parts.append(ngettext("%(count)s event", "%(count)s events", events) % {"count": events})
    return _(", ").join(parts)
