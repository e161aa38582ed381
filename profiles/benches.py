"""How fast files come in, and (`bench_segments.py`) how fast segments are counted."""

import contextlib
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils.translation import gettext as _

from profiles.bench_segments import bench_segments
from profiles.recommending.benches import bench_recommend
from tenants.errors import Unavailable
from tenants.models import Tenant

COLUMNS = (
    *("customer_id", "email", "first_name", "last_name", "phone", "language", "country", "city"),
    *("tier", "points", "birthday"),
)
FIRST_NAMES = ("Anna", "Ben", "Chloé", "Dilan", "Émile", "Fatima", "芳", "小明")
CITIES = ("Berlin", "Lyon", "Porto", "Kraków", "成都", "Leeds", "Graz", "Gent")
Progress = Callable[[int, int], None]


def bench_import(progress: Progress, *, rows: int = 1_000_000, rounds: int = 5) -> dict[str, Any]:
    """Import `rows` new customers, then the same customers all changed, in a database of its own.

    The reference is a COPY of the same bytes into a heap without index, right before each import.
    A row has eleven columns, three of them kept as attributes; a consent column is left out, as
    each consent is a row of its own. Rates are rows a second from file to commit, ratios the
    medians of the rounds' ratios. `peak_rss_mb` is that of the importing process.
    """
    rates: dict[str, list[float]] = {"new": [], "updates": []}
    bare: dict[str, list[float]] = {"new": [], "updates": []}
    peaks: list[int] = []
    with _own_database(), tempfile.TemporaryDirectory() as folder:
        tenant = Tenant.objects.create(slug="bench", name="Bench")
        files = {kind: Path(folder) / f"{kind}.csv" for kind in rates}
        for seed, path in enumerate(files.values()):
            _write_customers(path, rows, seed)
        for number in range(rounds):
            _empty()
            for part, (kind, path) in enumerate(files.items()):
                done = (2 * number + part) * rows
                bare[kind].append(rows / _copy(path))
                seconds, peak = _import(
                    tenant, path, lambda read, at=done: progress(at + read, 2 * rounds * rows)
                )
                peaks.append(peak)
                rates[kind].append(rows / seconds)
    ratios = {
        kind: [own / reference for own, reference in zip(rates[kind], bare[kind], strict=True)]
        for kind in rates
    }
    return {
        "figures": {
            "rows_per_s": round(statistics.median(rates["new"])),
            "rows_per_s_updates": round(statistics.median(rates["updates"])),
            "rounds": {kind: [round(one) for one in rates[kind]] for kind in rates},
        },
        "reference": {
            "rows_per_s": round(statistics.median(bare["new"] + bare["updates"])),
            "rounds": {kind: [round(one) for one in bare[kind]] for kind in bare},
        },
        "ratio": round(statistics.median(ratios["new"]), 3),
        "ratio_updates": round(statistics.median(ratios["updates"]), 3),
        "rows": rows,
        "peak_rss_mb": max(peaks),
    }


@contextlib.contextmanager
def _own_database() -> Iterator[None]:
    """Serve from a new, migrated database inside the block; drop it after."""
    if "owner" not in settings.DATABASES:
        raise Unavailable(_("Set DATABASE_OWNER_URL: the measurement makes a database of its own."))
    before = connections["owner"].settings_dict["NAME"]
    name = f"bench_{secrets.token_hex(4)}"
    quoted = connections["owner"].ops.quote_name(name)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        _serve_from(name)
        call_command("migrate", database="owner", verbosity=0)
        yield
    finally:
        _serve_from(before)
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"DROP DATABASE {quoted}")
        connections.close_all()


def _serve_from(name: str) -> None:
    for alias in ("owner", "default"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def _write_customers(path: Path, rows: int, seed: int) -> None:
    """The same numbers and emails for every seed; everything else differs."""
    draw = random.Random(seed)  # noqa: S311 - sample data
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        for number in range(rows):
            file.write(
                f"C{number:07},customer{number}@example.com,{draw.choice(FIRST_NAMES)},"
                f"Name{draw.randrange(99_999)},+49 30 {draw.randrange(10**7):07},"
                f"{draw.choice(('en', 'zh', 'de'))},{draw.choice(('DE', 'FR', 'CN'))},"
                f"{draw.choice(CITIES)},{draw.choice(('gold', 'silver', ''))},"
                f"{draw.randrange(1000) + 1000 * seed},"
                f"19{draw.randrange(50, 99)}-0{draw.randrange(1, 10)}-11\n"
            )


def _empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE profiles_customer CASCADE")
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in COLUMNS)})")


def _copy(path: Path) -> float:
    """Return the seconds of a COPY into a heap, with its commit."""
    with connections["owner"].cursor() as cursor, path.open("rb") as file:
        cursor.execute("TRUNCATE bare")
        start = time.monotonic()
        cursor.copy_expert("COPY bare FROM STDIN (FORMAT csv, HEADER)", file)
        return time.monotonic() - start


def _import(tenant: Tenant, path: Path, on_rows: Callable[[int], None]) -> tuple[float, int]:
    """Import in a process of its own. Return seconds and its peak memory in MiB.

    The clock runs from the look at the file to the last commit.
    """
    database = connections["default"].settings_dict["NAME"]
    command = [sys.executable, "-m", "profiles.bench_worker", database, str(tenant.pk), str(path)]
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdout=subprocess.PIPE,
        text=True,
        cwd=settings.BASE_DIR,
    ) as worker:
        for line in worker.stdout or ():
            match line.split():
                case ["done", seconds, peak]:
                    return float(seconds), int(peak)
                case [rows]:
                    on_rows(int(rows))
    raise Unavailable(_("The import that was measured ended early. Its words are above."))


BENCHES = {"import": bench_import, "recommend": bench_recommend, "segments": bench_segments}
