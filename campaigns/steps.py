"""The head of a campaign: its six steps and the line that says what it is."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, CampaignState, ChannelChoice, Place
from campaigns.services import audience
from catalogue.models import TextLanguage

ORDER = ("brief", "audience", "content", "review", "send", "report")
REACHED = {
    CampaignState.GENERATING: 2,
    CampaignState.FAILED: 2,
    CampaignState.IN_REVIEW: 3,
    CampaignState.APPROVED: 4,
    CampaignState.SCHEDULED: 5,
    CampaignState.SENDING: 5,
    CampaignState.PAUSED: 5,
    CampaignState.SENT: 5,
}
"""How many steps are done in a state. A draft has done what its rows show."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: `state` is "done", "current" or "later"."""

    key: str
    number: int
    label: str
    url: str
    state: str


def steps_of(campaign: Campaign, workspace: str, current: str) -> list[Step]:
    done = _steps_done(campaign)
    return [
        Step(
            key=key,
            number=index + 1,
            label=_labels()[key],
            url=url_of(key, campaign, workspace),
            state="current" if key == current else "done" if index < done else "later",
        )
        for index, key in enumerate(ORDER)
    ]


def _labels() -> dict[str, str]:
    return {
        "brief": _("Brief"),
        "audience": _("Audience"),
        "content": _("Content"),
        "review": _("Review"),
        "send": _("Send"),
        "report": _("Report"),
    }


def url_of(key: str, campaign: Campaign, workspace: str) -> str:
    room = "insights" if key == "report" else "campaigns"
    return reverse(f"{room}:campaign-{key}", args=[workspace, campaign.public_id])


def _steps_done(campaign: Campaign) -> int:
    if campaign.state in REACHED:
        return REACHED[CampaignState(campaign.state)]
    if campaign.segment_id:
        return 2
    return 1 if campaign.campaign_products.exists() else 0


def step_of(campaign: Campaign) -> str:
    """Return the step where the campaign goes on from here."""
    done = _steps_done(campaign)
    return ORDER[min(done, len(ORDER) - 1)]


@dataclass(frozen=True, kw_only=True)
class Meta:
    icon: str
    words: str


def meta_of(campaign: Campaign, counted: int | None = None) -> list[Meta]:
    """Return people, channel and languages, time with its zone, goal.

    `counted` is how many would get it, where a page knows better than the rows do.
    """
    goal = _("Goal: %(goal)s, orders within %(days)s days") % {
        "goal": campaign.get_goal_display().lower(),
        "days": campaign.attribution_days,
    }
    return [
        Meta(icon="users", words=_people(campaign, counted)),
        Meta(icon="mail", words=_channels(campaign)),
        Meta(icon="calendar", words=_time(campaign)),
        Meta(icon="target", words=goal),
    ]


def _people(campaign: Campaign, counted: int | None) -> str:
    if (
        counted is None
        and campaign.state == CampaignState.DRAFT
        and (kept := audience.kept(campaign))
    ):
        counted = kept[0].recipients
    if counted is not None:
        return people(counted)
    if campaign.grouped_at is None:
        return _("Audience not counted yet")
    count = campaign.audience.filter(place=Place.RECIPIENT).count()
    return people(count)


def people(count: int) -> str:
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": f"{count:,}"}


def _channels(campaign: Campaign) -> str:
    channels = _(", ").join(str(dict(ChannelChoice.choices)[key]) for key in campaign.channels)
    languages = [str(dict(TextLanguage.choices)[key]) for key in campaign.languages]
    both = _(" and ").join(languages)
    return _("%(channels)s, %(languages)s") % {"channels": channels, "languages": both}


def _time(campaign: Campaign) -> str:
    at = campaign.launched_at or campaign.send_at
    if at is None:
        return _("No time set")
    local: Any = localtime(at)
    zone = str(local.tzinfo).rpartition("/")[2].replace("_", " ")
    return f"{date_format(local, 'SHORT_DATETIME_FORMAT')} {zone}"
