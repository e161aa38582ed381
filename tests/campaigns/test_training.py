"""The pages of training: what is learnt from, who may start it, what a reviewer's edit leaves."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, Creative, CreativeState
from campaigns.services import review, training
from inference import services as inference
from inference.models import EditPair, ModelStage, RegisteredModel, RunState, TrainingRun
from tenants.models import Membership, Tenant


@pytest.fixture
def run(in_acme: Tenant) -> TrainingRun:
    return inference.start_run(name="Our voice", base=None)


def test_only_approved_texts_are_learnt_from(written: Campaign) -> None:
    assert training.approved_texts() == []
    creative = Creative.objects.filter(state=CreativeState.WRITTEN, channel="email").first()
    review.approve_creative(creative)
    (text,) = training.approved_texts()
    assert text.parts == creative.parts
    assert text.request.language == creative.language
    assert training.approved_texts("ad") == []


def test_an_owner_starts_a_run_once(as_olga: Client, acme: Tenant, in_acme: Tenant) -> None:
    url = reverse("campaigns:training-list", args=[acme.slug])
    form = {"name": "Our voice", "base": "", "channel": "", "minutes": "5"}
    answer = as_olga.post(url, form)
    run = TrainingRun.objects.get()
    assert answer["Location"].endswith(f"{run.public_id}/")
    assert run.state == RunState.WAITING
    again = as_olga.post(url, form)
    assert "A training run is under way" in again.content.decode()
    assert TrainingRun.objects.count() == 1


def test_a_run_shows_its_curve_and_what_was_left_out(
    as_olga: Client, acme: Tenant, run: TrainingRun
) -> None:
    run.curve = [[5, 1.2], [10, 0.8], [15, 0.7]]
    run.removed, run.texts, run.state = {"duplicate": 3}, 40, RunState.RUNNING
    run.save()
    page = as_olga.get(reverse("campaigns:training-detail", args=[acme.slug, run.public_id]))
    words = page.content.decode()
    assert "left out: the same words came before" in words
    assert "<polyline" in words
    assert "Stop" in words


def test_a_stopped_run_goes_on(as_olga: Client, acme: Tenant, run: TrainingRun) -> None:
    as_olga.post(reverse("campaigns:training-stop", args=[acme.slug, run.public_id]))
    run.refresh_from_db()
    assert run.state == RunState.STOPPED
    as_olga.post(reverse("campaigns:training-resume", args=[acme.slug, run.public_id]))
    run.refresh_from_db()
    assert run.state == RunState.WAITING


def gated(name: str) -> RegisteredModel:
    gate = {
        "passed": True,
        "against": "starter",
        "against_key": "",
        "briefs": {"en": 4},
        "faults": {"en": {"facts": [0, 1]}},
        "rows": [],
    }
    return inference.register(name=name, source="starter", figures={"gate": gate})


def test_a_model_goes_live_and_back_by_two_clicks(
    as_olga: Client, acme: Tenant, in_acme: Tenant
) -> None:
    model = gated("Our voice")
    page = as_olga.get(reverse("campaigns:model-gate", args=[acme.slug, model.public_id]))
    assert "Passed." in page.content.decode()
    as_olga.post(reverse("campaigns:model-promote", args=[acme.slug, model.public_id]))
    model.refresh_from_db()
    assert model.stage == ModelStage.LIVE
    listed = as_olga.get(reverse("campaigns:training-list", args=[acme.slug])).content.decode()
    assert "Roll back to the starter model" in listed
    back = reverse("campaigns:model-back", args=[acme.slug, model.public_id])
    as_olga.post(back)
    model.refresh_from_db()
    assert model.stage == ModelStage.RETIRED
    again = as_olga.post(back, follow=True).content.decode()
    assert "This version of “Our voice” was retired already. Nothing was changed." in again


def test_a_reviewer_starts_and_promotes_nothing(
    client: Client, acme: Tenant, in_acme: Tenant, rita: object
) -> None:
    assert Membership.objects.get(user=rita).role == "reviewer"
    client.force_login(rita, backend="allauth.account.auth_backends.AuthenticationBackend")
    model = gated("Our voice")
    for name in ("model-promote", "model-judge", "model-back"):
        url = reverse(f"campaigns:{name}", args=[acme.slug, model.public_id])
        assert client.post(url).status_code == 403
    assert client.post(reverse("campaigns:training-list", args=[acme.slug])).status_code == 403
    model.refresh_from_db()
    assert model.stage == ModelStage.CANDIDATE
    assert not TrainingRun.objects.exists()


def edit(written: Campaign, words: str) -> Creative:
    rows = Creative.objects.filter(state=CreativeState.WRITTEN, channel="email")
    creative = rows.exclude(variant="base").earliest("pk")
    return review.edit_creative(creative, {**creative.parts, "body": words}, "tone")


def test_an_edit_is_kept_and_exported_with_consent_alone(
    written: Campaign, as_olga: Client, acme: Tenant
) -> None:
    edit(written, "First words for {{ product.name }}.")
    assert not EditPair.objects.exists()
    as_olga.post(reverse("campaigns:learning-set", args=[acme.slug]), {"consent": "yes"})
    creative = edit(written, "Other words for {{ product.name }}.")
    export = as_olga.get(reverse("campaigns:learning-export", args=[acme.slug]))
    (line,) = b"".join(export.streaming_content).decode().splitlines()
    pair = json.loads(line)
    assert pair["chosen"]["body"] == "Other words for {{ product.name }}."
    assert pair["rejected"] == creative.written_parts
    assert pair["model"] == creative.model
    page = as_olga.get(reverse("campaigns:training-list", args=[acme.slug])).content.decode()
    assert creative.model in page
    as_olga.post(reverse("campaigns:learning-set", args=[acme.slug]), {"consent": "no"})
    assert not EditPair.objects.exists()
