"""Topics that nobody gave examples of: a sentence says what one is about, and texts near it get it.

A text's likeness to a topic is its cosine with the topic's sentence, and how much that is above
what competes: the other topics, those of `topic_examples`, which stand for everything else, and
the cosine that one in twenty of the texts reaches anyhow. What a likeness is worth is learnt from
the examples, each topic judged as if it had never been seen (a logistic curve). Below `SURE`
nothing is said, and a text gets the topic it is nearest, or none.

English is compared by MiniLM where its weights are installed; without them by words, and Chinese
by pairs of signs, weighed by how rare they are among the texts. These know no synonyms, so there
more is left unsaid.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from inference import topic_examples
from inference.engine.embed import can_embed, embed
from inference.types import About

SURE = 0.8
USUAL = 0.95
MANY = 100
"""From so many texts on, what one in twenty of them reaches says what is usual."""
HAN = re.compile(r"[\u3400-\u9fff]+")
WORD = re.compile(r"[^\W\d_]{3,}")
SMALL = frozenset(
    "的了是在有和很也就都不我你他她它这那个么吗呢吧啊没说要会能可以到上下来去还给对用好"
)
"""Signs that stand in texts of any topic."""
Rows = npt.NDArray[np.float32]


def find_topics(texts: Sequence[str], topics: Mapping[str, Sequence[str]]) -> list[About]:
    """Return which texts are about which topics, each about one at most.

    topics: by name the sentences that say what one is about. A sentence is compared with texts of
    its own language alone. Not covered: languages other than English and Chinese.
    """
    found: list[About] = []
    for chinese in (False, True):
        chosen = [i for i, text in enumerate(texts) if is_chinese(text) == chinese]
        said = [
            (name, sentence)
            for name, sentences in topics.items()
            for sentence in sentences
            if is_chinese(sentence) == chinese
        ]
        if chosen and said:
            found += _find(texts, chosen, said, chinese)
    return sorted(found, key=lambda one: (one.index, one.topic))


def is_chinese(text: str) -> bool:
    return bool(HAN.search(text))


def _find(
    texts: Sequence[str], chosen: Sequence[int], said: Sequence[tuple[str, str]], chinese: bool
) -> list[About]:
    some, sentences = [texts[index] for index in chosen], [sentence for _name, sentence in said]
    ruler = _by_sense() if not chinese and can_embed() else _by_spelling(chinese, some, sentences)
    rows = ruler.rows(some)  # (B, D)
    near = rows @ ruler.rows(sentences).T  # (B, topics)
    owners = np.array([name for name, _sentence in said])
    above = near - _competition(near, rows @ ruler.anchors.T, owners)
    chances = ruler.chance(near, above)
    best = chances.argmax(axis=1)
    return [
        About(index=index, topic=str(owners[column]), chance=round(float(row[column]), 3))
        for index, row, column in zip(chosen, chances, best, strict=True)
        if row[column] >= SURE
    ]


def _competition(near: Rows, anchors: Rows, owners: npt.NDArray[np.str_]) -> Rows:
    """Return what each cosine must be above: (B, topics)."""
    found = np.repeat(anchors.max(axis=1, keepdims=True), near.shape[1], axis=1)
    for column, name in enumerate(owners):
        if (others := owners != name).any():
            found[:, column] = np.maximum(found[:, column], near[:, others].max(axis=1))
    if len(near) >= MANY:
        found = np.maximum(found, np.quantile(near, USUAL, axis=0, keepdims=True))
    return found


@dataclass(frozen=True, kw_only=True)
class Ruler:
    """How a language is compared: rows of texts, the examples' sentences as rows, the curve."""

    rows: Callable[[Sequence[str]], Rows]
    anchors: Rows
    curve: LogisticRegression

    def chance(self, near: Rows, above: Rows) -> Rows:
        """Return the chance that a text is about a topic: (B, topics)."""
        features = np.stack([near.ravel(), above.ravel()], axis=1)
        return np.asarray(self.curve.predict_proba(features)[:, 1].reshape(near.shape))


@lru_cache(maxsize=1)
def _by_sense() -> Ruler:
    return _learn(embed, topic_examples.ENGLISH)


def _by_spelling(chinese: bool, texts: Sequence[str], sentences: Sequence[str]) -> Ruler:
    examples = topic_examples.CHINESE if chinese else topic_examples.ENGLISH
    known = [one for sentence, said in examples.values() for one in (sentence, *said)]
    vectorizer = TfidfVectorizer(analyzer=_pairs if chinese else _words, sublinear_tf=True)
    vectorizer.fit([*texts, *sentences, *known])

    def rows(some: Sequence[str]) -> Rows:
        return np.asarray(vectorizer.transform(some).toarray(), dtype=np.float32)

    return _learn(rows, examples)


def _learn(rows: Callable[[Sequence[str]], Rows], examples: topic_examples.Examples) -> Ruler:
    """Learn the curve: each topic of the examples in turn is one that nobody has seen."""
    anchors = rows([sentence for sentence, _said in examples.values()])  # (A, D)
    near = rows([text for _sentence, said in examples.values() for text in said]) @ anchors.T
    owners = np.repeat(np.arange(len(examples)), [len(said) for _s, said in examples.values()])
    features, labels = [], []
    for topic in range(len(examples)):
        others = np.delete(near, topic, axis=1).max(axis=1)
        features.append(np.stack([near[:, topic], near[:, topic] - others], axis=1))
        labels.append(owners == topic)
    curve = LogisticRegression(C=100.0).fit(np.concatenate(features), np.concatenate(labels))
    return Ruler(rows=rows, anchors=anchors, curve=curve)


def _pairs(text: str) -> Iterable[str]:
    for run in HAN.findall(text):
        for first, second in zip(run, run[1:], strict=False):
            if first not in SMALL and second not in SMALL:
                yield first + second


def _words(text: str) -> Iterable[str]:
    return WORD.findall(text.lower())
