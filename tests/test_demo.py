"""The demo as a newcomer runs it: real servers, real workers, mail that arrives. Twice.

The texts come from the fake writer, which needs no model; `make demo` has the starter model.
"""

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from inference.services import read_text
from marketing_platform import server_home
from marketing_platform.demo.behaviour import Year
from marketing_platform.demo.figures import KEYS
from marketing_platform.demo.files import write_files
from marketing_platform.demo.shops import SHOPS
from marketing_platform.demo.writings import draw_writings
from tests.test_embedded import processes_of, wait_for

COMMAND = [sys.executable, "manage.py", "demo", "--scale", "0.1"]
"""Of fewer recipients none might click: every day the shops have other customers."""
OPERATORS = (
    "DATABASE_URL",
    "DATABASE_OWNER_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "PORT",
    "PYTHONUNBUFFERED",  # would hide an address that stays in a buffer
)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An installation of its own, of which nothing runs any more after the test."""
    var = tmp_path / "var"
    kept = {name: value for name, value in os.environ.items() if name not in OPERATORS}
    yield kept | {
        "VAR_DIR": str(var),
        "INFERENCE_MODEL": "fake",
        "EMBEDDED_FSYNC": "off",
        "PYTHONWARNINGS": "ignore",
    }
    wait_for(lambda: not processes_of(var))
    shutil.rmtree(server_home.find_home(var).data, ignore_errors=True)


def test_the_main_job_runs_end_to_end_and_again_without_harm(environment: dict[str, str]) -> None:
    first = subprocess.run(  # noqa: S603 - ourselves
        [*COMMAND, "--once"],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert first.returncode == 0, first.stderr
    figures = json.loads(first.stdout.splitlines()[-1])
    assert set(figures) == {*KEYS, "workspaces"}
    assert set(figures["workspaces"]) == {shop.slug for shop in SHOPS}
    for part in (figures, *figures["workspaces"].values()):
        assert part["sent"] == part["recipients"] == part["delivered"] > 0
        assert part["duplicates"] == 0
        assert part["creatives"] > part["micro_segments"] > 0
    assert figures["clicks"] > 0

    again = run_until_it_stays_up(environment)
    for figure in set(KEYS) - {"seconds"}:
        assert again[figure] == figures[figure], figure


def run_until_it_stays_up(environment: dict[str, str]) -> dict[str, object]:
    """Run without --once, sign in to nothing but look at the door, and press Ctrl-C."""
    errors = Path(environment["VAR_DIR"]).with_name("errors.txt")
    with (
        errors.open("w") as stderr,
        subprocess.Popen(  # noqa: S603 - ourselves
            COMMAND,
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as demo,
    ):
        try:
            lines = list(
                itertools.takewhile(lambda line: not line.startswith("Ctrl-C"), demo.stdout)
            )
            look_at_the_door("".join(lines), errors)
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=300)
        finally:
            demo.kill()  # if it still runs
    assert demo.returncode == 0, errors.read_text()
    return json.loads(lines[0])


def look_at_the_door(text: str, errors: Path) -> None:
    address = re.search(r"http://localhost:\d+", text)
    assert address, text + errors.read_text()
    assert "marketer@tarnfield.example" in text
    with urllib.request.urlopen(f"{address[0]}/accounts/login/") as response:  # noqa: S310
        assert response.status == 200


def test_the_same_seed_draws_the_same_year() -> None:
    shop, day = SHOPS[0], date(2026, 11, 23)
    one, two = Year(shop, 50, day), Year(shop, 50, day)
    assert [line.order for line in one.lines] == [line.order for line in two.lines]
    assert [event.at for event in one.events] == [event.at for event in two.events]
    assert [line.order for line in one.lines] != [
        line.order for line in Year(shop, 50, day, 2).lines
    ]


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_a_year_is_believable(shop) -> None:
    year = Year(shop, 400, date(2026, 11, 23))
    bought = {line.customer.number for line in year.lines}
    assert 0.6 < len(bought) / 400 < 0.95  # some only look
    assert any(line.quantity < 0 for line in year.lines)  # some send back
    assert all(year.start <= line.at < year.end for line in year.lines)
    assert {one.consents["email"] for one in year.customers} == {True, False, None}
    with_code = [line for line in year.lines if line.code]
    assert {line.customer.kind.name for line in with_code} >= {"discount"}
    assert len({one.email for one in year.customers}) == 400


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_what_people_write_says_something_in_the_words_of_the_shop(shop) -> None:
    year = Year(shop, 1_000, date(2026, 11, 23))
    said = list(draw_writings(year))
    assert said == list(draw_writings(year))
    assert 100 < len(said) < 500
    assert {one.kind for one in said} == {"review", "chat", "post"}
    assert {one.consent for one in said} == {True, False}
    assert all(year.start < one.at < year.end and "{" not in one.text for one in said)
    assert all(one.text.isascii() == (shop.language == "en") for one in said)
    mentions = [mention for one in said for mention in read_text(one.text)]
    assert {mention.kind for mention in mentions} == {"aspect", "topic", "need", "intent"}
    felt = {(one.name, one.polarity > 0) for one in mentions if one.polarity}
    assert {("delivery", True), ("delivery", False), ("fit", True), ("fit", False)} <= felt


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.slug)
def test_files_are_written_as_the_shop_s_system_would(shop, tmp_path: Path) -> None:
    files = write_files(shop, Year(shop, 20, date(2026, 11, 23)), tmp_path)
    assert list(files) == ["products", "customers", "orders", "events", "texts"]
    encoding = "utf-8" if shop.language == "en" else "gb18030"
    for path in files.values():
        header, *rows = path.read_text(encoding=encoding).splitlines()
        assert len(rows) > 10
        assert len({header.count(","), *(row.count(",") for row in rows if '"' not in row)}) == 1
