"""Why this text: a reviewer asks, a writer measures, and the page says it in sentences."""

import html
import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from tokenizers import Tokenizer

from campaigns import checks, explanations
from campaigns.models import Campaign, Creative, ExplanationState, TextExplanation
from campaigns.services import audience, explaining, review, writing
from campaigns.tasks import explain_text
from inference import services as inference
from inference.models import RegisteredModel
from tenants.errors import Conflict
from tenants.models import Tenant
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db


def url(name: str, creative: Creative) -> str:
    return reverse(f"campaigns:{name}", args=["acme", creative.public_id])


def measure(row: TextExplanation) -> TextExplanation:
    """Do what the writer's task does."""
    explanations.compute(row.tenant_id, row.pk)
    row.refresh_from_db()
    return row


@pytest.fixture
def text(campaign: Campaign) -> Creative:
    """A text of the starter model, for people whose stage and motive are known."""
    audience.set_audience(campaign, segment=campaign.segment, detail=2, smallest_group=2)
    writing.start_writing(campaign)
    write_all(campaign)
    campaign.refresh_from_db()
    row = campaign.creatives.filter(
        state="written", language="en", variant="reason", micro_segment__detail=2
    ).first()
    [written] = inference.write([checks.request_of(row)], model="starter")
    row.parts, row.engine, row.model = dict(written.parts), written.engine, written.model
    row.save()
    return row


def test_a_reviewer_asks_why_and_reads_the_reasons(as_olga: Client, text: Creative) -> None:
    page = as_olga.get(url("creative-why", text)).content.decode()
    assert "Measure what drove this text" in page

    page = as_olga.post(url("creative-why", text), follow=True).content.decode()
    assert "Being measured" in page
    row = measure(explaining.of(text))
    assert (row.state, row.model) == (ExplanationState.DONE, text.model)

    page = as_olga.get(url("creative-why", text)).content.decode()
    assert "Written this way because" in page
    assert "strongest in" in page
    assert "Goal: Bring customers back" in page
    assert "The behaviour behind the traits" in page
    assert "Attention is not an explanation" in page
    assert "{{" not in page
    aside = as_olga.get(
        reverse("campaigns:campaign-review", args=["acme", text.campaign.public_id]),
        {"creative": str(text.public_id)},
    ).content.decode()
    assert "How much each fact weighed" in aside


def test_the_starter_explains_what_it_wrote_in_whole_numbers_whoever_writes_now(
    text: Creative, settings: pytest.FixtureRequest
) -> None:
    settings.INFERENCE_DTYPE = "int8"
    [written] = inference.write([checks.request_of(text)], model="starter")
    text.parts, text.model = dict(written.parts), written.model
    text.save()
    assert text.model != f"starter@{inference.describe_model('starter').revision}"
    settings.INFERENCE_MODEL = "fake"
    row = measure(explaining.ask(text))
    assert (row.state, row.model) == (ExplanationState.DONE, text.model)


@pytest.fixture
def voices(
    settings: pytest.FixtureRequest, tmp_path: Path, in_acme: Tenant
) -> list[RegisteredModel]:
    """Two voices learnt from texts, adapters of the starter; the second is live now."""
    from inference.engine.lora import Plan, fine_tune
    from inference.engine.starter import FOLDER
    from inference.starter.train import corpus, encode

    settings.MODELS_DIR = tmp_path
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    voices = []
    for seed, name in enumerate(("First", "Second")):
        texts = encode(list(corpus(8, seed)), tokenizer)
        fine_tune(FOLDER, tmp_path / name, texts, texts, Plan(minutes=0.1, epochs=2), card={})
        before = str(voices[-1].public_id) if voices else ""
        gate = {"passed": True, "against": "", "against_key": before}
        fields = {"source": "starter", "adapter": name, "figures": {"gate": gate}}
        voices.append(inference.promote(inference.register(name=name, **fields)))
    return voices


