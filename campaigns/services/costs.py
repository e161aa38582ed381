"""What the writing of a campaign costs: foretold before it starts, counted once it has."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from campaigns import words, writer
from campaigns.models import Campaign, ChannelChoice
from campaigns.services import briefs
from inference import services as inference
from inference.types import Channel
from tenants.errors import DomainError


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """What one model did, or will do, for a campaign, in words. `money` is "" where it writes on
    the operator's own machine; `energy` is an estimate, "" for a server of somebody else."""

    model: str
    texts: str
    tokens: str
    time: str
    money: str
    energy: str


@dataclass(frozen=True, kw_only=True)
class QuotaLine:
    """What the workspace's quota leaves. `is_short` means that it will not do for these texts."""

    left: str
    is_short: bool


def foretell(campaign: Campaign, emails: int) -> list[CostLine]:
    """Return what the texts will cost, a line for each model. `emails` counts the creatives."""
    return [
        _line(cost)
        for channel, texts in _texts_by_channel(campaign, emails).items()
        if texts and (cost := _estimate(channel, texts))
    ]


def spent(campaign: Campaign) -> list[CostLine]:
    """Return what was used so far, rewriting and stopped attempts included."""
    return [_line(cost) for cost in inference.used_for(campaign.public_id) if cost.texts]


def quota(campaign: Campaign, emails: int) -> QuotaLine | None:
    """Return what the quota leaves, None where there is none."""
    left = inference.texts_left()
    if left is None:
        return None
    wanted = sum(_texts_by_channel(campaign, emails).values())
    return QuotaLine(left=number_format(left), is_short=left < wanted)


def _texts_by_channel(campaign: Campaign, emails: int) -> dict[str, int]:
    each = len(campaign.languages) * len(briefs.products_of(campaign)) * campaign.variants
    return {
        channel: emails if channel == ChannelChoice.EMAIL else each for channel in campaign.channels
    }


def _estimate(channel: str, texts: int) -> inference.Cost | None:
    try:
        model = inference.live_writer(Channel(channel))
    except DomainError:
        return None
    return inference.estimate(texts, channel, model, writer.seconds_for(texts, channel))


def _line(cost: inference.Cost) -> CostLine:
    money = "" if cost.money is None else f"{number_format(cost.money, 2)} {cost.currency}"
    energy = cost.watt_hours
    return CostLine(
        model=cost.model,
        texts=number_format(cost.texts),
        tokens=number_format(cost.tokens),
        time=words.duration(cost.seconds),
        money=money,
        energy="" if energy is None else _("%(count)s Wh") % {"count": number_format(energy, 1)},
    )
