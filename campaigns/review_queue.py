"""What a person must read, in which order, and how much of the rest.

Creatives that must be read (base texts, findings to look at) are decided one by one. Of all
others a random sample is read; the sample grows with each fault found in it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Q, QuerySet, TextField, Value, When
from django.db.models.functions import MD5, Cast, Concat

from campaigns.models import Campaign, Creative, CreativeState
from campaigns.sampling import sample_size, say_claim

REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True)
class ReviewQueue:
    """What has to be read. `read` and `rejected` count in the sample; edited texts count as
    rejected there, because what was wrong with them is not wrong with them alone.

    `sample` is in the order of the draw, `must_read` by size of the group. `sentence` says
    exactly what the reading proves so far.
    """

    must_read: list[Creative]
    sample: list[Creative]
    population: int
    sample_size: int
    read: int
    rejected: int
    sentence: str

    @property
    def unread_must(self) -> list[Creative]:
        return [creative for creative in self.must_read if not creative.verdict]

    @property
    def is_done(self) -> bool:
        return not self.unread_must and self.read >= self.sample_size

    @property
    def order(self) -> list[Creative]:
        """All of them, as J goes through them."""
        return [*self.must_read, *self.sample]


NEEDS_A_LOOK = ~Q(must_read="") | Q(micro_segment=None) | Q(findings__contains=[{"level": "look"}])


def readable_creatives(campaign: Campaign) -> QuerySet[Any]:
    """The texts that a person can decide on, marked with `alone`: must be read one by one.

    Creatives; the type checker does not know fields that a query adds.
    """
    return Creative.objects.filter(
        campaign=campaign, state__in=[CreativeState.WRITTEN, CreativeState.REJECTED]
    ).annotate(
        alone=Case(
            When(NEEDS_A_LOOK, then=Value(True)), default=Value(False), output_field=BooleanField()
        ),
        draw=MD5(
            Concat(
                Value(campaign.public_id.hex),
                Cast("public_id", TextField()),
                output_field=TextField(),
            )
        ),
    )


def creatives_to_review(campaign: Campaign) -> ReviewQueue:
    """Return what has to be read, in the order in which it is read.

    The draw depends on the campaign's and the creatives' public ids only, so everybody who asks
    sees the same sample, before and after a crash.
    """
    texts = readable_creatives(campaign).select_related("micro_segment", "snapshot")
    must = [*texts.filter(alone=True).order_by("-micro_segment__size", "id")]
    drawn = readable_creatives(campaign).filter(alone=False)
    population = drawn.count()
    size, faults = _sample(drawn, population)
    sample = [*texts.filter(alone=False).order_by("draw")[:size]]
    read = len([creative for creative in sample if creative.verdict])
    return ReviewQueue(
        must_read=must,
        sample=sample,
        population=population,
        sample_size=size,
        read=read,
        rejected=faults,
        sentence=say_claim(population, size, read, faults),
    )


def _sample(drawn: QuerySet[Any], population: int) -> tuple[int, int]:
    """Return the size of the sample and the faults in it: each fault found makes it grow."""
    size, faults = sample_size(population), 0
    while True:
        found = sum(
            1
            for verdict, edited in drawn.order_by("draw").values_list("verdict", "edit_reason")[
                :size
            ]
            if verdict == REJECTED or edited
        )
        if found == faults:
            return size, faults
        faults = found
        size = max(size, sample_size(population, faults))


def count_waiting(campaign: Campaign) -> int:
    """Return how many texts of the campaign wait to be read."""
    must = readable_creatives(campaign).filter(alone=True, verdict="").count()
    drawn = readable_creatives(campaign).filter(alone=False)
    size, _faults = _sample(drawn, drawn.count())
    verdicts = drawn.order_by("draw").values_list("verdict", flat=True)[:size]
    read = len([verdict for verdict in verdicts if verdict])
    return must + size - read