def test_the_voice_that_wrote_a_text_explains_it_after_a_roll_back_too(
    as_olga: Client, text: Creative, voices: list[RegisteredModel]
) -> None:
    first, second = voices
    [written] = inference.write([checks.request_of(text)], model=inference.live_writer("email"))
    text.parts, text.model = dict(written.parts), written.model
    text.save()
    assert text.model.endswith(f"#{str(second.public_id)[:8]}")
    assert inference.roll_back(second) == first

    row = measure(explaining.ask(text))
    assert (row.state, row.model) == (ExplanationState.DONE, text.model)
    assert "not by the version that wrote it" not in as_olga.get(url("creative-why", text)).text


def test_a_text_of_a_voice_that_is_gone_says_so(
    as_olga: Client, text: Creative, voices: list[RegisteredModel]
) -> None:
    [written] = inference.write([checks.request_of(text)], model=inference.live_writer("email"))
    nameless = written.model.partition("#")[0]  # as texts were marked once
    inference.roll_back(voices[1])
    voices[1].delete()
    for text.model in (written.model, nameless):
        text.save()
        row = measure(explaining.ask(text))
        assert row.state == ExplanationState.FAILED
        page = html.unescape(as_olga.get(url("creative-why", text)).text)
        assert f"The registry has no version “{text.model}”, which wrote this text" in page


def test_why_a_text_cannot_be_measured_is_said_in_the_language_of_the_workspace(
    acme: Tenant, text: Creative
) -> None:
    Tenant.objects.filter(pk=acme.pk).update(language="zh-hans")
    text.model = "Gone@here#01234567"
    text.save()
    row = explaining.ask(text)
    explain_text(acme.pk, row.pk)
    row.refresh_from_db()
    assert row.reason.startswith("模型登记中没有写这篇文案的版本“Gone@here#01234567”")


def test_attention_is_offered_as_a_map(as_olga: Client, text: Creative) -> None:
    assert as_olga.get(url("creative-attention", text)).status_code == 404
    measure(explaining.ask(text))
    found = json.loads(as_olga.get(url("creative-attention", text)).content)
    assert (found["layers"], found["heads"]) == (4, 6)
    assert found["tokens"][1] == "language=en"


def test_what_is_kept_can_be_computed_again_bit_for_bit(text: Creative) -> None:
    row = measure(explaining.ask(text))
    first = explaining.read(row)
    TextExplanation.objects.filter(pk=row.pk).update(state="waiting", data={}, attention=None)
    again = explaining.read(measure(row))
    assert replace(again, seconds=0) == replace(first, seconds=0)
    assert first.seconds <= 60


def test_asking_twice_measures_once(text: Creative) -> None:
    row = measure(explaining.ask(text))
    assert explaining.ask(text).computed_at == row.computed_at
    assert TextExplanation.objects.count() == 1


def test_an_edit_makes_the_figures_stale(as_olga: Client, text: Creative) -> None:
    row = measure(explaining.ask(text))
    review.edit_creative(text, text.parts | {"subject": "A word from us, in short"})
    assert explaining.is_stale(row, text)
    page = as_olga.get(url("creative-why", text)).content.decode()
    assert "The text has changed since this was measured" in page
    assert explaining.ask(text).state == ExplanationState.WAITING


def test_a_model_without_probabilities_says_so_in_the_page(
    as_olga: Client, written: Campaign
) -> None:
    text = written.creatives.exclude(variant="base").first()
    row = measure(explaining.ask(text))
    assert row.state == ExplanationState.FAILED
    assert "gives no probabilities" in as_olga.get(url("creative-why", text)).content.decode()


def test_a_base_text_has_nothing_to_explain(as_olga: Client, written: Campaign) -> None:
    text = written.creatives.get(variant="base", language="en")
    with pytest.raises(Conflict, match="No model wrote"):
        explaining.ask(text)
    page = as_olga.post(url("creative-why", text), follow=True).content.decode()
    assert "No model wrote this text" in page
    assert not TextExplanation.objects.exists()


def test_the_door_explains_the_starters_texts_only(text: Creative) -> None:
    assert inference.describe_model("starter").revision in text.model
