"""An import survives what happens to its worker, and asks for little memory."""

import contextlib
import io
import os
import resource
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from profiles.importers import alike, batches
from profiles.models import Customer, Import, ImportState, RejectedRow
from profiles.services import import_runs, imports
from profiles.services.reader_process import ReaderDied
from profiles.tasks import resume_all_imports
from tenants.context import scope
from tenants.models import Tenant
from tests.profiles.files import counts

ROWS = 50
PEOPLE = "email,first name\n" + "".join(
    f"p{n}@example.com,N{n}\n" if n % 10 else "wrong,\n" for n in range(ROWS)
)


def waiting(content: str = PEOPLE) -> Import:
    import_ = imports.start_import(
        kind="customers", file=io.BytesIO(content.encode()), file_name="people.csv"
    )
    return imports.confirm_mapping(import_, import_.mapping, enqueue=False)


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@pytest.mark.django_db
def test_a_killed_import_goes_on_where_it_stopped(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS", 10)
    import_ = waiting(PEOPLE + "p1@example.com,Other\n")
    merge, merged = import_runs.merge_alike, []

    def die_at_the_third(*args):
        merged.append(args[1].last_line)
        if len(merged) == 3:
            raise Killed
        return merge(*args)

    monkeypatch.setattr(import_runs, "merge_alike", die_at_the_third)
    with pytest.raises(Killed):
        imports.run_import(import_.pk)
    import_.refresh_from_db()
    assert (import_.state, import_.rows_read) == (ImportState.RUNNING, 20)
    assert imports.run_import(import_.pk).rows_read == 20  # the dead worker holds it still

    Import.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert imports.find_unfinished() == [import_.pk]
    import_ = imports.run_import(import_.pk)
    assert merged == [11, 21, 31, 31, 41, 51]  # no row of the last chunk is left
    assert counts(import_) == (45, 0, 0, 6)
    assert Customer.objects.count() == 45
    rows = RejectedRow.objects.order_by("line").values_list("line", "code")
    assert list(rows) == [(n, "email_invalid") for n in (2, 12, 22, 32, 42)] + [(52, "duplicate")]


@pytest.mark.django_db
def test_a_file_that_kills_every_worker_is_given_up(in_acme: Tenant) -> None:
    import_ = waiting()
    Import.objects.update(
        state=ImportState.RUNNING,
        attempts=import_runs.MAX_ATTEMPTS,
        lease_until=Now() - timedelta(seconds=1),
    )
    import_ = imports.run_import(import_.pk)
    assert import_.state == ImportState.FAILED
    assert "Reading stopped 5 times" in import_.error


@pytest.mark.django_db
def test_a_lost_bell_is_rung_again(acme: Tenant, django_capture_on_commit_callbacks) -> None:
    with scope(acme.pk):
        import_ = waiting()
        Import.objects.update(created_at=Now() - timedelta(minutes=2))
    with django_capture_on_commit_callbacks(execute=True):
        resume_all_imports()
    with scope(acme.pk):
        import_.refresh_from_db()
        assert (import_.state, import_.created) == (ImportState.DONE, 45)


@pytest.mark.django_db
def test_a_file_that_is_gone_fails_with_a_sentence(in_acme: Tenant) -> None:
    import_ = waiting()
    import_runs.path_of(import_).unlink()
    import_ = imports.run_import(import_.pk)
    assert (import_.state, import_.error) == (
        ImportState.FAILED,
        "The file is gone. Upload it again.",
    )


@pytest.mark.django_db
def test_a_file_is_read_while_queries_are_logged(in_acme: Tenant) -> None:
    """As they are where DEBUG is on."""
    with CaptureQueriesContext(connection):
        import_ = imports.run_import(waiting().pk)
    assert (import_.state, import_.created) == (ImportState.DONE, 45)


@pytest.mark.django_db
def test_no_temporary_table_is_left(in_acme: Tenant) -> None:
    imports.run_import(waiting().pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_policies WHERE schemaname LIKE 'pg_temp%'")
        assert cursor.fetchone() == (0,)


WORKER = """
import django, sys
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from profiles.importers import batches
batches.ROWS = 500
from profiles.services import imports

def tell(one):
    print(one.rows_read, flush=True)
    if one.rows_read >= 10_000:
        input()  # nobody answers: it is killed before the end, however late

print("ready", flush=True)
imports.run_import(int(sys.argv[2]), tell, tenant_id=int(sys.argv[3]))
"""


def test_kill_9_of_a_worker_loses_nothing_and_counts_nothing_twice(committed: None) -> None:
    tenant = Tenant.objects.create(slug="acme", name="Acme")
    content = "email\n" + "".join(f"p{n}@example.com\n" for n in range(20_000))
    with scope(tenant.pk):
        import_ = waiting(content)
    command = [
        sys.executable,
        "-c",
        WORKER,
        settings.DATABASES["default"]["NAME"],
        str(import_.pk),
        str(tenant.pk),
    ]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    for _kill in range(2):
        with subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=settings.BASE_DIR,
            env=environment,
        ) as worker:
            assert worker.stdout is not None
            for _line in range(4):
                worker.stdout.readline()
            readers = psutil.Process(worker.pid).children()
            worker.send_signal(signal.SIGKILL)
        assert readers
        assert psutil.wait_procs(readers, timeout=60)[1] == []
        with scope(tenant.pk):
            Import.objects.update(lease_until=Now() - timedelta(seconds=1))
    done = imports.run_import(import_.pk, tenant_id=tenant.pk)
    assert done.state == ImportState.DONE
    assert counts(done) == (20_000, 0, 0, 0)
    with scope(tenant.pk):
        assert Customer.objects.count() == 20_000


def test_two_threads_make_of_a_file_what_one_makes(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that are new, known, in the way of others, and refused, over many chunks."""
    monkeypatch.setattr(batches, "ROWS", 20)
    monkeypatch.setattr(import_runs, "SMALL", 0)
    known = "customer_id,email\n" + "".join(f"C{n},p{n}@example.com\n" for n in range(0, 300, 2))
    emails = {n: f"p{n}@example.com" for n in range(100, 500)}
    emails |= dict.fromkeys(range(149, 500, 50), "wrong")
    emails |= {n: f"p{n - 153}@example.com" for n in range(153, 253, 10)}  # of others
    file = "customer_id,email,first name\n" + "".join(
        f"C{n},{email},N{n}\n" for n, email in emails.items()
    )
    results = []
    for lanes in (1, 2):
        monkeypatch.setattr(import_runs, "LANES", lanes)
        tenant = Tenant.objects.create(slug=f"acme-{lanes}", name="Acme")
        with scope(tenant.pk):
            first, second = waiting(known), waiting(file)
        imports.run_import(first.pk, tenant_id=tenant.pk)
        done = imports.run_import(second.pk, tenant_id=tenant.pk)
        with scope(tenant.pk):
            rejected = RejectedRow.objects.order_by("line").values_list(
                "line", "column", "value", "code", "message", "row"
            )
            people = Customer.objects.order_by("external_id").values_list(
                "external_id", "email", "first_name"
            )
            results.append((counts(done), list(rejected), list(people)))
    assert results[0] == results[1]
    assert all(results[0][0][at] for at in (0, 1, 3))
    assert {row[3] for row in results[0][1]} == {"email_taken", "email_invalid"}
    assert results[0][1][0][5] == ["C149", "wrong", "N149"]


def test_two_chunks_are_merged_at_the_same_time(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge, both = import_runs.merge_alike, threading.Barrier(2, timeout=20)

    def meet(*args):
        outcome = merge(*args)
        both.wait()
        return outcome

    monkeypatch.setattr(batches, "ROWS", 20)
    monkeypatch.setattr(import_runs, "SMALL", 0)
    monkeypatch.setattr(import_runs, "merge_alike", meet)
    tenant = Tenant.objects.create(slug="acme", name="Acme")
    for city, expected in (("Bonn", (400, 0, 0, 0)), ("Rome", (0, 400, 0, 0))):
        content = "email,city\n" + "".join(f"p{n}@example.com,{city}\n" for n in range(400))
        with scope(tenant.pk):
            import_ = waiting(content)
        assert counts(imports.run_import(import_.pk, tenant_id=tenant.pk)) == expected


def test_somebody_who_waits_for_two_chunks_does_not_stop_a_file(
    committed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first chunk waits for him, he for the second one, and that for the first."""
    merge = import_runs.merge_alike
    he_has_one, second_is_merged = threading.Event(), threading.Event()

    def tell(*args):
        outcome = merge(*args)
        if args[1].lines[0] > 20:
            second_is_merged.set()
        return outcome

    def move_two() -> None:
        with scope(tenant.pk):
            Customer.objects.filter(email="p1@example.com").update(city="Rome")
            he_has_one.set()
            assert second_is_merged.wait(20)
            Customer.objects.filter(email="p25@example.com").update(city="Rome")
        connection.close()

    monkeypatch.setattr(alike, "PATIENCE", "300ms")
    monkeypatch.setattr(batches, "ROWS", 20)
    monkeypatch.setattr(import_runs, "SMALL", 0)
    monkeypatch.setattr(import_runs, "merge_alike", tell)
    tenant = Tenant.objects.create(slug="acme", name="Acme")
    people = "email,city\n" + "".join(f"p{n}@example.com,Köln\n" for n in range(40))
    with scope(tenant.pk):
        before, import_ = waiting(people), waiting(people.replace("Köln", "Bonn"))
    imports.run_import(before.pk, tenant_id=tenant.pk)
    second_is_merged.clear()
    with ThreadPoolExecutor(1) as pool:
        he = pool.submit(move_two)
        assert he_has_one.wait(20)
        done = imports.run_import(import_.pk, tenant_id=tenant.pk)
        he.result()
    assert counts(done) == (0, 40, 0, 0)
    with scope(tenant.pk):
        assert Customer.objects.filter(city="Bonn").count() == 40


FIND_IN_A_COPY = """
import sys
from profiles.importers import columns
from profiles.importers.seen import Seen, hash_all

columns.load()
before = set(sys.modules)
with Seen() as seen:
    for size in (2, 3):
        keys = hash_all([f"p{n}" for n in range(size)])
        seen.add_all(keys, keys, keys)
print(sorted(set(sys.modules) - before))
"""


def test_a_reader_looks_for_repeats_without_loading_anything() -> None:
    """Of a module that a thread was loading at the fork, it would wait for the lock for ever."""
    command = [sys.executable, "-c", FIND_IN_A_COPY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert done.stdout == "[]\n"


@pytest.mark.django_db
def test_a_reader_that_is_killed_does_not_end_the_file_early(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS", 500)
    import_ = waiting("email\n" + "".join(f"p{n}@example.com\n" for n in range(20_000)))

    def kill_readers(_one: Import) -> None:
        for one in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):  # it dies while we look
                if one.status() != psutil.STATUS_ZOMBIE and one.cmdline() == sys.orig_argv:
                    one.kill()

    with pytest.raises(ReaderDied):
        imports.run_import(import_.pk, kill_readers)
    import_.refresh_from_db()
    assert import_.state == ImportState.RUNNING
    assert 500 <= import_.rows_read < 20_000
    Import.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert counts(imports.run_import(import_.pk)) == (20_000, 0, 0, 0)


@pytest.mark.django_db
def test_what_a_reader_cannot_read_is_said_by_the_import(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "SMALL", 0)
    import_ = waiting()
    import_runs.path_of(import_).unlink()
    import_ = imports.run_import(import_.pk)
    assert (import_.state, import_.error) == (
        ImportState.FAILED,
        "The file is gone. Upload it again.",
    )


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_file(
    in_acme: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wide rows: the second half of the file must not need more than the first did."""
    monkeypatch.setattr(import_runs, "SMALL", 10**9)  # read in this process, which is measured
    monkeypatch.setattr(batches, "CHARACTERS", 128 * 1024)
    path = tmp_path / "wide.csv"
    wide = "x" * 900
    path.write_text("email,note\n" + "".join(f"p{n}@example.com,{wide}\n" for n in range(4000)))
    import_ = imports.start_import(kind="customers", file=path, file_name="wide.csv")
    imports.confirm_mapping(import_, {"email": "email"}, enqueue=False)
    peaks: list[int] = []
    imports.run_import(
        import_.pk, lambda _one: peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    )
    assert len(peaks) > 20
    assert peaks[-1] - peaks[len(peaks) // 2] < 4 * 1024
