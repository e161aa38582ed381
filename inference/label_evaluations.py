"""`evaluate intents` and `evaluate sentiment`: how well texts are named, in figures.

Each fits on `--train` alone, names every row of `--test`, and only then looks at its labels. The
same rows are named by a linear SVM on TF-IDF in the same run, for comparison.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.svm import LinearSVC

from inference.engine.classify import TextClassifier
from inference.engine.classify_fit import IN_SCOPE_KEPT, fit
from inference.engine.reading import polarity
from inference.label_files import Labelled, read_labelled
from tenants.errors import BadInput

Progress = Callable[[int, int], None]
BINS = 15
LABELS_NAMED = 5

PUBLISHED_INTENTS = {
    "banking77": {
        "minilm_logistic": {"accuracy": 0.9305},
        "bert_base": {"accuracy": 0.9308},
        "modernbert_base": {"accuracy": 0.9399},
    },
    "clinc150": {
        "minilm_logistic": {"accuracy": 0.953, "oos_recall": 0.849},
        "bert_oos_train": {"accuracy": 0.969, "oos_recall": 0.403},
        "bert_oos_threshold": {"accuracy": 0.962, "oos_recall": 0.523},
    },
}
PUBLISHED_SENTIMENT = {
    "chnsenticorp": {"tfidf_svm": {"accuracy": 0.9225}, "bert_base": {"accuracy": 0.950}},
    "womens_clothing_reviews": {
        "tfidf_logistic": {"accuracy": 0.902, "macro_f1": 0.822},
        "bidirectional_lstm": {"accuracy": 0.8827},
    },
}
"""For these data sets on their published splits; a run on other files has no published figure."""


def evaluate_intents(
    progress: Progress, *, train: str, test: str, text: str, label: str, oos: str = ""
) -> dict[str, Any]:
    """Fit intents on `train`, score them on `test`.

    `oos`: the label of out-of-scope rows. Such rows of `train` are no class to learn; those of
    `test` should be refused. accuracy, macro_f1 and ece are over the in-scope rows of `test`,
    the likeliest intent counting even where the classifier would rather ask.
    """
    return _evaluate(progress, train, test, text, label, oos, PUBLISHED_INTENTS)


def evaluate_sentiment(
    progress: Progress, *, train: str, test: str, text: str, label: str
) -> dict[str, Any]:
    """Fit opinions on `train`, score them on `test`; English, Chinese or another language.

    Beside it, what the word lists of traits say of the same texts, which learn from nothing.
    """
    result = _evaluate(progress, train, test, text, label, "", PUBLISHED_SENTIMENT)
    known = read_labelled(test, text=text, label=label, split="test")
    if by_words := read_by_words(known):
        result["reference"]["word_lists"] = by_words
    return result


GOOD, BAD = frozenset({"1", "positive", "pos", "good"}), frozenset({"0", "negative", "neg", "bad"})


def read_by_words(known: Labelled) -> dict[str, float]:
    """Return how often the word lists are right where they say something, and how often they do.

    For labels of good and bad only; empty for others.
    """
    labels = [label.strip().lower() for label in known.labels]
    if not labels or not set(labels) <= GOOD | BAD:
        return {}
    felt = [polarity(text) for text in known.texts]
    said = [(one > 0, label in GOOD) for one, label in zip(felt, labels, strict=True) if one]
    if not said:
        return {"answered": 0.0}
    right = sum(one == truth for one, truth in said)
    return {
        "accuracy": round(right / len(said), 4),
        "answered": round(len(said) / len(labels), 4),
    }


def expected_calibration_error(
    probabilities: npt.NDArray[Any], truth: npt.NDArray[Any], bins: int = BINS
) -> float:
    """Return the mean gap between confidence and accuracy, by bins of equal width of confidence.

    Args: probabilities B × C, truth B (−1 where the class is not known to the classifier).
    Source: Guo et al. 2017, with 15 bins.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (place == at).mean() * abs(confidence[place == at].mean() - right[place == at].mean())
        for at in np.unique(place)
    ]
    return float(np.sum(gaps))


