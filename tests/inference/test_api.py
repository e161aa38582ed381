"""Models over the REST API: registered, judged, made live, rolled back. Keys stay secret."""

from typing import Any

import pytest
from django.test import Client

from inference import registry
from inference.models import RegisteredModel
from tenants.models import ApiKey, Tenant
from tenants.services import create_api_key

pytestmark = pytest.mark.django_db
URL = "/api/v1/models/"
SERVER = {
    "name": "Big",
    "engine": "openai",
    "url": "https://models.example.com/v1",
    "remote_name": "qwen",
    "api_key": "sk-secret",
    "channel": "email",
}


def call(client: Client, key: str, url: str, data: Any = None, method: str = "post") -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    return getattr(client, method)(url, data, content_type="application/json", headers=headers)


def passed(model: RegisteredModel) -> None:
    gate = {"passed": True, "against": "starter", "against_key": "", "rows": [{"body": "long"}]}
    registry.save_gate(model, gate)


def test_a_server_is_registered_and_its_key_never_shown(
    client: Client, api_key: str, in_acme: Tenant
) -> None:
    answer = call(client, api_key, URL, SERVER)
    assert answer.status_code == 201
    assert (answer.json()["stage"], answer.json()["channel"]) == ("candidate", "email")
    listed = call(client, api_key, URL, method="get")
    assert [row["name"] for row in listed.json()["results"]] == ["Big"]
    assert "sk-secret" not in listed.content.decode() + answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        SERVER | {"url": "file:///etc/passwd"},
        SERVER | {"url": ""},
        {"name": "X", "engine": "local", "source": "../../etc"},
        {"name": "X", "engine": "local", "source": "owner/model", "revision": "main"},
        {"name": "X", "engine": "pickle"},
    ],
)
def test_what_cannot_be_a_model_is_refused(
    client: Client, api_key: str, in_acme: Tenant, wrong: dict[str, str]
) -> None:
    answer = call(client, api_key, URL, wrong)
    assert answer.status_code in (400, 422)
    assert answer.json()["fields"] or answer.json()["message"]
    assert not RegisteredModel.objects.exists()


def test_a_model_goes_live_through_its_gate_and_back(
    client: Client, api_key: str, in_acme: Tenant
) -> None:
    model = registry.register(name="Voice", source="starter")
    url = f"{URL}{model.public_id}/"
    refused = call(client, api_key, f"{url}promote/")
    assert refused.status_code == 409
    assert "gate has not been run" in refused.json()["message"]
    assert call(client, api_key, f"{url}judge/").status_code == 202
    passed(model)
    assert call(client, api_key, f"{url}promote/").json()["stage"] == "live"
    figures = call(client, api_key, url, method="get").json()["figures"]
    assert figures["gate"]["passed"] is True
    assert "rows" not in figures["gate"]
    assert call(client, api_key, f"{url}roll-back/").json()["stage"] == "retired"
    assert call(client, api_key, f"{url}roll-back/").status_code == 409


def test_a_key_that_may_only_read_changes_nothing(client: Client, in_acme: Tenant) -> None:
    key = create_api_key(tenant=in_acme, name="Reader", scopes=["models:read"])[1]
    assert call(client, key, URL, SERVER).status_code == 403
    assert not RegisteredModel.objects.exists()
    assert ApiKey.objects.exists()


def test_attributes_are_listed_defined_and_changed(
    client: Client, api_key: str, in_acme: Tenant
) -> None:
    url = "/api/v1/attributes/"
    made = call(client, api_key, url, {"key": "Tier", "type": "choice", "choices": ["gold"]})
    assert made.status_code == 201
    one = f"{url}{made.json()['id']}/"
    changed = call(client, api_key, one, {"choices": ["gold", "silver"], "key": "x"}, "patch")
    assert (changed.json()["key"], changed.json()["choices"]) == ("tier", ["gold", "silver"])
    assert call(client, api_key, one, {"choices": []}, "patch").status_code in (400, 422)
    assert call(client, api_key, url, {"key": "a b", "type": "text"}).status_code in (400, 422)
    listed = call(client, api_key, url, method="get").json()["results"]
    assert [row["choices"] for row in listed] == [["gold", "silver"]]
    assert not RegisteredModel.objects.exists()
