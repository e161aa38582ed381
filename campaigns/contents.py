"""What a creative becomes when it is sent, and the hash that an approval is bound to.

`campaign_hash` covers every creative (its state, its words, the content made from them), every
fact snapshot, who the mail comes from, the audience's definition, and who is in it as what. It is
computed from the rows each time and kept nowhere but in the approval, so a change that no service
knows of voids the approval as well.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from campaigns import how_far
from campaigns.models import (
    Campaign,
    ChannelChoice,
    Creative,
    CreativeState,
    Detail,
    MicroSegment,
)
from catalogue import services as catalogue
from catalogue.models import BrandVoice, FactSnapshot
from delivery import services as delivery
from delivery.models import Content
from delivery.types import ContentDraft
from profiles.models import MotiveChoice, StageChoice
from tenants.audit import current_actor
from tenants.context import current_tenant_id
from tenants.errors import Conflict
from tenants.models import Tenant

SLOT = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\}\}")


def fill_facts(text: str, facts: Mapping[str, str]) -> str:
    """Return the text with the facts of a snapshot filled in; the customer's slots stay."""
    return SLOT.sub(lambda match: str(facts.get(match[1], match[0])), text)


def snapshot_of(creative: Creative) -> FactSnapshot:
    """Return the facts that this text may cite. Raises Conflict if none were taken yet."""
    if creative.snapshot is None:
        raise Conflict(_("No facts were taken for this text yet. Have the texts written first."))
    return creative.snapshot


def voice_of(campaign: Campaign) -> BrandVoice:
    voice = campaign.voice or catalogue.default_voice()
    if voice is None:
        raise Conflict(_("The campaign has no brand voice. Choose one in the brief."))
    return voice


def interests_in_words(facts: Mapping[str, Any]) -> str:
    """Return what the people of a micro-segment buy most: “Tea, Cups and 3 more”."""
    names = facts.get("interests") or [facts.get("interest") or ""]
    shown, more = ", ".join(names[:SHOWN_INTERESTS]), len(names) - SHOWN_INTERESTS
    if more <= 0:
        return shown
    text = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
    return text % {"names": shown, "count": more}


SHOWN_INTERESTS = 2


def describe_group(group: MicroSegment | None, language: str) -> str:
    """Return the name of a micro-segment: what its people have in common, in that language."""
    with override(language):
        if group is None:
            return _("Base text")
        if group.detail == Detail.ONE_EACH:  # a report must not tell the traits of one person
            return _("One person")
        facts = group.facts
        words = [
            interests_in_words(facts),
            _label(StageChoice, facts.get("stage")) if group.detail else "",
            _label(MotiveChoice, facts.get("motive")) if facts.get("motive") != "none" else "",
        ]
        return " · ".join(filter(None, words)) or _("Everybody else")


def _label(choices: Any, value: str | None) -> str:
    return str(choices(value).label) if value in choices.values else ""


def draft_content(
    creative: Creative, tenant: Tenant, *, facts: FactSnapshot | None = None
) -> ContentDraft:
    """Compose the message of a creative, customer's slots open. Writes nothing.

    `facts` None means the creative's own snapshot.
    """
    snapshot = facts or snapshot_of(creative)
    return delivery.compose(
        parts=creative.parts,
        snapshot=snapshot,
        language=creative.language,
        voice=voice_of(creative.campaign),
        tenant=tenant,
        variant=creative.variant,
        label=describe_group(creative.micro_segment, creative.language),
        provenance=_provenance(creative, snapshot),
    )


def _provenance(creative: Creative, snapshot: FactSnapshot) -> dict[str, Any]:
    """Return how the text was made: model, prompt, facts, checks and who approved it."""
    return {
        "campaign": str(creative.campaign.public_id),
        "creative": str(creative.public_id),
        "engine": creative.engine,
        "model": creative.model,
        "prompt_version": creative.prompt_version,
        "prompt_hash": creative.prompt_hash,
        "facts": snapshot.content_hash,
        "checks": sorted({finding["code"] for finding in creative.findings}),
        "edited": creative.written_parts is not None,
        "approved_by": current_actor().name,
    }


BATCH = 500
"""Messages that are composed and kept in memory together: some ten megabytes."""


def make_contents(campaign: Campaign) -> None:
    """Make the content of every email that will be sent, and link it."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    creatives = (
        Creative.objects.filter(
            campaign=campaign, channel=ChannelChoice.EMAIL, state=CreativeState.WRITTEN
        )
        .select_related("campaign__voice", "micro_segment", "snapshot")
        .order_by("id")
    )
    last, done, total = 0, 0, creatives.count()
    while batch := list(creatives.filter(pk__gt=last)[:BATCH]):
        _make_batch(batch, tenant)
        last, done = batch[-1].pk, done + len(batch)
        how_far.note(campaign.pk, done, total)


def _make_batch(creatives: Sequence[Creative], tenant: Tenant) -> None:
    drafts = [draft_content(creative, tenant) for creative in creatives]
    made = delivery.save_contents(drafts)
    hashes = [draft.content_hash for draft in drafts]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE campaigns_creative c SET content_id = v.content_id, content_hash = v.hash
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) v (id, content_id, hash)
            WHERE c.tenant_id = %s AND c.id = v.id
            """,
            [
                [creative.pk for creative in creatives],
                [made[key].pk for key in hashes],
                hashes,
                current_tenant_id(),
            ],
        )


