"""The step Review: the queue, one text at a time, the verdicts, the approval."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns import contents, findings, previews, whys, words
from campaigns.models import Campaign, CampaignState, Creative, CreativeState
from campaigns.services import pending, review
from tenants.access import action
from tenants.errors import Conflict, DomainError

REASONS = ("claim_too_strong", "not_our_tone", "wrong_fact", "hard_to_read", "other")
LISTED = 400
"""More lines than this in the left column help nobody: it shows those around the current text."""


def is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def reason_labels() -> dict[str, str]:
    return {
        "claim_too_strong": _("Claim too strong"),
        "not_our_tone": _("Not our tone"),
        "wrong_fact": _("Wrong fact"),
        "hard_to_read": _("Hard to read"),
        "other": _("Other"),
    }


@dataclass(frozen=True, kw_only=True)
class Line:
    """A text in the left column."""

    creative: Creative
    title: str
    label: str
    people: int
    badge: str
    url: str
    is_current: bool


@action("campaigns.view")
@require_safe
def review_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """The campaigns whose texts wait for a person."""
    campaigns = Campaign.objects.filter(
        state__in=[CampaignState.IN_REVIEW, CampaignState.APPROVED]
    ).order_by("send_at", "-updated_at")[:50]
    lines = [
        {
            "campaign": campaign,
            "waiting": review.count_waiting(campaign),
            "people": previews.campaign_people(campaign),
            "approval": review.live_approval(campaign),
        }
        for campaign in campaigns
    ]
    lines.sort(key=lambda line: line["approval"] is not None)  # what waits for a person first
    waiting = sum(line["waiting"] for line in lines)
    context = {"lines": lines, "waiting": waiting, "nav": "review"}
    return render(request, "campaigns/review_list.html", context)


@action("campaigns.view")
@require_safe
def campaign_review(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.select_related("voice"), public_id=public_id)
    context = _work(request, campaign, wanted=request.GET.get("creative", ""))
    return _show(request, context)


@action("creatives.review")
@require_POST
def creative_verdict(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Approve, reject or take back; then show the next text that is to be read."""
    creative = _get_creative(public_id)
    verdict = request.POST.get("verdict", "")
    following = _following(creative) if verdict != "undo" else creative
    try:
        if verdict == "approve":
            _refuse_unseen(request, creative)
            review.approve_creative(creative)
        elif verdict == "reject":
            review.reject_creative(creative, request.POST.get("reason", ""))
        else:
            review.undo_verdict(creative)
    except DomainError as error:
        messages.error(request, error.message)
        following = creative
    if not request.htmx:
        return redirect(_url(request, creative.campaign, following))
    campaign = Campaign.objects.select_related("voice").get(pk=creative.campaign_id)
    context = _work(request, campaign, wanted=str(following.public_id if following else ""))
    if verdict != "undo":
        context["undo"] = creative
        context["undo_title"] = previews.title_of(creative)
    return _show(request, context)


