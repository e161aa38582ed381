"""Review: what a person must read, what they decide, and the approval that follows from it.

Creatives that must be read (base texts, findings to look at, edited texts) are decided one by
one. Of all others a random sample is read; the sample grows with each fault found in it. A
rejected text goes to nobody: its people get the base text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import checks, contents, findings
from campaigns.errors import NotApproved, NotEditable
from campaigns.models import (
    Approval,
    Campaign,
    CampaignState,
    ChannelChoice,
    Creative,
    CreativeState,
    Place,
    Variant,
)
from campaigns.review_queue import ReviewQueue, count_waiting, creatives_to_review
from catalogue.models import FactSnapshot
from delivery import services as delivery
from delivery.types import Rendered
from inference import services as inference
from inference.types import FIELDS, Channel
from profiles.models import Customer
from profiles.services import slots
from tenants.audit import current_actor, record
from tenants.context import current_tenant_id
from tenants.errors import BadInput
from tenants.models import Tenant

__all__ = [
    "ReviewQueue",
    "approval_problems",
    "approve_campaign",
    "approve_creative",
    "count_waiting",
    "creatives_to_review",
    "edit_creative",
    "is_valid",
    "live_approval",
    "preview_as",
    "reject_creative",
    "take_new_facts",
    "undo_verdict",
    "void_approval",
]

REVIEWED_STATES = (CampaignState.IN_REVIEW, CampaignState.APPROVED)
APPROVED, REJECTED = "approved", "rejected"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a campaign cannot be approved yet: a stable code and a sentence."""

    code: str
    message: str
    paths: Sequence[str] = field(default_factory=tuple)


# ------------------------------------------------------------------------------ verdicts


def approve_creative(creative: Creative) -> Creative:
    """Say that this text may go out. Raises NotEditable if a check blocks it."""
    _guard(creative)
    if is_blocked(creative):
        raise NotEditable(_("A check blocks this text. Edit it, or reject it."))
    return _decide(creative, verdict=APPROVED, reason="", state=CreativeState.WRITTEN)


def reject_creative(creative: Creative, reason: str = "") -> Creative:
    """Say that this text must not go out: its people get the base text."""
    _guard(creative)
    return _decide(creative, verdict=REJECTED, reason=reason[:200], state=CreativeState.REJECTED)


def undo_verdict(creative: Creative) -> Creative:
    """Take the verdict back: the text is to be read again."""
    _guard(creative)
    return _decide(creative, verdict="", reason="", state=CreativeState.WRITTEN)


def edit_creative(creative: Creative, parts: Mapping[str, str], reason: str = "") -> Creative:
    """Replace the words of a text, check it anew, and have it read again.

    `parts` are the fields of the channel, slots as `{{ product.name }}`. Raises BadInput for a
    part that the channel does not have. A text that a check blocks is saved, and not approvable.
    """
    _guard(creative)
    unknown = set(parts) - set(FIELDS[Channel(creative.channel)])
    if unknown:
        raise BadInput(_("A text of this channel has no such part: %s.") % ", ".join(unknown))
    cleaned = {name: text.replace("\r\n", "\n").strip() for name, text in parts.items()}
    if cleaned == creative.parts:
        return creative
    creative.written_parts = creative.written_parts or creative.parts
    creative.parts, creative.edit_reason = cleaned, (reason or "other")[:40]
    creative.edited_by = current_actor().user
    creative.findings = [findings.to_json(found) for found in checks.check_creative(creative)]
    creative.content, creative.content_hash = None, ""
    creative.save(
        update_fields=[
            "written_parts",
            "parts",
            "edit_reason",
            "edited_by",
            "findings",
            "content",
            "content_hash",
        ]
    )
    record("creative.edited", creative, reason=creative.edit_reason)
    _learn(creative)
    return _decide(creative, verdict="", reason="", state=CreativeState.WRITTEN)


def _learn(creative: Creative) -> None:
    """Keep what a person made of a model's words, where the workspace consents."""
    if not creative.model or creative.written_parts is None:
        return
    if creative.parts == creative.written_parts:
        inference.forget_pair(creative.public_id)
        return
    inference.keep_pair(
        source=creative.public_id,
        request=checks.request_of(creative),
        model=creative.model,
        prompt_version=creative.prompt_version,
        before=creative.written_parts,
        after=creative.parts,
        reason=creative.edit_reason,
    )


