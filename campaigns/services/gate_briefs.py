"""The test briefs of a workspace: what a model must write well before it may go live.

A workspace may keep its own. Until it does, they are made from its newest campaigns, its
catalogue and its brand voices, the same number for each language and channel. Either way a model
gets what it would get in real writing: the facts of a product, the voice, approved examples.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from campaigns import prompts, writing_context
from campaigns.models import Campaign, ChannelChoice, Creative, Detail, GateBrief, Variant
from catalogue import services as catalogue
from catalogue.models import BrandVoice, FactSnapshot, Offer, Product, TextLanguage
from inference.types import Channel, Goal, Language, Motive, Slot, Stage, Tone, WritingRequest
from tenants.audit import record
from tenants.errors import BadInput

EACH = 4
"""Briefs that are made for each language and channel: as few as a gate takes for an answer."""
MOST = 100
LOOKED_THROUGH = 2_000
MOST_PRODUCTS = 50
USUAL = frozenset({Slot.FEATURE, Slot.BENEFIT})
STAGES = {Goal.WELCOME: Stage.FIRST, Goal.WINBACK: Stage.LAPSED, Goal.LOYALTY: Stage.LOYAL}
FIELDS = (
    "language",
    "channel",
    "goal",
    "tone",
    "lead",
    "motive",
    "stage",
    "with_name",
    "message",
    "occasion",
    "product",
    "offer",
    "voice",
)


def briefs() -> list[GateBrief]:
    """Return the workspace's own briefs, else those that are made for it, which are not saved."""
    own = GateBrief.objects.select_related("product", "offer", "voice").order_by("pk")
    return list(own) or _made()


def has_own() -> bool:
    return GateBrief.objects.exists()


def requests() -> list[WritingRequest]:
    """Return every brief as a model gets it, none twice. In a scope."""
    examples: dict[tuple[str, str, str], Any] = {}
    found = (request_of(brief, examples) for brief in briefs())
    return list(dict.fromkeys(found))


def request_of(
    brief: GateBrief, examples: dict[tuple[str, str, str], Any] | None = None
) -> WritingRequest:
    """Return a brief as a request with its context: voice, facts of today, approved examples."""
    snapshot = _snapshot(brief)
    facts = snapshot.facts if snapshot else {}
    known = catalogue.snapshot_slots(snapshot) if snapshot else USUAL | {Slot.OCCASION}
    request = prompts.build_request(
        public_id=UUID(int=0),
        attempt=0,
        channel=brief.channel,
        language=brief.language,
        goal=brief.goal,
        tone=brief.tone,
        variant=brief.lead,
        known=known,
        words=facts,
        facts={"motive": brief.motive, "stage": brief.stage, "has_name": brief.with_name},
        detail=Detail.BROAD,
    )
    key = (brief.channel, brief.language, brief.goal)
    kept = examples if examples is not None else {}
    if key not in kept:
        kept[key] = writing_context.best_approved(*key)
    context = writing_context.context_for(
        message=brief.message, voice=brief.voice, facts=facts, examples=kept[key]
    )
    return replace(request, context=context)


def too_few() -> list[tuple[str, str]]:
    """Return the languages and channels with fewer own briefs than a gate takes for an answer."""
    if not has_own():
        return []
    rows = GateBrief.objects.order_by().values_list("language", "channel").annotate(Count("pk"))
    counts = {(language, channel): number for language, channel, number in rows}
    used = {channel for _language, channel in counts}
    return [
        (language, channel)
        for language in TextLanguage.values
        for channel in ChannelChoice.values
        if channel in used and counts.get((language, channel), 0) < EACH
    ]


@transaction.atomic
def keep_made() -> None:
    """Make the briefs that are made for the workspace its own, so that they can be changed."""
    if has_own():
        return
    for brief in _made():
        brief.save()
    record("gate.briefs_kept", count=GateBrief.objects.count())


@transaction.atomic
def save_brief(brief: GateBrief | None, **fields: Any) -> GateBrief:
    """Add or change a brief. The first one that is added comes beside those made so far.

    Raises BadInput: a seasonal brief without its occasion, or more than `MOST`.
    """
    if fields["goal"] == Goal.SEASONAL and not fields["occasion"].strip():
        raise BadInput(
            _("A seasonal text needs its occasion."),
            fields={"occasion": _("Such as “Singles' Day”.")},
        )
    if brief is None:
        keep_made()
        if GateBrief.objects.count() >= MOST:
            raise BadInput(_("A workspace has at most %s test briefs. Delete one first.") % MOST)
    row = brief or GateBrief()
    for name in FIELDS:
        setattr(row, name, fields[name])
    row.save()
    record("gate.brief_saved", row)
    return row


