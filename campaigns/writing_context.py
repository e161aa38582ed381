"""What a model that follows instructions may read of a campaign: brief, voice, facts, examples.

Nothing of a customer is in it: the facts are those of the snapshot, and an example is a text as
it was approved, its slots unfilled.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When

from campaigns.models import Campaign, Creative
from catalogue.models import BrandVoice
from inference.types import FIELDS, Channel, Slot, WritingContext

Examples = tuple[tuple[tuple[str, str], ...], ...]

MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 1_500
TOLD = (
    Slot.BRAND,
    Slot.PRODUCT,
    Slot.CATEGORY,
    Slot.FEATURE,
    Slot.BENEFIT,
    Slot.SECOND_PRODUCT,
    Slot.OCCASION,
)
"""Facts whose sense helps the wording. Prices, codes and dates are only ever cited."""


class Contexts:
    """The contexts of a batch, each built once."""

    def __init__(self) -> None:
        self._built: dict[tuple[Any, ...], WritingContext] = {}
        self._examples: dict[tuple[Any, ...], Examples] = {}

    def of(self, creative: Creative) -> WritingContext:
        """Return the context in which the creative is written."""
        key = (creative.campaign_id, creative.channel, creative.language, creative.snapshot_id)
        if key not in self._built:
            self._built[key] = self._build(creative)
        return self._built[key]

    def _build(self, creative: Creative) -> WritingContext:
        campaign = creative.campaign
        return context_for(
            message=campaign.message,
            never_say=campaign.never_say,
            voice=campaign.voice,
            facts=creative.snapshot.facts if creative.snapshot else {},
            examples=self._examples_for(campaign, creative.channel, creative.language),
        )

    def _examples_for(self, campaign: Campaign, channel: str, language: str) -> Examples:
        key = (campaign.pk, channel, language)
        if key not in self._examples:
            self._examples[key] = best_approved(channel, language, campaign.goal)
        return self._examples[key]


def context_for(
    *,
    message: str = "",
    never_say: Sequence[str] = (),
    voice: BrandVoice | None,
    facts: Mapping[str, str],
    examples: Examples = (),
) -> WritingContext:
    """Return what a model may read of a brief, its voice and the facts of a snapshot."""
    return WritingContext(
        message=message,
        never_say=tuple(never_say),
        do_words=tuple(voice.do_words) if voice else (),
        dont_words=tuple(voice.dont_words) if voice else (),
        samples=tuple(voice.samples) if voice else (),
        facts=tuple((slot.value, facts[slot.value]) for slot in TOLD if slot.value in facts),
        examples=examples,
    )


def best_approved(channel: str, language: str, goal: str) -> Examples:
    """Return the workspace's best approved texts of this kind, at most three, as pairs of part
    and text: those that a person edited come first, then those of the same goal, then newer."""
    same_goal = Case(
        When(campaign__goal=goal, then=Value(1)), default=Value(0), output_field=IntegerField()
    )
    edited = Case(
        When(Q(edited_by__isnull=False), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    rows = (
        Creative.objects.filter(channel=channel, language=language, verdict="approved")
        .exclude(variant="base")
        .order_by(edited.desc(), same_goal.desc(), "-reviewed_at", "pk")
        .values_list("parts", flat=True)[: MOST_EXAMPLES * 3]
    )
    texts: list[tuple[tuple[str, str], ...]] = []
    for parts in rows:
        text = tuple((name, str(parts.get(name, ""))) for name in FIELDS[Channel(channel)])
        short = sum(len(words) for _name, words in text) <= LONGEST_EXAMPLE
        if short and text not in texts:
            texts.append(text)
    return tuple(texts[:MOST_EXAMPLES])
