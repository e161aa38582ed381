"""At Acme: a sender, an approved text, and customers who agreed to email."""

import pytest

from catalogue.models import BrandVoice, FactSnapshot
from delivery import services as delivery
from delivery.models import Content, Mailing, Sender
from profiles.models import Customer
from tenants.models import Tenant

FACTS = {
    "brand.name": "Tarnfield",
    "brand.colour": "#215043",
    "brand.website": "https://tarnfield.example/",
    "product.name": "Cascade 4",
    "product.price": "$96.00",
    "product.price_before": "$120.00",
    "product.url": "https://tarnfield.example/cascade-4",
    "product.image_url": "https://tarnfield.example/cascade-4.png",
    "offer.phrase": "20% off",
    "offer.ends": "6 December",
}
PARTS = {
    "subject": "Wet trails are back",
    "preheader": "The {{ product.name }} is {{ product.price }}",
    "body": "Hello {{ customer.first_name }},\n\nAutumn has turned the paths to mud.",
    "call_to_action": "See the {{ product.name }}",
}


def make_voice() -> BrandVoice:
    return BrandVoice.objects.create(
        name="Voice", brand_name="Tarnfield", website="https://tarnfield.example/"
    )


def make_snapshot(**facts: str) -> FactSnapshot:
    merged = {**FACTS, **facts}
    return FactSnapshot.objects.create(
        content_hash=str(hash(tuple(sorted(merged.items())))), language="en", facts=merged
    )


def make_content(tenant: Tenant, **parts: str) -> Content:
    voice = BrandVoice.objects.first() or make_voice()
    snapshot = FactSnapshot.objects.first() or make_snapshot()
    draft = delivery.compose(
        parts={**PARTS, **parts},
        snapshot=snapshot,
        language="en",
        voice=voice,
        tenant=tenant,
        variant="reason",
        provenance={"model": "starter"},
    )
    return delivery.save_content(draft)


def make_sender(host: str = "127.0.0.1", port: int = 2525, **fields) -> Sender:
    fields = {"name": "Tarnfield", "email": "news@tarnfield.example", "security": "none", **fields}
    return delivery.create_sender(host=host, port=port, **fields)


def make_customers(count: int, **fields) -> list[Customer]:
    return Customer.objects.bulk_create(
        Customer(
            **{
                "external_id": str(number),
                "email": f"person{number}@example.org",
                "first_name": f"Elena{number}",
                "may_email": True,
                **fields,
            }
        )
        for number in range(count)
    )


def launch(sender: Sender, content: Content, source=None, **fields) -> Mailing:
    """Launch to every customer of the workspace."""
    import uuid

    return delivery.launch(
        source=source or uuid.uuid4(),
        name="Autumn",
        sender=sender,
        recipients=("SELECT id, %s::bigint FROM profiles_customer", [content.pk]),
        approved_hash="a" * 64,
        **fields,
    )


@pytest.fixture
def sender(in_acme: Tenant) -> Sender:
    return make_sender()


@pytest.fixture
def content(in_acme: Tenant) -> Content:
    return make_content(in_acme)
