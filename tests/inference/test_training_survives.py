"""Training runs whose worker dies, or is needed elsewhere, go on from what was learnt."""

import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from campaigns import tasks
from campaigns.services import training as campaigns_training
from delivery.crash import worker_environment
from inference import runs, training, tuning
from inference import services as inference
from inference.engine import lora
from inference.engine.train import Progress
from inference.models import RegisteredModel, RunState, TrainingRun
from inference.types import Writing, WritingRequest
from tenants.context import scope
from tenants.models import Tenant
from tests.conftest import make_user, make_workspace
from tests.inference.slow_trainer import material

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def globex(committed: None) -> Tenant:
    return make_workspace("globex", make_user("Gustav"))


@pytest.fixture
def run(globex: Tenant, tiny_folder: Path, tmp_path: Path, settings) -> TrainingRun:
    settings.MODELS_DIR = tmp_path
    shutil.copytree(tiny_folder, tmp_path / "tiny")
    with scope(globex.pk):
        base = inference.register(name="Tiny", source="tiny")
        return inference.start_run(name="Voice", base=base, minutes=1)


def written(requests: list[WritingRequest], **_: object) -> list[Writing]:
    return inference.write(requests, model="fake")


def checkpoint_of(run: TrainingRun) -> Path:
    return Path(django_settings.MODELS_DIR) / "runs" / f"{run.public_id}.safetensors"


def told_steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets every step from now on. Runs take some more than one."""
    steps: list[int] = []
    monkeypatch.setattr(lora, "EVERY_STEPS", 1)
    monkeypatch.setattr(tuning, "Plan", partial(tuning.Plan, epochs=60))
    report = training._Watch.report

    def listen(watch: training._Watch, progress: Progress, share: float) -> None:
        steps.append(progress.step)
        report(watch, progress, share)

    monkeypatch.setattr(training._Watch, "report", listen)
    return steps


def test_the_sweeper_takes_up_a_run_whose_worker_was_killed(
    run: TrainingRun, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "tests.inference.slow_trainer", str(globex.pk), str(run.pk)],
        env=worker_environment() | {"MODELS_DIR": str(django_settings.MODELS_DIR)},
        cwd=django_settings.BASE_DIR,
    )
    try:
        wait_for(checkpoint_of(run), worker)
    finally:
        worker.kill()  # -9
        worker.wait()
    with scope(globex.pk):
        run.refresh_from_db()
        assert run.state == RunState.RUNNING, "nobody could say that it died"
    while not inference.runs_due():  # until the lease has run out
        time.sleep(0.1)
    monkeypatch.setattr(campaigns_training, "material_of", material)
    tasks.ring_trainers()
    with scope(globex.pk):
        run.refresh_from_db()
        assert (run.state, run.message) == (RunState.DONE, "")
        # A run from the beginning would be over after one step.
        assert run.figures["steps"] > 1, "it went on, and did not begin again"
        assert RegisteredModel.objects.filter(runs=run).count() == 1
    assert not checkpoint_of(run).exists()
    assert inference.runs_due() == []


def wait_for(path: Path, worker: subprocess.Popen[bytes]) -> None:
    for _tenth in range(1_200):
        if path.exists():
            return
        assert worker.poll() is None, "the worker ended by itself"
        time.sleep(0.1)
    raise AssertionError("the worker saves nothing")


def test_a_run_gives_way_to_texts_that_wait_and_goes_on_behind_them(
    run: TrainingRun, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "LEAST_TURN_SECONDS", 0)
    steps = told_steps(monkeypatch)

    def turn(*, is_needed: bool) -> bool:
        return inference.work_on(
            globex.pk, run.pk, material, write=written, should_give_way=lambda: is_needed
        )

    assert turn(is_needed=True)
    assert checkpoint_of(run).exists()
    with scope(globex.pk):
        run.refresh_from_db()
        assert (run.state, run.lease_until, run.result) == (RunState.WAITING, None, None)
    assert inference.runs_due() == [(globex.pk, run.pk)]
    learnt = steps[-1]
    assert not turn(is_needed=False)
    assert steps[steps.index(learnt) + 1] > learnt
    with scope(globex.pk):
        run.refresh_from_db()
        assert run.state == RunState.DONE


def test_a_run_that_was_stopped_keeps_its_checkpoint(
    run: TrainingRun, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_steps(monkeypatch)
    monkeypatch.setattr(runs, "TOLD_SECONDS", 0)

    def read(run: TrainingRun) -> inference.Material:
        inference.stop_run(run)
        return material()

    assert not inference.work_on(globex.pk, run.pk, read, write=written)
    assert checkpoint_of(run).exists()
    assert inference.runs_due() == []
    with scope(globex.pk):
        assert not RegisteredModel.objects.filter(runs=run).exists()
        inference.resume_run(run)
    assert inference.runs_due() == [(globex.pk, run.pk)]


def test_a_run_whose_worker_died_while_it_was_judged_is_only_judged_again(
    run: TrainingRun, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope(globex.pk):
        model = inference.register(name="Voice", source="tiny")
        TrainingRun.objects.filter(pk=run.pk).update(result=model)
    steps = told_steps(monkeypatch)
    inference.work_on(globex.pk, run.pk, material, write=written)
    assert steps == []
    with scope(globex.pk):
        run.refresh_from_db()
        assert (run.state, run.result) == (RunState.DONE, model)
        assert "gate" in RegisteredModel.objects.get(pk=model.pk).figures
