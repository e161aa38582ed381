"""Template tags of campaigns."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from campaigns import marks, steps
from campaigns.models import Campaign

register = template.Library()


@register.simple_tag(takes_context=True)
def campaign_head(context: Context, campaign: Campaign, step: str) -> dict[str, Any]:
    """Return the steps and the meta line of a campaign's page."""
    workspace = context["tenant"].slug
    preview = context.get("preview")
    return {
        "steps": steps.steps_of(campaign, workspace, step),
        "meta": steps.meta_of(campaign, preview.recipients if preview else None),
    }


@register.simple_tag
def marked(
    text: str, facts: dict[str, str], findings: list[dict[str, Any]], part: str
) -> SafeString:
    """Return a text with its facts (teal), slots (blue) and faults marked."""
    return marks.marked(text, facts, [row for row in findings if row.get("part") == part])
