"""Fit a `TextClassifier` to examples: choose members, fit them, pool them, find the threshold.

Everything that is decided here is decided on the examples given, by cross-validation in which
equal texts stay together, so that a text repeated a hundred times is not taken for foresight.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from inference.engine.classify import (
    Floats,
    Head,
    Member,
    Space,
    TextClassifier,
    join,
    margin_at,
    nearness,
    read_spaces,
    scope_score,
    spaces_of,
)
from inference.engine.embed import can_embed
from inference.engine.languages import languages_of
from inference.engine.ngrams import Ngrams
from tenants.errors import BadInput

ENGLISH = (
    Member(spaces=("meaning",), head="logistic", c=20.0),
    Member(spaces=("words", "pieces", "meaning"), head="svm", c=0.5),
)
SPACED = (Member(spaces=("words", "pieces"), head="svm", c=0.5),)
UNSPACED = (Member(spaces=("phrases",), head="svm", c=0.5),)
UNSPACED_PAIR = (
    Member(spaces=("characters",), head="svm", c=0.3),
    Member(spaces=("phrases",), head="svm", c=2.0, ratios=True),
)
MIXED = (Member(spaces=("words", "pieces", "phrases"), head="svm", c=0.5),)
MIXED_RATIOS = Member(spaces=("words", "phrases"), head="svm", c=1.0, ratios=True)
SPACED_RATIOS = Member(spaces=("words",), head="svm", c=0.3, ratios=True)

FOLDS = 5
ALL_FOLDS_UP_TO = 2_500_000
"""Texts × classes up to which every fold is answered; above, one fifth of so many texts will do."""
IN_SCOPE_KEPT = 0.95
UNSEEN_CLASS = -5.0
"""The score of a class that a fold had no example of: as far out as a margin ever is."""
MEANING_UP_TO_CHARACTERS = 10_000_000
"""Above this much text (a quarter of an hour on two cores) the encoder is left out."""
EXAMPLES_KEPT = 20_000

Labels = npt.NDArray[np.int64]
Progress = Callable[[int, int], None]


def fit(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    members: tuple[Member, ...] | None = None,
    languages: Sequence[str] = (),
    seed: int = 0,
    on_progress: Progress | None = None,
) -> TextClassifier:
    """Learn to give `texts` their `labels`.

    Args: two different examples or more of at least two labels; empty texts are left out.
    `members`: None chooses by the language of the texts and the number of classes. `languages`:
    as `languages_of` gives them; none are told by the texts. `on_progress` is told twice the
    number of texts as total: each is read once and answered once.
    Returns: a classifier; its `facts` say what cross-validation measured.
    Raises: BadInput.
    """
    pairs = _clean(texts, labels)
    classes = sorted({label for _, label in pairs})
    examples = [text for text, _ in pairs]
    index = {name: at for at, name in enumerate(classes)}
    y = np.array([index[label] for _, label in pairs])
    chosen = members or choose_members(examples, len(classes), languages)
    ngrams = {kind: Ngrams.learn(kind, examples) for kind in spaces_of(chosen) if kind != "meaning"}
    tell = on_progress or _tell_nobody
    spaces = read_spaces(examples, chosen, ngrams, lambda done, total: tell(done, 2 * total))
    folds = _folds(examples, y, seed)
    if len(y) * len(classes) > ALL_FOLDS_UP_TO:
        folds = folds[:1]
    fitting = _Fitting(chosen, spaces, y, len(classes), folds)
    unseen, scores, scope = fitting.unseen_scores(tell)
    pool, bias = fit_pool(scores, y[unseen])
    return TextClassifier(
        classes=classes,
        members=chosen,
        heads=[fitting.head(member) for member in chosen],
        pool=pool,
        bias=bias,
        prior=(np.bincount(y) / len(y)).astype(np.float32),
        ngrams=ngrams,
        known=_examples_kept(spaces, seed),
        threshold=float(np.quantile(scope, 1 - IN_SCOPE_KEPT)),
        facts={"examples": len(y), **_facts(chosen, scores, pool, bias, y[unseen])},
    )


def choose_members(
    texts: Sequence[str], classes: int, languages: Sequence[str] = ()
) -> tuple[Member, ...]:
    """Choose by the languages of a sample: Chinese, English, another with spaces, or a mixture."""
    languages = list(languages) or languages_of(texts)
    if languages == ["zh-hans"]:
        return UNSPACED_PAIR if classes == 2 else UNSPACED
    if "zh-hans" in languages:
        return (*MIXED, *[MIXED_RATIOS] * (classes == 2))
    small = sum(map(len, texts)) <= MEANING_UP_TO_CHARACTERS
    english = languages == ["en"] and small and can_embed()
    return (*(ENGLISH if english else SPACED), *[SPACED_RATIOS] * (classes == 2))


def fit_pool(scores: Sequence[Floats], y: Labels) -> tuple[Floats, Floats]:
    """Find weights ≥ 0 of the members, and a bias of each class, that make `y` likeliest.

    Args: scores K of N × C, made for texts that the members had not seen; y N.
    Returns: weights K and bias C of log p(class) ∝ Σ weight × score + bias. With one member this
    is temperature scaling (Guo et al. 2017). The biases are held near zero.
    """
    stacked = np.stack(scores).astype(np.float64)  # K × N × C
    truth = np.eye(stacked.shape[2])[y]  # N × C
    members = len(stacked)

    def loss(parameters: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights, bias = parameters[:members], parameters[members:]
        logits = np.tensordot(weights, stacked, axes=1) + bias
        excess = softmax(logits, axis=1) - truth
        likelihood = -(log_softmax(logits, axis=1) * truth).sum() + 0.5 * bias @ bias
        slope = [(excess * score).sum() for score in stacked]
        gradient = np.concatenate([slope, excess.sum(axis=0) + bias])
        return float(likelihood) / len(y), gradient / len(y)

    start = np.concatenate([np.ones(members), np.zeros(stacked.shape[2])])
    bounds = [(0.0, None)] * members + [(None, None)] * stacked.shape[2]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return found.x[:members].astype(np.float32), found.x[members:].astype(np.float32)


class _Fitting:
    """Fits heads on all examples or on all but one fold."""

    def __init__(
        self,
        members: tuple[Member, ...],
        spaces: dict[str, Space],
        y: Labels,
        classes: int,
        folds: list[tuple[Labels, Labels]],
    ) -> None:
        self.members, self.spaces, self.y = members, spaces, y
        self.classes, self.folds = classes, folds
        self.rows = [join(spaces, member) for member in members]

    def head(self, member: Member, chosen: Labels | None = None) -> Head:
        rows, y = self.rows[self.members.index(member)], self.y
        if chosen is not None:
            rows, y = rows[chosen], y[chosen]
        ratios = log_count_ratios(csr_matrix(rows), y) if member.ratios else None
        if ratios is not None:
            rows = csr_matrix(rows.multiply(ratios))
        return _fit_head(member, rows, y, self.classes, ratios)

    def unseen_scores(self, tell: Progress) -> tuple[Labels, list[Floats], Floats]:
        """Return the N texts answered, each member's N × C scores and N scope scores.

        Every text is answered by heads that did not learn from its fold.
        """
        answered: list[Labels] = []
        scores: list[list[Floats]] = [[] for _ in self.members]
        scope: list[Floats] = []
        total = sum(len(unseen) for _learnt, unseen in self.folds)
        for learnt, unseen in self.folds:
            for at, member in enumerate(self.members):
                scores[at].append(self.head(member, learnt).scores(self.rows[at][unseen]))
            nearest = None
            if "meaning" in self.spaces:
                vectors = self.spaces["meaning"]
                nearest = nearness(vectors[unseen], vectors[learnt])
            scope.append(scope_score(scores[margin_at(self.members)][-1], nearest))
            answered.append(unseen)
            share = sum(map(len, answered)) / total
            tell(len(self.y) + int(share * len(self.y)), 2 * len(self.y))
        joined = [np.concatenate(parts) for parts in scores]
        return np.concatenate(answered), joined, np.concatenate(scope)


def _tell_nobody(done: int, total: int) -> None:
    """Progress that nobody asked for."""


def log_count_ratios(rows: csr_matrix, y: Labels) -> Floats:
    """Return D: log of the odds of each n-gram between class 1 and class 0, one added to each."""
    seen = rows.astype(bool).astype(np.float32)
    odds = []
    for label in (1, 0):
        counts = 1.0 + np.asarray(seen[y == label].sum(axis=0)).ravel()
        odds.append(np.log(counts / counts.sum()))
    return (odds[0] - odds[1]).astype(np.float32)


def _fit_head(member: Member, rows: Space, y: Labels, classes: int, ratios: Any) -> Head:
    if member.head == "svm":
        model: Any = LinearSVC(C=member.c, random_state=0, max_iter=5000)
    else:
        model = LogisticRegression(C=member.c, max_iter=500)
    model.fit(rows, y)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row for the second class: give each class its half
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weights = np.zeros((classes, coefficients.shape[1]), np.float32)
    bias = np.full(classes, UNSEEN_CLASS, np.float32)
    weights[model.classes_], bias[model.classes_] = coefficients, intercepts
    return Head(weights, bias, ratios)


def _clean(texts: Sequence[str], labels: Sequence[str]) -> list[tuple[str, str]]:
    if len(texts) != len(labels):
        raise BadInput(f"There are {len(texts)} texts but {len(labels)} labels.")
    pairs = [(text, label) for text, label in zip(texts, labels, strict=True) if text.strip()]
    examples = Counter(label for _text, label in set(pairs))
    if sum(count > 1 for count in examples.values()) < 2:
        raise BadInput("A classifier needs two different examples of each of two labels, or more.")
    return pairs


def _folds(texts: Sequence[str], y: Labels, seed: int) -> list[tuple[Labels, Labels]]:
    """Deal each label's texts evenly to folds, equal texts to the same one."""
    fold: dict[str, int] = {}
    dealt: Counter[int] = Counter()
    for at in np.random.default_rng(seed).permutation(len(texts)):
        if texts[at] not in fold:
            fold[texts[at]] = int(dealt[y[at]] + y[at]) % FOLDS
            dealt[y[at]] += 1
    place = np.array([fold[text] for text in texts])
    return [(np.flatnonzero(place != at), np.flatnonzero(place == at)) for at in set(fold.values())]


def _examples_kept(spaces: dict[str, Space], seed: int) -> Floats | None:
    if "meaning" not in spaces:
        return None
    vectors = np.asarray(spaces["meaning"])
    if len(vectors) > EXAMPLES_KEPT:
        chosen = np.random.default_rng(seed).choice(len(vectors), EXAMPLES_KEPT, replace=False)
        vectors = vectors[chosen]
    return vectors.astype(np.float16).astype(np.float32)  # as `save` keeps them


def _facts(
    members: Sequence[Member], scores: Sequence[Floats], pool: Floats, bias: Floats, y: Labels
) -> dict[str, Any]:
    total = sum(weight * score for weight, score in zip(pool, scores, strict=True)) + bias
    return {
        "unseen_accuracy": round(float((total.argmax(axis=1) == y).mean()), 4),
        "members": [
            {
                "spaces": list(member.spaces),
                "head": member.head,
                "ratios": member.ratios,
                "weight": round(float(weight), 3),
                "unseen_accuracy": round(float((score.argmax(axis=1) == y).mean()), 4),
            }
            for member, weight, score in zip(members, pool, scores, strict=True)
        ],
    }