RECIPIENT_TEXTS = """
    SELECT m.customer_id, coalesce(own.id, base.id) AS creative_id,
           coalesce(own.content_id, base.content_id) AS content_id
    FROM campaigns_audiencemember m
    JOIN campaigns_microsegment s ON s.tenant_id = m.tenant_id AND s.id = m.micro_segment_id
    LEFT JOIN campaigns_creative own
           ON own.tenant_id = m.tenant_id AND own.campaign_id = m.campaign_id
          AND own.micro_segment_id = m.micro_segment_id AND own.variant = m.variant
          AND own.channel = 'email' AND own.state = 'written'
    LEFT JOIN campaigns_creative base
           ON base.tenant_id = m.tenant_id AND base.campaign_id = m.campaign_id
          AND base.micro_segment_id IS NULL AND base.variant = 'base'
          AND base.channel = 'email' AND base.state = 'written' AND base.language = s.language
    WHERE m.tenant_id = %s AND m.campaign_id = %s AND m.place = 'recipient'
"""


def recipients(campaign: Campaign) -> tuple[str, list[int]]:
    """Return the query of who gets what: (customer_id, content_id), and its parameters.

    The written text of the person's micro-segment and variant, else the base text of their
    language. The holdout and everybody excluded are not in it.
    """
    query = f"SELECT customer_id, content_id FROM ({RECIPIENT_TEXTS}) t WHERE content_id > 0"
    return query, [current_tenant_id(), campaign.pk]


def people_by_creative(campaign: Campaign) -> dict[int, int]:
    """Return how many people get each text, as of now, by the creative's id."""
    query = f"SELECT creative_id, count(*) FROM ({RECIPIENT_TEXTS}) t GROUP BY creative_id"
    with connection.cursor() as cursor:
        cursor.execute(query, [current_tenant_id(), campaign.pk])
        return {creative: people for creative, people in cursor.fetchall() if creative}


def campaign_hash(campaign: Campaign) -> str:
    """Return the SHA-256 over all that an approval vouches for, as it is in the database now."""
    canonical = {
        "creatives": _creative_lines(campaign),
        "audience": _audience(campaign),
        "sender": _sender(campaign),
    }
    return _sha256(canonical)


def _sender(campaign: Campaign) -> list[str]:
    """Return what a recipient sees of the sender; [] without one. Server and pace may change."""
    if ChannelChoice.EMAIL not in campaign.channels:
        return []
    fresh = Campaign.objects.select_related("sender").get(pk=campaign.pk)
    sender = fresh.sender or delivery.default_sender()
    return [sender.name, sender.email, sender.reply_to] if sender else []


def _creative_lines(campaign: Campaign) -> list[list[str]]:
    """Return one line for each text: what it is, the facts it cites, what is made of it."""
    rows = Creative.objects.filter(campaign=campaign).order_by("public_id")
    fields = ("state", "variant", "channel", "language", "parts")
    joined = ("public_id", "snapshot__content_hash", "content__content_hash")
    return [
        [str(value or "") for value in (*row[:3], _sha256(row[3:]))]
        for row in rows.values_list(*joined, *fields)
    ]


def _audience(campaign: Campaign) -> dict[str, Any]:
    """Return what the audience is defined by, and a checksum over everybody's place in it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*), coalesce(sum(hashtextextended(concat_ws('|', customer_id,
                       coalesce(micro_segment_id, 0), place, variant), 0)::numeric), 0)
            FROM campaigns_audiencemember WHERE tenant_id = %s AND campaign_id = %s
            """,
            [current_tenant_id(), campaign.pk],
        )
        size, checksum = cursor.fetchone()
    fresh = Campaign.objects.select_related("segment").get(pk=campaign.pk)
    return {
        "rules": fresh.segment.rules if fresh.segment else None,
        "detail": fresh.detail,
        "smallest_group": fresh.smallest_group,
        "holdout_percent": fresh.holdout_percent,
        "base_percent": fresh.base_percent,
        "variants": fresh.variants,
        "languages": fresh.languages,
        "size": size,
        "members": str(checksum),
    }


def live_snapshots(campaign: Campaign) -> Iterable[FactSnapshot]:
    """The distinct snapshots that the texts to be sent cite."""
    cited = Creative.objects.filter(campaign=campaign, state=CreativeState.WRITTEN)
    return FactSnapshot.objects.filter(pk__in=cited.values("snapshot")).select_related(
        "product", "second_product", "offer", "voice"
    )


def are_intact(campaign: Campaign) -> bool:
    """Whether every message that would be sent holds, byte for byte, what was approved."""
    used = Creative.objects.filter(campaign=campaign, state=CreativeState.WRITTEN)
    rows = Content.objects.filter(pk__in=used.values("content")).select_related("snapshot")
    return all(
        delivery.is_intact(content)
        for content in rows.prefetch_related("links").iterator(chunk_size=200)
    )


def retake(snapshot: FactSnapshot, campaign: Campaign) -> FactSnapshot:
    """Return today's facts about the same things. Raises BadInput if the offer has ended."""
    return catalogue.take_snapshot(
        product=snapshot.product,
        second_product=snapshot.second_product,
        offer=campaign.offer,
        voice=voice_of(campaign),
        language=snapshot.language,
        occasion=snapshot.facts.get("brief.occasion", ""),
    )


def changed_facts(campaign: Campaign) -> list[str]:
    """Return the facts that are not true any more, as slot paths. [] means all are current."""
    return sorted(
        {path for snapshot in live_snapshots(campaign) for path in catalogue.is_current(snapshot)}
    )


def _sha256(value: Any) -> str:
    canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
