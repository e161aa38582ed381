"""From a file of labelled texts to a live classifier, and to a customer's text with its label."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from django.utils import timezone

from inference import classifiers
from inference import services as inference
from inference.engine import classify_fit
from inference.errors import ModelMissing, ModelRefused
from inference.label_data import is_held_out
from inference.models import ModelStage, RegisteredModel
from profiles.models import Customer, WordTrait
from profiles.services import consent, texts, topics, words
from tenants.context import scope
from tenants.errors import Conflict
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

SAID = {
    "Parcel late": "parcel courier tracking late shipped delivery",
    "Money back": "refund money charged bank reimburse paid",
}
COMMON = ["the", "my", "is", "it", "when", "please", "order", "can", "you", "about"]
LATE = "Hello there. My parcel is late and the courier lost the tracking."


def rows(count: int, *, wrong: tuple[int, ...] = ()) -> list[tuple[str, str]]:
    """Every label in turn, each text with two of its words. Of the texts to learn from, those
    whose first word is one of `wrong` have the other label."""
    made = []
    for at in range(count):
        label = sorted(SAID)[at % 2]
        own = SAID[label].split()
        text = f"{COMMON[at % 10]} {own[at % 6]} {own[(at // 6) % 6]} {COMMON[at // 7 % 10]} n{at}"
        turned = at % 6 in wrong and not is_held_out(text)
        made.append((text, sorted(SAID)[(at + turned) % 2]))
    return made


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    monkeypatch.setattr(classify_fit, "can_embed", lambda: False)
    classifiers.load.cache_clear()
    return tmp_path


def train(
    folder: Path, said: list[tuple[str, str]], capsys: Any, *more: str, name: str = "Questions"
) -> dict[str, Any]:
    path = folder / "said.csv"
    lines = [f'"{text}","{label}"' for text, label in said]
    path.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    call_command(
        "train_classifier", "--workspace", "acme", "--name", name, "--file", str(path), *more
    )
    line: dict[str, Any] = json.loads(capsys.readouterr().out)
    return line


def write_in(text: str = LATE) -> None:
    row = {"kind": "chat", "at": timezone.now(), "text": text, "external_id": "ann"}
    assert texts.record_texts([row]).created == 1


def test_a_file_becomes_a_label_on_a_customer_s_text(
    folder: Path, acme: Tenant, globex: Tenant, capsys: Any, as_olga: Client
) -> None:
    foreign = [(f"weather sunny rain number {at}", "none") for at in range(20)]
    line = train(folder, rows(400) + foreign, capsys, "--oos", "none", "--promote")
    assert (line["stage"], line["gate"]["passed"]) == ("live", True)
    figures = line["figures"]
    assert figures["accuracy"] > 0.9 > figures["majority"]
    assert {"macro_f1", "ece", "abstained", "foreign_refused"} <= set(figures)
    assert figures["learnt"] + figures["held_out"] == 400
    assert figures["labels"] == sorted(SAID)

    with scope(acme.pk):
        write_in()
    assert topics.refresh_topics(acme.pk) == 1
    assert topics.refresh_topics(acme.pk) == 1  # twice is once
    with scope(acme.pk):
        trait = WordTrait.objects.get(name="Parcel late")
        [evidence] = trait.evidence
        assert evidence["text"] == "My parcel is late and the courier lost the tracking."
        assert evidence["by"] == "Questions"
        assert float(evidence["chance"]) >= classifiers.SURE
        assert trait.confidence == pytest.approx(0.45 * float(evidence["chance"]), abs=0.01)
        words.refresh_words()
        assert WordTrait.objects.filter(name="Parcel late").exists()
        with pytest.raises(Conflict, match="already"):
            words.create_topic(name="Parcel late", words=["parcel"])
        page = as_olga.get(f"/w/acme/customers/{trait.customer.public_id}/").content.decode()
        assert "Parcel late" in page

    with scope(globex.pk):  # another workspace has neither the classifier nor the label
        write_in()
        assert not inference.live_classifiers()
        assert not RegisteredModel.objects.exists()
    assert topics.refresh_topics(globex.pk) == 0
    with scope(globex.pk):
        assert not WordTrait.objects.filter(name="Parcel late").exists()


def test_a_text_unlike_what_was_learnt_and_who_refused_get_no_label(
    folder: Path, acme: Tenant, capsys: Any
) -> None:
    train(folder, rows(400), capsys, "--promote")
    with scope(acme.pk):
        write_in("Lovely weather today")
    assert topics.refresh_topics(acme.pk) == 0
    with scope(acme.pk):
        write_in()
    assert topics.refresh_topics(acme.pk) == 1
    with scope(acme.pk):
        ann = Customer.objects.get(external_id="ann")
        consent.set_consent(customer=ann, purpose="profiling", granted=False, source="form")
    assert topics.refresh_topics(acme.pk) == 0
    with scope(acme.pk):
        assert not WordTrait.objects.exists()


def test_a_worse_one_is_refused_and_one_as_good_can_be_rolled_back(
    folder: Path, acme: Tenant, capsys: Any
) -> None:
    first = train(folder, rows(400), capsys, "--promote")
    with pytest.raises(CommandError, match="did not pass the gate"):
        train(folder, rows(400, wrong=(0, 2)), capsys, "--promote")
    with scope(acme.pk):
        worse = RegisteredModel.objects.latest("pk").figures
    assert worse["majority"] < worse["accuracy"] < first["figures"]["accuracy"]
    second = train(folder, rows(400), capsys, "--promote")
    assert second["gate"]["against"] == "Questions"
    with scope(acme.pk):
        stages = dict(RegisteredModel.objects.values_list("public_id", "stage"))
    assert sorted(stages.values()) == ["candidate", "live", "retired"]

    back = ["train_classifier", "--workspace", "acme", "--name", "Questions", "--roll-back"]
    call_command(*back)
    assert json.loads(capsys.readouterr().out)["model"] == first["model"]
    with scope(acme.pk):
        write_in()
    topics.refresh_topics(acme.pk)
    call_command(*back)
    assert topics.refresh_topics(acme.pk) == 0
    with scope(acme.pk):
        assert not WordTrait.objects.filter(name="Parcel late").exists()
    with pytest.raises(CommandError, match="Nothing is live"):
        call_command(*back)


def test_no_classifier_is_offered_as_a_writer(
    folder: Path, acme: Tenant, capsys: Any, as_olga: Client
) -> None:
    key = train(folder, rows(400), capsys, "--promote")["model"]
    assert key not in as_olga.get("/w/acme/settings/models/").content.decode()
    assert as_olga.get(f"/w/acme/settings/models/{key}/").status_code == 404
    assert as_olga.post(f"/w/acme/settings/models/{key}/back/").status_code == 404
    with scope(acme.pk):
        assert inference.live_model("") is None
        assert inference.live_writer("email").is_built_in
        assert RegisteredModel.objects.get().stage == ModelStage.LIVE


@pytest.mark.parametrize("spoil", ["damaged", "pickled", "gone"])
def test_files_that_are_not_those_registered_are_refused_and_nothing_is_lost(
    folder: Path, acme: Tenant, capsys: Any, spoil: str
) -> None:
    train(folder, rows(400), capsys, "--promote")
    with scope(acme.pk):
        write_in()
        [known] = inference.live_classifiers()
    topics.refresh_topics(acme.pk)
    path = Path(known.folder) / "arrays.npz"
    assert Path(django_settings.MODELS_DIR) in path.parents
    if spoil == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-9] if spoil == "damaged" else pickle.dumps({"a": 1}))
    classifiers.load.cache_clear()
    with pytest.raises((ModelRefused, ModelMissing), match="Train it again"):
        inference.classify(known, [LATE])
    topics.refresh_topics(acme.pk)
    with scope(acme.pk):
        assert WordTrait.objects.filter(name="Parcel late").exists()
        assert RegisteredModel.objects.get().stage == ModelStage.LIVE


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("has_diabetes", "never labelled"),
        ("GayCouple", "never labelled"),
        ("同性恋", "never labelled"),
        ("1", "write words"),
        ("travel", "topic named travel already"),
        ("Hiking", "topic named Hiking already"),
    ],
)
def test_labels_that_nobody_may_get_are_refused(
    folder: Path, acme: Tenant, capsys: Any, label: str, sentence: str
) -> None:
    with scope(acme.pk):
        words.create_topic(name="Hiking", words=["peak"])
    with pytest.raises(CommandError, match=sentence):
        train(
            folder,
            [(text, label if at % 2 else "b") for at, (text, _) in enumerate(rows(400))],
            capsys,
        )
    with scope(acme.pk):
        assert not RegisteredModel.objects.exists()


def test_a_file_too_small_to_measure_is_refused(folder: Path, acme: Tenant, capsys: Any) -> None:
    with pytest.raises(CommandError, match="at least 20 are needed"):
        train(folder, rows(30), capsys)
