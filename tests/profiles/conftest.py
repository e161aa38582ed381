"""A team that trains a classifier from the screen: its folder, what is committed, the start."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from inference.engine import classify_fit
from inference.models import TrainingRun
from tests.profiles.labelled import CHOICE, Start, page_of


@pytest.fixture
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.MODELS_DIR = tmp_path / "models"
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(classify_fit, "can_embed", lambda: False)
    return tmp_path


@pytest.fixture
def commit(django_capture_on_commit_callbacks: Any) -> Callable[[], Any]:
    """What is done in it is committed: files go then."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def start(django_capture_on_commit_callbacks: Any, as_olga: Client) -> Start:
    """Choose and start, and let the worker that is rung for do its work."""

    def begin(run: TrainingRun, *, work: bool = True, **changes: str) -> Any:
        with django_capture_on_commit_callbacks(execute=work):
            return as_olga.post(page_of(run), CHOICE | changes | {"do": "start"})

    return begin
