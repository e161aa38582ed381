"""A classifier is trained from the screen: the training, from its start to its end."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inference import runs as life
from inference.models import ModelStage, RegisteredModel, RunState, TrainingRun
from profiles import tasks
from profiles.services import classifier_runs, privacy
from profiles.services.classifier_runs import Choice
from tenants.context import scope
from tenants.models import AuditEntry, Tenant, User
from tests.profiles.labelled import (
    BASE,
    CHOICE,
    Start,
    again,
    files,
    page_of,
    send,
    table,
    upload,
)
from tests.profiles.test_classifiers import SAID, rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def test_a_team_without_a_shell_trains_a_classifier_and_makes_it_live(
    as_olga: Client, acme: Tenant, olga: User, folder: Path, start: Start
) -> None:
    run = upload(as_olga, table(rows(400), "401,only a text,\n402,,Money back\n"))
    (path,) = files(folder)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert str(acme.public_id) in str(path)
    body = as_olga.get(page_of(run)).content.decode()
    assert "400 texts with a label" in body
    assert "our_questions.csv, rows without a label" in body
    assert "(line 402)" in body
    assert "our_questions.csv, rows with a label but no text: 1 (line 403)" in body
    assert body.count('<span class="tabular">200</span>') == 2
    assert "The texts look like: English" in body
    form = as_olga.get(page_of(run)).context["form"]
    assert (form["text"].value(), form["label"].value()) == ("said", "kind")
    assert form["name"].value() == "our questions"

    assert start(run).status_code == 302
    run = again(run)
    assert (run.state, run.message, run.share, run.file.name) == (RunState.DONE, "", 1.0, "")
    assert files(folder) == []
    with scope(acme.pk):
        model = RegisteredModel.objects.get()
        assert (model.name, model.stage, model.created_by) == ("Questions", "candidate", olga)
        assert run.result == model
        assert run.texts + run.held_out == 400
        assert run.held_out == model.figures["held_out"]
        assert AuditEntry.objects.filter(action="training.started").count() == 1
    answer = as_olga.get(page_of(run), follow=True)
    assert answer.redirect_chain == [(f"{BASE}{model.public_id}/", 302)]
    shown = answer.content.decode()
    for words in ("Passed.", "Macro-F1", "Calibration error", "Texts that get no label"):
        assert words in shown
    as_olga.post(f"{BASE}{model.public_id}/promote/")
    with scope(acme.pk):
        model.refresh_from_db()
        assert model.stage == ModelStage.LIVE
    assert "our questions" not in as_olga.get(BASE).content.decode()


def test_one_is_trained_at_a_time(as_olga: Client, acme: Tenant, start: Start) -> None:
    first, second = upload(as_olga, table(rows(400))), upload(as_olga, table(rows(300)))
    start(first, work=False)
    answer = start(second)
    assert "A classifier is being trained." in answer.content.decode()
    assert (again(first).state, again(second).state) == (RunState.WAITING, RunState.UPLOADED)
    assert "Waiting for a worker" in as_olga.get(f"{page_of(first)}progress/").content.decode()
    body = as_olga.get(BASE).content.decode()
    assert "Training runs" in body
    start(first)  # a second click starts nothing
    with scope(acme.pk):
        assert AuditEntry.objects.filter(action="training.started").count() == 1


def test_the_sweeper_takes_up_a_run_whose_worker_died(
    as_olga: Client, acme: Tenant, start: Start, folder: Path, commit: Any
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    with scope(acme.pk):
        assert life.claim_run(run.pk, "classifier") is not None
    tasks.ring_classifiers()
    assert again(run).state == RunState.RUNNING  # it is held still
    with scope(acme.pk):
        TrainingRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert "began anew" not in as_olga.get(page_of(run)).content.decode()
    with commit():
        tasks.ring_classifiers()
    run = again(run)
    assert (run.state, run.attempts) == (RunState.DONE, 2)
    assert files(folder) == []


def test_a_file_that_kills_its_workers_is_given_up(
    as_olga: Client, acme: Tenant, start: Start, folder: Path, commit: Any
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    with scope(acme.pk):
        TrainingRun.objects.update(
            state=RunState.RUNNING, attempts=3, lease_until=timezone.now() - timedelta(seconds=1)
        )
    assert "began anew" in as_olga.get(page_of(run)).content.decode()
    with commit():
        tasks.ring_classifiers()
    run = again(run)
    assert (run.state, run.file.name) == (RunState.FAILED, "")
    assert run.message == "Training broke off 3 times. Upload a part of the file."
    assert files(folder) == []
    assert run.message in as_olga.get(page_of(run)).content.decode()
    assert run.message in as_olga.get(BASE).content.decode()
    assert as_olga.get(f"{page_of(run)}progress/").headers["HX-Refresh"] == "true"


def test_a_run_that_keeps_its_worker_too_long_is_given_up(
    as_olga: Client,
    acme: Tenant,
    start: Start,
    folder: Path,
    commit: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(classifier_runs, "MOST_SECONDS", 0)
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    with commit():
        tasks.ring_classifiers()
    run = again(run)
    assert run.state == RunState.FAILED
    assert run.message == "Training took an hour and was given up. Upload a part of the file."
    assert files(folder) == files(folder, "models") == []


def test_what_goes_wrong_in_the_worker_is_said_in_the_language_of_the_workspace(
    as_olga: Client, acme: Tenant, start: Start, folder: Path
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    for path in files(folder):
        path.unlink()
    Tenant.objects.filter(pk=acme.pk).update(language="zh-hans")
    tasks.ring_classifiers()
    assert again(run).message == "文件已不存在，请重新上传。"


def test_a_run_is_stopped_and_leaves_nothing(
    as_olga: Client,
    acme: Tenant,
    start: Start,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    commit: Any,
) -> None:
    monkeypatch.setattr(life, "TOLD_SECONDS", 0)
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)

    def stop(*_: Any, **__: Any) -> Any:
        with scope(acme.pk):
            classifier_runs.stop(again(run))
        return told(*_, **__)

    told = life.Watch.tell
    monkeypatch.setattr(life.Watch, "tell", stop)
    with commit():
        tasks.ring_classifiers()
    assert again(run).state == RunState.STOPPED
    assert files(folder) == files(folder, "models") == []
    with scope(acme.pk):
        assert not RegisteredModel.objects.exists()
    assert "The training was stopped." in as_olga.get(page_of(run)).content.decode()


def test_a_run_stopped_at_the_last_moment_registers_nothing(
    as_olga: Client, acme: Tenant, start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    end = life.end_run

    def stop_then_end(run_id: int, state: str, **fields: Any) -> bool:
        TrainingRun.objects.filter(pk=run_id).update(state=RunState.STOPPED)
        return end(run_id, state, **fields)

    monkeypatch.setattr("inference.services.end_run", stop_then_end)
    tasks.ring_classifiers()
    assert files(folder, "models") == []
    with scope(acme.pk):
        assert not RegisteredModel.objects.exists()


def test_a_file_is_discarded(as_olga: Client, acme: Tenant, folder: Path, commit: Any) -> None:
    run = upload(as_olga, table(rows(400)))
    with commit():
        answer = as_olga.post(f"{page_of(run)}stop/", follow=True)
    assert "The file is deleted." in answer.content.decode()
    assert files(folder) == []
    assert again(run).state == RunState.STOPPED
    twice = as_olga.post(f"{page_of(run)}stop/", follow=True)
    assert "is over already" in twice.content.decode()


def test_a_file_that_nobody_starts_goes_after_thirty_days(
    as_olga: Client, acme: Tenant, folder: Path, commit: Any
) -> None:
    run = upload(as_olga, table(rows(400)))
    with scope(acme.pk):
        assert privacy.drop_leftovers() == (0, 0)
        assert len(files(folder)) == 1
        later = timezone.now() + timedelta(days=31)
        with commit():
            assert privacy.drop_leftovers(at=later) == (0, 1)
    assert files(folder) == []
    assert (again(run).state, again(run).message) == (
        RunState.FAILED,
        "The file is gone. Upload it again.",
    )


def test_a_file_whose_worker_died_after_the_last_word_goes_at_night(
    as_olga: Client, acme: Tenant, folder: Path, commit: Any
) -> None:
    run = upload(as_olga, table(rows(400)))
    with scope(acme.pk):
        TrainingRun.objects.update(state=RunState.DONE)
        with commit():
            privacy.drop_leftovers()
    assert (files(folder), again(run).file.name) == ([], "")


def test_a_marketer_sees_that_one_is_trained_and_nothing_of_the_file(
    as_olga: Client, acme: Tenant, mark: User, folder: Path
) -> None:
    run = upload(as_olga, table(rows(400)))
    as_mark = Client()
    as_mark.force_login(mark, backend="allauth.account.auth_backends.AuthenticationBackend")
    body = as_mark.get(page_of(run)).content.decode()
    assert "An owner looks at the file" in body
    assert not any(word in body for word in ("courier", *SAID))
    assert "/train/" not in as_mark.get(BASE).content.decode()
    assert as_mark.get(f"{BASE}train/").status_code == 403
    assert send(as_mark, table(rows(400))).status_code == 403
    assert as_mark.post(page_of(run), CHOICE | {"do": "start"}).status_code == 403
    assert as_mark.post(f"{page_of(run)}stop/").status_code == 403
    assert again(run).state == RunState.UPLOADED
    assert len(files(folder)) == 1


def test_another_workspace_finds_no_run_and_its_worker_takes_none(
    as_olga: Client, acme: Tenant, globex: Tenant, eve: User, start: Start, folder: Path
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, work=False)
    as_eve = Client()
    as_eve.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    theirs = f"/w/globex/settings/models/classifiers/runs/{run.public_id}/"
    assert as_eve.get(theirs).status_code == 404
    assert as_eve.get(f"{theirs}progress/").status_code == 404
    assert as_eve.post(f"{theirs}stop/").status_code == 404
    classifier_runs.work_on(globex.pk, run.pk)
    with scope(globex.pk):
        assert not RegisteredModel.objects.exists()
    assert again(run).state == RunState.WAITING
    assert len(files(folder)) == 1


def test_a_classifier_is_no_brand_voice(as_olga: Client, acme: Tenant) -> None:
    run = upload(as_olga, table(rows(400)))
    voices = "/w/acme/settings/models/training/"
    assert "our questions" not in as_olga.get(voices).content.decode()
    assert as_olga.get(f"{voices}{run.public_id}/").status_code == 404
    assert as_olga.post(f"{voices}{run.public_id}/resume/").status_code == 404
    assert again(run).state == RunState.UPLOADED


def test_the_language_that_was_chosen_is_the_one_that_is_learnt_by(
    as_olga: Client, acme: Tenant, start: Start
) -> None:
    run = upload(as_olga, table(rows(400)))
    start(run, language="mixed")
    with scope(acme.pk):
        assert RegisteredModel.objects.get().figures["languages"] == ["zh-hans", "other"]
    assert Choice(**again(run).options).language == "mixed"
