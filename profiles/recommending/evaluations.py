"""`evaluate recommend` and `evaluate sessions`: the next item, ranked among all items."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from profiles.recommending.histories import Histories, Matrix, Numbers, make_histories
from profiles.recommending.item_files import read_about
from profiles.recommending.mixing import Mixture, Verdict, judge, judge_by_halves
from profiles.recommending.ranking import Ranking, Scorer, rank_all
from profiles.recommending.recommender import Recommender, combine, fit, prepare
from profiles.recommending.session_files import read_clicks, read_moments
from profiles.recommending.sessions import find_neighbours
from profiles.recommending.similarities import build_plain
from profiles.recommending.transformer import Transformer
from profiles.recommending.transformer import train as learn_order
from profiles.tables import SEPARATORS, read_text
from tenants.errors import BadInput

Progress = Callable[[int, int], None]
TOP = 10
SESSION_TOP = 20
BEAUTY = {"hr@10": 0.0928, "ndcg@10": 0.0531, "what": "best published, Amazon Beauty"}
VSKNN = {"hr@20": 0.610, "mrr@20": 0.334, "what": "VSKNN, 387 positions of Yoochoose"}


def evaluate_recommend(progress: Progress, *, sequences: str, items: str = "") -> dict[str, Any]:
    """Leave one out: the last item of each person is to be found, the one before is validation.

    All items are ranked, those of the history removed. `figures` are of models that know nothing
    of the validation items but as history (as in the published tables), mixed by weights that
    were learnt from them; `links_refit` learns the links again with them, the weights staying.
    """
    names, histories = read_sequences(sequences)
    about = read_about(items, names) if items else None
    before, history = histories.without_newest(2), histories.without_newest(1)
    people = np.flatnonzero(histories.lengths > 1)
    asked, chosen = history.take(people), histories.newest(1).take(people).flat
    figures: dict[str, Any] = {}

    def measure(name: str, scorer: Scorer) -> None:
        figures[name] = _figures(rank_all(scorer, asked, chosen, top=TOP))
        progress(len(figures), 7)

    for name, scorer in _plain_scorers(before).items():
        measure(name, scorer)
    lesson = prepare(before, history, about)
    weights = lesson.weights()
    links = lesson.links(weights)
    measure("links", links.scores)
    measure("links_refit", combine(history, weights, about).scores)
    order = learn_order(before)
    measure("transformer", order.scores)
    verdict = judge_by_halves(lesson, order)
    measure("default", _mixed(links, order, verdict))
    default = figures.pop("default")
    return {
        "figures": {**default, **figures},
        "reference": BEAUTY,
        "ratio": round(default["ndcg@10"] / BEAUTY["ndcg@10"], 3),
        "people": len(people),
        "items": histories.items,
        "protocol": "leave one out, all items ranked, seen items removed, no validation item "
        "in the similarities",
        "mixture": asdict(verdict) if verdict else None,
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


def _mixed(links: Recommender, order: Transformer, verdict: Verdict | None) -> Scorer:
    if verdict is None or not verdict.share:
        return links.scores
    return Mixture(links, order, verdict.share).scores


def _figures(ranking: Ranking) -> dict[str, float]:
    return {
        f"hr@{TOP}": ranking.hit_rate(TOP),
        f"ndcg@{TOP}": ranking.ndcg(TOP),
        "coverage": ranking.coverage,
    }


def read_sequences(path: str) -> tuple[list[str], Histories]:
    """Read lines of a person and their items, oldest first. Raises BadInput if there are none."""
    text = read_text(path).replace('"', " ")  # a list of items may stand in one quoted cell
    lines = [SEPARATORS.split(line.strip(" \t,;|")) for line in text.split("\n")]
    rows = [line[1:] for line in lines if len(line) > 1]
    if not any(len(row) > 1 for row in rows):
        message = _("The file %(name)s has no line of a person and at least two items.")
        raise BadInput(message % {"name": path})
    names = sorted({item for row in rows for item in row}, key=lambda name: (len(name), name))
    numbers = {name: number for number, name in enumerate(names)}
    return names, make_histories([[numbers[item] for item in row] for row in rows], len(names))


def evaluate_sessions(
    progress: Progress, *, train: str, test: str, positions: int = 0
) -> dict[str, Any]:
    """Foretell each next click of the sessions in `test`, from the clicks before it.

    Tables with SessionId, ItemId and Time (`session_files.py`). All items of `train` are ranked,
    seen ones too; a next click that `train` does not know is a miss. `positions` asks the first so
    many clicks alone (the reference lists of Yoochoose cover 387). Links and Transformer are mixed
    by what the last tenth of the sessions in `train` went on to.
    """
    names, known = _sessions(train)
    numbers = {name: number for number, name in enumerate(names)}
    asked = _positions(_read_sessions(test), numbers, positions)
    if not len(asked.chosen):
        message = _("The file %(name)s has no session of at least two clicks.")
        raise BadInput(message % {"name": test})
    progress(1, 4)
    verdict = _judge_sessions(known)
    progress(2, 4)
    links, order = fit(known, repeats=True), learn_order(known)
    popularity = known.counts()
    progress(3, 4)
    scorers: dict[str, Scorer] = {
        "default": _mixed(links, order, verdict),
        "transformer": order.scores,
        "item_links": links.scores,
        "vsknn": find_neighbours(known).scores,
        "popularity": lambda part: np.tile(popularity, (len(part), 1)),
    }
    rows = {name: _session_figures(scorer, asked) for name, scorer in scorers.items()}
    progress(4, 4)
    default = rows.pop("default")
    return {
        "figures": {**default, **rows},
        "reference": VSKNN,
        "ratio": round(default["mrr@20"] / max(rows["vsknn"]["mrr@20"], 1e-9), 3),
        "positions": len(asked.chosen),
        "items": known.items,
        "mixture": asdict(verdict) if verdict else None,
    }


@dataclass(frozen=True)
class Asked:
    """Beginnings of sessions, and the item that was clicked next (-1: not known)."""

    histories: Histories
    chosen: Numbers


LEAST_SESSIONS = 20  # from which mixing can be learnt
MOST_ASKED = 6_000  # clicks


def _judge_sessions(known: Histories) -> Verdict | None:
    """Fit to the first nine tenths of the sessions; the rest says what each model is worth."""
    if len(known) < LEAST_SESSIONS:
        return None
    cut = len(known) - max(1, len(known) // 10)
    earlier, later = known.take(np.arange(cut)), known.take(np.arange(cut, len(known)))
    rows = [later.of(person).tolist() for person in range(len(later))]
    asked = _beginnings(rows, known.items, MOST_ASKED)
    links = fit(earlier, repeats=True)
    return judge(links, learn_order(earlier), asked.histories, asked.chosen)


def _session_figures(scorer: Scorer, asked: Asked) -> dict[str, float]:
    ranking = rank_all(scorer, asked.histories, asked.chosen, top=SESSION_TOP, repeats=True)
    return {
        f"hr@{SESSION_TOP}": ranking.hit_rate(SESSION_TOP),
        f"mrr@{SESSION_TOP}": ranking.mrr(SESSION_TOP),
        "coverage": ranking.coverage,
    }


def _sessions(path: str) -> tuple[list[str], Histories]:
    sessions = sorted(_read_sessions(path), key=lambda clicks: clicks[-1][0])
    rows = [[item for _at, _row, item in clicks] for clicks in sessions]
    names = sorted({item for row in rows for item in row}, key=lambda name: (len(name), name))
    numbers = {name: number for number, name in enumerate(names)}
    return names, make_histories([[numbers[item] for item in row] for row in rows], len(names))


Click = tuple[float, int, str]


def _read_sessions(path: str) -> list[list[Click]]:
    """Return the clicks of each session (moment, row, item) in the order of time.

    The sessions stand as in the file, by their first row.
    """
    sessions, items, times = read_clicks(path)
    moments = read_moments(times, path)
    found: dict[str, list[Click]] = {}
    for place, (session, item) in enumerate(zip(sessions, items, strict=True)):
        if session and item and (moment := moments[place]) is not None:
            found.setdefault(session, []).append((moment, place, item))
    for clicks in found.values():
        clicks.sort()
    return list(found.values())


def _positions(sessions: Sequence[Sequence[Click]], numbers: Mapping[str, int], most: int) -> Asked:
    rows = [[numbers.get(item, -1) for _at, _row, item in clicks] for clicks in sessions]
    return _beginnings(rows, len(numbers), most)


def _beginnings(rows: Sequence[Sequence[int]], items: int, most: int) -> Asked:
    """Return what stood before each click but the first; unknown items are left out of it."""
    beginnings, chosen = [], []
    for row in rows:
        for place in range(1, len(row)):
            beginnings.append([item for item in row[:place] if item >= 0])
            chosen.append(row[place])
    count = most or len(chosen)
    return Asked(make_histories(beginnings[:count], items), np.array(chosen[:count], np.int64))
