"""Products and offers by REST."""

import json
from typing import Any

import pytest
from django.test import Client

from catalogue.models import Offer, Product
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

API = "/api/v1/"


@pytest.fixture
def partner(api_key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {api_key}"})


def send(client: Client, path: str, body: Any, method: str = "post") -> Any:
    call = getattr(client, method)
    return call(f"{API}{path}/", json.dumps(body), content_type="application/json")


def test_products_are_created_updated_and_refused_one_by_one(partner: Client, acme: Tenant) -> None:
    tent = {
        "external_id": "t1",
        "title": "Tent",
        "description": "<b>Light</b> &amp; dry",
        "price": "99.90",
        "tags": ["outdoor"],
        "features": ["2 kg"],
        "variants": [{"title": "Green", "options": {"Colour": "Green"}, "price": 99.9}],
    }
    bad = {"external_id": "t2", "title": "X", "url": "javascript:alert(1)", "price": -1}
    result = send(partner, "products", {"products": [tent, bad, 7]}).json()
    assert (result["created"], result["updated"]) == (1, 0)
    assert [one["index"] for one in result["rejected"]] == [1, 2]
    assert set(result["rejected"][0]["problems"]) == {"url", "price"}
    with scope(acme.pk):
        product = Product.objects.get()
        assert (product.description, product.features) == ("Light & dry", ["2 kg"])
        assert product.variants.get().options == {"Colour": "Green"}
    same = send(partner, "products", {"products": [tent]}).json()
    assert (same["updated"], same["unchanged"]) == (0, 1)
    cheaper = send(partner, "products", [{"external_id": "t1", "title": "Tent", "price": 80}])
    assert cheaper.json()["updated"] == 1
    listed = partner.get(f"{API}products/").json()["results"]
    assert [(one["price"], one["tags"], len(one["variants"])) for one in listed] == [
        ("80.00", ["outdoor"], 1)
    ]


@pytest.mark.parametrize("body", [5, {"items": []}, [{}] * 1001])
def test_a_body_that_is_no_batch_is_refused(partner: Client, acme: Tenant, body: Any) -> None:
    assert send(partner, "products", body).status_code == 422


def test_nul_characters_are_refused(partner: Client, acme: Tenant) -> None:
    product = {"external_id": "a", "title": "b", "attributes": {"x": ["\0"]}}
    result = send(partner, "products", [product, {"external_id": "a\0", "title": "b"}]).json()
    assert [set(one["problems"]) for one in result["rejected"]] == [
        {"attributes"},
        {"external_id"},
    ]


def test_an_offer_is_created_changed_and_checked(partner: Client, acme: Tenant) -> None:
    offer = {"name": "Autumn", "kind": "percent", "value": "20", "code": "AUTUMN"}
    created = send(partner, "offers", offer)
    assert created.status_code == 201
    url = f"offers/{created.json()['id']}"
    assert send(partner, url, {"value": "25"}, "patch").json()["value"] == "25.00"
    refused = send(partner, url, {"value": "120"}, "patch")
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"value"})
    assert send(partner, "offers", offer).status_code == 409
    with scope(acme.pk):
        assert Offer.objects.get().value == 25
