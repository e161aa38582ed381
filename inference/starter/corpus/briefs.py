"""Requests to write about: every value of every control, in believable company."""

from collections.abc import Mapping
from random import Random

from inference.types import (
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

SHARE_OF_CHANNEL = {Channel.EMAIL: 0.62, Channel.AD: 0.25, Channel.ARTICLE: 0.13}

CHANCE_OF_SLOT = {
    Slot.FIRST_NAME: 0.6,
    Slot.LAST_PRODUCT: 0.35,
    Slot.INTEREST: 0.45,
    Slot.CATEGORY: 0.4,
    Slot.FEATURE: 0.6,
    Slot.BENEFIT: 0.6,
    Slot.PRICE: 0.5,
    Slot.SECOND_PRODUCT: 0.3,
    Slot.OFFER: 0.45,
    Slot.OCCASION: 0.1,
}
TAUGHT = {Slot.LAST_PRODUCT: 0.4, Slot.SECOND_PRODUCT: 0.35, Slot.OCCASION: 0.25}
"""Chances in the training corpus of what is rare otherwise: a model forgets what it seldom saw."""
CHANCE_OF_CODE = 0.45
CHANCE_OF_END = 0.5
CHANCE_OF_TIGHT = 0.25


def draw_request(random: Random, *, training: bool = False) -> WritingRequest:
    """Return a request drawn from everything that `WritingRequest` allows."""
    chances = CHANCE_OF_SLOT | (TAUGHT if training else {})
    goal = random.choice(list(Goal))
    channels = list(SHARE_OF_CHANNEL)
    stage = random.choice(list(Stage))
    return WritingRequest(
        language=random.choice(list(Language)),
        channel=random.choices(channels, weights=list(SHARE_OF_CHANNEL.values()))[0],
        goal=goal,
        tone=random.choice(list(Tone)),
        lead=random.choice(list(Lead)),
        motive=random.choice(list(Motive)),
        stage=stage,
        slots=draw_slots(goal, random, chances),
        tight=random.random() < CHANCE_OF_TIGHT,
        seed=random.randrange(2**31),
    )


def draw_slots(
    goal: Goal, random: Random, chances: Mapping[Slot, float] = CHANCE_OF_SLOT
) -> frozenset[Slot]:
    richness = random.uniform(0.5, 1.5)  # some briefs know little, some nearly everything
    slots = {slot for slot, chance in chances.items() if random.random() < chance * richness}
    if goal == Goal.DISCOUNT and random.random() < 0.8:
        slots.add(Slot.OFFER)
    if goal == Goal.SEASONAL:
        slots.add(Slot.OCCASION)
    if Slot.OFFER in slots:
        slots |= {Slot.CODE} if random.random() < CHANCE_OF_CODE else set()
        slots |= {Slot.ENDS} if random.random() < CHANCE_OF_END else set()
    return frozenset(slots)
