"""From what a micro-segment has in common to the request that a model gets.

A request is made of enumerations and slots only; see `inference.types.WritingRequest`. Nothing
that a customer typed can get into it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from campaigns.models import Detail, Variant
from inference import services as inference
from inference.types import (
    ALWAYS_AVAILABLE,
    Channel,
    Goal,
    Language,
    Lead,
    Motive,
    Slot,
    Stage,
    Tone,
    WritingRequest,
)

BY_MOTIVE: Mapping[str, frozenset[Slot]] = {
    Motive.NONE: frozenset({Slot.FEATURE, Slot.BENEFIT}),
    Motive.PRICE: frozenset({Slot.PRICE, Slot.BENEFIT}),
    Motive.QUALITY: frozenset({Slot.FEATURE, Slot.BENEFIT}),
    Motive.NOVELTY: frozenset({Slot.FEATURE}),
    Motive.HABIT: frozenset({Slot.BENEFIT, Slot.PRICE}),
    Motive.GIFT: frozenset({Slot.BENEFIT}),
}
"""Facts of the product that this kind of customer wants to hear, beside its name."""

OFFER_SLOTS = frozenset({Slot.OFFER, Slot.CODE, Slot.ENDS})
WITHOUT_PRICE = (Goal.WELCOME, Goal.REVIEW)
"""Goals whose text would be rude if it named a price."""


def build_request(
    *,
    public_id: UUID,
    attempt: int,
    channel: str,
    language: str,
    goal: str,
    tone: str,
    variant: str,
    known: frozenset[Slot],
    words: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
    detail: int = 0,
) -> WritingRequest:
    """Return the request for one text.

    Args: `public_id` of the creative, from which the seed follows, so that writing it again
    gives the same text; `known` the slots that its snapshot fills, and `words` what with; `facts`
    and `detail` of its micro-segment, None for a text that is for everybody.
    """
    facts = facts or {}
    motive = Motive(facts.get("motive") or "none") if detail >= Detail.BROAD else Motive.NONE
    request = WritingRequest(
        language=Language(language),
        channel=Channel(channel),
        goal=Goal(goal),
        tone=Tone(tone),
        lead=Lead.REASON if variant == Variant.BASE else Lead(variant),
        motive=motive,
        stage=Stage(facts.get("stage") or "active"),
        slots=_slots(Goal(goal), motive, known, facts),
        seed=public_id.int % 2**31,
        attempt=attempt,
    )
    return inference.fit(request, words or {})


def _slots(
    goal: Goal, motive: Motive, known: frozenset[Slot], facts: Mapping[str, Any]
) -> frozenset[Slot]:
    wanted = BY_MOTIVE[motive] | OFFER_SLOTS
    if goal == Goal.SEASONAL:
        wanted |= {Slot.OCCASION}
    if goal in WITHOUT_PRICE:
        wanted -= {Slot.PRICE}
    return (wanted & known) | _personal_slots(goal, facts)


def _personal_slots(goal: Goal, facts: Mapping[str, Any]) -> frozenset[Slot]:
    """Slots that everybody in the micro-segment can fill from their own record."""
    slots = set()
    if facts.get("has_name"):
        slots.add(Slot.FIRST_NAME)
    if tells_last_purchase(facts) and goal not in (Goal.REPLENISHMENT, Goal.REVIEW):
        slots.add(Slot.LAST_PRODUCT)
    elif facts.get("interest"):
        slots.add(Slot.INTEREST)
    return frozenset(slots)


def tells_last_purchase(facts: Mapping[str, Any]) -> bool:
    """Whether everybody in the micro-segment bought something that their text may name."""
    return bool(facts.get("has_last") or facts.get("last_product_id"))  # as it was told before


def for_everybody(request: WritingRequest, known: frozenset[Slot]) -> WritingRequest:
    """Return the request of a base text: all facts at hand, nothing of the customer."""
    slots = known - ALWAYS_AVAILABLE
    return replace(request, slots=slots, motive=Motive.NONE, tight=False)
