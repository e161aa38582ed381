"""Settings → Models: adding, choosing, trying; and who may."""

import json
from pathlib import Path

import pytest
from django.test import Client

from inference import choosing, registry
from inference import services as inference
from inference.engine import fake
from inference.models import RegisteredModel
from inference.types import Channel, Goal, Language, Tone, WritingRequest
from tenants.context import scope
from tenants.errors import BadInput
from tenants.models import AuditEntry
from tests.inference.servers import completion, say, scripted_server

pytestmark = pytest.mark.django_db

BASE = "/w/acme/settings/models/"
SERVER = {
    "name": "Big",
    "url": "https://models.example.com/v1",
    "remote_name": "Qwen/Qwen2.5-7B-Instruct",
    "api_key": "sk-secret",
}


def page(client: Client, path: str = BASE) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def passed(model: RegisteredModel) -> None:
    live = registry.live_model(model.channel)
    against = str(live.public_id) if live else ""
    registry.save_gate(
        model, {"passed": True, "against": "starter", "against_key": against, "rows": []}
    )


def test_where_nothing_is_chosen_the_built_in_model_writes(as_olga, acme):
    assert "Written by the built-in model “Fake writer for tests”." in page(as_olga)
    with scope(acme.pk):
        assert inference.live_writer("email").is_built_in


def test_a_server_is_added_with_its_key_out_of_sight(as_olga, acme):
    response = as_olga.post(f"{BASE}server/", SERVER)
    with scope(acme.pk):
        model = RegisteredModel.objects.get()
        writer = inference.writer_of(model)
    assert response.status_code == 302
    assert (model.stage, model.engine, writer.api_key) == ("candidate", "openai", "sk-secret")
    assert "sk-secret" not in model.api_key
    assert "sk-secret" not in page(as_olga, response.url) + page(as_olga)


@pytest.mark.parametrize("url", ["models.example.com", "file:///etc/passwd", "http://a:b@x.com"])
def test_what_is_no_address_is_refused_and_nothing_is_kept(as_olga, acme, url):
    body = as_olga.post(f"{BASE}server/", SERVER | {"url": url}).content.decode()
    assert "address" in body
    assert "Big" in body  # what was typed is still there
    with scope(acme.pk):
        assert not RegisteredModel.objects.exists()


def test_a_repository_must_be_pinned_to_a_commit(in_acme, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    model = choosing.add_local(name="Q", source="Qwen/Qwen3-4B", revision="a" * 40)
    assert inference.writer_of(model).folder == ""
    for revision in ("", "main"):
        with pytest.raises(BadInput, match=r"Pin the repository|40 digits"):
            choosing.add_local(name="Q", source="Qwen/Qwen3-4B", revision=revision)
    assert RegisteredModel.objects.count() == 1


@pytest.mark.parametrize("source", ["../../etc", "/etc", "a/../../b", "."])
def test_a_folder_outside_the_models_folder_is_refused(in_acme, settings, tmp_path, source):
    settings.MODELS_DIR = tmp_path / "models"
    with pytest.raises(BadInput):
        choosing.add_local(name="Evil", source=source)
    assert not RegisteredModel.objects.exists()


def test_a_folder_of_the_operator_is_taken(in_acme, settings, tmp_path):
    settings.MODELS_DIR = tmp_path
    (tmp_path / "tuned").mkdir()
    model = choosing.add_local(name="Tuned", source="tuned")
    assert Path(inference.writer_of(model).folder) == tmp_path / "tuned"
    with pytest.raises(BadInput, match="There is no folder"):
        choosing.add_local(name="Lost", source="lost")


def test_a_choice_needs_the_gate_and_then_holds_for_its_channel(as_olga, acme):
    with scope(acme.pk):
        model = choosing.add_server(**SERVER)
    chosen = {"channel": "ad", "model": str(model.public_id)}

    response = as_olga.post(f"{BASE}choose/", chosen)
    with scope(acme.pk):
        version = RegisteredModel.objects.get(channel="ad")
        assert inference.live_writer("ad").is_built_in
        assert response.url.endswith(f"{version.public_id}/gate/")
        passed(version)

    as_olga.post(f"{BASE}choose/", chosen)
    with scope(acme.pk):
        assert inference.live_writer("ad").key == str(version.public_id)
        assert inference.live_writer("email").is_built_in
        assert AuditEntry.objects.filter(action="model.promoted").exists()
        passed(model)
        registry.promote(model)
        assert inference.live_writer("email").key == str(model.public_id)
        assert inference.live_writer("ad").key == str(version.public_id)
    assert "Written by “Big”." in page(as_olga)

    as_olga.post(f"{BASE}choose/", {"channel": "ad", "model": ""})
    with scope(acme.pk):
        assert inference.live_writer("ad").key == str(model.public_id)


def test_a_marketer_looks_and_changes_nothing(mark, acme):
    client = Client()
    client.force_login(mark, backend="allauth.account.auth_backends.AuthenticationBackend")
    with scope(acme.pk):
        model = choosing.add_server(**SERVER)
    assert "Add a server" not in page(client)
    for path in ("server/", f"{model.public_id}/try/", f"{model.public_id}/retire/", "choose/"):
        assert client.post(BASE + path, SERVER).status_code == 403
    with scope(acme.pk):
        assert RegisteredModel.objects.get().stage == "candidate"


def try_at(client, acme, address) -> str:
    with scope(acme.pk):
        model = choosing.add_server(**SERVER | {"url": address})
    path = f"{BASE}{model.public_id}/try/"
    answer = client.post(path, {"language": "en", "channel": "ad", "about": "Light shoes"})
    return b"".join(answer.streaming_content).decode()


def test_trying_a_server_streams_its_text_and_what_the_checks_say(as_olga, acme, settings):
    settings.INFERENCE_PRIVATE_SERVERS = True
    request = WritingRequest(
        language=Language.ENGLISH, channel=Channel.AD, goal=Goal.LAUNCH, tone=Tone.WARM
    )
    text = json.dumps(fake.compose(request))

    def answer(handler, body):
        assert "Lightˆshoes" in body["messages"][0]["content"]
        events = [{"choices": [{"delta": {"content": text[i : i + 9]}}]} for i in range(0, 200, 9)]
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        say(handler, "".join([*lines, "data: [DONE]\n\n"]).encode())

    with scripted_server(answer) as (address, _asked):
        shown = try_at(as_olga, acme, address)
    assert shown == f"{text}\n\nThe checks passed."


def test_trying_a_server_that_is_private_or_broken_is_a_sentence(as_olga, acme, settings):
    assert "private network" in try_at(as_olga, acme, "http://127.0.0.1:1/v1")
    settings.INFERENCE_PRIVATE_SERVERS = True
    with scripted_server(lambda handler, body: say(handler, completion("x"), 401)) as (
        address,
        _asked,
    ):
        assert "refused the key (401)" in try_at(as_olga, acme, address)
