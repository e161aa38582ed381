"""The stage of a campaign: a brand, two products, an offer, and people of both languages."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.services import audience, briefs, writing
from catalogue import services as catalogue
from catalogue.models import BrandVoice, Offer, Product
from delivery.models import Sender
from profiles.models import Customer, Segment, TraitSet
from profiles.services import segments
from tenants.models import Tenant

EVERYBODY: dict[str, Any] = {"all": []}


def make_people(count: int, *, start: int = 0, language: str = "en", **fields: Any) -> None:
    """Customers with consent and a life of their own: stage, motive, favourite category."""
    values = {"may_email": True, "may_profile": True, "may_write": True, **fields}
    people = Customer.objects.bulk_create(
        Customer(
            email=f"person{number}@example.com",
            first_name=f"Name{number}" if number % 3 else "",
            language=language,
            **values,
        )
        for number in range(start, start + count)
    )
    stages, motives = ("active", "loyal", "lapsed"), ("none", "price", "quality")
    TraitSet.objects.bulk_create(
        TraitSet(
            customer=person,
            stage=stages[number % 3],
            motive=motives[number // 3 % 3],
            top_category=("Shoes", "Jackets")[number % 2],
            computed_at=timezone.now(),
        )
        for number, person in enumerate(people)
    )


def make_voice() -> BrandVoice:
    return BrandVoice.objects.create(
        name="House",
        brand_name="Tarnfield",
        languages=["en", "zh-hans"],
        dont_words=["cheap"],
        website="https://tarnfield.example",
        is_default=True,
    )


@pytest.fixture
def voice(in_acme: Tenant) -> BrandVoice:
    return make_voice()


def make_product(number: str, title: str, category: str, price: str) -> Product:
    return Product.objects.create(
        external_id=number,
        title=title,
        category=category,
        features=["5 mm lugs"],
        benefits=["keep your grip on wet rock"],
        price=Decimal(price),
        currency="USD",
        url=f"https://tarnfield.example/{number}",
        translations={"zh-hans": {"features": ["五毫米鞋钉"], "benefits": ["在湿滑的岩石上站稳"]}},
    )


@pytest.fixture
def shoe(in_acme: Tenant) -> Product:
    return make_product("cascade-4", "Cascade 4", "Shoes", "120.00")


@pytest.fixture
def jacket(in_acme: Tenant) -> Product:
    return make_product("fell-shell", "Fell Shell", "Jackets", "180.00")


@pytest.fixture
def offer(in_acme: Tenant) -> Offer:
    return catalogue.create_offer(
        name="Winter",
        kind="percent",
        value=Decimal(20),
        code="WINTER20",
        ends_at=timezone.now() + timedelta(days=12),
    )


@pytest.fixture
def segment(in_acme: Tenant) -> Segment:
    return segments.create_segment(name="Everybody", rules=EVERYBODY)


@pytest.fixture
def people(in_acme: Tenant) -> None:
    make_people(60)
    make_people(30, start=60, language="zh-CN")


@pytest.fixture
def sender(in_acme: Tenant) -> Sender:
    return Sender.objects.create(
        name="Tarnfield", email="news@tarnfield.example", host="localhost", is_default=True
    )


@pytest.fixture
def campaign(
    voice: BrandVoice,
    shoe: Product,
    jacket: Product,
    offer: Offer,
    segment: Segment,
    people: None,
    sender: Sender,
) -> Campaign:
    """A complete brief and audience; nothing is written yet."""
    row = briefs.create_campaign(
        name="Come back for winter running", goal="winback", offer=offer, products=[shoe, jacket]
    )
    audience.set_audience(row, segment=segment, detail=3, smallest_group=5)
    return row


def write_all(campaign: Campaign) -> None:
    """Have every text written, in this process, as the worker does it."""
    while writing.write_batch(campaign.tenant_id, campaign.pk):
        pass
    writing.finish_if_done(campaign)


@pytest.fixture
def written(campaign: Campaign) -> Campaign:
    """The campaign with its texts written by the fake writer, in review."""
    writing.start_writing(campaign)
    write_all(campaign)
    campaign.refresh_from_db()
    return campaign


@pytest.fixture
def write(campaign: Campaign) -> Callable[[], None]:
    return lambda: write_all(campaign)
