"""Learning from edits: what reviewers changed, kept only while the workspace consents.

A pair is a text as a model wrote it and as a person left it, slots unfilled, so it holds nothing
of a customer. Without consent nothing is kept; when consent is withdrawn, all pairs are deleted.
"""

import json
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any
from uuid import UUID

from django.db import transaction

from inference.models import EditPair, LearningConsent
from inference.training_data import edit_distance, request_json
from inference.types import WritingRequest
from tenants.audit import current_actor, record


def has_consent() -> bool:
    """Whether the workspace in scope lets edits be kept."""
    return LearningConsent.objects.exists()


@transaction.atomic
def give_consent() -> None:
    """Keep edits from now on."""
    _row, made = LearningConsent.objects.get_or_create(defaults={"given_by": current_actor().user})
    if made:
        record("learning.consent_given")


@transaction.atomic
def withdraw_consent() -> int:
    """Keep none any more, and delete what was kept; return how many."""
    gone, _rows = EditPair.objects.all().delete()
    if LearningConsent.objects.all().delete()[0]:
        record("learning.consent_withdrawn", pairs=gone)
    return gone


def keep_pair(
    *,
    source: UUID,
    request: WritingRequest,
    model: str,
    prompt_version: str,
    before: Mapping[str, str],
    after: Mapping[str, str],
    reason: str = "",
) -> bool:
    """Keep what a reviewer made of a text; return whether it was kept (only with consent)."""
    if not has_consent():
        return False
    EditPair.objects.update_or_create(
        source=source,
        defaults={
            "request": request_json(request),
            "language": request.language,
            "channel": request.channel,
            "model": model,
            "prompt_version": prompt_version,
            "before": dict(before),
            "after": dict(after),
            "reason": reason,
            "distance": edit_distance(before, after),
        },
    )
    return True


def forget_pair(source: UUID) -> None:
    """The text reads as the model wrote it again."""
    EditPair.objects.filter(source=source).delete()


def preference_lines(*, size: int = 500) -> Iterator[str]:
    """Yield every pair as a line of JSON: prompt, chosen (the person's), rejected (the model's).

    The shape is that of preference training (DPO: Rafailov et al. 2023). In a scope.
    """
    last = 0
    while rows := list(EditPair.objects.filter(pk__gt=last).order_by("pk")[:size]):
        last = rows[-1].pk
        yield from (json.dumps(_preference(row), ensure_ascii=False) + "\n" for row in rows)


def distances_by_version() -> list[dict[str, Any]]:
    """Return, for each model version, how many texts were edited and by how much (median).

    In the order in which the versions were first edited, so that a line can be drawn.
    """
    versions: dict[str, list[float]] = {}
    rows = EditPair.objects.order_by("pk").values_list("model", "distance")
    for model, distance in rows.iterator():
        versions.setdefault(model, []).append(distance)
    return [
        {"model": model, "edits": len(found), "median": round(median(found), 4)}
        for model, found in versions.items()
    ]


def _preference(row: EditPair) -> dict[str, Any]:
    return {
        "id": str(row.public_id),
        "prompt": row.request,
        "chosen": row.after,
        "rejected": row.before,
        "model": row.model,
        "prompt_version": row.prompt_version,
        "reason": row.reason,
        "edit_distance": row.distance,
    }
