"""Products, offers and the brand voice on their pages: who may see them, and who may change."""

from decimal import Decimal

import pytest
from django.test import Client

from catalogue.models import BrandVoice, Offer, Product
from catalogue.services import create_offer, save_voice
from tenants.context import scope
from tenants.models import Tenant, User
from tests.queries import at_most_queries

pytestmark = pytest.mark.django_db

PAGES = (
    "/w/acme/catalogue/",
    "/w/acme/catalogue/offers/",
    "/w/acme/catalogue/offers/new/",
    "/w/acme/voice/",
    "/w/acme/voice/new/",
)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def product(acme: Tenant) -> Product:
    with scope(acme.pk):
        return Product.objects.create(
            external_id="cascade-4", title="Cascade 4", category="Trail shoes", price=Decimal(120)
        )


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_for_the_owner_and_for_no_stranger(
    page: str, as_olga: Client, eve: User, acme: Tenant
) -> None:
    assert as_olga.get(page).status_code == 200
    assert sign_in(eve).get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_an_analyst_looks_and_does_not_touch(vic: User, product: Product, acme: Tenant) -> None:
    client, page = sign_in(vic), f"/w/acme/catalogue/products/{product.public_id}/"
    assert client.get(page).status_code == 200
    assert client.get("/w/acme/catalogue/offers/new/").status_code == 403
    assert client.post(page, {"title": "Mine"}).status_code == 403
    assert client.post("/w/acme/voice/new/", {"name": "Mine"}).status_code == 403
    with scope(acme.pk):
        assert Product.objects.get().title == "Cascade 4"
        assert not BrandVoice.objects.exists()


def test_another_workspace_has_no_such_product(eve: User, product: Product) -> None:
    client = sign_in(eve)
    for workspace in ("acme", "globex"):
        page = f"/w/{workspace}/catalogue/products/{product.public_id}/"
        assert client.get(page).status_code == 404
        assert client.post(page, {"title": "Mine"}).status_code == 404


def test_facts_and_translations_are_edited(as_olga: Client, product: Product, acme: Tenant) -> None:
    page = f"/w/acme/catalogue/products/{product.public_id}/"
    form = {
        "title": "Cascade 4",
        "category": "Trail shoes",
        "language": "en",
        "features": "5 mm lugs\n\n  a rock   plate \n5 mm lugs",
        "price": "96",
        "currency": "usd",
        "zh-hans_title": "瀑布 4",
        "zh-hans_benefits": "湿滑岩石也抓得牢",
        "is_active": "on",
    }
    assert as_olga.post(page, form).status_code == 302
    with scope(acme.pk):
        product.refresh_from_db()
    assert product.features == ["5 mm lugs", "a rock plate"]
    assert (product.price, product.currency) == (Decimal(96), "USD")
    assert product.translations == {
        "zh-hans": {"title": "瀑布 4", "benefits": ["湿滑岩石也抓得牢"]}
    }
    assert "瀑布 4" in as_olga.get(page).content.decode()
    refused = as_olga.post(page, form | {"features": "x" * 121, "price": "-1"})
    assert refused.status_code == 200
    assert "longer than 120" in refused.content.decode()
    with scope(acme.pk):
        product.refresh_from_db()
    assert product.price == 96


def test_products_are_found_by_word_and_category(
    as_olga: Client, product: Product, acme: Tenant
) -> None:
    with scope(acme.pk):
        Product.objects.create(external_id="cape", title="Drift rain cape", category="Rain wear")
    text = as_olga.get("/w/acme/catalogue/?q=casc").content.decode()
    assert "Cascade 4" in text
    assert "Drift" not in text
    assert "Drift" in as_olga.get("/w/acme/catalogue/?category=Rain+wear").content.decode()
    assert "No product matches" in as_olga.get("/w/acme/catalogue/?q=zzz").content.decode()


def test_an_offer_holds_through_its_last_day(as_olga: Client, acme: Tenant) -> None:
    form = {"name": "Winter", "kind": "percent", "value": "20", "last_day": "2026-12-06"}
    assert (
        as_olga.post("/w/acme/catalogue/offers/new/", form | {"is_active": "on"}).status_code == 302
    )
    with scope(acme.pk):
        offer = Offer.objects.get()
    assert offer.ends_at.isoformat() == "2026-12-07T00:00:00+00:00"
    page = f"/w/acme/catalogue/offers/{offer.public_id}/"
    text = as_olga.get(page).content.decode()
    assert 'value="2026-12-06"' in text
    assert "八折" in text
    assert as_olga.post(page, form | {"value": "120"}).status_code == 200
    assert as_olga.post(page, form | {"value": "25"}).status_code == 302
    with scope(acme.pk):
        offer.refresh_from_db()
    assert (offer.value, offer.is_active) == (Decimal(25), False)
    assert "6 Dec 2026" in as_olga.get("/w/acme/catalogue/offers/").content.decode()


def test_a_name_taken_is_said_at_the_field(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        create_offer(name="Winter", kind="gift")
        save_voice(name="Acme", brand_name="Acme")
    answer = as_olga.post("/w/acme/catalogue/offers/new/", {"name": "Winter", "kind": "gift"})
    assert "named Winter already" in answer.content.decode()
    form = {
        "name": "Acme",
        "brand_name": "A",
        "tone": "plain",
        "languages": "en",
        "colour": "#000000",
    }
    assert "named Acme already" in as_olga.post("/w/acme/voice/new/", form).content.decode()
    with scope(acme.pk):
        assert (Offer.objects.count(), BrandVoice.objects.count()) == (1, 1)


def test_the_voice_is_written_down(as_olga: Client, acme: Tenant) -> None:
    form = {
        "name": "Acme",
        "brand_name": "Acme Outdoor",
        "tone": "warm",
        "languages": ["en", "zh-hans"],
        "dont_words": "cheap\nbest",
        "samples": "Autumn is here.\r\nGo out.\r\n\r\nRain again. Good.",
        "colour": "#AA5500",
    }
    assert as_olga.post("/w/acme/voice/new/", form).status_code == 302
    with scope(acme.pk):
        voice = BrandVoice.objects.get()
    assert voice.is_default is True  # the first one, whatever the form says
    assert (voice.dont_words, voice.colour) == (["cheap", "best"], "#aa5500")
    assert voice.samples == ["Autumn is here.\nGo out.", "Rain again. Good."]


def test_a_full_list_costs_few_queries(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Product.objects.bulk_create(
            Product(external_id=f"p{n}", title=f"Product {n}", category=f"Category {n % 9}")
            for n in range(120)
        )
    with at_most_queries(9):
        text = as_olga.get("/w/acme/catalogue/?page=2").content.decode()
    assert text.count("/catalogue/products/") == 50


def test_the_list_of_offers_costs_few_queries(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        for number in range(60):
            create_offer(
                name=f"Offer {number}", kind="percent", value=Decimal(10), code=f"C{number}"
            )
    with at_most_queries(8):
        text = as_olga.get("/w/acme/catalogue/offers/").content.decode()
    assert text.count("10% off") == 50
