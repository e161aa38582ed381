"""Read what people write: which aspects, topics, needs and intents a sentence shows, and how it
speaks of them. English and Chinese, by words of `inference.labels`; no model, nothing learnt.

Each finding comes with its sentence, so that whoever sees it can judge it. A sentence whose words
say nothing gives nothing: the reader abstains rather than guesses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from inference.labels import (
    NEGATIONS,
    NEGATIONS_ZH,
    NEGATIVE,
    NEGATIVE_ZH,
    POSITIVE,
    POSITIVE_ZH,
    SHORTCOMINGS,
    VOCABULARY,
)

LONGEST_TEXT = 20_000
LONGEST_SENTENCE = 300
SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
CLAUSE = re.compile(
    r"[,;，；、]|\bbut\b|\bhowever\b|\balthough\b|\bthough\b|但是|不过|但|可是|就是"
)
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|n't", re.IGNORECASE)
DENIED = re.compile(
    r"(?:\b(?:not|never|no|cannot)|n't)(?: \w+)?\s*$"
    r"|(?:[不没别]|不想|不用|不会|不必|没有|没什么可|没有什么可)$",
    re.IGNORECASE,
)
"""What stands before an intent that somebody does not have."""
DENIABLE = frozenset({"buy_again", "recommend", "return", "complain"})
"""The others are said by a question or by a negation of their own."""
REACH = 3
"""A negation turns the words of feeling within so many words after it."""


@dataclass(frozen=True, kw_only=True)
class Mention:
    """What one sentence shows. `polarity` is -1…1; None where its words show no feeling."""

    kind: str
    name: str
    polarity: float | None
    sentence: str


def read_text(text: str, topics: Mapping[str, Sequence[str]] | None = None) -> list[Mention]:
    """Return what a text shows, sentence by sentence. `topics` are the workspace's own, by name."""
    found: list[Mention] = []
    for sentence in split_sentences(text):
        found += _read_sentence(sentence, topics or {})
    return found


def split_sentences(text: str) -> list[str]:
    parts = [part.strip() for part in SENTENCE.findall(text[:LONGEST_TEXT])]
    return [part[:LONGEST_SENTENCE] for part in parts if part.strip(" .!?。！？")]


def polarity(text: str) -> float | None:
    """Return how a text feels, -1…1, or None if its words do not say.

    The sum of words of feeling, each turned by a negation before it, over their number plus one.
    """
    score, count = _english(text)
    more, others = _chinese(text)
    score, count = score + more, count + others
    return round(score / (count + 1), 3) if count else None


def _english(text: str) -> tuple[int, int]:
    words = [word.lower() for word in WORD.findall(text.replace("’", "'"))]
    feelings, negations = _feelings(), set(NEGATIONS)
    score = count = 0
    for place, word in enumerate(words):
        if word in feelings:
            turned = any(one in negations for one in words[max(0, place - REACH) : place])
            score += -feelings[word] if turned else feelings[word]
            count += 1
    return score, count


def _chinese(text: str) -> tuple[int, int]:
    score = count = 0
    for found in _chinese_feelings().finditer(text):
        value = 1 if found["good"] else -1
        before = text[max(0, found.start() - REACH) : found.start()]
        if any(before.endswith(word) or word in before[-2:] for word in NEGATIONS_ZH):
            value = -value
        score, count = score + value, count + 1
    return score, count


@cache
def _feelings() -> dict[str, int]:
    return dict.fromkeys(POSITIVE, 1) | dict.fromkeys(NEGATIVE, -1)


@cache
def _chinese_feelings() -> re.Pattern[str]:
    good, bad = ("|".join(sorted(words, key=len, reverse=True)) for words in (
        POSITIVE_ZH, NEGATIVE_ZH
    ))  # fmt: skip
    return re.compile(f"(?P<bad>{bad})|(?P<good>{good})")


def _read_sentence(sentence: str, topics: Mapping[str, Sequence[str]]) -> list[Mention]:
    found: list[Mention] = []
    overall = polarity(sentence)
    clauses = [clause for clause in CLAUSE.split(sentence) if clause.strip()]
    for kind, name, pattern in _patterns():
        hit = pattern.search(sentence)
        if hit is None or (name in DENIABLE and DENIED.search(sentence[: hit.start()])):
            continue
        feeling = None
        if kind == "aspect":
            feeling = _feeling_about(pattern, clauses, overall)
            if feeling is None:
                continue  # an aspect that is only named is no opinion
        found.append(Mention(kind=kind, name=name, polarity=feeling, sentence=sentence))
    named = {mention.name for mention in found}
    for need, aspect in SHORTCOMINGS.items():
        if need in named and aspect not in named:
            fault = Mention(kind="aspect", name=aspect, polarity=-0.5, sentence=sentence)
            found, named = [*found, fault], named | {aspect}
    lowered = sentence.lower()
    for name, words in topics.items():
        if any(_has_word(lowered, word.lower()) for word in words):
            found.append(Mention(kind="topic", name=name, polarity=None, sentence=sentence))
    return found


def _feeling_about(
    pattern: re.Pattern[str], clauses: Sequence[str], overall: float | None
) -> float | None:
    """How the clauses that name an aspect feel; the whole sentence where they show nothing."""
    for clause in clauses:
        if pattern.search(clause) and (felt := polarity(clause)) is not None:
            return felt
    return overall


def _has_word(text: str, word: str) -> bool:
    if word.isascii():
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
    return word in text


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    return tuple(
        (kind, name, re.compile("|".join(map(_bounded, words)), re.IGNORECASE))
        for kind, names in VOCABULARY.items()
        for name, words in names.items()
    )


def _bounded(word: str) -> str:
    """English words stand alone; Chinese has no blanks between words."""
    return rf"(?<![a-z])(?:{word})(?![a-z])" if word[0].isascii() and word[0] != "\\" else word
