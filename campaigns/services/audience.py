"""Who gets it, and how finely they are told apart."""

import contextlib
from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from campaigns import audience
from campaigns.consent_gaps import consent_gaps
from campaigns.errors import BriefIncomplete
from campaigns.models import WRITTEN_VARIANTS, Campaign, Detail
from campaigns.services import briefs
from campaigns.types import AudiencePreview
from profiles.models import Segment
from tenants.errors import BadInput
from tenants.kept import shape_of

KEPT_SECONDS = 3_600
SHAPE = shape_of(AudiencePreview)


def set_audience(
    campaign: Campaign,
    *,
    segment: Segment,
    detail: int | None = None,
    smallest_group: int | None = None,
    holdout_percent: int | None = None,
    base_percent: int | None = None,
    variants: int | None = None,
) -> Campaign:
    """Choose the segment and the dial. None leaves a setting as it is.

    Ranges: detail 1…5, smallest_group 1…10,000, holdout 0…50 percent, base text 0…100 percent,
    variants 1…4.
    Raises BadInput naming the field, NotEditable.
    """
    settings = {
        "detail": (detail, 1, max(Detail)),
        "smallest_group": (smallest_group, 1, 10_000),
        "holdout_percent": (holdout_percent, 0, 50),
        "base_percent": (base_percent, 0, 100),
        "variants": (variants, 1, len(WRITTEN_VARIANTS)),
    }
    fields = {key: value for key, (value, _low, _high) in settings.items() if value is not None}
    for key, value in fields.items():
        _name, low, high = settings[key]
        if not low <= value <= high:
            raise BadInput(
                _("Choose a number from %(low)s to %(high)s.") % {"low": low, "high": high},
                fields={key: str(value)},
            )
    briefs.change(campaign, {"segment": segment, **fields}, "campaign.audience_changed")
    return campaign


def preview(campaign: Campaign) -> AudiencePreview:
    """Return what the audience would be under every stop of the dial. Changes nothing.

    Once a campaign can no longer be changed, it is the audience that its texts were written for.
    Raises BriefIncomplete if no segment is chosen.
    """
    _must_have_segment(campaign)
    places, groupings, groups = audience.preview_groupings(campaign)
    if campaign.grouped_at and not campaign.is_editable:
        places, groupings, groups = audience.as_grouped(campaign, groupings)
    gaps = consent_gaps(campaign)
    return AudiencePreview(places=places, groupings=groupings, groups=groups, gaps=gaps)


def counted(campaign: Campaign, *, within: timedelta) -> tuple[AudiencePreview, datetime]:
    """Return the preview and when it was counted: a count of that age, an hour at most, will do.

    Nothing of it is about one person. Raises BriefIncomplete if no segment is chosen.
    """
    segment = _must_have_segment(campaign)
    known = kept(campaign)
    if known is None or timezone.now() - known[1] > within:
        known = preview(campaign), timezone.now()
        with contextlib.suppress(RedisError):
            cache.set(_key(campaign, segment), known, KEPT_SECONDS)
    return known


def kept(campaign: Campaign) -> tuple[AudiencePreview, datetime] | None:
    """Return the last preview of the campaign as it is now, and when it was counted. None if that
    was more than an hour ago, or never."""
    found: tuple[AudiencePreview, datetime] | None = None
    if campaign.segment is not None:
        with contextlib.suppress(RedisError):
            found = cache.get(_key(campaign, campaign.segment))
    return found


def _key(campaign: Campaign, segment: Segment) -> str:
    changed = campaign.updated_at.timestamp(), segment.updated_at.timestamp()
    return f"audience:{SHAPE}:{campaign.public_id}:{changed[0]}:{changed[1]}"


def group(campaign: Campaign) -> None:
    """Place every customer of the segment and make the micro-segments, anew."""
    _must_have_segment(campaign)
    audience.group_audience(campaign)
    campaign.grouped_at = timezone.now()
    campaign.save(update_fields=["grouped_at"])


def _must_have_segment(campaign: Campaign) -> Segment:
    if campaign.segment is None:
        raise BriefIncomplete(_("No segment is chosen. Choose who the campaign is for."))
    return campaign.segment
