"""The step Audience."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from campaigns import words, writer
from campaigns.forms import AudienceForm
from campaigns.models import Campaign, Detail
from campaigns.sampling import sample_size
from campaigns.services import audience, costs
from campaigns.types import AudiencePreview
from campaigns.views.brief import may_edit
from profiles.services import segments
from tenants.access import action
from tenants.errors import DomainError

COUNTED_WITHIN = timedelta(minutes=5)


@require_http_methods(["GET", "HEAD", "POST"])
@action("campaigns.view", write="campaigns.edit")
def campaign_audience(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(
        Campaign.objects.select_related("segment", "offer"), public_id=public_id
    )
    form = AudienceForm(request.POST or None, initial=AudienceForm.initial_of(campaign))
    if request.method == "POST" and form.is_valid():
        try:
            audience.set_audience(campaign, **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            step = "content" if "next" in request.POST else "audience"
            return redirect(f"campaigns:campaign-{step}", workspace, campaign.public_id)
    context = {
        "campaign": campaign,
        "form": form,
        "may_edit": may_edit(campaign),
        "has_segments": form.fields["segment"].queryset.exists(),
        "nav": "campaigns",
        **(_counted(campaign) if campaign.segment else {}),
    }
    return render(request, "campaigns/campaign_audience.html", context)


def _counted(campaign: Campaign) -> dict[str, Any]:
    assert campaign.segment is not None  # noqa: S101 - the caller looked
    preview, counted_at = audience.counted(campaign, within=COUNTED_WITHIN)
    chosen = preview.groupings[campaign.detail - 1]
    rules = segments.describe(campaign.segment)
    running = segments.rule_counts(campaign.segment.rules) if rules else []
    return {
        "preview": preview,
        "counted_at": counted_at,
        "rules": list(zip(rules, running, strict=False)),
        "places": words.places_of(preview.places, campaign),
        "stops": _stops(campaign, preview),
        "groups": words.describe_groups(preview.groups, campaign),
        "merged": chosen.merged,
        "more_groups": chosen.micro_segments - len(preview.groups),
        **_cost(campaign, preview),
    }


def _cost(campaign: Campaign, preview: AudiencePreview) -> dict[str, Any]:
    """What the writing will cost; what it did cost once no text can be written any more."""
    if not may_edit(campaign):
        return {"costs": words.describe_costs(costs.spent(campaign))}
    forecast = costs.foretell_anew(campaign, preview.groupings)
    return {"forecast": forecast, "costs": words.describe_costs(forecast.costs)}


def _stops(campaign: Campaign, preview: AudiencePreview) -> list[dict[str, Any]]:
    """The five stops of the dial, with what each costs."""
    return [
        {
            "detail": grouping.detail,
            "label": Detail(grouping.detail).label,
            "creatives": grouping.creatives,
            "micro_segments": grouping.micro_segments,
            "time": words.duration(writer.seconds_for(grouping.texts)),
            "to_read": sample_size(grouping.creatives),
            "chosen": grouping.detail == campaign.detail,
        }
        for grouping in preview.groupings
    ]
