"""The step Brief."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.forms import BriefForm
from campaigns.models import Campaign, CampaignState
from campaigns.services import briefs
from catalogue.models import Product
from tenants.access import action
from tenants.errors import DomainError

MATCHES = 12


@require_http_methods(["GET", "HEAD", "POST"])
@action("campaigns.view", write="campaigns.edit")
def campaign_brief(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    form = BriefForm(request.POST or None, initial=BriefForm.initial_of(campaign))
    if request.method == "POST" and form.is_valid():
        try:
            briefs.save_brief(campaign, **form.fields_of_brief())
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("The brief is saved."))
            step = "audience" if "next" in request.POST else "brief"
            return redirect(f"campaigns:campaign-{step}", workspace, campaign.public_id)
    context = {
        "campaign": campaign,
        "form": form,
        "chosen": _chosen(request, campaign),
        "matches": _matches(request, campaign),
        "lacks": briefs.check_brief(campaign),
        "may_edit": may_edit(campaign),
        "nav": "campaigns",
    }
    return render(request, "campaigns/campaign_brief.html", context)


@require_safe
@action("campaigns.view")
def product_search(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The chosen products and those that match the search, as check boxes."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    context: dict[str, Any] = {
        "chosen": _chosen(request, campaign),
        "matches": _matches(request, campaign),
        "q": request.GET.get("q", ""),
    }
    return render(request, "campaigns/_products.html", context)


def may_edit(campaign: Campaign) -> bool:
    """While a worker prepares something nobody changes the campaign, so no page offers it."""
    is_open = campaign.is_editable or campaign.state == CampaignState.FAILED
    return is_open and not campaign.pending


def _chosen(request: HttpRequest, campaign: Campaign) -> list[Product]:
    """The products that are ticked in the request, else those of the campaign; in order."""
    query = request.POST or request.GET
    if "products_shown" not in query:
        return briefs.products_of(campaign)
    keys = [key for key in query.getlist("products") if len(key) == 36]
    found = {str(row.public_id): row for row in Product.objects.filter(public_id__in=keys)}
    return [found[key] for key in keys if key in found]


def _matches(request: HttpRequest, campaign: Campaign) -> list[Product]:
    words = request.GET.get("q", "").strip()[:100]
    rows = Product.objects.filter(is_active=True).exclude(
        pk__in=[product.pk for product in _chosen(request, campaign)]
    )
    if words:
        rows = rows.filter(
            Q(title__icontains=words) | Q(category__icontains=words) | Q(external_id=words)
        )
    return list(rows.order_by("title", "id")[:MATCHES])
