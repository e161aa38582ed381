"""Offers: what a campaign may promise, in words, and until when."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from catalogue.models import Offer, OfferKind
from catalogue.words import FREE_DELIVERY, GIFT, amount_phrase, percent_phrase
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant

FIELDS = frozenset(
    {"name", "kind", "value", "currency", "code", "starts_at", "ends_at", "phrases", "is_active"}
)
VALUED = (OfferKind.PERCENT, OfferKind.AMOUNT)


def create_offer(
    *,
    name: str,
    kind: str,
    value: Decimal | None = None,
    currency: str = "",
    code: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    phrases: dict[str, str] | None = None,
) -> Offer:
    """Create an offer. `ends_at` is the first moment at which it no longer holds.

    An amount without currency is in the workspace's. Raises Conflict if the name taken,
    BadInput if the fields do not fit together.
    """
    offer = Offer(
        name=name,
        kind=kind,
        value=value,
        currency=currency or (_currency() if kind == OfferKind.AMOUNT else ""),
        code=code,
        starts_at=starts_at,
        ends_at=ends_at,
        phrases=phrases or {},
    )
    _guard(offer)
    offer.save()
    record("offer.created", offer)
    return offer


def update_offer(offer: Offer, **fields: Any) -> Offer:
    """Change some fields. Texts that cite the old facts are stale from now on."""
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"An offer has no {', '.join(sorted(unknown))}.")
    for name, value in fields.items():
        setattr(offer, name, value)
    _guard(offer)
    offer.save(update_fields=list(fields))
    record("offer.changed", offer, fields=sorted(fields))
    return offer


def _currency() -> str:
    return Tenant.objects.get(pk=current_tenant_id()).currency


def _guard(offer: Offer) -> None:
    if offer.kind in VALUED and (offer.value is None or offer.value <= 0):
        message = _("Say how much is taken off.")
        raise BadInput(message, fields={"value": message})
    if offer.kind == OfferKind.PERCENT and offer.value is not None and offer.value > 100:
        message = _("No more than 100% can be taken off.")
        raise BadInput(message, fields={"value": message})
    if offer.starts_at and offer.ends_at and offer.ends_at <= offer.starts_at:
        message = _("The offer ends before it starts. Choose a later end.")
        raise BadInput(message, fields={"ends_at": message})
    if Offer.objects.filter(name=offer.name).exclude(pk=offer.pk).exists():
        message = _("There is an offer named %(name)s already.") % {"name": offer.name}
        raise Conflict(message, fields={"name": message})


def check_offer(offer: Offer, *, at: datetime) -> None:
    """Raise BadInput if the offer does not hold at this moment."""
    if not offer.is_active:
        message = _("The offer %(name)s is not active. Choose another, or switch it on.")
        raise BadInput(message % {"name": offer.name}, code="offer_inactive")
    if offer.ends_at and offer.ends_at <= at:
        message = _("The offer %(name)s ended on %(day)s. Choose another, or change its end.")
        day = _day(offer.ends_at)
        raise BadInput(message % {"name": offer.name, "day": day}, code="offer_ended")
    if offer.starts_at and offer.starts_at > at:
        message = _("The offer %(name)s starts on %(day)s. Send later, or change its start.")
        day = _day(offer.starts_at)
        raise BadInput(message % {"name": offer.name, "day": day}, code="offer_not_started")


def _day(moment: datetime) -> str:
    return formats.date_format(timezone.localtime(moment), "MONTH_DAY_FORMAT")


def offer_phrase(offer: Offer, language: str) -> str:
    """Return the workspace's own words, else `20% off`, `八折`, `立减 ¥50`, `free delivery`."""
    own = str(offer.phrases.get(language, "")).strip()
    if own:
        return own
    match offer.kind:
        case OfferKind.PERCENT:
            return percent_phrase(offer.value or Decimal(0), language)
        case OfferKind.AMOUNT:
            return amount_phrase(offer.value or Decimal(0), offer.currency, language)
        case OfferKind.GIFT:
            return GIFT[language]
    return FREE_DELIVERY[language]