def is_blocked(creative: Creative) -> bool:
    return any(finding["level"] == "blocked" for finding in creative.findings)


def _guard(creative: Creative) -> None:
    """Raises NotEditable unless the campaign is in review and the text is there to be read."""
    campaign = creative.campaign
    campaign.refresh_from_db(fields=["state", "pending"])
    if campaign.pending:
        raise NotEditable(_("A worker is preparing this campaign. Wait until that is done."))
    if campaign.state not in REVIEWED_STATES:
        raise NotEditable(_("This campaign is not in review, so its texts stay as they are."))
    if creative.state not in (CreativeState.WRITTEN, CreativeState.REJECTED):
        raise NotEditable(_("This text is not written yet, or its people get the base text."))


def _decide(creative: Creative, *, verdict: str, reason: str, state: str) -> Creative:
    changes_content = creative.state != state or creative.content_id is None
    creative.verdict, creative.verdict_reason, creative.state = verdict, reason, state
    creative.reviewed_by = current_actor().user if verdict else None
    creative.reviewed_at = timezone.now() if verdict else None
    creative.save(
        update_fields=["verdict", "verdict_reason", "state", "reviewed_by", "reviewed_at"]
    )
    record("creative.reviewed", creative, verdict=verdict or "undone", reason=reason)
    if changes_content or verdict != APPROVED:
        void_approval(creative.campaign, _("A text was changed, rejected or taken back."))
    return creative


