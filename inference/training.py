"""Training a writer on a workspace's approved texts: started, worked on, judged.

A run reads its material in a scope, trains with no transaction open, and writes how far it is in
short scopes of its own. Whoever takes it up after its worker died (`inference.runs`) goes on from
its checkpoint.
"""

import importlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from inference import registry
from inference.errors import NotPromotable
from inference.gate import GateResult, Write, run_gate
from inference.models import ModelChannel, RegisteredModel, RunState, TrainingRun
from inference.runs import Watch, claim_run, end_run, open_runs, update_run
from inference.training_data import ApprovedText, Prepared, prepare
from inference.types import WriterRef, WritingRequest
from inference.writers import built_in, live_writer, writer_of
from tenants.audit import current_actor, record
from tenants.context import scope
from tenants.errors import BadInput, Conflict, DomainError

LEAST_TEXTS = 20
LEASE_TO_JUDGE = timedelta(hours=1)
LEAST_TURN_SECONDS, MOST_TURN_SECONDS = 60, 600
"""A run that gives way trains at least so long before it is asked, and no longer than the other."""
CURVE_POINTS = 400
GiveWay = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a run learns from and is judged by."""

    texts: list[ApprovedText] = field(default_factory=list)
    briefs: list[WritingRequest] = field(default_factory=list)
    brand_words: tuple[str, ...] = ()


def start_run(
    *, name: str, base: RegisteredModel | None, channel: str = "", minutes: int = 10
) -> TrainingRun:
    """Ask for a fine-tune of `base` (None: the starter model). Raises BadInput, Conflict."""
    if not name.strip():
        raise BadInput(_("Give the new model a name."))
    if not 1 <= minutes <= 600:
        raise BadInput(_("Training takes between 1 and 600 minutes. Choose a number between them."))
    if channel not in ModelChannel.values:
        raise BadInput(_("There is no channel “%s”.") % channel)
    if open_runs().exists():
        raise Conflict(_("A training run is under way. Wait for it, or stop it first."))
    run = TrainingRun.objects.create(
        name=name.strip()[:120],
        base=base,
        channel=channel,
        minutes=minutes,
        created_by=current_actor().user,
    )
    record("training.started", run, base=base.name if base else "starter")
    return run


def work_on(
    tenant_id: int,
    run_id: int,
    read: Callable[[TrainingRun], Material],
    *,
    write: Write,
    should_give_way: GiveWay | None = None,
) -> bool:
    """Train and judge. To be called outside a scope, in a worker; a fault ends up on the row.

    With `should_give_way` the run trains for some minutes at a time. Returns whether it waits for
    its next turn.
    """
    with scope(tenant_id):
        run = claim_run(run_id)
    if run is None:
        return False
    try:
        with scope(tenant_id):
            material = read(run)
        watch = _Watch(tenant_id, run, should_give_way)
        model = run.result or _train(run, material, watch)
        if model is None:
            return watch.gave_way
        with scope(tenant_id):
            update_run(run_id, lease=LEASE_TO_JUDGE)
        judge(tenant_id, model.pk, material, write=write)
        with scope(tenant_id):
            end_run(run_id, RunState.DONE, result=model)
    except DomainError as error:
        with scope(tenant_id):
            end_run(run_id, RunState.FAILED, message=error.message)
    return False


def judge(tenant_id: int, model_id: int, material: Material, *, write: Write) -> GateResult:
    """Run a model's gate and keep what it found. Workers only, outside a scope."""
    with scope(tenant_id):
        model = RegisteredModel.objects.select_related("base").get(pk=model_id)
        rival = registry.live_model(model.channel)
        live = writer_of(rival) if rival else live_writer(model.channel)
        candidate = writer_of(model)
    briefs = [b for b in material.briefs if model.channel in ("", b.channel)]
    result = run_gate(candidate, live, briefs, write=write, brand_words=material.brand_words)
    with scope(tenant_id):
        kept = {
            **asdict(result),
            "against": live.name,
            "against_key": str(rival.public_id) if rival else "",
            "at": timezone.now().isoformat(),
        }
        registry.save_gate(model, kept)
    return result


def adapter_folder(run: TrainingRun) -> str:
    """Where the run's adapter is, below MODELS_DIR."""
    return f"adapters/{run.public_id}"


# ---- Steps --------------------------------------------------------------------------------------


