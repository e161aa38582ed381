"""Sending in words: why people did not get it, how long it takes, where the clock is."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Variant
from campaigns.types import Missing
from delivery import services as delivery
from delivery.models import MessageState, Sender

TONES = {
    Variant.REASON: "primary",
    Variant.PRODUCT: "series2",
    Variant.QUESTION: "series3",
    Variant.BENEFIT: "series4",
    Variant.BASE: "control",
}
"""The colour of each variant, the same on every page."""


@dataclass(frozen=True, kw_only=True)
class MissingLine:
    """One reason in words, what happens now, and how many people it is."""

    reason: str
    happens: str
    people: int


def describe_missing(rows: Sequence[Missing]) -> list[MissingLine]:
    happens = {
        MessageState.FAILED: _("Not tried again"),
        MessageState.SUPPRESSED: _("Not sent"),
        MessageState.CANCELLED: _("Cancelled before it left"),
        MessageState.MISSED: _("Too late; waits for you to go on"),
        MessageState.IN_DOUBT: _("May have arrived. Not tried again by itself"),
    }
    return [
        MissingLine(
            reason=_reason(row),
            happens=happens[MessageState(row.state)],
            people=row.people,
        )
        for row in rows
    ]


def _reason(row: Missing) -> str:
    by_state = {
        MessageState.FAILED: _("Refused by the recipient’s server"),
        MessageState.SUPPRESSED: _("Not allowed"),
        MessageState.CANCELLED: _("Sending was cancelled"),
        MessageState.MISSED: _("Could not start in time"),
        MessageState.IN_DOUBT: _("The server did not answer"),
    }
    return delivery.describe_reason(row.reason) or by_state[MessageState(row.state)]


def minutes(people: int, sender: Sender | None) -> int:
    """Return how long the sending takes at the sender's pace, at least one minute."""
    pace = sender.per_hour if sender and sender.per_hour else 20_000
    return max(1, ceil(people * 60 / pace))


def zone_name() -> str:
    return timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
