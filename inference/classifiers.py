"""A workspace's own classifiers: learnt from a file of labelled texts, measured, judged, applied.

A fifth of the texts is held out and never learnt from: the same fifth for the same texts, so that
a classifier and the one it would replace are measured on rows that neither has seen. A text gets
a label only where the chance is `SURE` or more and the text is like those learnt from.
"""

import hashlib
import shutil
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _

from inference import registry
from inference.engine.classify import TextClassifier
from inference.engine.classify_fit import fit
from inference.engine.languages import languages_of
from inference.engine.reading import split_sentences
from inference.errors import ModelMissing, ModelRefused
from inference.label_data import Prepared, prepare
from inference.label_evaluations import rates
from inference.label_files import Labelled
from inference.models import ModelKind, RegisteredModel
from inference.types import ClassifierRef, TextLabel
from inference.writers import classifier_of
from tenants.context import scope

SURE = 0.8
FILES = ("arrays.npz", "classifier.json")

Progress = Callable[[int, int], None]


def train(
    tenant_id: int,
    *,
    name: str,
    known: Labelled,
    taken: Collection[str],
    oos: str = "",
    languages: Sequence[str] = (),
    on_progress: Progress | None = None,
    on_registered: Callable[[RegisteredModel], None] | None = None,
) -> RegisteredModel:
    """Learn to label texts like those of `known`, and register a candidate with its gate.

    `taken` and `oos`: see `label_data.prepare`; texts labelled `oos` are measured, not learnt.
    `languages`: as `engine.languages` gives them; none are told by the texts. `on_registered` is
    called in the transaction that registers the candidate: what it raises, undoes that. To be
    called outside a scope. Raises BadInput: too few texts, labels that nobody may get.
    """
    name = name.strip()
    data = prepare(known, name=name, taken=taken, oos=oos)
    classifier = fit(
        data.learnt.texts, data.learnt.labels, languages=languages, on_progress=on_progress
    )
    figures = _measure(classifier, data, languages)
    with scope(tenant_id):
        live = registry.live_classifier(name)
        rival = classifier_of(live) if live else None
    gate = _gate(figures, rival, data.held)
    source = f"classifiers/{uuid.uuid4()}"
    folder = Path(settings.MODELS_DIR) / source
    classifier.save(folder)
    try:
        with scope(tenant_id):
            model = registry.register(
                name=name,
                kind=ModelKind.CLASSIFIER,
                source=source,
                revision=_digest(folder),
                data_hash=_data_hash(data.whole),
                figures=figures,
                card=_card(name, figures),
            )
            registry.save_gate(model, gate)
            if on_registered:
                on_registered(model)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # no row names it
        raise
    return model


def classify(classifier: ClassifierRef, texts: Sequence[str]) -> list[TextLabel]:
    """Return the labels of the texts that the classifier is sure of, each with the sentence of
    its text that speaks most for it. Raises ModelMissing, ModelRefused."""
    model = load(classifier)
    sure = [
        (index, label)
        for index, label in enumerate(model.predict(texts))
        if label.in_scope and label.confidence >= SURE
    ]
    return [
        TextLabel(
            index=index,
            label=label.name,
            chance=round(label.confidence, 3),
            sentence=_strongest(model, texts[index], label.name),
        )
        for index, label in sure
    ]


@lru_cache(maxsize=2)
def load(classifier: ClassifierRef) -> TextClassifier:
    """Open the files, if they are the ones that were registered.

    Raises ModelMissing, ModelRefused: other bytes than registered, a pickle, labels nobody may get.
    """
    folder = Path(classifier.folder)
    if not all((folder / name).is_file() for name in FILES):
        raise ModelMissing(
            _("The files of the classifier “%s” are not there. Train it again.") % classifier.name
        )
    if _digest(folder) != classifier.revision:
        raise ModelRefused(
            _(
                "The files of the classifier “%s” are not those that were registered. "
                "Train it again."
            )
            % classifier.name
        )
    return TextClassifier.load(folder)


def _strongest(model: TextClassifier, text: str, label: str) -> str:
    sentences = split_sentences(text)
    if len(sentences) < 2:
        return "".join(sentences) or text.strip()
    chances, _scope = model.judge(sentences)
    return sentences[int(chances[:, model.classes.index(label)].argmax())]


def _measure(
    classifier: TextClassifier, data: Prepared, languages: Sequence[str]
) -> dict[str, Any]:
    """Return shares 0 … 1 of the texts held out; `majority` is what the commonest label gets."""
    learnt, held, foreign = data.learnt, data.held, data.foreign
    probabilities, scope_scores = classifier.judge(held.texts)
    sure = (probabilities.max(axis=1) >= SURE) & (scope_scores >= classifier.threshold)
    named = np.array([classifier.classes[at] for at in probabilities.argmax(axis=1)])
    right = named == np.array(held.labels)
    commonest = Counter(learnt.labels).most_common(1)[0][0]
    figures: dict[str, Any] = {
        **rates(classifier, probabilities, held.labels),
        "abstained": round(1 - float(sure.mean()), 4),
        "majority": round(held.labels.count(commonest) / len(held.labels), 4),
        "learnt": len(learnt.texts),
        "held_out": len(held.texts),
        "labels": classifier.classes,
        "languages": list(languages) or languages_of(learnt.texts),
        "sure_from": SURE,
    }
    if sure.any():
        figures["accuracy_where_sure"] = round(float(right[sure].mean()), 4)
    if foreign.texts:
        chances, scores = classifier.judge(foreign.texts)
        refused = (chances.max(axis=1) < SURE) | (scores < classifier.threshold)
        figures["foreign_refused"] = round(float(refused.mean()), 4)
    return figures


def _gate(figures: dict[str, Any], rival: ClassifierRef | None, held: Labelled) -> dict[str, Any]:
    """Compare with the live one on the same rows; one whose files are broken has none right."""
    beaten = _accuracy(rival, held) if rival else 0.0
    return {
        "passed": figures["accuracy"] > figures["majority"] and figures["accuracy"] >= beaten,
        "against": rival.name if rival else "majority",
        "against_key": rival.key if rival else "",
        "texts": len(held.texts),
        "figures": {
            "candidate": {"accuracy": figures["accuracy"]},
            **({"live": {"accuracy": beaten}} if rival else {}),
        },
    }


def _accuracy(classifier: ClassifierRef, held: Labelled) -> float:
    try:
        model = load(classifier)
    except (ModelMissing, ModelRefused):
        return 0.0
    return rates(model, model.judge(held.texts)[0], held.labels)["accuracy"]


def _digest(folder: Path) -> str:
    """Return the SHA-256 of a classifier's files, in their order."""
    whole = hashlib.sha256()
    for name in FILES:
        whole.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return whole.hexdigest()


def _data_hash(known: Labelled) -> str:
    rows = sorted(f"{label}\t{text}" for text, label in zip(known.texts, known.labels, strict=True))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _card(name: str, figures: dict[str, Any]) -> str:
    return (
        f"{name}: a classifier of {len(figures['labels'])} labels: "
        f"{', '.join(figures['labels'][:20])}.\n"
        f"Learnt from {figures['learnt']} labelled texts of this workspace. On "
        f"{figures['held_out']} held out: accuracy {figures['accuracy']}, "
        f"macro-F1 {figures['macro_f1']}, calibration "
        f"error {figures['ece']}; the commonest label alone {figures['majority']}.\n"
        f"Below a chance of {SURE}, or unlike what was learnt, a text gets no label "
        f"({figures['abstained']} of those held out)."
    )
