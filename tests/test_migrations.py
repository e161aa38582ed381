"""Migrations say what the models say, follow one line, and go back."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from tests.samples import OURS

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


def test_no_change_of_a_model_lacks_its_migration() -> None:
    out = StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, stdout=out, stderr=out)
    except SystemExit:
        pytest.fail(f"Run manage.py makemigrations:\n{out.getvalue()}")


def test_every_app_has_one_newest_migration() -> None:
    loader = MigrationLoader(connections["owner"])
    assert loader.detect_conflicts() == {}


def test_every_migration_can_be_taken_back() -> None:
    loader = MigrationLoader(connections["owner"])
    stuck = [
        f"{app}.{name}: {operation}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
        for operation in migration.operations
        if not operation.reversible
    ]
    assert not stuck, f"Say how to undo these: {stuck}"
