"""The table of training runs goes back to a version that knows those of writers alone."""

import pytest
from django.core.management import call_command
from django.db import connection, connections

from inference import services
from inference.models import ModelKind, TrainingRun
from tenants.context import scope
from tests.conftest import make_user, make_workspace


@pytest.mark.usefixtures("committed")
def test_no_run_of_a_classifier_is_left_to_be_taken_for_one_of_a_writer() -> None:
    acme = make_workspace("acme", make_user("Olga"))
    with scope(acme.pk):
        writer = TrainingRun.objects.create(name="Our voice")
        labels = TrainingRun.objects.create(name="Our labels", kind=ModelKind.CLASSIFIER)
    assert services.runs_due(ModelKind.CLASSIFIER) == [(acme.pk, labels.pk)]
    connection.close()
    try:
        call_command("migrate", "inference", "0005", database="owner", verbosity=0)
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT run_id FROM inference_runs_due()")
            assert cursor.fetchall() == [(writer.pk,)]
        connections["owner"].close()
    finally:
        call_command("migrate", database="owner", verbosity=0)
    with scope(acme.pk):
        assert TrainingRun.objects.get() == writer
