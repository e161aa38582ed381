"""What customers say, counted: how many speak well or badly of what. People, not sentences."""

from dataclasses import dataclass

from django.db.models import Count, Q

from profiles.models import WordTrait
from profiles.services.words import LIKES
from profiles.word_labels import label_of


@dataclass(frozen=True, kw_only=True)
class OpinionCount:
    """How many people speak well of something, how many badly, and how many of it at all."""

    label: str
    good: int
    bad: int
    people: int


def count_opinions() -> list[OpinionCount]:
    """Return what the workspace's customers have opinions on, most spoken of first."""
    rows = (
        WordTrait.objects.filter(kind="aspect")
        .values("name")
        .annotate(
            good=Count("pk", filter=Q(polarity__gt=LIKES)),
            bad=Count("pk", filter=Q(polarity__lt=-LIKES)),
            people=Count("pk"),
        )
        .order_by("-people", "name")
    )
    return [
        OpinionCount(
            label=label_of(row["name"]), good=row["good"], bad=row["bad"], people=row["people"]
        )
        for row in rows
    ]
