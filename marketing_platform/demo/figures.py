"""What happened, counted from the rows and from the mail server's own list."""

from collections import Counter
from pathlib import Path

from django.db.models import Q

from campaigns.models import AudienceMember, Campaign, Creative, CreativeState, Place
from delivery import services as delivery
from delivery.models import Hit, HitKind, Message, MessageState, Unsubscribe
from profiles.models import Customer

KEYS = (
    "customers", "recipients", "micro_segments", "creatives", "blocked", "fallback", "sent",
    "delivered", "clicks", "unsubscribes", "duplicates", "seconds",
)  # fmt: skip


def count(campaign: Campaign, mailbox: Path, seconds: float) -> dict[str, float]:
    """Return the figures of one workspace, in whose scope we are.

    `blocked` texts were turned down by a check at least once; those that never passed are
    `fallback`, and their people got the base text. `clicks` are people's messages that a person
    (not a mail scanner) followed. `duplicates` are mails that the server took twice.
    """
    mailing = delivery.find_mailing(campaign.public_id)
    creatives = Creative.objects.filter(campaign=campaign)
    messages = Message.objects.filter(mailing=mailing)
    sent = messages.filter(state=MessageState.SENT)
    ids = messages.values_list("public_id", flat=True)
    return {
        "customers": Customer.objects.count(),
        "recipients": AudienceMember.objects.filter(
            campaign=campaign, place=Place.RECIPIENT
        ).count(),
        "micro_segments": campaign.micro_segments.count(),
        "creatives": creatives.count(),
        "blocked": creatives.filter(Q(state=CreativeState.FALLBACK) | Q(attempts__gt=1)).count(),
        "fallback": creatives.filter(state=CreativeState.FALLBACK).count(),
        "sent": sent.count(),
        "delivered": sent.filter(bounced_at=None).count(),
        "clicks": Hit.objects.filter(message__mailing=mailing, kind=HitKind.HUMAN)
        .values("message")
        .distinct()
        .count(),
        "unsubscribes": Unsubscribe.objects.filter(message__mailing=mailing).count(),
        "duplicates": duplicates(mailbox, set(map(str, ids))),
        "seconds": round(seconds, 1),
    }


def duplicates(mailbox: Path, ids: set[str]) -> int:
    """Return how many of these messages the mail server accepted more than once."""
    log = mailbox / "accepted.log"
    if not log.exists():
        return 0
    names = Counter(line.partition("@")[0] for line in log.read_text("utf-8").splitlines())
    return sum(1 for name, times in names.items() if times > 1 and name in ids)


def add_up(parts: list[dict[str, float]], seconds: float) -> dict[str, float]:
    total = {key: sum(part[key] for part in parts) for key in KEYS}
    return total | {"seconds": round(seconds, 1)}
