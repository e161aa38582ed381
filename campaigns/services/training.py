"""What a workspace's own model learns from: its approved texts, its briefs, its brand's words."""

from dataclasses import replace
from typing import Any

from django.db.models import Q

from campaigns import checks
from campaigns.models import Creative, CreativeState
from campaigns.services import gate_briefs
from catalogue.models import BrandVoice
from inference import services as inference
from inference.models import RegisteredModel, TrainingRun
from tenants.context import current_tenant_id

MOST_TEXTS = 5_000


def material_of(run: TrainingRun | None = None) -> inference.Material:
    """Read what a run, or a gate, needs. In a scope."""
    texts = approved_texts(run.channel) if run else []
    voice = BrandVoice.objects.filter(is_default=True).first()
    return inference.Material(
        texts=texts,
        briefs=gate_briefs.requests(),
        brand_words=tuple(voice.dont_words) if voice else (),
    )


def approved_texts(channel: str = "") -> list[inference.ApprovedText]:
    """Texts that a person approved, as they were approved, the newest first."""
    rows = _approved(channel).order_by("-pk")[:MOST_TEXTS]
    return [
        inference.ApprovedText(replace(checks.request_of(row), context=None), row.parts)
        for row in rows
    ]


def count_approved() -> int:
    return _approved("").count()


def start(
    *, name: str, base: RegisteredModel | None, channel: str = "", minutes: int = 10
) -> TrainingRun:
    """Start a run and ring for a worker."""
    run = inference.start_run(name=name, base=base, channel=channel, minutes=minutes)
    ring(run)
    return run


def resume(run: TrainingRun) -> None:
    """Let a run go on from its checkpoint."""
    inference.resume_run(run)
    ring(run)


def ring(run: TrainingRun) -> None:
    from campaigns.tasks import train_model  # noqa: PLC0415 - the task calls this module

    train_model.delay_on_commit(current_tenant_id(), run.pk)


def judge(model: RegisteredModel) -> None:
    """Ask a worker to run the model's gate."""
    from campaigns.tasks import judge_model  # noqa: PLC0415

    judge_model.delay_on_commit(current_tenant_id(), model.pk)


def _approved(channel: str) -> Any:
    approved = Q(verdict="approved") | Q(state=CreativeState.WRITTEN, content__isnull=False)
    rows = Creative.objects.filter(approved).exclude(parts={})
    return _with_rows(rows.filter(channel=channel) if channel else rows)


def _with_rows(rows: Any) -> Any:
    return rows.select_related("campaign", "micro_segment", "snapshot")
