"""Importing by hand: upload, check the columns, watch, see what became of every row."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from profiles.models import Customer, Import, ImportState, RejectedRow
from tenants.context import scope
from tenants.models import Tenant, User

pytestmark = pytest.mark.django_db

PEOPLE = (
    "客户编号,邮箱,姓名,同意接收邮件,生日\n1,ann@example.com,王芳,是,\n2,bob(at)mail,李雷,否,\n"
)
LIST = "/w/acme/imports/"


def upload(client: Client, content: str, kind: str = "customers", query: str = "") -> Import:
    file = SimpleUploadedFile("people.csv", content.encode())
    answer = client.post(f"{LIST}new/{query}", {"kind": kind, "file": file})
    assert answer.status_code == 302, answer.content.decode()
    with scope(Tenant.objects.get(slug="acme").pk):
        return Import.objects.get(public_id=answer.url.split("/")[-2])


@pytest.fixture
def read(django_capture_on_commit_callbacks, as_olga: Client):
    """Confirm the guessed columns of an import and let a worker read it."""

    def confirm(import_: Import, **changes: str) -> None:
        page = as_olga.get(f"{LIST}{import_.public_id}/")
        form = page.context["form"]
        data = {field.name: field.value() or "" for field in form} | changes
        with django_capture_on_commit_callbacks(execute=True):
            answer = as_olga.post(f"{LIST}{import_.public_id}/", data)
            assert answer.status_code == 302, answer.content.decode()

    return confirm


def test_a_new_workspace_is_told_how_to_begin(as_olga: Client) -> None:
    page = as_olga.get(LIST)
    assert "No imports yet" in page.content.decode()
    template = as_olga.get(f"{LIST}templates/customers.csv")
    assert template.content.decode("utf-8-sig").startswith("external_id,email,")


def test_columns_are_guessed_and_nothing_is_saved_before_they_are_confirmed(
    as_olga: Client, acme: Tenant
) -> None:
    import_ = upload(as_olga, PEOPLE)
    page = as_olga.get(f"{LIST}{import_.public_id}/").content.decode()
    assert "Check the columns" in page
    assert import_.mapping == {
        "external_id": "客户编号",
        "email": "邮箱",
        "name": "姓名",
        "may_email": "同意接收邮件",
        "attributes.生日": "生日",
    }
    with scope(acme.pk):
        assert not Customer.objects.exists()


def test_a_file_is_read_and_the_rejected_row_is_shown_with_its_cell(
    as_olga: Client, acme: Tenant, read
) -> None:
    import_ = upload(as_olga, PEOPLE)
    read(import_)
    page = as_olga.get(f"{LIST}{import_.public_id}/").content.decode()
    assert "Email is not an address" in page
    assert "bob(at)mail" in page
    with scope(acme.pk):
        ann = Customer.objects.get()
        assert (ann.external_id, ann.first_name, ann.may_email) == ("1", "王芳", True)
        assert ann.consents.get().source == "people.csv"


def test_rejected_rows_are_downloaded_corrected_and_uploaded(
    as_olga: Client, acme: Tenant, read, django_capture_on_commit_callbacks
) -> None:
    import_ = upload(as_olga, PEOPLE.replace("李雷", "=1+1"))
    read(import_)
    answer = as_olga.get(f"{LIST}{import_.public_id}/rejected/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["邮箱"], row["姓名"], row["rejected_line"]) for row in rows] == [
        ("bob(at)mail", "'=1+1", "3")
    ]
    corrected = text.replace("bob(at)mail", "bob@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        again = upload(as_olga, corrected, query=f"?again={import_.public_id}")
    with scope(acme.pk):
        again.refresh_from_db()
    assert (again.state, again.created, again.rejected) == (ImportState.DONE, 1, 0)
    with scope(acme.pk):
        assert Customer.objects.get(email="bob@example.com").first_name == "=1+1"


def test_a_column_name_is_no_formula_in_the_rejected_rows(
    as_olga: Client, acme: Tenant, read, django_capture_on_commit_callbacks
) -> None:
    import_ = upload(as_olga, PEOPLE.replace("生日", "=1+1"))
    read(import_)
    answer = as_olga.get(f"{LIST}{import_.public_id}/rejected/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=1+1" in next(csv.reader(io.StringIO(text)))
    with django_capture_on_commit_callbacks(execute=True):
        again = upload(as_olga, text, query=f"?again={import_.public_id}")
    with scope(acme.pk):
        again.refresh_from_db()
    assert (again.state, again.rejected) == (ImportState.DONE, 1)
    assert "=1+1" in again.columns


def test_a_stored_file_is_for_the_platform_alone(as_olga: Client, acme: Tenant, settings) -> None:
    import_ = upload(as_olga, PEOPLE)
    path = Path(settings.MEDIA_ROOT) / import_.file.name
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_an_earlier_import_that_is_none_is_no_crash(as_olga: Client, acme: Tenant) -> None:
    again = "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"
    assert as_olga.get(f"{LIST}new/?again={again}").status_code == 200


def test_dates_read_the_wrong_way_are_mended_for_all_rows_at_once(
    as_olga: Client, acme: Tenant, read, django_capture_on_commit_callbacks
) -> None:
    orders = "order_id,customer_id,date,total\no1,1,03/04/2026,5\no2,1,04/25/2026,7\n"
    import_ = upload(as_olga, orders, "orders")
    read(import_, date_order="dmy")
    page = as_olga.get(f"{LIST}{import_.public_id}/").content.decode()
    assert "the month may stand first" in page
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_olga.post(f"{LIST}{import_.public_id}/retry/", {"code": "date_invalid"})
    with scope(acme.pk):
        again = Import.objects.get(public_id=answer.url.split("/")[-2])
        assert (again.created, again.rejected) == (1, 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "The file is empty"), ("email\n", "a header and no rows")],
)
def test_a_file_that_cannot_be_read_is_refused_where_it_is_chosen(
    as_olga: Client, acme: Tenant, content: str, sentence: str
) -> None:
    file = SimpleUploadedFile("x.csv", content.encode())
    answer = as_olga.post(f"{LIST}new/", {"kind": "customers", "file": file})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with scope(acme.pk):
        assert not Import.objects.exists()


def test_a_needed_column_that_is_left_out_is_named(as_olga: Client, acme: Tenant) -> None:
    import_ = upload(as_olga, "a,b\n1,2\n")
    answer = as_olga.post(f"{LIST}{import_.public_id}/", {"date_order": "dmy"})
    assert answer.status_code == 422
    assert "Choose the column for: Customer number or Email." in answer.content.decode()


def test_progress_asks_until_the_file_is_read(as_olga: Client, acme: Tenant) -> None:
    import_ = upload(as_olga, PEOPLE)
    with scope(acme.pk):
        Import.objects.update(state=ImportState.RUNNING, rows_read=1234, bytes_read=1)
    url = f"{LIST}{import_.public_id}/progress/"
    assert "1,234 rows read" in as_olga.get(url).content.decode()
    with scope(acme.pk):
        Import.objects.update(state=ImportState.DONE)
    assert as_olga.get(url).headers["HX-Refresh"] == "true"


def test_an_analyst_looks_and_does_not_import(acme: Tenant, vic: User) -> None:
    client = Client()
    client.force_login(vic, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(LIST).status_code == 200
    file = SimpleUploadedFile("x.csv", PEOPLE.encode())
    assert client.post(f"{LIST}new/", {"kind": "customers", "file": file}).status_code == 403
    with scope(acme.pk):
        assert not Import.objects.exists()


def test_another_workspace_finds_nothing(as_olga: Client, acme: Tenant, eve: User, read) -> None:
    import_ = upload(as_olga, PEOPLE)
    read(import_)
    client = Client()
    client.force_login(eve, backend="allauth.account.auth_backends.AuthenticationBackend")
    for url in ("", "rejected/", "progress/"):
        assert client.get(f"/w/globex/imports/{import_.public_id}/{url}").status_code == 404
    assert client.post(f"/w/globex/imports/{import_.public_id}/retry/").status_code == 404
    with scope(acme.pk):
        assert RejectedRow.objects.count() == 1
