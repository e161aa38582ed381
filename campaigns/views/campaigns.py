"""The list of campaigns; making, copying and giving one up."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns import listing
from campaigns.forms import CampaignForm
from campaigns.models import Campaign
from campaigns.services import briefs
from tenants.access import action
from tenants.audit import current_actor
from tenants.errors import DomainError

PAGE_SIZE = 30


@require_safe
@action("campaigns.view")
def campaign_list(request: HttpRequest, workspace: str) -> HttpResponse:
    shown = request.GET.get("show", "")
    page = Paginator(listing.campaigns_of(shown), PAGE_SIZE).get_page(request.GET.get("page"))
    counts = listing.counts()
    context = {
        "page": page,
        "lines": listing.lines_of(list(page), workspace),
        "filters": [
            ("", _("All"), counts["all"]),
            ("needs_you", _("Needs you"), counts["needs_you"]),
            ("running", _("Running"), counts["running"]),
            ("drafts", _("Drafts"), counts["drafts"]),
            ("sent", _("Sent"), counts["sent"]),
        ],
        "shown": shown if shown in listing.GROUPS else "",
        "counts": counts,
        "lead": _lead(counts),
        "nav": "campaigns",
    }
    return render(request, "campaigns/campaign_list.html", context)


def _lead(counts: dict[str, int]) -> str:
    """The one sentence that says what to do here."""
    if counts["needs_you"]:
        words = ngettext(
            "%(count)s campaign waits for you.",
            "%(count)s campaigns wait for you.",
            counts["needs_you"],
        )
        return words % {"count": counts["needs_you"]}
    if counts["running"]:
        return _("Everything runs. Nothing waits for you.")
    return _("What is said to whom, from the brief to the report.")


@require_http_methods(["GET", "HEAD", "POST"])
@action("campaigns.edit")
def campaign_create(request: HttpRequest, workspace: str) -> HttpResponse:
    form = CampaignForm(request.POST or None, initial={"goal": request.GET.get("goal", "winback")})
    if request.method == "POST" and form.is_valid():
        campaign = briefs.create_campaign(by=current_actor().user, **form.cleaned_data)
        return redirect("campaigns:campaign-brief", workspace, campaign.public_id)
    context = {"form": form, "nav": "campaigns"}
    return render(request, "campaigns/campaign_create.html", context)


@require_POST
@action("campaigns.edit")
def campaign_duplicate(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    copy = briefs.duplicate(campaign, by=current_actor().user)
    messages.success(request, _("Copied. This is the copy."))
    return redirect("campaigns:campaign-brief", workspace, copy.public_id)


@require_POST
@action("campaigns.edit")
def campaign_cancel(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        briefs.cancel(campaign)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("campaigns:campaign-brief", workspace, campaign.public_id)
    messages.success(request, _("The campaign is cancelled. Nothing was sent."))
    return redirect("campaigns:campaign-list", workspace)
