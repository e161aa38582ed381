"""A classifier is trained from the screen: a file, and what is read of it."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from inference.models import RegisteredModel, RunState, TrainingRun
from tenants.context import scope
from tenants.models import AuditEntry, Tenant
from tests.profiles.labelled import (
    CHOICE,
    Start,
    again,
    files,
    page_of,
    send,
    table,
    upload,
)
from tests.profiles.test_classifiers import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("folder")]


def test_other_columns_are_looked_at_and_nothing_starts(
    as_olga: Client, acme: Tenant, django_capture_on_commit_callbacks: Any
) -> None:
    run = upload(as_olga, table(rows(400)))
    with django_capture_on_commit_callbacks() as rung:
        look = CHOICE | {"label": "id", "do": "look", "name": "My own name"}
        answer = as_olga.post(page_of(run), look)
    assert answer.status_code == 200
    assert "A classifier has at most 200 labels." in answer.content.decode()
    assert answer.context["form"]["name"].value() == "My own name"
    assert rung == []
    assert again(run).state == RunState.UPLOADED
    same = as_olga.post(page_of(run), look | {"label": "said"}).content.decode()
    assert "Choose a column of texts and another one of their labels." in same


@pytest.mark.parametrize("event", ["started", "discarded", "lost"])
def test_a_second_tab_is_shown_anew_once_there_is_nothing_to_look_at(
    as_olga: Client, acme: Tenant, folder: Path, start: Start, event: str
) -> None:
    run = upload(as_olga, table(rows(400)))
    if event == "started":
        start(run, work=False)
    elif event == "discarded":
        as_olga.post(f"{page_of(run)}stop/")
    else:
        files(folder)[0].unlink()
    look = CHOICE | {"do": "look"}
    answer = as_olga.post(page_of(run), look, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers.get("HX-Refresh")) == (200, "true")
    assert answer.content == b""
    shown = as_olga.get(page_of(run), follow=True).content.decode()
    said = {
        "started": "When it is done, this page shows",
        "discarded": "The training was stopped.",
        "lost": "The file is gone. Upload it again.",
    }
    assert shown.count(said[event]) == 1


def test_a_table_without_names_of_columns_is_read_by_their_place(
    as_olga: Client, acme: Tenant, start: Start
) -> None:
    lines = "\n".join(f"{text};{label}" for text, label in rows(400))
    run = upload(as_olga, lines.encode())
    answer = as_olga.get(page_of(run))
    assert "The first line holds values." in answer.content.decode()
    assert "400 texts with a label" in answer.content.decode()
    start(run, text="1", label="2")
    assert again(run).state == RunState.DONE


BAD_FILES = [
    (b"", "is empty"),
    (b"text,label\n", "a header and no rows"),
    (b"PK\x03\x04" + bytes(range(256)), "Save it as CSV"),
    (b"\x1f\x8b\x08broken", "is packed and damaged"),
    (b"text,label\n" + b"x" * (21 * 1024 * 1024), "is larger than 20 MB"),
    (gzip.compress(b"text,label\n" + b"x" * (21 * 1024 * 1024)), "is larger than 20 MB"),
    (b"\x81\xff\x8d\xff" * 99, "is not text"),
    (b"[" * 100_000, "a header and no rows"),
    (b'text,label\n"' + b"x" * 10_000_001, "a cell there has no end"),
    (
        gzip.compress(gzip.compress(b"text,label\n" + b"x,y\n" * 99)),
        "is a spreadsheet or an archive",
    ),
    (gzip.compress(b"PK\x03\x04" + b"xl/workbook.xml" * 99), "a spreadsheet or an archive."),
    (b"\0" * 5000, "our.csv is empty"),
    (b"text,label\n" + b"a,b\n" * 500_000, "more than a million cells"),
    (b"[" + b"{}," * 500_000 + b"{}]", "has more than a million cells"),
    (b"x" * 11_000_000, "too long for the names of columns"),
    (b'{"train": 5, "oos_train": []}', "has no part “train”"),
    (b'{"train": null, "oos_train": []}', "no part “train” of pairs"),
]


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES, ids=[one for _, one in BAD_FILES])
def test_a_file_that_cannot_be_read_is_refused_and_not_kept(
    as_olga: Client, acme: Tenant, folder: Path, content: bytes, sentence: str
) -> None:
    answer = send(as_olga, content, "our.csv")
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert str(folder) not in answer.content.decode()
    with scope(acme.pk):
        assert not TrainingRun.objects.exists()
    assert files(folder) == []


def test_signs_that_are_none_are_left_out(as_olga: Client, acme: Tenant) -> None:
    content = rb'[{"text": "\ud800Hello \u0000there", "label": "greeting\udfff"}]'
    answer = as_olga.get(page_of(upload(as_olga, content, "our.json")))
    assert answer.status_code == 200
    assert '<td class="wide">Hello there</td>' in answer.content.decode()


def test_a_file_named_by_a_number_needs_another_name_and_then_starts(
    as_olga: Client, acme: Tenant
) -> None:
    run = upload(as_olga, table(rows(400)), "2026-05.csv")
    body = as_olga.get(page_of(run)).content.decode()
    assert "“2026-05” is shown to people: write words" in body
    assert "disabled>" in body
    field = body[body.index('name="name"') :].partition(">")[0]
    assert 'hx-post=""' in field  # another name is looked at as another column is
    named = as_olga.post(page_of(run), CHOICE | {"do": "look", "name": "May"}).content.decode()
    assert "disabled>" not in named
    assert 'hx-post=""' not in named[named.index('name="name"') :].partition(">")[0]


@pytest.mark.parametrize("label", ["has_diabetes", "HASDIABETES", "d1abetes", "同 性 戀"])
def test_a_protected_label_is_marked_and_cannot_be_learnt(
    as_olga: Client, acme: Tenant, folder: Path, start: Start, label: str
) -> None:
    said = [(text, label if given == "Money back" else given) for text, given in rows(400)]
    run = upload(as_olga, table(said))
    body = as_olga.get(page_of(run)).content.decode()
    assert "never labelled by these" in body
    assert "refused</span>" in body
    assert "disabled>" in body
    answer = start(run)
    assert answer.status_code == 422
    assert "never labelled by these" in answer.content.decode()
    assert again(run).state == RunState.UPLOADED
    assert len(files(folder)) == 1
    with scope(acme.pk):
        assert not RegisteredModel.objects.exists()
        assert not AuditEntry.objects.filter(action="training.started").exists()
    start(run, oos=label)  # nor can it be learnt as what gets no label, alone
    assert again(run).state == RunState.UPLOADED


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (rows(40), "at least 20 are needed"),
        ([(text, "Parcel late") for text, _label in rows(400)], "so it needs at least two"),
        ([(text, str(at % 2)) for at, (text, _l) in enumerate(rows(400))], "is shown to people"),
        ([(text, "travel" if at % 2 else "b") for at, (text, _l) in enumerate(rows(400))],
         "There is a topic named travel already"),
    ],
)  # fmt: skip
def test_what_cannot_be_learnt_is_said_before_and_refused(
    as_olga: Client, acme: Tenant, start: Start, said: list[tuple[str, str]], sentence: str
) -> None:
    run = upload(as_olga, table(said))
    looked = as_olga.post(page_of(run), CHOICE | {"do": "look"})
    assert sentence in looked.content.decode()
    answer = start(run)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert again(run).state == RunState.UPLOADED
