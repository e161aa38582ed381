"""The step Audience."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
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

KEPT_SECONDS = 300


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
    preview, counted_at = _preview(campaign)
    rules = segments.describe(campaign.segment)
    running = segments.rule_counts(campaign.segment.rules) if rules else []
    return {
        "preview": preview,
        "counted_at": counted_at,
        "rules": list(zip(rules, running, strict=False)),
        "places": words.places_of(preview.places, campaign),
        "stops": _stops(campaign, preview),
        "groups": words.describe_groups(preview.groups, campaign),
        "costs": costs.foretell(campaign, preview.groupings[campaign.detail - 1].creatives),
        "quota": costs.quota(campaign, preview.groupings[campaign.detail - 1].creatives),
        "merged": preview.groupings[campaign.detail - 1].merged,
        "more_groups": preview.groupings[campaign.detail - 1].micro_segments - len(preview.groups),
    }


def _preview(campaign: Campaign) -> tuple[AudiencePreview, Any]:
    """Count, or take the count of the last minutes: nothing of it is about one person."""
    segment = campaign.segment
    changed = campaign.updated_at.timestamp(), segment.updated_at.timestamp()
    key = f"audience:{campaign.public_id}:{changed[0]}:{changed[1]}"
    kept = cache.get(key)
    if kept is None:
        kept = (audience.preview(campaign), timezone.now())
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def _stops(campaign: Campaign, preview: AudiencePreview) -> list[dict[str, Any]]:
    """The five stops of the dial, with what each costs."""
    return [
        {
            "detail": grouping.detail,
            "label": Detail(grouping.detail).label,
            "creatives": grouping.creatives,
            "micro_segments": grouping.micro_segments,
            "time": words.duration(writer.seconds_for(grouping.creatives)),
            "to_read": sample_size(grouping.creatives),
            "chosen": grouping.detail == campaign.detail,
        }
        for grouping in preview.groupings
    ]
