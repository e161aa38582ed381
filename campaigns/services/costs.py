"""What the writing of a campaign costs: foretold before it starts, counted once it has."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count

from campaigns.audience import Grouping
from campaigns.models import Campaign, CampaignState, ChannelChoice, Detail, Variant
from campaigns.services import audience, briefs, writing
from inference import services as inference
from inference.errors import QuotaUsedUp
from inference.types import Channel, WriterRef
from tenants.errors import DomainError

COUNTED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What the next writing of a campaign takes: how many texts, and a cost for each model.

    `left` is how many texts the workspace's quota leaves, None where there is none. `refusal`
    says why not one of them may be written, "" if some may. `fitting` is the finest stop of the
    dial, coarser than the chosen one, that the quota would do for; None if it does, or none would.
    """

    texts: int
    costs: list[inference.Cost]
    left: int | None
    refusal: str
    fitting: Detail | None

    @property
    def is_short(self) -> bool:
        return self.left is not None and self.left < self.texts


def foretell(campaign: Campaign) -> Forecast:
    """Return what the next press of the button takes: the rest where writing stopped half-way,
    else every text. Nothing where no text can be written any more.

    Raises BriefIncomplete if no segment is chosen.
    """
    if not (campaign.is_editable or campaign.state == CampaignState.FAILED):
        return _forecast({}, {})
    rows = campaign.creatives.exclude(variant=Variant.BASE)
    if writing.may_go_on(campaign):
        rows = rows.filter(state__in=writing.OPEN)
    elif campaign.state == CampaignState.DRAFT:
        return foretell_anew(campaign)
    return _forecast(dict(rows.order_by().values_list("channel").annotate(Count("pk"))), {})


def must_count(campaign: Campaign) -> bool:
    """Whether `foretell` would count the audience first, which takes seconds for a large one."""
    return (
        campaign.state == CampaignState.DRAFT
        and campaign.segment is not None
        and ChannelChoice.EMAIL in campaign.channels
        and not writing.may_go_on(campaign)
        and audience.kept(campaign) is None
    )


def foretell_anew(campaign: Campaign, groupings: list[Grouping] | None = None) -> Forecast:
    """Return what writing every text takes. The audience is counted, unless `groupings` tells."""
    others, stops = _texts_for_everybody(campaign), {}
    if ChannelChoice.EMAIL in campaign.channels:
        stops = {
            Detail(grouping.detail): {ChannelChoice.EMAIL.value: grouping.texts} | others
            for grouping in groupings or _count(campaign)
        }
    coarser = {stop: texts for stop, texts in stops.items() if stop < campaign.detail}
    return _forecast(stops.get(Detail(campaign.detail), others), coarser)


def spent(campaign: Campaign) -> list[inference.Cost]:
    """Return what was used so far, rewriting and stopped attempts included."""
    return [cost for cost in inference.used_for(campaign.public_id) if cost.texts]


def _count(campaign: Campaign) -> list[Grouping]:
    preview, _counted_at = audience.counted(campaign, within=COUNTED_WITHIN)
    return preview.groupings


def _texts_for_everybody(campaign: Campaign) -> dict[str, int]:
    """Ads and articles by channel: the same at every stop of the dial."""
    others = [channel for channel in campaign.channels if channel != ChannelChoice.EMAIL]
    products = len(briefs.products_of(campaign)) if others else 0
    return dict.fromkeys(others, len(campaign.languages) * products * campaign.variants)


def _forecast(texts: Mapping[str, int], coarser: Mapping[Detail, Mapping[str, int]]) -> Forecast:
    wanted, left = sum(texts.values()), inference.texts_left()
    is_short = left is not None and left < wanted
    fitting = [stop for stop, others in coarser.items() if sum(others.values()) <= (left or 0)]
    return Forecast(
        texts=wanted,
        costs=_estimate(texts),
        left=left,
        refusal=_refusal() if is_short and not left else "",
        fitting=max(fitting, default=None) if is_short else None,
    )


def _refusal() -> str:
    try:
        inference.require_quota()
    except QuotaUsedUp as error:
        return error.message
    return ""


def _estimate(texts: Mapping[str, int]) -> list[inference.Cost]:
    """A cost for each model. Channels that no model writes for are left out."""
    by_model: dict[WriterRef, dict[str, int]] = {}
    for channel, count in texts.items():
        with contextlib.suppress(DomainError):
            model = inference.live_writer(Channel(channel))
            by_model.setdefault(model, {})[channel] = count
    return [
        inference.estimate(parts, model, _seconds(count, model))
        for model, parts in by_model.items()
        if (count := sum(parts.values()))
    ]


def _seconds(texts: int, model: WriterRef) -> float:
    """One worker's time; 0 if the model's card cannot be read."""
    try:
        return inference.estimate_seconds(texts, model)
    except DomainError:
        return 0.0
