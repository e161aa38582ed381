"""A team that trains a classifier from the screen: its files, pages and worker."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from inference.models import TrainingRun
from tenants.context import scope
from tenants.models import Tenant

BASE = "/w/acme/settings/models/classifiers/"
CHOICE = {"text": "said", "label": "kind", "oos": "", "language": "", "name": "Questions"}


def table(said: list[tuple[str, str]], more: str = "") -> bytes:
    lines = [f'{at},"{text}",{label}' for at, (text, label) in enumerate(said)]
    return ("\n".join(["id,said,kind", *lines]) + "\n" + more).encode()


def files(folder: Path, kind: str = "media") -> list[Path]:
    return [path for path in (folder / kind).rglob("*") if path.is_file()]


def send(client: Client, content: bytes, name: str = "our_questions.csv") -> Any:
    return client.post(f"{BASE}train/", {"file": SimpleUploadedFile(name, content)})


def upload(client: Client, content: bytes, name: str = "our_questions.csv") -> TrainingRun:
    answer = send(client, content, name)
    assert answer.status_code == 302, answer.content.decode()
    with scope(Tenant.objects.get(slug="acme").pk):
        return TrainingRun.objects.get(public_id=answer.url.split("/")[-2])


def page_of(run: TrainingRun) -> str:
    return f"{BASE}runs/{run.public_id}/"


def again(run: TrainingRun) -> TrainingRun:
    with scope(run.tenant_id):
        return TrainingRun.objects.get(pk=run.pk)


Start = Callable[..., Any]
