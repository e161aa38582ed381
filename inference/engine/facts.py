"""What a text was asked to be, fact by fact, and what it might have been asked instead.

A fact is one thing of a request that a marketer would recognise: its goal, its tone, the stage of
the customer, one product fact. For each there are the requests that differ in it alone: another
value, or the fact gone. Scoring the same text under those is the counterfactual of `explain`.

Also cuts texts into clauses, the pieces that a fact is said to have driven.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from inference.types import Goal, Lead, Motive, Slot, Stage, Tone, WritingRequest

CONTROLS: dict[str, type[StrEnum]] = {
    "goal": Goal,
    "tone": Tone,
    "lead": Lead,
    "motive": Motive,
    "stage": Stage,
}
WITH_OFFER = frozenset({Slot.OFFER, Slot.CODE, Slot.ENDS})
FIRST_WIDE = "\u2e80"  # signs from here on are two columns wide, near enough
SHORTEST = 8
"""A clause of fewer columns is no clause: it stays with its neighbour in the line."""
ENDS = re.compile(r"(?:[.!?;:,–](?=\s)|[。！？；：，])?\n\s*|[.!?;:,–]\s+|[。！？；：，]\s*")


@dataclass(frozen=True)
class Fact:
    """One fact of a request. `instead` holds the requests that differ from `base` in it alone.

    `base` is the request itself, but for the offer: its code and end date go with it, so it is
    judged where neither is at hand. What a code drove is then the code's, not the offer's too.
    """

    name: str  # "goal", "tone", …, or the slot: "product.price"
    value: str  # "winback"; "" for a slot
    instead: tuple[WritingRequest, ...]
    base: WritingRequest


def facts_of(request: WritingRequest) -> list[Fact]:
    """Return the facts of a request that can be swapped or removed, in a fixed order.

    A motive that is not known is no fact. Without the offer there is no code and no end date. A
    seasonal text without its occasion is no request, so there the occasion cannot be removed.
    """
    facts = [
        Fact(name, str(getattr(request, name)), tuple(_other_values(request, name)), request)
        for name in CONTROLS
        if (name, str(getattr(request, name))) != ("motive", str(Motive.NONE))
    ]
    facts += [
        Fact(str(slot), "", tuple(_without(request, slot)), _base(request, slot))
        for slot in Slot
        if slot in request.slots
    ]
    return [fact for fact in facts if fact.instead]


def _other_values(request: WritingRequest, name: str) -> Iterator[WritingRequest]:
    for value in CONTROLS[name]:
        if value != getattr(request, name):
            yield from _try(request, {name: value})


def _base(request: WritingRequest, slot: Slot) -> WritingRequest:
    if slot != Slot.OFFER:
        return request
    return replace(request, slots=request.slots - (WITH_OFFER - {Slot.OFFER}))


def _without(request: WritingRequest, slot: Slot) -> Iterator[WritingRequest]:
    gone = WITH_OFFER if slot == Slot.OFFER else frozenset({slot})
    yield from _try(request, {"slots": request.slots - gone})


def _try(request: WritingRequest, changes: dict[str, Any]) -> Iterator[WritingRequest]:
    try:
        yield replace(request, **changes)
    except ValueError:  # such a request cannot be
        return


def clauses_of(text: str) -> list[tuple[int, int]]:
    """Return where each clause begins and ends; together they cover the text.

    A clause ends after a mark that is followed by a space, after a Chinese mark, or at a line
    break. The full stop inside a slot ends nothing.
    """
    cuts = [0]
    for match in ENDS.finditer(text):
        if "\n" in match[0] or _columns(text[cuts[-1] : match.end()]) >= SHORTEST:
            cuts.append(match.end())
    is_scrap = _columns(text[cuts[-1] :]) < SHORTEST and not text[: cuts[-1]].endswith("\n")
    if is_scrap and len(cuts) > 1:
        cuts.pop()
    if cuts[-1] != len(text):
        cuts.append(len(text))
    return list(zip(cuts, cuts[1:], strict=False))


def _columns(text: str) -> int:
    return sum(1 + (sign >= FIRST_WIDE) for sign in text)
