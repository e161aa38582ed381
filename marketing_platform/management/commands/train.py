"""`manage.py train`: fine-tune a model on a workspace's approved texts, then run its gate.

Progress on standard error, then one JSON line. A run that was killed goes on from its checkpoint
when the command is given again.
"""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.services import training
from inference import services as inference
from inference.models import ModelChannel, ModelKind, RegisteredModel, RunState, TrainingRun
from tenants.context import scope
from tenants.errors import DomainError
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Fine-tune a model on a workspace's approved texts (LoRA). The result is a candidate in "
        "the registry, with its card and the result of its gate; --promote makes it live if it "
        "passed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--base", default="starter", help="“starter”, or a registered model")
        parser.add_argument("--name", default="Brand voice")
        parser.add_argument("--channel", default="", choices=ModelChannel.values)
        parser.add_argument("--minutes", type=int, default=10, help="CPU minutes at most")
        parser.add_argument("--promote", action="store_true")

    def handle(self, *args: Any, workspace: str, promote: bool, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=workspace).first()
        if tenant is None:
            raise CommandError(f"There is no workspace {workspace}.")
        start = time.monotonic()
        try:
            with scope(tenant.pk):
                run = _open_run(**options)
            inference.work_on(tenant.pk, run.pk, _read, write=inference.write)
            with scope(tenant.pk):
                line = _line(run, promote=promote, seconds=time.monotonic() - start)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(json.dumps(line, ensure_ascii=False))


def _open_run(*, base: str, name: str, channel: str, minutes: int, **options: Any) -> TrainingRun:
    """Go on with the run that was cut off, or start one."""
    if run := inference.open_runs().first():
        inference.resume_run(run)
        sys.stderr.write(f"Going on with “{run.name}”.\n")
        return run
    model = None
    if base != "starter":
        model = (
            RegisteredModel.objects.filter(name=base, kind=ModelKind.WRITER).order_by("-pk").first()
        )
        if model is None:
            raise CommandError(f"There is no model {base} in this workspace.")
    return inference.start_run(name=name, base=model, channel=channel, minutes=minutes)


def _read(run: TrainingRun) -> inference.Material:
    material = training.material_of(run)
    sys.stderr.write(f"{len(material.texts):,} approved texts, {len(material.briefs)} briefs\n")
    return material


def _line(run: TrainingRun, *, promote: bool, seconds: float) -> dict[str, Any]:
    run = TrainingRun.objects.select_related("result").get(pk=run.pk)
    if run.state != RunState.DONE or run.result is None:
        raise CommandError(run.message or f"The run is {run.get_state_display()}.")
    model = inference.promote(run.result) if promote else run.result
    gate = model.figures.get("gate", {})
    return {
        "name": "train",
        "model": str(model.public_id),
        "stage": model.stage,
        "texts": run.texts,
        "held_out": run.held_out,
        "removed": run.removed,
        "data_hash": run.data_hash,
        "figures": run.figures,
        "gate": {key: gate.get(key) for key in ("passed", "against", "briefs", "faults")},
        "seconds": round(seconds, 1),
    }
