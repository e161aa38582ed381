"""A snapshot holds what texts may cite today, and says when that is no longer true."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from catalogue.models import BrandVoice, FactSnapshot, Product
from catalogue.services import (
    create_offer,
    is_current,
    save_product,
    save_voice,
    snapshot_slots,
    take_snapshot,
    update_offer,
)
from inference.types import Slot
from tenants.errors import BadInput

pytestmark = pytest.mark.django_db


def test_the_price_after_the_offer_is_what_a_text_states(shoe: Product, voice: BrandVoice) -> None:
    offer = create_offer(name="Winter", kind="percent", value=Decimal(20), code="WINTER")
    facts = take_snapshot(product=shoe, offer=offer, voice=voice, language="en").facts
    assert facts == {
        "brand.name": "Acme Outdoor",
        "brand.colour": "#215043",
        "product.name": "Cascade 4",
        "product.category": "Trail shoes",
        "product.feature": "5 mm lugs",
        "product.benefit": "keep your grip on wet rock",
        "product.url": "https://acme.example/cascade-4",
        "product.price": "$96.00",
        "product.price_before": "$120.00",
        "product.currency": "USD",
        "offer.phrase": "20% off",
        "offer.code": "WINTER",
    }


def test_what_was_not_translated_is_left_out(shoe: Product, voice: BrandVoice) -> None:
    snapshot = take_snapshot(
        product=shoe, offer=None, voice=voice, language="zh-hans", occasion="春节"
    )
    assert snapshot.facts["product.name"] == "瀑布 4"
    assert snapshot.facts["product.price"] == "US$120.00"
    assert snapshot_slots(snapshot) == {
        Slot.BRAND,
        Slot.PRODUCT,
        Slot.FEATURE,
        Slot.PRICE,
        Slot.OCCASION,
    }


@pytest.mark.parametrize(
    ("value", "currency", "paid", "before"),
    [
        ("10", "USD", "$110.00", "$120.00"),
        ("10", "EUR", "$120.00", None),
        ("130", "USD", None, None),
    ],
)
def test_an_amount_is_taken_off_in_its_own_currency(
    shoe: Product,
    voice: BrandVoice,
    value: str,
    currency: str,
    paid: str | None,
    before: str | None,
) -> None:
    offer = create_offer(name="Off", kind="amount", value=Decimal(value), currency=currency)
    facts = take_snapshot(product=shoe, offer=offer, voice=voice, language="en").facts
    assert (facts.get("product.price"), facts.get("product.price_before")) == (paid, before)


def test_a_product_without_price_is_named_without_one(shoe: Product, voice: BrandVoice) -> None:
    save_product(shoe, price=None)
    snapshot = take_snapshot(product=shoe, offer=None, voice=voice, language="en")
    assert Slot.PRICE not in snapshot_slots(snapshot)


def test_the_same_facts_give_the_same_row(shoe: Product, voice: BrandVoice) -> None:
    first = take_snapshot(product=shoe, offer=None, voice=voice, language="en")
    assert take_snapshot(product=shoe, offer=None, voice=voice, language="en") == first
    assert take_snapshot(product=None, offer=None, voice=voice, language="en") != first
    assert FactSnapshot.objects.count() == 2


def test_a_changed_fact_is_named(shoe: Product, voice: BrandVoice, ends: datetime) -> None:
    offer = create_offer(name="Winter", kind="percent", value=Decimal(20), ends_at=ends)
    snapshot = take_snapshot(product=shoe, offer=offer, voice=voice, language="en")
    assert snapshot.facts["offer.ends"] == "6 December"
    assert is_current(snapshot) == []
    save_product(shoe, price=Decimal(110))
    snapshot.refresh_from_db()
    assert is_current(snapshot) == ["product.price", "product.price_before"]
    save_product(shoe, price=Decimal(120), stock=0)
    snapshot.refresh_from_db()
    assert is_current(snapshot) == ["product.name"]


def test_an_offer_that_ended_is_refused_and_makes_texts_stale(
    shoe: Product, voice: BrandVoice
) -> None:
    now = timezone.now()
    offer = create_offer(name="Winter", kind="gift", ends_at=now + timedelta(days=1))
    snapshot = take_snapshot(product=shoe, offer=offer, voice=voice, language="en")
    update_offer(offer, ends_at=now - timedelta(days=1))
    with pytest.raises(BadInput, match="ended"):
        take_snapshot(product=shoe, offer=offer, voice=voice, language="en")
    snapshot.refresh_from_db()
    assert is_current(snapshot) == ["offer.phrase"]
    assert FactSnapshot.objects.count() == 1


def test_one_voice_is_the_default(voice: BrandVoice) -> None:
    second = save_voice(name="Loud", brand_name="Acme!", tone="brisk", is_default=True)
    voice.refresh_from_db()
    assert second.is_default
    assert not voice.is_default
