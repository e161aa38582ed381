"""`evaluate recommend` and `evaluate sessions`: the next item, ranked among all items."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from profiles.recommending.histories import Histories, Matrix, make_histories
from profiles.recommending.ranking import Ranking, Scorer, rank_all
from profiles.recommending.recommender import combine, tune
from profiles.recommending.similarities import attribute_matrix, build_plain
from profiles.tables import read_text
from tenants.errors import BadInput

Progress = Callable[[int, int], None]
TOP = 10
SESSION_TOP = 20
BEAUTY = {"hr@10": 0.0928, "ndcg@10": 0.0531, "what": "best published, Amazon Beauty"}
VSKNN = {"hr@20": 0.610, "mrr@20": 0.334, "what": "VSKNN, 387 positions of Yoochoose"}
SEPARATORS = re.compile(r"[\s,;|]+")


def evaluate_recommend(progress: Progress, *, sequences: str, items: str = "") -> dict[str, Any]:
    """Leave one out: the last item of each person is to be found, the one before is validation.

    All items are ranked, those of the history removed. `figures` are of models that know nothing
    of the validation items but as history (as in the published tables); `refit` learns the
    similarities again with them, the weights staying as they are.
    """
    names, histories = read_sequences(sequences)
    attributes = read_attributes(items, names) if items else None
    before, history = histories.without_newest(2), histories.without_newest(1)
    people = np.flatnonzero(histories.lengths > 1)
    asked, chosen = history.take(people), histories.newest(1).take(people).flat
    figures: dict[str, Any] = {}

    def judge(name: str, scorer: Scorer) -> None:
        figures[name] = _figures(rank_all(scorer, asked, chosen, top=TOP))
        progress(len(figures), 5)

    for name, scorer in _plain_scorers(before).items():
        judge(name, scorer)
    weights = tune(before, history, attributes)
    judge("default", combine(before, weights, attributes).scores)
    judge("refit", combine(history, weights, attributes).scores)
    default = figures.pop("default")
    return {
        "figures": {**default, **figures},
        "reference": BEAUTY,
        "ratio": round(default["ndcg@10"] / BEAUTY["ndcg@10"], 3),
        "people": len(people),
        "items": histories.items,
        "protocol": "leave one out, all items ranked, seen items removed, no validation item "
        "in the similarities",
        "weights": {
            f"{name}, half-life {life:g}": round(w, 4) for (life, name), w in weights.items()
        },
    }


def _plain_scorers(histories: Histories) -> dict[str, Scorer]:
    """Popularity, first-order Markov and sequence-kNN as in the reference recipe."""
    popularity = histories.counts()
    markov, neighbours = build_plain(histories)

    def popular(asked: Histories) -> NDArray[np.float32]:
        return np.tile(popularity, (len(asked), 1))

    def follows(links: Matrix, half_life: float) -> Scorer:
        tie = 1e-9 * popularity
        return lambda asked: (asked.matrix(half_life) @ links).toarray() + tie

    return {
        "popularity": popular,
        "markov": follows(markov, 0.05),  # the newest item alone
        "sequence_knn": follows(neighbours, 1.0),
    }


def _figures(ranking: Ranking) -> dict[str, float]:
    return {
        f"hr@{TOP}": ranking.hit_rate(TOP),
        f"ndcg@{TOP}": ranking.ndcg(TOP),
        "coverage": ranking.coverage,
    }


def read_sequences(path: str) -> tuple[list[str], Histories]:
    """Read lines of a person and their items, oldest first. Raises BadInput if there are none."""
    lines = [SEPARATORS.split(line.strip(" \t,;|")) for line in read_text(path).split("\n")]
    rows = [line[1:] for line in lines if len(line) > 1]
    if not any(len(row) > 1 for row in rows):
        message = _("The file %(name)s has no line of a person and at least two items.")
        raise BadInput(message % {"name": path})
    names = sorted({item for row in rows for item in row}, key=lambda name: (len(name), name))
    numbers = {name: number for number, name in enumerate(names)}
    return names, make_histories([[numbers[item] for item in row] for row in rows], len(names))


def read_attributes(path: str, names: Sequence[str]) -> Matrix:
    """Read item → attributes: a JSON object, or lines of an item and its attributes."""
    text = read_text(path)
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError as error:
            message = _("The file %(name)s is no JSON object of items with their attributes.")
            raise BadInput(message % {"name": path}) from error
    else:
        lines = [SEPARATORS.split(line.strip()) for line in text.split("\n") if line.strip()]
        found = {line[0]: line[1:] for line in lines}
    return attribute_matrix(_numbered(found, names), len(names))


def _numbered(found: Mapping[str, Any], names: Sequence[str]) -> dict[int, list[str]]:
    numbers = {name: number for number, name in enumerate(names)}
    return {
        numbers[item]: [str(one) for one in (given if isinstance(given, list) else [given])]
        for item, given in found.items()
        if item in numbers
    }
