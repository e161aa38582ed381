"""The home page: what waits for the person, what runs, what worked, and what could come next."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from math import sqrt
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign, CampaignState, Creative, CreativeState
from campaigns.services import review
from delivery.models import Mailing, Message, MessageState, Sender, SenderState
from insights import metrics
from insights.first_steps import first_steps
from insights.statistics import Interval, newcombe
from insights.types import Home, Need, Running, Suggestion, Week, Worked
from insights.verdicts import whole
from profiles.models import Import, ImportState
from tenants.models import Tenant, User
from tenants.permissions import allows

SHOWN = 5
WEEKS = 12
RECENT = timedelta(days=14)
WORTH_WRITING_TO = 20
"""Fewer people than this are no campaign."""

IN_MOTION = (
    CampaignState.GENERATING,
    CampaignState.SCHEDULED,
    CampaignState.SENDING,
    CampaignState.PAUSED,
)


def home(tenant: Tenant, user: User, *, role: str, at: datetime | None = None) -> Home:
    """Return what the home page says to this person, as known at `at` (None: now).

    A need is listed only if the role may do something about it.
    """
    at = at or timezone.now()
    needs = [*_needs(tenant, role, at)]
    running = _running(tenant)
    steps = first_steps(tenant, role)
    return Home(
        greeting=_greeting(user, at),
        conclusion=_conclusion(len(needs), len(running)),
        needs=needs,
        running=running,
        worked=_worked(at),
        suggestions=_suggestions(tenant, at) if allows(role, "campaigns.edit") else [],
        is_empty=not any(step.is_done for step in steps),
        steps=[] if all(step.is_done for step in steps) else steps,
    )


def _greeting(user: User, at: datetime) -> str:
    hour = timezone.localtime(at).hour
    name = (user.name or user.email.partition("@")[0]).split(" ")[0]
    if hour < 12:
        return _("Good morning, %(name)s") % {"name": name}
    if hour < 18:
        return _("Good afternoon, %(name)s") % {"name": name}
    return _("Good evening, %(name)s") % {"name": name}


def _conclusion(needs: int, running: int) -> str:
    waits = (
        ngettext("%(count)s thing waits for you.", "%(count)s things wait for you.", needs)
        if needs
        else _("Nothing waits for you.")
    ) % {"count": needs}
    if not running:
        return waits
    goes = ngettext(
        "%(count)s campaign is under way.", "%(count)s campaigns are under way.", running
    )
    return f"{waits} {goes % {'count': running}}"


# ------------------------------------------------------------------------------ needs you


def _needs(tenant: Tenant, role: str, at: datetime) -> Iterator[Need]:
    if allows(role, "creatives.review"):
        yield from _reviews(tenant)
    if allows(role, "campaigns.send"):
        yield from _doubts(tenant)
        yield from _stopped(tenant)
        yield from _senders(tenant)
    if allows(role, "imports.run"):
        yield from _imports(tenant, at)


def _reviews(tenant: Tenant) -> Iterator[Need]:
    campaigns = Campaign.objects.filter(state=CampaignState.IN_REVIEW).order_by("send_at", "id")
    for campaign in campaigns[:SHOWN]:
        left = review.count_waiting(campaign)
        title = (
            ngettext("%(count)s creative to read", "%(count)s creatives to read", left)
            if left
            else _("Every text is read: approve the campaign")
        ) % {"count": f"{left:,}"}
        note = ""
        if campaign.send_at:
            when = date_format(timezone.localtime(campaign.send_at), "SHORT_DATETIME_FORMAT")
            note = _("Planned for %(when)s") % {"when": when}
        yield Need(
            kind="review",
            icon="stamp",
            tone="warning",
            title=title,
            text=campaign.name,
            note=note,
            button=_("Review"),
            url=reverse("campaigns:campaign-review", args=[tenant.slug, campaign.public_id]),
        )


def _doubts(tenant: Tenant) -> Iterator[Need]:
    rows = (
        Message.objects.filter(state=MessageState.IN_DOUBT, reason="")
        .values_list("mailing__source", "mailing__name")
        .annotate(people=Count("id"))
        .order_by("-people")
    )
    for source, name, people in rows[:SHOWN]:
        title = ngettext(
            "%(count)s message may have arrived", "%(count)s messages may have arrived", people
        )
        yield Need(
            kind="doubt",
            icon="circle-help",
            tone="error",
            title=title % {"count": f"{people:,}"},
            text=name,
            note=_("Not tried again unless you say so"),
            button=_("Decide"),
            url=reverse("campaigns:campaign-send", args=[tenant.slug, source]),
        )


def _stopped(tenant: Tenant) -> Iterator[Need]:
    states = [CampaignState.PAUSED, CampaignState.FAILED]
    for campaign in Campaign.objects.filter(state__in=states).order_by("-updated_at")[:SHOWN]:
        failed = campaign.state == CampaignState.FAILED
        step = "campaigns:campaign-content" if failed else "campaigns:campaign-send"
        yield Need(
            kind="stopped",
            icon="circle-alert" if failed else "pause",
            tone="error" if failed else "warning",
            title=_("Writing has failed") if failed else _("Sending is paused"),
            text=campaign.name,
            note=campaign.state_reason,
            button=_("Look"),
            url=reverse(step, args=[tenant.slug, campaign.public_id]),
        )


def _senders(tenant: Tenant) -> Iterator[Need]:
    for sender in Sender.objects.filter(state=SenderState.PAUSED)[:SHOWN]:
        yield Need(
            kind="sender",
            icon="mail-warning",
            tone="error",
            title=_("The sender %(email)s is paused") % {"email": sender.email},
            text=sender.paused_reason,
            note=_("Messages wait, none is lost"),
            button=_("Look"),
            url=reverse("delivery:sender-list", args=[tenant.slug]),
        )


def _imports(tenant: Tenant, at: datetime) -> Iterator[Need]:
    again = Import.objects.filter(
        kind=OuterRef("kind"), file_name=OuterRef("file_name"), pk__gt=OuterRef("pk")
    )
    recent = Import.objects.filter(
        Q(state=ImportState.DONE, rejected__gt=0, finished_at__gte=at - RECENT)
        | Q(state=ImportState.FAILED, created_at__gte=at - RECENT),
        ~Exists(again.filter(state=ImportState.DONE)),  # the same file came again since
    )
    for source in recent.order_by("-id")[:3]:
        failed = source.state == ImportState.FAILED
        counts = {"rejected": f"{source.rejected:,}", "rows": f"{source.rows_read:,}"}
        yield Need(
            kind="import",
            icon="file-warning",
            tone="error" if failed else "neutral",
            title=_("A file could not be read")
            if failed
            else _("%(rejected)s of %(rows)s rows were rejected") % counts,
            text=source.file_name,
            note=source.error if failed else _("Nothing is lost, rows can be fixed"),
            button=_("Look") if failed else _("See rows"),
            url=reverse("profiles:import-detail", args=[tenant.slug, source.public_id]),
        )


# ------------------------------------------------------------------------------ running now


def _running(tenant: Tenant) -> list[Running]:
    campaigns = list(Campaign.objects.filter(state__in=IN_MOTION).order_by("-updated_at")[:SHOWN])
    written, mailings = _written(campaigns), _mailings(campaigns)
    return [
        _running_line(tenant, campaign, written.get(campaign.pk), mailings.get(campaign.public_id))
        for campaign in campaigns
    ]


def _written(campaigns: list[Campaign]) -> dict[int, tuple[int, int]]:
    ids = [c.pk for c in campaigns if c.state == CampaignState.GENERATING]
    still_open = Q(state__in=[CreativeState.WAITING, CreativeState.WRITING])
    rows = Creative.objects.filter(campaign__in=ids).values_list("campaign").order_by()
    return {
        campaign: (done, total)
        for campaign, total, done in rows.annotate(
            total=Count("id"), done=Count("id", filter=~still_open)
        )
    }


def _mailings(campaigns: list[Campaign]) -> dict[Any, tuple[Mailing, int]]:
    left = Q(messages__state__in=["queued", "claimed", "attempting", "retry_wait"])
    mailings = Mailing.objects.filter(source__in=[c.public_id for c in campaigns])
    return {
        mailing.source: (mailing, mailing.audience - mailing.left)
        for mailing in mailings.annotate(left=Count("messages", filter=left))
    }


def _running_line(
    tenant: Tenant,
    campaign: Campaign,
    written: tuple[int, int] | None,
    mailing: tuple[Mailing, int] | None,
) -> Running:
    step, label, right, done, total = "campaigns:campaign-content", "", "", 0, 0
    if written:
        done, total = written
        label = _("%(done)s of %(total)s creatives written")
    elif mailing:
        step, total = "campaigns:campaign-send", mailing[0].audience
        if campaign.state == CampaignState.SCHEDULED:
            label = _("%(total)s people")
            right = date_format(timezone.localtime(mailing[0].due_at), "SHORT_DATETIME_FORMAT")
        else:
            done, label = mailing[1], _("%(done)s of %(total)s done")
    return Running(
        name=campaign.name,
        state=campaign.state,
        done=done,
        total=total,
        label=label % {"done": f"{done:,}", "total": f"{total:,}"} if label else "",
        right=right,
        url=reverse(step, args=[tenant.slug, campaign.public_id]),
    )


# ------------------------------------------------------------------------------ what worked


def _worked(at: datetime) -> Worked | None:
    """Return orders caused by week, from campaigns whose window has ended and that held out."""
    tests = metrics.count_ended_tests(since=at - timedelta(weeks=WEEKS), at=at)
    if not tests:
        return None
    by_week: dict[date, list[Interval]] = {}
    for test in tests:
        day = timezone.localtime(test.start).date()
        difference = newcombe(test.ordered, test.people, test.held_ordered, test.held_people)
        caused = difference.times(test.people)
        by_week.setdefault(day - timedelta(days=day.weekday()), []).append(caused)
    weeks = [Week(start=day, caused=add_up(by_week.get(day, []))) for day in _mondays(by_week)]
    everything = add_up([part for parts in by_week.values() for part in parts])
    return Worked(weeks=weeks, caused=everything, campaigns=len(tests))


def _mondays(by_week: Mapping[date, Any]) -> list[date]:
    """Return every Monday from the first to the last: in a week without a campaign nothing was
    caused."""
    first, last = min(by_week), max(by_week)
    return [first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1)]


def describe_worked(worked: Worked | None) -> dict[str, Any] | None:
    """Return the figures of the panel as they are shown: whole orders, and the chart's data."""
    if worked is None:
        return None
    rows = [
        {
            "start": week.start,
            "value": whole(week.caused.value),
            "low": whole(week.caused.low),
            "high": whole(week.caused.high),
        }
        for week in worked.weeks
    ]
    series = {
        "label": _("Orders caused"),
        "values": [round(week.caused.value, 1) for week in worked.weeks],
        "low": [round(week.caused.low, 1) for week in worked.weeks],
        "high": [round(week.caused.high, 1) for week in worked.weeks],
        "tone": "primary",
    }
    labels = [date_format(week.start, "SHORT_DATE_FORMAT") for week in worked.weeks]
    return {
        "caused": whole(worked.caused.value),
        "low": whole(worked.caused.low),
        "high": whole(worked.caused.high),
        "is_clear": worked.caused.low > 0,
        "rows": rows,
        "chart": {"type": "line", "labels": labels, "unit": "", "series": [series]},
    }


