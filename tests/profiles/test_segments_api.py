"""Partners create, read, change and count segments by REST."""

import json
from typing import Any

import pytest
from django.test import Client

from profiles.models import Customer, Segment
from tenants import services
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db
URL = "/api/v1/segments/"
GERMANS = {"field": "customer.country", "op": "is", "value": "DE"}


class Api:
    """A partner's system with a key."""

    def __init__(self, key: str) -> None:
        self.client, self.headers = Client(), {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, data: Any = None) -> tuple[int, Any]:
        answer = self.client.generic(
            method,
            path,
            data="" if data is None else json.dumps(data),
            content_type="application/json",
            headers=self.headers,
        )
        return answer.status_code, answer.json() if answer.content else None


@pytest.fixture
def api(api_key: str) -> Api:
    return Api(api_key)


@pytest.fixture
def crowd(acme: Tenant) -> None:
    with scope(acme.pk):
        for number, country in enumerate(("DE", "DE", "US")):
            Customer.objects.create(email=f"c{number}@example.com", country=country, may_email=True)


def test_a_segment_lives_from_count_to_deletion(api: Api, crowd: None, acme: Tenant) -> None:
    status, counted = api.send("POST", f"{URL}count/", {"rules": GERMANS})
    assert (status, counted) == (200, {"matched": 2, "by_email": 2, "everybody": 3})
    status, made = api.send("POST", URL, {"name": "Germans", "rules": {"all": [GERMANS]}})
    assert (status, made["size"]) == (201, 2)
    assert made["sentences"] == ["Customer · country · is · DE"]
    path = f"{URL}{made['id']}/"
    status, changed = api.send("PATCH", path, {"rules": {"not": GERMANS}})
    assert (status, changed["size"], changed["name"]) == (200, 1, "Germans")
    assert api.send("GET", URL)[1]["results"][0]["id"] == made["id"]
    assert api.send("DELETE", path)[0] == 204
    assert api.send("GET", path)[0] == 404


@pytest.mark.parametrize(
    ("data", "word"),
    [
        ({"name": "X", "rules": {"field": "customer.password"}}, "no field customer.password"),
        ({"name": "X", "rules": {"all": [GERMANS | {"op": "like"}]}}, "can be asked by"),
        ({"name": " ", "rules": {}}, "blank"),
        ({"name": "X", "rules": "DROP TABLE"}, "dictionary"),
        ({"name": "X"}, "required"),
    ],
)
def test_a_wrong_segment_is_refused(api: Api, acme: Tenant, data: Any, word: str) -> None:
    status, answer = api.send("POST", URL, data)
    assert status == 422
    assert word in str(answer)
    with scope(acme.pk):
        assert not Segment.objects.exists()


def test_a_key_needs_the_scope(acme: Tenant, globex: Tenant, api: Api, crowd: None) -> None:
    made = api.send("POST", URL, {"name": "Germans", "rules": GERMANS})[1]
    with scope(acme.pk):
        reader = services.create_api_key(tenant=acme, name="R", scopes=["segments:read"])[1]
        other = services.create_api_key(tenant=acme, name="C", scopes=["catalogue:read"])[1]
    with scope(globex.pk):
        theirs = services.create_api_key(tenant=globex, name="G", scopes=["segments:write"])[1]
    assert Api(reader).send("POST", f"{URL}count/", {"rules": {}})[0] == 200
    assert Api(reader).send("POST", URL, {"name": "Mine", "rules": {}})[0] == 403
    assert Api(other).send("GET", URL)[0] == 403
    assert Api(theirs).send("PATCH", f"{URL}{made['id']}/", {"name": "Mine"})[0] == 404
    assert Client().get(URL).status_code == 401
    with scope(acme.pk):
        assert Segment.objects.get().name == "Germans"
