"""Two people start the training of a classifier in the same moment."""

import io
import threading

import pytest
from django.db import connection

from inference.models import RunState, TrainingRun
from profiles.services import classifier_runs
from profiles.services.classifier_runs import Choice
from tenants.context import scope
from tenants.errors import Conflict
from tests.conftest import make_user, make_workspace
from tests.profiles.labelled import table
from tests.profiles.test_classifiers import rows

CHOICE = Choice(text="said", label="kind", name="Questions")


@pytest.mark.usefixtures("committed", "folder")
def test_one_is_trained_at_a_time_whoever_asks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier_runs, "ring", lambda *_: None)
    acme = make_workspace("acme", make_user("Olga"))
    with scope(acme.pk):
        first, second = (
            classifier_runs.take_in(io.BytesIO(table(rows(400))), name)
            for name in ("first.csv", "second.csv")
        )
    said: list[str] = []

    def start_second() -> None:
        try:
            with scope(acme.pk):
                classifier_runs.start(second, CHOICE)
        except Conflict as error:
            said.append(error.message)
        finally:
            connection.close()

    beside = threading.Thread(target=start_second)
    with scope(acme.pk):
        classifier_runs.start(first, CHOICE)
        beside.start()
        beside.join(2)  # it waits for what is committed here
    beside.join()
    assert said == ["A classifier is being trained. Wait for it, or stop it first."]
    with scope(acme.pk):
        states = dict(TrainingRun.objects.values_list("pk", "state"))
    assert states == {first.pk: RunState.WAITING, second.pk: RunState.UPLOADED}