def _evaluate(
    progress: Progress,
    train: str,
    test: str,
    text: str,
    label: str,
    oos: str,
    published: dict[str, Any],
) -> dict[str, Any]:
    learnt = read_labelled(train, text=text, label=label, split="train").without(oos)
    asked = read_labelled(test, text=text, label=label, split="test")
    known, foreign = asked.without(oos), asked.only(oos)
    if not known.texts:
        message = _("The file %(name)s has no row with another label than “%(label)s”.")
        raise BadInput(message % {"name": Path(test).name, "label": oos})
    classifier = fit(learnt.texts, learnt.labels, on_progress=progress)
    probabilities, scope = classifier.judge(known.texts + foreign.texts)
    figures = rates(classifier, probabilities[: len(known.texts)], known.labels)
    refusals = _refusals(scope, len(known.texts), classifier.threshold)
    figures |= {name: refusals.pop(name) for name in ("oos_recall", "auc") if name in refusals}
    reference = _reference(learnt, known)
    repeated = _repeated(classifier, probabilities, known, set(learnt.texts))
    return {
        "figures": figures,
        "reference": {"tfidf_svm": reference, "published": published},
        "ratio": round(figures["accuracy"] / max(reference["accuracy"], 1e-9), 4),
        "details": {
            "test": len(known.texts),
            **refusals,
            **repeated,
            **classifier.facts,
            "notes": _notes(learnt, asked, foreign, oos),
        },
    }


def _notes(learnt: Labelled, asked: Labelled, foreign: Labelled, oos: str) -> list[str]:
    """Say what the files hold that a reader of the figures should know."""
    notes = [*learnt.notes, *asked.notes]
    if oos and not foreign.texts:
        message = _("No row to score has the label “%(label)s”, so refusals are not scored.")
        notes.append(message % {"label": oos})
    if untaught := sorted(set(asked.labels) - set(learnt.labels) - {oos}):
        message = _("Labels to score without an example to learn from: %(count)s (%(labels)s).")
        named = ", ".join(untaught[:LABELS_NAMED]) + " …" * (len(untaught) > LABELS_NAMED)
        notes.append(message % {"count": len(untaught), "labels": named})
    return notes


def _repeated(
    classifier: TextClassifier,
    probabilities: npt.NDArray[Any],
    known: Labelled,
    learnt: set[str],
) -> dict[str, float]:
    """Count the scored texts that were also learnt from: there the accuracy is partly memory."""
    new = [at for at, text in enumerate(known.texts) if text not in learnt]
    repeated = len(known.texts) - len(new)
    if not repeated or not new:
        return {"test_also_learnt": repeated}
    best = [classifier.classes[at] for at in probabilities.argmax(axis=1)]
    right = [best[at] == known.labels[at] for at in new]
    return {"test_also_learnt": repeated, "accuracy_of_new": round(float(np.mean(right)), 4)}


def rates(
    classifier: TextClassifier, probabilities: npt.NDArray[Any], labels: Sequence[str]
) -> dict[str, float]:
    """Return accuracy, macro_f1 and ece (0 … 1) of B × C probabilities for B texts."""
    best = probabilities.argmax(axis=1)
    index = {name: at for at, name in enumerate(classifier.classes)}
    truth = np.array([index.get(name, -1) for name in labels])
    return {
        **_agreement(labels, [classifier.classes[at] for at in best]),
        "ece": round(expected_calibration_error(probabilities, truth), 4),
    }


def _agreement(labels: Sequence[str], named: Sequence[str]) -> dict[str, float]:
    right = [label == name for label, name in zip(labels, named, strict=True)]
    f1 = f1_score(labels, named, average="macro", labels=sorted(set(labels)), zero_division=0)
    return {"accuracy": round(float(np.mean(right)), 4), "macro_f1": round(float(f1), 4)}


def _refusals(scope: npt.NDArray[Any], known: int, threshold: float) -> dict[str, float]:
    """Return how well foreign texts are refused.

    oos_recall and auc compare the scores of `test` with each other: the share of foreign texts
    below the score that 95 % of the known ones reach. The other two are what the classifier
    does by itself, with the threshold that it found on the training texts.
    """
    kept, foreign = scope[:known], scope[known:]
    figures = {"in_scope_kept": _share(kept >= threshold)}
    if len(foreign):
        is_known = np.arange(len(scope)) < known
        figures["foreign_refused"] = _share(foreign < threshold)
        figures["oos_recall"] = _share(foreign < np.quantile(kept, 1 - IN_SCOPE_KEPT))
        figures["auc"] = round(float(roc_auc_score(is_known, np.maximum(scope, -1e9))), 4)
    return figures


def _share(flags: npt.NDArray[Any]) -> float:
    return round(float(flags.mean()), 4)


def _reference(learnt: Labelled, known: Labelled) -> dict[str, float]:
    """What the usual first model reaches: TF-IDF of words and characters, a linear SVM."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    characters = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True)
    model = make_pipeline(make_union(words, characters), LinearSVC(random_state=0))
    model.fit(learnt.texts, learnt.labels)
    return _agreement(known.labels, list(model.predict(known.texts)))
