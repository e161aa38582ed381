"""Which facts a sentence copies word for word: learnt from examples, for any domain.

A value that stands in nearly every sentence about it is *copied*: it leaves the text as a
placeholder (`<name#1>`) before training and comes back after writing, so that a name that was
never seen is written without fault. All other values are named in the prompt, and the model
learns their words. `count_faults` finds copied facts that are missing, said twice, or not asked
for, in any text, ours or a reference.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from inference.nlg.meaning import Meaning

COPIED_SHARE = 0.9
"""Least share of sentences that must hold a value word for word for it to be copied."""
MOSTLY, USUALLY = 0.95, 0.5
"""In a slot whose values are copied at `MOSTLY`, a value needs no more than `USUALLY` itself."""
KNOWN = 5
"""A value seen less often is judged by its slot."""
CLOSED = 12
"""A copied slot with no more values than this also tells the model which one it is."""
ORDERS = 0.01
"""Least share of pairs of slots that come the other way round for the order to be kept."""
PLACEHOLDER = re.compile(r"<[^<>]+#\d+>")


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One slot of a meaning. `mark` is its placeholder, unique in the meaning."""

    name: str
    value: str
    mark: str
    is_copied: bool
    is_shown: bool  # whether the prompt names the value


@dataclass
class Schema:
    """What the examples showed about slots."""

    lists: set[str] = field(default_factory=set)
    is_ordered: bool = False  # slots come in more than one order, so the order may tell something
    shares: dict[tuple[str, str], float] = field(default_factory=dict)  # of values often seen
    slot_shares: dict[str, float] = field(default_factory=dict)
    values: dict[str, Counter[str]] = field(default_factory=dict)

    def facts(self, meaning: Meaning) -> list[Fact]:
        """Return the facts of a meaning, the values of a list one by one."""
        seen: Counter[str] = Counter()
        facts = []
        for name, value in self._items(self._in_order(meaning.slots)):
            seen[name] += 1
            copied = bool(value) and self._is_copied(name, value)
            closed = len(self.values.get(name, ())) <= CLOSED
            mark = f"<{name}#{seen[name]}>"
            facts.append(
                Fact(
                    name=name,
                    value=value,
                    mark=mark,
                    is_copied=copied,
                    is_shown=not copied or closed,
                )
            )
        return facts

    def _in_order(self, slots: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """Sort by name where every example has one order: another one would mean nothing."""
        repeats = len({name for name, _ in slots}) < len(slots)
        return slots if self.is_ordered or repeats else sorted(slots)

    def _items(self, slots: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        return [
            (name, item)
            for name, value in slots
            for item in (value.split(", ") if name in self.lists else [value])
        ]

    def _is_copied(self, name: str, value: str) -> bool:
        slot = self.slot_shares.get(name, 0.0)
        own = self.shares.get((name, value.lower()), slot)
        return own >= COPIED_SHARE or (slot >= MOSTLY and own >= USUALLY)


def learn_schema(meanings: Sequence[Meaning], texts: Sequence[str]) -> Schema:
    """Learn lists and copied values from meanings and their texts, in step."""
    schema = Schema(lists=_find_lists(meanings), is_ordered=_has_orders(meanings))
    hits: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for meaning, text in zip(meanings, texts, strict=True):
        for name, value in schema._items(meaning.slots):
            if value:
                count = hits[name, value.lower()]
                count[0] += 1
                count[1] += bool(value_pattern(value).search(text))
    for name in {name for name, _ in hits}:
        own = {value: count for (slot, value), count in hits.items() if slot == name}
        schema.values[name] = Counter({value: count[0] for value, count in own.items()})
        often = {value: count for value, count in own.items() if count[0] >= KNOWN}
        schema.shares |= {(name, value): found / seen for value, (seen, found) in often.items()}
        schema.slot_shares[name] = _open_share(own)
    return schema


def delexicalise(facts: Sequence[Fact], text: str) -> str:
    """Put placeholders where copied values stand, the longest first, each in its turn."""
    marks: dict[str, list[str]] = defaultdict(list)
    for fact in facts:
        if fact.is_copied:
            marks[_normal(fact.value)].append(fact.mark)
    if not marks:
        return text
    longest_first = sorted(marks, key=len, reverse=True)
    pattern = re.compile("|".join(value_pattern(value).pattern for value in longest_first), re.I)
    turn: Counter[str] = Counter()

    def place(match: re.Match[str]) -> str:
        value = _normal(match.group())
        mark = marks[value][min(turn[value], len(marks[value]) - 1)]
        turn[value] += 1
        return mark

    return pattern.sub(place, text)


def relexicalise(facts: Sequence[Fact], text: str) -> str:
    """Fill the placeholders; one that no fact fills is left out."""
    values = {fact.mark: fact.value for fact in facts}
    return PLACEHOLDER.sub(lambda match: values.get(match.group(), ""), text)


def count_faults(facts: Sequence[Fact], delexicalised: str) -> tuple[int, int]:
    """Return (faults, copied facts): missing, said more than once, or not asked for."""
    wanted = [fact.mark for fact in facts if fact.is_copied]
    found = Counter(PLACEHOLDER.findall(delexicalised))
    missing = sum(mark not in found for mark in wanted)
    again = sum(count - 1 for mark, count in found.items() if mark in wanted)
    foreign = sum(count for mark, count in found.items() if mark not in wanted)
    return missing + again + foreign, len(wanted)


def value_pattern(value: str) -> re.Pattern[str]:
    """Return a pattern for the value as a whole word; spaces and hyphens count the same."""
    pieces = [re.escape(piece) for piece in re.split(r"[\s\-]+", value.strip()) if piece]
    body = r"[\s\-]+".join(pieces)
    before = r"(?<![^\W_])" if value[:1].isascii() and value[:1].isalnum() else ""
    after = r"(?![^\W_])" if value[-1:].isascii() and value[-1:].isalnum() else ""
    return re.compile(before + body + after, re.I)


def _normal(value: str) -> str:
    return re.sub(r"[\s\-]+", " ", value.strip()).lower()


def _open_share(own: dict[str, list[int]]) -> float:
    """Share of copies for a value never seen: over values, so that “yes” or “any” weighs little."""
    rates = [found / seen for seen, found in own.values()]
    return sorted(rates)[len(rates) // 2] if rates else 0.0


def _has_orders(meanings: Iterable[Meaning]) -> bool:
    """Whether slots come in both orders often enough (`ORDERS`) to ask what the order means."""
    seen: Counter[tuple[str, str]] = Counter()
    for meaning in meanings:
        names = list(dict.fromkeys(name for name, _ in meaning.slots))
        seen.update(combinations(names, 2))
    turned = sum(min(count, seen[second, first]) for (first, second), count in seen.items()) / 2
    return turned >= ORDERS * max(1, seen.total())


def _find_lists(meanings: Iterable[Meaning]) -> set[str]:
    """Slots whose values with commas are made of values that also stand alone."""
    values: dict[str, set[str]] = defaultdict(set)
    for meaning in meanings:
        for name, value in meaning.slots:
            values[name].add(value)
    found = set()
    for name, known in values.items():
        parts = [part for value in known if ", " in value for part in value.split(", ")]
        if parts and sum(part in known for part in parts) >= len(parts) / 2:
            found.add(name)
    return found
