"""How facts that are not copied are recognised in a text: one small classifier per value.

“familyFriendly = no” has a hundred wordings. A logistic regression on the words, pairs and
triples of the training texts learns them; one that is right on held-out references counts as a
fact check, the others only help to choose between candidates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from inference.nlg.slots import Fact

LEAST = 20
"""A value in fewer training texts has no classifier."""
RELIABLE = 0.9
"""Least F1 on held-out references of a classifier that counts as a check."""
WORDS = r"<[^<>]+>|\w+|[^\w\s]"

Value = tuple[str, str]


@dataclass(frozen=True)
class Cues:
    """Classifiers of values, B texts × C values."""

    vectorizer: Any
    models: dict[Value, Any]
    reliable: frozenset[Value]

    def judge(self, texts: Sequence[str]) -> dict[Value, npt.NDArray[np.float64]]:
        """Return, for each value, the probability that each text says it."""
        if not texts or not self.models:
            return {}
        counts = self.vectorizer.transform(texts)
        return {value: model.predict_proba(counts)[:, 1] for value, model in self.models.items()}

    def faults(self, facts: Sequence[Fact], texts: Sequence[str]) -> tuple[list[int], int]:
        """Return the wrong values of each text, and how many values could be checked.

        Wrong: a value that is wanted and not recognised, or recognised and not wanted; one slot
        said otherwise than wanted counts once.
        """
        wanted = shown_values(facts)
        chances = {v: c for v, c in self.judge(texts).items() if v in self.reliable}
        wrong: list[set[str]] = [set() for _ in texts]
        for value, chance in chances.items():
            for at, said in enumerate(chance > 0.5):
                if said != (value in wanted):
                    wrong[at].add(value[0])
        return [len(slots) for slots in wrong], len(wanted & self.reliable)


def shown_values(facts: Sequence[Fact]) -> set[Value]:
    """Values that a text must express in words of its own."""
    return {(fact.name, fact.value.lower()) for fact in facts if not fact.is_copied}


def learn_cues(
    texts: Sequence[str],
    facts: Sequence[Sequence[Fact]],
    held_out: Sequence[str],
    held_out_facts: Sequence[Sequence[Fact]],
) -> Cues:
    """Fit on `texts`, find the reliable ones on `held_out`; both without copied values."""
    said = [shown_values(each) for each in facts]
    counts: dict[Value, int] = {}
    for values in said:
        for value in values:
            counts[value] = counts.get(value, 0) + 1
    names = [v for v, n in counts.items() if LEAST <= n <= len(said) - LEAST]
    vectorizer = CountVectorizer(
        token_pattern=WORDS, ngram_range=(1, 3), min_df=3, binary=True, max_features=60_000
    )
    models: dict[Value, Any] = {}
    if names:
        table = vectorizer.fit_transform(texts)
        for value in names:
            model = LogisticRegression(C=1.0, solver="liblinear")
            models[value] = model.fit(table, [value in each for each in said])
    cues = Cues(vectorizer, models, frozenset())
    return Cues(vectorizer, models, _reliable(cues, held_out, held_out_facts))


def _reliable(
    cues: Cues, texts: Sequence[str], facts: Sequence[Sequence[Fact]]
) -> frozenset[Value]:
    said = [shown_values(each) for each in facts]
    found = set()
    for value, chances in cues.judge(texts).items():
        truth = [value in each for each in said]
        if any(truth) and f1_score(truth, chances > 0.5) >= RELIABLE:
            found.add(value)
    return frozenset(found)