def add_up(parts: list[Interval]) -> Interval:
    """Return the sum of independent estimates: distances to the limits add up in squares."""
    value = sum(part.value for part in parts)
    down = sqrt(sum((part.value - part.low) ** 2 for part in parts))
    up = sqrt(sum((part.high - part.value) ** 2 for part in parts))
    return Interval(value=value, low=value - down, high=value + up)


# ------------------------------------------------------------------------------ what next


def _suggestions(tenant: Tenant, at: datetime) -> list[Suggestion]:
    """Return ideas that follow from a count of the customers, and nothing else."""
    quiet, single = metrics.count_opportunities(at=at)
    create = reverse("campaigns:campaign-create", args=[tenant.slug])
    basis = _("Counted just now from their orders")
    ideas = []
    if quiet >= WORTH_WRITING_TO:
        ideas.append(
            Suggestion(
                title=_("Write to %(count)s people who have gone quiet") % {"count": f"{quiet:,}"},
                text=_(
                    "They ordered twice or more, the last time over 90 days ago, and may get email."
                ),
                basis=basis,
                url=f"{create}?goal=winback",
                button=_("Start campaign"),
            )
        )
    if single >= WORTH_WRITING_TO:
        ideas.append(
            Suggestion(
                title=_("Write to %(count)s people after their first order")
                % {"count": f"{single:,}"},
                text=_("They ordered once, 14 to 60 days ago, and may get email."),
                basis=basis,
                url=f"{create}?goal=loyalty",
                button=_("Start campaign"),
            )
        )
    return ideas