@action("creatives.review")
@require_POST
def campaign_approve(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        pending.ask_for_approval(campaign)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("campaigns:campaign-review", workspace, campaign.public_id)
    if campaign.pending:
        return redirect("campaigns:campaign-review", workspace, campaign.public_id)
    messages.success(request, _("The campaign is approved. It can be sent now."))
    return redirect("campaigns:campaign-send", workspace, campaign.public_id)


@action("creatives.review")
@require_POST
def campaign_facts(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Take the facts anew where they have changed."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        changed = review.take_new_facts(campaign)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        if changed:
            messages.success(request, _("The new facts are in the texts, and were checked again."))
    return redirect("campaigns:campaign-review", workspace, campaign.public_id)


def _refuse_unseen(request: HttpRequest, creative: Creative) -> None:
    """A verdict is about the words that were shown: somebody else may have edited them since."""
    seen = request.POST.get("seen", "")
    if seen and seen != previews.version(creative):
        raise Conflict(_("Somebody has changed this text since you opened it. Read it again."))


def _get_creative(public_id: str) -> Creative:
    return get_object_or_404(
        Creative.objects.select_related(
            "campaign__voice",
            "micro_segment__product",
            "snapshot__product",
            "snapshot__second_product",
            "snapshot__offer",
            "snapshot__voice",
            "reviewed_by",
            "edited_by",
        ),
        public_id=public_id,
    )


def _following(creative: Creative) -> Creative | None:
    """The next text that is still to be read, after this one; from the top at the end."""
    order = review.creatives_to_review(creative.campaign).order
    at = next((i for i, one in enumerate(order) if one.pk == creative.pk), -1)
    rest = [one for one in order[at + 1 :] + order[: max(at, 0)] if not one.verdict]
    return rest[0] if rest else creative


def _show(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    part = request.htmx and not request.htmx.history_restore_request
    name = "_review_work" if part else "campaign_review"
    response = render(request, f"campaigns/{name}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    if part and context["current"]:
        response["HX-Replace-Url"] = _url(request, context["campaign"], context["current"])
    return response


def _view_options(request: HttpRequest) -> dict[str, str]:
    """How the text is looked at: kept from text to text in the address."""
    given = request.POST if request.method == "POST" else request.GET
    return {
        "facts": "0" if given.get("facts") == "0" else "1",
        "width": "phone" if given.get("width") == "phone" else "desktop",
    }


def _url(request: HttpRequest, campaign: Campaign, creative: Creative | None, **more: str) -> str:
    path = reverse("campaigns:campaign-review", args=[request.tenant.slug, campaign.public_id])
    query = _view_options(request) | more
    if creative:
        query = {"creative": str(creative.public_id), **query}
    return f"{path}?{urlencode(query)}"


def _work(request: HttpRequest, campaign: Campaign, *, wanted: str) -> dict[str, Any]:
    """Return all that the three columns show."""
    queue = review.creatives_to_review(campaign)
    current = _choose(campaign, queue, wanted)
    people = contents.people_by_creative(campaign) if queue.order else {}
    order = queue.order
    at = next((i for i, one in enumerate(order) if current and one.pk == current.pk), -1)
    first = max(0, min(at - LISTED // 2, len(order) - LISTED))
    lines = [_line(request, campaign, one, people, current) for one in order[first:][:LISTED]]
    must = max(0, len(queue.must_read) - first)  # lines before this one are read one by one
    context = {
        "campaign": campaign,
        "queue": queue,
        "must_lines": lines[:must],
        "sample_lines": lines[must:],
        "earlier_url": _url(request, campaign, order[first - 1]) if first else "",
        "later_url": _url(request, campaign, order[first + LISTED])
        if len(order) > first + LISTED
        else "",
        "earlier": first,
        "later": max(0, len(order) - first - LISTED),
        "current": current,
        "position": at + 1,
        "count": len(order),
        "next_url": _url(request, campaign, order[at + 1]) if 0 <= at < len(order) - 1 else "",
        "previous_url": _url(request, campaign, order[at - 1]) if at > 0 else "",
        "recipients": previews.campaign_people(campaign),
        "fallbacks": campaign.creatives.filter(state=CreativeState.FALLBACK).count(),
        "approval": review.live_approval(campaign),
        "problems": review.approval_problems(campaign) if queue.is_done else [],
        "is_open": campaign.state in review.REVIEWED_STATES,
        "reasons": reason_labels(),
        "nav": "review",
        **_view_options(request),
    }
    if current:
        context |= _detail(request, campaign, current, people)
    return context


def _choose(campaign: Campaign, queue: review.ReviewQueue, wanted: str) -> Creative | None:
    """The text that was asked for, else the first that is to be read, else the first."""
    if is_id(wanted):
        found = campaign.creatives.filter(public_id=wanted).first()
        return _get_creative(wanted) if found else None
    unread = [one for one in queue.order if not one.verdict]
    first = next(iter(unread or queue.order), None)
    return _get_creative(str(first.public_id)) if first else None


def _line(
    request: HttpRequest,
    campaign: Campaign,
    creative: Creative,
    people: dict[int, int],
    current: Creative | None,
) -> Line:
    group = creative.micro_segment
    return Line(
        creative=creative,
        title=previews.title_of(creative),
        label=words.describe_facts(group.facts, group.detail) if group else "",
        people=people.get(creative.pk, 0),
        badge=_why_read(creative),
        url=_url(request, campaign, creative),
        is_current=current is not None and creative.pk == current.pk,
    )


def _why_read(creative: Creative) -> str:
    """Why a person must decide on this text alone, in a few words."""
    look = next((row for row in creative.findings if row["level"] != "passed"), None)
    if look:
        return findings.title(findings.from_json(look))
    if creative.must_read == "base_text" or creative.variant == "base":
        return _("Base text")
    return _("Edited") if creative.edit_reason else ""


def _detail(
    request: HttpRequest, campaign: Campaign, creative: Creative, people: dict[int, int]
) -> dict[str, Any]:
    """Return what the middle and the right column show about one text."""
    rows = [findings.from_json(row) for row in creative.findings]
    group = creative.micro_segment
    facts = previews.facts_of(creative) if creative.snapshot else []
    return {
        "title": previews.title_of(creative),
        "preheader": contents.fill_facts(
            creative.parts.get("preheader", ""),
            creative.snapshot.facts if creative.snapshot else {},
        ),
        "label": words.describe_facts(group.facts, group.detail) if group else _("Everybody else"),
        "people": people.get(creative.pk, 0),
        "why_read": _why_read(creative),
        "facts_list": facts,
        "changed_facts": [fact for fact in facts if fact.changed],
        "troubles": [
            {"level": row.level, "title": findings.title(row), "sentence": findings.describe(row)}
            for row in rows
            if row.level != "passed"
        ],
        "passed": [findings.describe(row) for row in rows if row.level == "passed"],
        "is_blocked": review.is_blocked(creative),
        "inputs": previews.inputs_of(creative),
        "named": whys.named_reasons(creative),
        "customers": previews.people_for(creative),
        "seen": previews.version(creative),
        "shown_as": request.GET.get("as", ""),
        "preview_url": _preview_url(request, creative),
        "urls": {
            "desktop": _url(request, campaign, creative, width="desktop"),
            "phone": _url(request, campaign, creative, width="phone"),
            "facts_on": _url(request, campaign, creative, facts="1"),
            "facts_off": _url(request, campaign, creative, facts="0"),
        },
    }


def _preview_url(request: HttpRequest, creative: Creative) -> str:
    path = reverse("campaigns:creative-preview", args=[request.tenant.slug, creative.public_id])
    query = {"v": previews.version(creative), "facts": _view_options(request)["facts"]}
    if is_id(request.GET.get("as", "")):
        query["as"] = request.GET["as"]
    return f"{path}?{urlencode(query)}"
