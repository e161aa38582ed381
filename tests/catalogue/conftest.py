"""What Acme sells: a shoe for $120.00, and how it speaks of it."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalogue import services
from catalogue.models import BrandVoice, Product
from tenants.models import Tenant


@pytest.fixture
def shoe(in_acme: Tenant) -> Product:
    return Product.objects.create(
        external_id="cascade-4",
        title="Cascade 4",
        category="Trail shoes",
        features=["5 mm lugs", "a rock plate"],
        benefits=["keep your grip on wet rock"],
        translations={"zh-hans": {"title": "瀑布 4", "features": ["5 毫米鞋钉"]}},
        url="https://acme.example/cascade-4",
        price=Decimal("120.00"),
        currency="USD",
    )


@pytest.fixture
def voice(in_acme: Tenant) -> BrandVoice:
    return services.save_voice(
        name="Acme", brand_name="Acme Outdoor", languages=["en", "zh-hans"], do_words=["trail"]
    )


@pytest.fixture
def ends() -> datetime:
    """Midnight after 6 December of next year, when an offer no longer holds."""
    return datetime(timezone.now().year + 1, 12, 7, tzinfo=UTC)
