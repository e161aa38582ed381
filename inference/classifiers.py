"""A workspace's own classifiers: learnt from a file of labelled texts, measured, judged, applied.

A fifth of the texts is held out and never learnt from: the same fifth for the same texts, so that
a classifier and the one it would replace are measured on rows that neither has seen. A text gets
a label only where the chance is `SURE` or more and the text is like those learnt from.
"""

import hashlib
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
from inference.engine.classify_fit import fit, languages_of
from inference.engine.reading import split_sentences
from inference.errors import ModelMissing, ModelRefused
from inference.label_evaluations import rates
from inference.label_files import Labelled
from inference.labels import VOCABULARY, is_protected
from inference.models import ModelKind, RegisteredModel
from inference.types import ClassifierRef, TextLabel
from inference.writers import classifier_of
from tenants.context import scope
from tenants.errors import BadInput

SURE = 0.8
ONE_IN = 5
LEAST_HELD_OUT = 20
MOST_LABELS = 200
LONGEST_LABEL = 60
FILES = ("arrays.npz", "classifier.json")

Progress = Callable[[int, int], None]


def train(
    tenant_id: int,
    *,
    name: str,
    known: Labelled,
    taken: Collection[str],
    oos: str = "",
    on_progress: Progress | None = None,
) -> RegisteredModel:
    """Learn to label texts like those of `known`, and register a candidate with its gate.

    `taken`: names that no label may have, beside those of the topics that everybody has. `oos`:
    the label of texts that should get none; they are measured, not learnt. To be called outside a
    scope. Raises BadInput: too few texts, labels that nobody may get.
    """
    name = name.strip()
    with_text = _where(known, lambda text: bool(text.strip()))
    foreign = with_text.only(oos) if oos else Labelled([], [])
    taught = with_text.without(oos) if oos else with_text
    labels = sorted(set(taught.labels))
    _check_labels([name, *labels])
    _must_be_free(labels, taken)
    learnt, held = (_where(taught, is_held_out, wanted=wanted) for wanted in (False, True))
    if len(held.texts) < LEAST_HELD_OUT:
        raise BadInput(
            _(
                "One text in five is held out to measure; that gives %(count)s here, and at least "
                "%(least)s are needed. Label more texts, then train again."
            )
            % {"count": len(held.texts), "least": LEAST_HELD_OUT}
        )
    classifier = fit(learnt.texts, learnt.labels, on_progress=on_progress)
    figures = _measure(classifier, learnt, held, foreign)
    with scope(tenant_id):
        live = registry.live_classifier(name)
        rival = classifier_of(live) if live else None
    gate = _gate(figures, rival, held)
    source = f"classifiers/{uuid.uuid4()}"
    folder = Path(settings.MODELS_DIR) / source
    classifier.save(folder)
    with scope(tenant_id):
        model = registry.register(
            name=name,
            kind=ModelKind.CLASSIFIER,
            source=source,
            revision=_digest(folder),
            data_hash=_data_hash(with_text),
            figures=figures,
            card=_card(name, figures),
        )
        registry.save_gate(model, gate)
    return model


def is_held_out(text: str) -> bool:
    """Whether a text is never learnt from; case and blanks do not matter."""
    spelt = " ".join(text.split()).casefold().encode()
    return int(hashlib.sha256(spelt).hexdigest()[:8], 16) % ONE_IN == 0


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


def _check_labels(names: Sequence[str]) -> None:
    """Refuse names that no person may or should be shown with."""
    if wrong := next((name for name in names if is_protected(name)), None):
        text = _(
            "“%(word)s” is about ethnicity, health, religion, politics or sexuality. "
            "People are never labelled by these. Leave it out."
        )
        raise BadInput(text % {"word": wrong}, code="protected_label")
    if len(names) - 1 > MOST_LABELS:
        raise BadInput(_("A classifier has at most %s labels.") % MOST_LABELS)
    for name in names:
        if len(name) > LONGEST_LABEL or not any(sign.isalpha() for sign in name):
            raise BadInput(
                _("“%(name)s” is shown to people: write words of at most %(most)s characters.")
                % {"name": name[:80], "most": LONGEST_LABEL}
            )


def _must_be_free(labels: Sequence[str], taken: Collection[str]) -> None:
    """A label stands among the topics, so it must not have the name of one."""
    if wrong := next((one for one in labels if one in {*VOCABULARY["topic"], *taken}), None):
        text = _("There is a topic named %(name)s already. Name the label otherwise.")
        raise BadInput(text % {"name": wrong})


def _where(known: Labelled, holds: Callable[[str], bool], *, wanted: bool = True) -> Labelled:
    rows = [
        (text, label)
        for text, label in zip(known.texts, known.labels, strict=True)
        if holds(text) == wanted
    ]
    return Labelled([text for text, _label in rows], [label for _text, label in rows])


def _measure(
    classifier: TextClassifier, learnt: Labelled, held: Labelled, foreign: Labelled
) -> dict[str, Any]:
    """Return shares 0 … 1 of the texts held out; `majority` is what the commonest label gets."""
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
        "languages": languages_of(learnt.texts),
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
