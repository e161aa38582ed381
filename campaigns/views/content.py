"""The step Content."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import findings, how_far, words, writer
from campaigns.errors import BriefIncomplete
from campaigns.models import Campaign, CampaignState, Creative, CreativeState
from campaigns.services import briefs, costs, pending, writing
from campaigns.types import WritingProgress
from campaigns.views.brief import may_edit
from tenants.access import action
from tenants.errors import DomainError

PAGE_SIZE = 24
WAITS = Q(state__in=writing.OPEN)
FILTERS: dict[str, Q] = {
    "look": ~WAITS & ~Q(must_read="") & ~Q(state=CreativeState.FALLBACK),
    "blocked": WAITS & Q(attempts__gt=0),
    "fallback": Q(state=CreativeState.FALLBACK),
}
WRITTEN = ~WAITS | Q(attempts__gt=0)


@require_safe
@action("campaigns.view")
def campaign_content(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(
        Campaign.objects.select_related("offer", "voice", "segment"), public_id=public_id
    )
    progress = writing.progress(campaign)
    lacks = [] if progress.total else writing.what_blocks_writing(campaign)
    context = {
        "campaign": campaign,
        "products": briefs.products_of(campaign),
        "costs": words.describe_costs(costs.spent(campaign)),
        "variants": words.describe_variants(campaign),
        "lacks": lacks,
        **({} if lacks else _forecast(request, campaign)),
        "may_go_on": writing.may_go_on(campaign),
        "is_stale": campaign.state == CampaignState.DRAFT and progress.total,
        "nav": "campaigns",
        **_head(campaign, progress),
        **_texts(request, campaign, progress),
    }
    return render(request, "campaigns/campaign_content.html", context)


@require_safe
@action("campaigns.view")
def content_progress(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The line that says how far the writing is. It stops asking once nothing is written."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    context = {"campaign": campaign, **_head(campaign, writing.progress(campaign))}
    response = render(request, "campaigns/_content_progress.html", context)
    if campaign.state != CampaignState.GENERATING:
        response.headers["HX-Refresh"] = "true"
    return response


@require_safe
@action("campaigns.view")
def campaign_pending(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The line that says what a worker prepares. When it is done the page is loaded anew."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    done, total = how_far.read(campaign.pk)
    context = {"campaign": campaign, "pending_done": done, "pending_total": total}
    response = render(request, "campaigns/_pending.html", context)
    if not campaign.pending:
        response.headers["HX-Refresh"] = "true"
    return response


@require_POST
@action("campaigns.edit")
def content_write(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        if "go_on" in request.POST:
            writing.go_on_writing(campaign)
        else:
            pending.ask_for_writing(campaign)
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("campaigns:campaign-content", workspace, campaign.public_id)


@require_POST
@action("campaigns.edit")
def content_stop(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        writing.stop_writing(campaign)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Writing has stopped. What is written is kept."))
    return redirect("campaigns:campaign-content", workspace, campaign.public_id)


def _forecast(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    """What the buttons that have texts written would take, if there are any.

    Where the audience must be counted for it, the page is shown first, and asks for the rest.
    """
    if not may_edit(campaign):
        return {}
    if not request.htmx and costs.must_count(campaign):
        return {"must_count": True}
    try:
        forecast = costs.foretell(campaign)
    except BriefIncomplete:  # texts are there, but the segment was taken away since
        return {}
    return {"forecast": forecast, "foretold": words.describe_costs(forecast.costs)}


def _head(campaign: Campaign, progress: WritingProgress) -> dict[str, Any]:
    return {
        "progress": progress,
        "time_left": words.duration(progress.seconds_left),
        "model": writer.describe(),
        "is_writing": campaign.state == CampaignState.GENERATING,
        "may_write": may_edit(campaign),
    }


def _texts(request: HttpRequest, campaign: Campaign, progress: WritingProgress) -> dict[str, Any]:
    shown = request.GET.get("show", "")
    rows = _rows(campaign, shown)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = _chosen(request, campaign, page)
    return {
        "page": page,
        "shown": shown if shown in FILTERS else "",
        "filters": [
            ("", _("All"), progress.written + progress.blocked),
            ("look", _("Need a look"), progress.look),
            ("blocked", _("Blocked"), progress.blocked),
            ("fallback", _("Base text instead"), progress.fallback),
        ],
        "cards": [words.describe_creative(row) for row in page],
        "chosen": chosen,
        "chosen_card": chosen and words.describe_creative(chosen),
        "checks": _checks(chosen) if chosen else [],
    }


def _rows(campaign: Campaign, shown: str) -> QuerySet[Creative]:
    rows = campaign.creatives.select_related("micro_segment__product", "snapshot__product")
    rows = rows.filter(FILTERS.get(shown, WRITTEN))
    return rows.order_by("micro_segment_id", "variant", "id") if shown else rows.order_by("id")


def _chosen(request: HttpRequest, campaign: Campaign, page: Any) -> Creative | None:
    wanted = request.GET.get("creative", "")
    if len(wanted) == 36:
        return get_object_or_404(
            campaign.creatives.select_related("micro_segment__product", "snapshot__product"),
            public_id=wanted,
        )
    return next(iter(page), None)


def _checks(creative: Creative) -> list[dict[str, Any]]:
    rows = [findings.from_json(row) for row in creative.findings]
    return [
        {
            "level": finding.level,
            "title": findings.title(finding),
            "sentence": "" if finding.level == "passed" else findings.describe(finding),
        }
        for finding in rows
    ]