def preview_as(creative: Creative, customer: Customer | None) -> Rendered:
    """Return the message as this customer would get it; None leaves the slots open."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    draft = contents.draft_content(creative, tenant)
    values = slots.slot_values(customer, creative.language) if customer else {}
    return delivery.render_draft(draft, values)


# ------------------------------------------------------------------------------ the approval


def approval_problems(campaign: Campaign) -> list[Problem]:
    """Return everything that stands in the way of an approval, most basic first."""
    queue = creatives_to_review(campaign)
    checks_ = (
        _unfinished(campaign),
        _missing_base_text(campaign),
        _blocked(campaign),
        _unread(queue),
        _changed_facts(campaign),
    )
    return [problem for problem in checks_ if problem]


def _unfinished(campaign: Campaign) -> Problem | None:
    open_states = [CreativeState.WAITING, CreativeState.WRITING]
    left = campaign.creatives.filter(state__in=open_states).count()
    if left:
        return Problem(
            code="not_written",
            message=_("%(count)s texts are still to be written.") % {"count": left},
        )
    by_email = ChannelChoice.EMAIL in campaign.channels
    if by_email and not campaign.audience.filter(place=Place.RECIPIENT).exists():
        return Problem(code="nobody", message=_("Nobody would get this campaign."))
    return None


def _missing_base_text(campaign: Campaign) -> Problem | None:
    """Whoever cannot get their own text gets the base text, so each language needs one."""
    there = campaign.creatives.filter(
        variant=Variant.BASE, channel=ChannelChoice.EMAIL, state=CreativeState.WRITTEN
    )
    languages = set(
        campaign.micro_segments.filter(size__gt=0).values_list("language", flat=True).distinct()
    ) - set(there.values_list("language", flat=True))
    if not languages:
        return None
    return Problem(
        code="no_base_text",
        message=_("The base text is missing or rejected. Edit it: others fall back on it."),
    )


def _blocked(campaign: Campaign) -> Problem | None:
    blocked = campaign.creatives.filter(
        state=CreativeState.WRITTEN, findings__contains=[{"level": "blocked"}]
    ).count()
    if not blocked:
        return None
    message = ngettext(
        "%(count)s text is blocked by a check. Edit or reject it.",
        "%(count)s texts are blocked by a check. Edit or reject them.",
        blocked,
    )
    return Problem(code="blocked", message=message % {"count": blocked})


def _unread(queue: ReviewQueue) -> Problem | None:
    left = len(queue.unread_must) + max(0, queue.sample_size - queue.read)
    if not left:
        return None
    message = ngettext(
        "%(count)s text is still to be read.", "%(count)s texts are still to be read.", left
    )
    return Problem(code="unread", message=message % {"count": f"{left:,}"})


def _changed_facts(campaign: Campaign) -> Problem | None:
    paths = contents.changed_facts(campaign)
    if not paths:
        return None
    return Problem(
        code="facts_changed",
        message=_(
            "Facts have changed since the texts were written: %(facts)s. Take the new facts, then "
            "approve."
        )
        % {"facts": ", ".join(paths)},
        paths=paths,
    )


def take_new_facts(campaign: Campaign) -> list[str]:
    """Take the facts anew where they have changed, and check the texts against them.

    Returns the facts that changed. Words stay; what a check finds now must be read. The approval
    is void. Raises NotEditable unless the campaign is in review.
    """
    campaign.refresh_from_db(fields=["state"])
    if campaign.state not in REVIEWED_STATES:
        raise NotEditable(_("This campaign is not in review, so its facts stay as they are."))
    changed = contents.changed_facts(campaign)
    with transaction.atomic():
        for old in contents.live_snapshots(campaign):
            new = contents.retake(old, campaign)
            if new != old:
                _use_facts(campaign, old, new)
        if changed:
            void_approval(campaign, _("Facts were taken anew."))
            record("campaign.facts_taken", campaign, facts=changed)
    return changed


def _use_facts(campaign: Campaign, old: FactSnapshot, new: FactSnapshot) -> None:
    campaign.micro_segments.filter(snapshot=old).update(snapshot=new)
    creatives = list(
        campaign.creatives.filter(snapshot=old).select_related("campaign__voice", "micro_segment")
    )
    for creative in creatives:
        creative.snapshot, creative.content, creative.content_hash = new, None, ""
        creative.findings = [findings.to_json(found) for found in checks.check_creative(creative)]
    fields = ["snapshot", "content", "content_hash", "findings"]
    Creative.objects.bulk_update(creatives, fields, batch_size=500)


def live_approval(campaign: Campaign) -> Approval | None:
    return campaign.approvals.filter(voided_at=None).order_by("-id").first()


def approve_campaign(campaign: Campaign) -> Approval:
    """Vouch for exactly these texts, facts and people. Returns the approval, bound by a hash.

    Raises NotApproved with the first thing that stands in the way. Approving twice gives the
    same approval.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
        approval = live_approval(locked)
        if locked.state == CampaignState.APPROVED and approval and is_valid(approval):
            return approval
        if locked.state not in REVIEWED_STATES:
            raise NotApproved(_("This campaign is not in review, so it cannot be approved."))
        for problem in approval_problems(locked):
            raise NotApproved(problem.message, code=problem.code)
        void_approval(locked, _("Approved anew."))
        contents.make_contents(locked)
        approval = _write_approval(locked)
        Campaign.objects.filter(pk=locked.pk).update(state=CampaignState.APPROVED, state_reason="")
    campaign.state = CampaignState.APPROVED
    return approval


def _write_approval(campaign: Campaign) -> Approval:
    queue = creatives_to_review(campaign)
    actor = current_actor()
    approval = Approval.objects.create(
        campaign=campaign,
        content_hash=contents.campaign_hash(campaign),
        audience_size=campaign.audience.filter(place=Place.RECIPIENT).count(),
        creative_count=campaign.creatives.filter(state=CreativeState.WRITTEN).count(),
        read_count=sum(1 for creative in queue.order if creative.verdict),
        approved_by=actor.user,
        approved_by_name=actor.user.name or actor.user.email if actor.user else actor.name,
    )
    record("campaign.approved", campaign, content_hash=approval.content_hash)
    return approval


def is_valid(approval: Approval) -> bool:
    """Whether what was approved is still what would be sent."""
    return (
        approval.voided_at is None
        and contents.campaign_hash(approval.campaign) == approval.content_hash
    )


def void_approval(campaign: Campaign, reason: str) -> None:
    """Make the approval void and put the campaign back into review. Harmless without one."""
    voided = campaign.approvals.filter(voided_at=None).update(
        voided_at=Now(), void_reason=reason[:200]
    )
    if voided:
        record("campaign.approval_voided", campaign, reason=reason[:200])
    back = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.APPROVED)
    if back.update(state=CampaignState.IN_REVIEW):
        campaign.state = CampaignState.IN_REVIEW
