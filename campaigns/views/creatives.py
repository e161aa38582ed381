"""One creative: its preview in a frame of its own, and the page on which it is edited."""

from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import checks, claims, diffs, findings, previews
from campaigns.models import Creative
from campaigns.services import review
from campaigns.views.review import _get_creative, is_id, reason_labels
from inference.services import describe_part, text_width
from inference.types import FIELDS, LIMITS, Channel
from profiles.models import Customer
from tenants.access import action
from tenants.errors import DomainError

LONGEST = 4_000


@csp_replace(
    {
        "default-src": ["'none'"],
        "img-src": ["https:", "data:"],
        "style-src": ["'unsafe-inline'"],
        "sandbox": True,
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
)
@action("campaigns.view")
@require_safe
def creative_preview(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The mail as it will be: with its facts marked, without, or as one customer gets it."""
    creative = _get_creative(public_id)
    try:
        page = _page(request, creative)
    except DomainError as error:
        page = _excuse(error)
    response = HttpResponse(page)
    personal = "as" in request.GET
    response["Cache-Control"] = "no-store" if personal else "private, max-age=300"
    return response


def _page(request: HttpRequest, creative: Creative) -> str:
    if creative.channel != Channel.EMAIL:
        return previews.plain_html(creative)
    wanted = request.GET.get("as", "")
    if is_id(wanted):
        customer = get_object_or_404(Customer, public_id=wanted)
        return previews.html_as(creative, customer, request.tenant)
    if request.GET.get("facts") == "0":
        return previews.typical_html(creative, request.tenant)
    return previews.marked_html(creative, request.tenant)


@action("creatives.review")
@require_http_methods(["GET", "HEAD", "POST"])
def creative_edit(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    creative = _get_creative(public_id)
    parts = _parts(request, creative) if request.method == "POST" else creative.parts
    if request.method == "POST":
        try:
            review.edit_creative(creative, parts, request.POST.get("reason", ""))
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Saved and checked. The text is to be read again."))
            path = redirect("campaigns:campaign-review", workspace, creative.campaign.public_id)
            path["Location"] += f"?creative={creative.public_id}"
            return path
    context = {
        "creative": creative,
        "campaign": creative.campaign,
        "title": previews.title_of(creative),
        "people": previews.people_of(creative),
        "fields": _fields(creative, parts),
        "available": sorted(slot.value for slot in checks.request_of(creative).allowed),
        "reasons": reason_labels(),
        "reason": request.POST.get("reason", creative.edit_reason),
        "nav": "review",
        **_judge(request, creative, parts),
    }
    return render(request, "campaigns/creative_edit.html", context)


@action("creatives.review")
@require_POST
def creative_edit_check(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """What the checks say of the words typed so far, what changed, and how it looks. Saves
    nothing."""
    creative = _get_creative(public_id)
    context = {"creative": creative, **_judge(request, creative, _parts(request, creative))}
    return render(request, "campaigns/_creative_judged.html", context)


def _parts(request: HttpRequest, creative: Creative) -> dict[str, str]:
    names = FIELDS[Channel(creative.channel)]
    return {
        name: request.POST.get(name, "")[:LONGEST].replace("\r\n", "\n").strip() for name in names
    }


def _judge(request: HttpRequest, creative: Creative, parts: dict[str, str]) -> dict[str, Any]:
    written = creative.written_parts or creative.parts
    edited = Creative.objects.get(pk=creative.pk)
    edited.campaign, edited.micro_segment = creative.campaign, creative.micro_segment
    edited.snapshot, edited.parts, edited.edited_by = creative.snapshot, parts, request.user
    found = checks.check_creative(edited)
    return {
        "differences": [
            (describe_part(name), pieces) for name, pieces in diffs.changed_parts(written, parts)
        ],
        "troubles": [
            {"level": row.level, "title": findings.title(row), "sentence": findings.describe(row)}
            for row in found
            if row.level != "passed"
        ],
        "passed": [findings.describe(row) for row in found if row.level == "passed"],
        "preview": _preview(request, edited),
    }


def _preview(request: HttpRequest, creative: Creative) -> str:
    try:
        if creative.channel != Channel.EMAIL:
            return previews.plain_html(creative)
        return previews.marked_html(creative, request.tenant)
    except DomainError as error:
        return _excuse(error)


def _excuse(error: DomainError) -> str:
    return format_html(
        '<!doctype html><p style="font:14px system-ui;padding:24px">{}</p>', error.message
    )


def _fields(creative: Creative, parts: dict[str, str]) -> list[dict[str, Any]]:
    facts = creative.snapshot.facts if creative.snapshot else {}
    return [
        {
            "name": name,
            "label": describe_part(name).capitalize(),
            "value": parts.get(name, ""),
            "limit": LIMITS.get(name, 0),
            "width": text_width(claims.fill(parts.get(name, ""), facts)),
            "is_long": name == "body",
        }
        for name in FIELDS[Channel(creative.channel)]
    ]