def _prepare(run: TrainingRun, material: Material) -> Prepared:
    prepared = prepare(material.texts)
    TrainingRun.objects.filter(pk=run.pk).update(
        texts=len(prepared.learn),
        held_out=len(prepared.held_out),
        removed=prepared.removed,
        data_hash=prepared.data_hash,
    )
    if len(prepared.learn) < LEAST_TEXTS:
        raise NotPromotable(
            _(
                "%(count)s approved texts are left to learn from; at least %(least)s are needed. "
                "Approve more texts, then start again."
            )
            % {"count": len(prepared.learn), "least": LEAST_TEXTS}
        )
    return prepared


def _train(run: TrainingRun, material: Material, watch: "_Watch") -> RegisteredModel | None:
    """Return the model, or None when the run was stopped or gave way."""
    with scope(watch.tenant_id):
        base = writer_of(run.base) if run.base else built_in("starter")
        prepared = _prepare(run, material)
    figures = _tune(run, base, prepared, watch)
    with scope(watch.tenant_id):
        if watch.gave_way:
            TrainingRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(
                state=RunState.WAITING, lease_until=None
            )
        return _register(run, prepared, figures) if figures else None


def _tune(
    run: TrainingRun, base: WriterRef, prepared: Prepared, watch: "_Watch"
) -> dict[str, Any] | None:
    tuning = importlib.import_module("inference.tuning")
    root = Path(settings.MODELS_DIR)
    checkpoint = root / "runs" / f"{run.public_id}.safetensors"
    tuned = tuning.tune(
        base,
        prepared,
        root / adapter_folder(run),
        minutes=run.minutes,
        device=settings.INFERENCE_DEVICE,
        checkpoint=checkpoint,
        card={"name": run.name, "base": base.name, "data_hash": prepared.data_hash},
        report=watch.report,
        should_stop=watch.should_stop,
    )
    if watch.stopped or watch.gave_way:
        return None
    checkpoint.unlink(missing_ok=True)
    return {
        "perplexity_before": round(tuned.perplexity_before, 4),
        "perplexity": round(tuned.perplexity_after, 4),
        "steps": tuned.progress.step,
        "cpu_minutes": round(tuned.progress.cpu_seconds / 60, 2),
        "adapter_parameters": tuned.parameters,
    }


def _register(run: TrainingRun, prepared: Prepared, figures: dict[str, Any]) -> RegisteredModel:
    base = run.base
    model = registry.register(
        name=run.name,
        source=base.source if base else "starter",
        revision=base.revision if base else "",
        base=base,
        adapter=adapter_folder(run),
        channel=run.channel,
        prompt_version=base.prompt_version if base else "",
        data_hash=prepared.data_hash,
        figures=figures,
        card=_card(run, prepared, figures),
    )
    TrainingRun.objects.filter(pk=run.pk).update(result=model, figures=figures)
    return model


def _card(run: TrainingRun, prepared: Prepared, figures: dict[str, Any]) -> str:
    removed = ", ".join(f"{name} {count}" for name, count in prepared.removed.items()) or "none"
    return (
        f"{run.name}: an adapter of {run.base.name if run.base else 'the starter model'}.\n"
        f"Learnt from {len(prepared.learn)} approved texts of this workspace "
        f"(hash {prepared.data_hash[:12]}); removed: {removed}.\n"
        f"Held-out perplexity on {len(prepared.held_out)} texts: "
        f"{figures['perplexity_before']} before, {figures['perplexity']} after, "
        f"{figures['steps']} steps, {figures['cpu_minutes']} CPU minutes.\n"
        "For texts of this workspace's channels and languages; checked like every text."
    )


class _Watch(Watch):
    """Keeps the loss curve too; hears when somebody needs the worker."""

    def __init__(
        self, tenant_id: int, run: TrainingRun, should_give_way: GiveWay | None = None
    ) -> None:
        super().__init__(tenant_id, run)
        self.curve: list[list[float]] = list(run.curve)
        self.gave_way = False
        self._should_give_way = should_give_way

    def report(self, progress: Any, share: float) -> None:
        done = [point for point in self.curve if point[0] < progress.step]
        self.curve = [*done, [progress.step, round(progress.loss, 4)]][-CURVE_POINTS:]
        self.tell(share, curve=self.curve)

    def should_stop(self) -> bool:
        spent = time.monotonic() - self.began
        if self._should_give_way and not self.stopped and spent >= LEAST_TURN_SECONDS:
            self.gave_way = spent >= MOST_TURN_SECONDS or self._should_give_way()
        return self.stopped or self.gave_way
