"""`evaluate words`: how well traits are read from words, on a sample labelled by hand.

An opinion counts as right when both its aspect and its sign are; a need or an intent when it is
named. Precision is what people notice: whether what is said of them is true.
"""

from collections.abc import Callable, Iterable
from typing import Any

from inference.engine.reading import read_text
from inference.word_examples import CHINESE, ENGLISH

Progress = Callable[[int, int], None]
Found = set[tuple[int, str]]


def evaluate_words(progress: Progress) -> dict[str, Any]:
    """Read the sample and compare. Figures are shares of findings, 0 … 1, by language and kind."""
    figures: dict[str, float] = {}
    details: dict[str, Any] = {}
    for name, sample in (("english", ENGLISH), ("chinese", CHINESE)):
        rows = [line.split("|") for line in sample.strip().splitlines()]
        truth = {(at, what) for at, (_text, said) in enumerate(rows) for what in said.split()}
        found = {(at, what) for at, (text, _said) in enumerate(rows) for what in read(text)}
        figures |= {f"{name}_{key}": value for key, value in _rates(found, truth).items()}
        details[name] = {
            "sentences": len(rows),
            **{kind: _rates(_of(kind, found), _of(kind, truth)) for kind in KINDS},
            "wrong": [f"{rows[at][0].strip()} → {what}" for at, what in sorted(found - truth)],
            "missed": [f"{rows[at][0].strip()} → {what}" for at, what in sorted(truth - found)],
        }
        progress(len(details), 2)
    return {"figures": figures, "details": details}


KINDS = {"opinions": ("+", "-", "~"), "needs": ("need:",), "intents": ("intent:",)}


def read(text: str) -> Iterable[str]:
    """Give the findings of a text as the sample writes them; `~` for an opinion of both signs."""
    for mention in read_text(text):
        if mention.kind == "aspect":
            felt = mention.polarity or 0
            yield ("+" if felt > 0 else "-" if felt < 0 else "~") + mention.name
        elif mention.kind != "topic":
            yield f"{mention.kind}:{mention.name}"


def _of(kind: str, found: Found) -> Found:
    return {(at, what) for at, what in found if what.startswith(KINDS[kind])}


def _rates(found: Found, truth: Found) -> dict[str, float]:
    right = len(found & truth)
    return {
        "precision": round(right / max(1, len(found)), 3),
        "recall": round(right / max(1, len(truth)), 3),
    }
