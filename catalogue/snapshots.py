"""Fact snapshots: what texts may cite, as it was at one moment."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalogue.models import BrandVoice, FactSnapshot, Offer, OfferKind, Product
from catalogue.offers import check_offer, offer_phrase
from catalogue.words import format_last_day, format_money
from inference.types import Slot
from tenants.context import current_tenant_id
from tenants.errors import BadInput
from tenants.models import Tenant

SLOTS = frozenset(slot.value for slot in Slot)
CENT = Decimal("0.01")


def take_snapshot(
    *,
    product: Product | None,
    offer: Offer | None,
    voice: BrandVoice,
    language: str,
    second_product: Product | None = None,
    occasion: str = "",
    currency: str = "",
) -> FactSnapshot:
    """Return the snapshot of today's facts in `language`; the same facts give the same row.

    `facts` holds the slots of `inference.types.Slot` that are known, and for the layout
    "product.url", "product.image_url", "product.price_before", "product.currency",
    "brand.colour", "brand.website", "offer.ends_at" (ISO 8601). What is not known is absent.
    "product.price" is what is paid: the offer is taken off here, and nowhere else.
    `currency` is that of prices without one of their own; "" means the workspace's.
    Raises BadInput if the offer has ended or is not active.
    """
    facts = _build_facts(product, offer, voice, language, second_product, occasion, currency)
    sources = [row and str(row.public_id) for row in (product, second_product, offer, voice)]
    canonical = json.dumps([language, *sources, facts], sort_keys=True, ensure_ascii=False)
    snapshot: FactSnapshot
    snapshot, _created = FactSnapshot.objects.get_or_create(
        content_hash=hashlib.sha256(canonical.encode()).hexdigest(),
        defaults={
            "language": language,
            "product": product,
            "second_product": second_product,
            "offer": offer,
            "voice": voice,
            "facts": facts,
        },
    )
    return snapshot


def snapshot_slots(snapshot: FactSnapshot) -> frozenset[Slot]:
    """Return the slots that the snapshot can fill. The customer's own are not among them."""
    return frozenset(Slot(key) for key in snapshot.facts if key in SLOTS)


def is_current(snapshot: FactSnapshot) -> list[str]:
    """Return the paths of facts that have changed or expired since; [] means current.

    An offer that ended counts as a changed "offer.phrase"; a product that is no longer on sale,
    or is sold out, as a changed "product.name".
    """
    facts: dict[str, str] = snapshot.facts
    stale = set()
    if "product.name" in facts and not _is_for_sale(snapshot.product):
        stale.add("product.name")
    if "product2.name" in facts and not _is_for_sale(snapshot.second_product):
        stale.add("product2.name")
    if snapshot.voice is None:
        return sorted(stale | {"brand.name"})
    if "offer.phrase" in facts and snapshot.offer is None:
        return sorted(stale | {"offer.phrase"})
    try:
        now = _build_facts(
            snapshot.product,
            snapshot.offer,
            snapshot.voice,
            snapshot.language,
            snapshot.second_product,
            facts.get("brief.occasion", ""),
            facts.get("product.currency", ""),
        )
    except BadInput:
        return sorted(stale | {"offer.phrase"})
    return sorted(stale | {key for key in facts | now if facts.get(key) != now.get(key)})


def _is_for_sale(product: Product | None) -> bool:
    return product is not None and product.is_active and product.stock != 0


def _build_facts(
    product: Product | None,
    offer: Offer | None,
    voice: BrandVoice,
    language: str,
    second_product: Product | None,
    occasion: str,
    currency: str,
) -> dict[str, str]:
    tenant = Tenant.objects.get(pk=current_tenant_id())
    facts = {
        "brand.name": voice.brand_name,
        "brand.colour": voice.colour,
        "brand.website": voice.website,
        "brief.occasion": occasion,
    }
    if product:
        facts |= _product_facts(product, offer, language, currency or tenant.currency)
    if second_product:
        facts["product2.name"] = texts_of(second_product, language)["title"]
    if offer:
        facts |= _offer_facts(offer, language, tenant.timezone)
    return {key: value for key, value in facts.items() if value}


def texts_of(product: Product, language: str) -> dict[str, Any]:
    """Return title, category, features and benefits in a language, as far as they are known.

    A title that was not translated stays as it is: it is a name. All else is left out.
    """
    names = ("title", "category", "features", "benefits")
    own = {name: getattr(product, name) for name in names}
    if product.language == language:
        return own
    translated = product.translations.get(language, {})
    empty = {"title": own["title"], "category": "", "features": [], "benefits": []}
    return empty | {name: translated[name] for name in names if translated.get(name)}


def _product_facts(
    product: Product, offer: Offer | None, language: str, currency: str
) -> dict[str, str]:
    texts = texts_of(product, language)
    facts = {
        "product.name": texts["title"],
        "product.category": texts["category"],
        "product.feature": next(iter(texts["features"]), ""),
        "product.benefit": next(iter(texts["benefits"]), ""),
        "product.url": product.url,
        "product.image_url": product.image_url,
    }
    currency = product.currency or currency
    paid, before = _prices(product, offer, currency)
    if paid is not None:
        facts["product.price"] = format_money(paid, currency, language)
        facts["product.currency"] = currency
    if before is not None:
        facts["product.price_before"] = format_money(before, currency, language)
    return facts


def _prices(
    product: Product, offer: Offer | None, currency: str
) -> tuple[Decimal | None, Decimal | None]:
    """Return what is paid, and the list price if it is higher. None means not stated.

    A price that the offer would bring to nothing is not stated.
    """
    price = product.price
    if price is None:
        return None, None
    paid = price - _reduction(price, offer, currency)
    before = price if paid < price else product.compare_at_price
    if paid <= 0:
        return None, None
    return paid, before if before is not None and before > paid else None


def _reduction(price: Decimal, offer: Offer | None, currency: str) -> Decimal:
    if offer is None or offer.value is None:
        return Decimal(0)
    if offer.kind == OfferKind.PERCENT:
        return (price * offer.value / 100).quantize(CENT)
    if offer.kind == OfferKind.AMOUNT and offer.currency in ("", currency):
        return offer.value
    return Decimal(0)


def _offer_facts(offer: Offer, language: str, zone: str) -> dict[str, str]:
    check_offer(offer, at=_moment_of_use(offer))
    facts = {"offer.phrase": offer_phrase(offer, language), "offer.code": offer.code}
    if offer.ends_at:
        facts["offer.ends"] = format_last_day(offer.ends_at, language, zone)
        facts["offer.ends_at"] = offer.ends_at.isoformat()
    return facts


def _moment_of_use(offer: Offer) -> datetime:
    """Return now, or the start of an offer that is to come: texts may be written ahead."""
    now = timezone.now()
    return max(now, offer.starts_at) if offer.starts_at else now
