"""Move a campaign that has just been sent into the past, as if it had been sent weeks ago.

It was made by the same code as any other; only its moments change. The audit log stays as it is:
it only grows.
"""

import random
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet

from campaigns.models import Approval, Campaign, Creative
from delivery.models import Hit, HitKind, Mailing, Message, Unsubscribe

WEEKS_AGO = timedelta(days=23, hours=3)
LATEST_CLICK_H = 60


def is_past(campaign: Campaign) -> bool:
    """Whether the campaign has been moved already."""
    return Mailing.objects.filter(
        source=campaign.public_id, created_at__gt=F("started_at") + timedelta(days=1)
    ).exists()


def move_sending(campaign: Campaign) -> None:
    """Let everything up to the sending have happened weeks ago."""
    mailing = Mailing.objects.filter(source=campaign.public_id)
    _back(mailing, "due_at", "started_at", "finished_at")
    _back(Message.objects.filter(mailing__in=mailing), "sent_at", "attempted_at", "due_at")
    _back(Campaign.objects.filter(pk=campaign.pk), "launched_at", "send_at", "created_at")
    _back(Approval.objects.filter(campaign=campaign), "created_at")
    _back(Creative.objects.filter(campaign=campaign), "written_at", "reviewed_at", "created_at")


def move_answers(campaign: Campaign) -> None:
    """Spread people's clicks over the days after; machines click at once."""
    hits = Hit.objects.filter(message__mailing__source=campaign.public_id).select_related("message")
    draw = random.Random(campaign.name)  # noqa: S311 - a drawing
    rows = list(hits.order_by("pk"))
    for hit in rows:
        hours = draw.random() ** 3 * LATEST_CLICK_H if hit.kind == HitKind.HUMAN else 0.0
        hit.at = hit.message.sent_at + timedelta(hours=hours, seconds=2)
    Hit.objects.bulk_update(rows, ["at"], batch_size=500)
    _back(Unsubscribe.objects.filter(message__mailing__source=campaign.public_id), "at")


def _back(rows: QuerySet[Any], *names: str) -> None:
    rows.update(**{name: F(name) - WEEKS_AGO for name in names})
