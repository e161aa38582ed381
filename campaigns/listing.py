"""What the list of campaigns says of each: people, how far it is, what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from campaigns import steps
from campaigns.models import AudienceMember, Campaign, CampaignState, Creative, CreativeState, Place
from delivery.models import OPEN_STATES, Mailing

GROUPS: dict[str, tuple[str, ...]] = {
    "needs_you": (CampaignState.IN_REVIEW, CampaignState.FAILED, CampaignState.PAUSED),
    "running": (CampaignState.GENERATING, CampaignState.SCHEDULED, CampaignState.SENDING),
    "drafts": (CampaignState.DRAFT, CampaignState.APPROVED),
    "sent": (CampaignState.SENT,),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One campaign of the list. `done` of `total` is shown as a bar if `total` is not 0."""

    campaign: Campaign
    url: str
    people: str
    words: str
    done: int = 0
    total: int = 0
    tone: str = "primary"


def counts() -> dict[str, int]:
    """Return how many campaigns each filter shows."""
    groups = {key: Count("pk", filter=Q(state__in=states)) for key, states in GROUPS.items()}
    return Campaign.objects.aggregate(all=Count("pk"), **groups)


def campaigns_of(group: str) -> QuerySet[Campaign]:
    """Return the campaigns of a filter, newest change first. An unknown filter is all."""
    rows = Campaign.objects.order_by("-updated_at", "-id")
    return rows.filter(state__in=GROUPS[group]) if group in GROUPS else rows


def lines_of(campaigns: Sequence[Campaign], workspace: str) -> list[Line]:
    """Describe the campaigns of one page. Four queries, however many there are."""
    prefetch_related_objects(campaigns, "campaign_products")
    ids = [campaign.pk for campaign in campaigns]
    people = dict(
        AudienceMember.objects.filter(campaign__in=ids, place=Place.RECIPIENT)
        .order_by()
        .values_list("campaign")
        .annotate(people=Count("pk"))
    )
    texts = {
        row[0]: (row[1], row[2])
        for row in Creative.objects.filter(campaign__in=ids)
        .order_by()
        .values_list("campaign")
        .annotate(
            done=Count("pk", filter=~Q(state__in=[CreativeState.WAITING, CreativeState.WRITING])),
            total=Count("pk"),
        )
    }
    sent = _sent([campaign.public_id for campaign in campaigns])
    return [
        _line(
            campaign,
            workspace,
            people.get(campaign.pk, 0),
            texts.get(campaign.pk, (0, 0)),
            sent.get(campaign.public_id, (0, 0)),
        )
        for campaign in campaigns
    ]


def _sent(sources: list[UUID]) -> dict[UUID, tuple[int, int]]:
    rows = Mailing.objects.filter(source__in=sources).annotate(
        open=Count("messages", filter=Q(messages__state__in=OPEN_STATES)),
    )
    return {row.source: (row.audience - row.open, row.audience) for row in rows}


def _line(
    campaign: Campaign,
    workspace: str,
    people: int,
    texts: tuple[int, int],
    sent: tuple[int, int],
) -> Line:
    words, (done, total), tone = "", (0, 0), "primary"
    match campaign.state:
        case CampaignState.GENERATING:
            done, total = texts
            words = _("%(done)s of %(total)s creatives")
        case CampaignState.SENDING | CampaignState.PAUSED:
            (done, total), tone = sent, "warning" if campaign.state == "paused" else "primary"
            words = _("%(done)s of %(total)s sent")
        case CampaignState.FAILED:
            words = campaign.state_reason.replace("%", "%%")
        case CampaignState.DRAFT:
            words = _draft(campaign)
        case _ if texts[1]:
            words, done = _("%(done)s creatives"), texts[1]
    words = words % {"done": f"{done:,}", "total": f"{total:,}"}
    return Line(
        campaign=campaign,
        url=steps.url_of(steps.step_of(campaign), campaign, workspace),
        people=steps.people(people) if people else "",
        words=words,
        done=done,
        total=total,
        tone=tone,
    )


def _draft(campaign: Campaign) -> str:
    if campaign.segment_id is None:
        return _("No audience yet")
    if campaign.grouped_at is None:
        return _("No creatives yet")
    return _("Changed since it was written")