@transaction.atomic
def delete_brief(brief: GateBrief) -> None:
    record("gate.brief_deleted", brief)
    brief.delete()


@transaction.atomic
def make_anew() -> None:
    """Give up the workspace's own briefs: they are made from its campaigns and catalogue again."""
    gone, _rows = GateBrief.objects.all().delete()
    record("gate.briefs_made_anew", deleted=gone)


# ---- Made for the workspace ---------------------------------------------------------------------


def _made() -> list[GateBrief]:
    recent = _recent()
    return [
        brief
        for language in TextLanguage.values
        for channel in ChannelChoice.values
        for brief in _filled(language, channel, recent.get((language, channel), []))
    ]


def _filled(language: str, channel: str, recent: Sequence[GateBrief]) -> list[GateBrief]:
    found = list(recent[:EACH])
    goals = {brief.goal for brief in found}
    usual = _usual(language, channel)
    while len(found) < EACH:
        brief = next(usual)
        if brief.goal not in goals:
            found.append(brief)
            goals.add(brief.goal)
    return found


def _recent() -> dict[tuple[str, str], list[GateBrief]]:
    """The newest kinds of text of the workspace's own campaigns, one for each goal."""
    rows = Creative.objects.exclude(snapshot=None).exclude(variant=Variant.BASE).order_by("-pk")
    rows = rows.select_related(
        "campaign__voice", "campaign__offer", "micro_segment", "snapshot__product"
    )
    found: dict[tuple[str, str], list[GateBrief]] = {}
    seen: set[tuple[Any, ...]] = set()
    for row in rows[:LOOKED_THROUGH].iterator(chunk_size=200):
        kind = (row.language, row.channel, row.campaign.goal)
        if kind not in seen:
            seen.add(kind)
            found.setdefault(kind[:2], []).append(_like(row))
    return found


def _like(creative: Creative) -> GateBrief:
    campaign: Campaign = creative.campaign
    facts = creative.micro_segment.facts if creative.micro_segment else {}
    snapshot = creative.snapshot
    return GateBrief(
        language=creative.language,
        channel=creative.channel,
        goal=campaign.goal,
        tone=campaign.tone,
        lead=creative.variant,
        motive=facts.get("motive") or Motive.NONE.value,
        stage=facts.get("stage") or Stage.ACTIVE.value,
        with_name=bool(facts.get("has_name")),
        message=campaign.message,
        occasion=(snapshot.facts.get("brief.occasion", "") if snapshot else "")[:40],
        product=snapshot.product if snapshot else None,
        offer=campaign.offer,
        voice=campaign.voice,
    )


def _usual(language: str, channel: str) -> Iterator[GateBrief]:
    """Briefs of every goal but the seasonal one, each about another product, without end."""
    products = list(Product.objects.filter(is_active=True).order_by("pk")[:MOST_PRODUCTS])
    voice = _voice_for(language)
    offer = Offer.objects.filter(is_active=True).order_by("-pk").first()
    goals = [goal for goal in Goal if goal != Goal.SEASONAL]
    first = list(Channel).index(Channel(channel)) * EACH
    tones, motives = list(Tone), list(Motive)
    for number in count(first):
        goal = goals[number % len(goals)]
        yield GateBrief(
            language=language,
            channel=channel,
            goal=goal,
            tone=voice.tone if voice and number % 2 else tones[number % len(tones)],
            lead=Variant.REASON,
            motive=motives[number % len(motives)],
            stage=STAGES.get(goal, Stage.ACTIVE),
            with_name=channel == Channel.EMAIL and number % 2 == 0,
            product=products[number % len(products)] if products else None,
            offer=offer if goal == Goal.DISCOUNT else None,
            voice=voice,
        )


def _voice_for(language: str) -> BrandVoice | None:
    """The default voice, or the first that speaks the language where the default does not."""
    default = catalogue.default_voice()
    if default is not None and language in (default.languages or [Language.ENGLISH]):
        return default
    other = BrandVoice.objects.filter(languages__contains=[language]).order_by("pk").first()
    return other or default


def _snapshot(brief: GateBrief) -> FactSnapshot | None:
    """Today's facts. An offer that has ended is left out; without a voice there are none."""
    if brief.voice is None:
        return None
    fields: dict[str, Any] = {
        "product": brief.product,
        "voice": brief.voice,
        "language": brief.language,
        "occasion": brief.occasion,
    }
    try:
        return catalogue.take_snapshot(offer=brief.offer, **fields)
    except BadInput:
        return catalogue.take_snapshot(offer=None, **fields)
