"""No figure in a table of docs/ was typed by hand: each comes from a saved result."""

import json
from pathlib import Path

import pytest

from marketing_platform import figures


@pytest.mark.parametrize("page", sorted(figures.PAGES))
def test_a_page_says_what_the_saved_results_say(page: str) -> None:
    path = figures.BASE_DIR / figures.PAGES[page][0]
    text = path.read_text(encoding="utf-8")
    assert figures.filled(page, text) == text, f"Run `manage.py figures {page}`."


def test_every_saved_result_is_shown_somewhere() -> None:
    shown = {row.result for _, rows in figures.PAGES.values() for row in rows}
    assert {path.stem for path in figures.FOLDER.glob("*.json")} <= shown


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(figures, "FOLDER", tmp_path)
    return tmp_path


LINE = {"name": "explain", "figures": {"planted_hit_rate": 0.97, "aopc_ratio": 1.5}, "ratio": 1.5}


def test_a_saved_result_fills_its_rows_and_says_what_is_missed(folder: Path) -> None:
    command = "evaluate explain --records 9 --train /some/where/train.csv"
    figures.save("explain", command, json.dumps(LINE), "2026-01-02")
    text = figures.filled(
        "inference", "Prose.\n<!-- figures: inference --><!-- end of figures -->!"
    )
    assert text.startswith("Prose.")
    assert text.endswith("!")
    assert "| planted causes found | **0.97** (misses the aim) | ≥ 0.95 | ≥ 0.98 |" in text
    assert "**1.5** (misses the least)" in text
    assert "/some/where" not in text
    assert "| E2E, BLEU | not measured yet |" in text


def test_a_figure_within_a_figure_is_found(folder: Path) -> None:
    line = {"name": "clv", "figures": {"mae": 0.7, "bg_nbd": {"r": 0.243}}}
    figures.save("clv-cdnow", "evaluate clv", json.dumps(line), "2026-01-02")
    text = figures.filled("profiles", "<!-- figures: profiles --><!-- end of figures -->")
    assert "| CDNOW, BG/NBD r (published .243) | **0.243** |" in text
    assert '| … AUC "buys again" | not measured yet |' in text


@pytest.mark.parametrize(("name", "line"), [("../x", "{}"), ("explain", "[1]"), ("explain", "no")])
def test_what_is_no_result_is_not_saved(folder: Path, name: str, line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        figures.save(name, "evaluate explain", line, "2026-01-02")
    assert not list(folder.iterdir())


def test_a_page_without_a_place_for_its_figures_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        figures.filled("inference", "Prose only.")
