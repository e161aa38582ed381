"""The tables of figures in docs/, written from saved results of `bench` and `evaluate`.

A result is the JSON line that a measure printed, saved under docs/figures/ with its command and
date. A page has a block between two comments for the table; everything else in it is prose that
people write. So no figure in a table was typed by hand, and a test compares the two.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent.parent
FOLDER = BASE_DIR / "docs" / "figures"
START, END = "<!-- figures: {page} -->", "<!-- end of figures -->"
HEAD = "| what | measured | must | aim | command |\n|---|---|---|---|---|\n"
NOT_MEASURED = "not measured yet"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


@dataclass(frozen=True)
class Row:
    """One line of a table. `figure` is a key under "figures", or "ratio".

    `must` and `aim` are bounds with their sign: ">= 15", "<= 0.02"; "" = there is none.
    """

    result: str
    figure: str
    what: str
    must: str
    aim: str


INFERENCE = """
generation | ratio | engine against `model.generate`, starter | >= 15 | >= 40
generation | tokens_per_s | … tokens/s of CPU time |  |
generation-135m | ratio | the same, 135M Llama shape | >= 6 | >= 10
generation-7b | roofline_share | 7B on CUDA, of roofline | >= 0.4 | >= 0.6
worker | ratio | worker against the engine called directly | >= 0.9 | >= 0.95
personalise | ratio | 100,000 people in micro-segments against one by one | >= 100 | >= 1000
copy | fidelity | controls kept | >= 0.95 | >= 0.98
copy | fidelity_worst_cell | … in the worst cell of tone and goal | >= 0.95 | >= 0.98
copy | slot_errors_after_checks | slot errors after checks | <= 0 | <= 0
copy | false_promises_after_checks | false promises after checks | <= 0 | <= 0
copy | verbatim_email | emails verbatim in training | <= 0.02 |
copy | verbatim_ad | ads verbatim in training | <= 0.5 | <= 0.2
copy | verbatim_sentences | sentences verbatim in training |  | <= 0.5
copy | blocked | first drafts blocked by the checks | <= 0.05 |
nlg-e2e | bleu | E2E, BLEU | >= 64 | >= 68
nlg-e2e | slot_error_rate | … slot errors |  | <= 0
nlg-e2e | cpu_minutes | … CPU minutes, training and writing |  |
nlg-rnnlg | slot_error_rate | RNNLG laptop, slot errors | <= 0.01 | <= 0
nlg-rnnlg | bleu | … BLEU against the one reference of a meaning |  | >= 52
nlg-rnnlg | bleu_of_kinds | … BLEU as its papers count (SC-LSTM 51.16) |  | >= 52
nlg-rnnlg | cpu_minutes | … CPU minutes, training and writing |  |
nlg-viggo | bleu | ViGGO (its valid file as test), BLEU |  |
nlg-viggo | slot_error_rate | … slot errors |  | <= 0
nlg-viggo | cpu_minutes | … CPU minutes, training and writing |  |
intents-banking77 | accuracy | Banking77, accuracy | >= 0.925 | >= 0.94
intents-clinc150 | accuracy | CLINC150, accuracy in scope | >= 0.95 | >= 0.96
intents-clinc150 | oos_recall | CLINC150, foreign questions found | >= 0.8 | >= 0.88
sentiment-zh | accuracy | ChnSentiCorp, accuracy | >= 0.92 | >= 0.94
sentiment-en | accuracy | women's clothing reviews, accuracy | >= 0.9 | >= 0.92
explain | planted_hit_rate | planted causes found | >= 0.95 | >= 0.98
explain | aopc_ratio | facts named taken away, against random ones | >= 2 | >= 3
explain | aopc_ratio_text | … for whole texts, not clauses |  |
"""
"""Result, figure, words, must, aim: one row a line."""

PROFILES = """
import | ratio | import, 1,000,000 new customers, against COPY of the bytes | >= 0.15 | >= 0.25
import | ratio_updates | … all of them changed | >= 0.1 | >= 0.25
import | peak_rss_mb | … memory, MiB | <= 200 |
events | ratio | intake over HTTP, against COPY | >= 0.05 | >= 0.1
events | rows_per_s | … events/s | >= 2000 |
segments | ratio | ten rules at a million, time against the best SQL by hand | <= 1.5 | <= 1.15
segments | p95_ms | … p95, ms | <= 2000 | <= 500
audience | ratio | audience of a million, against INSERT without checks | >= 0.3 | >= 0.6
pages | p95_ms | the thirteen main pages at a million, p95, ms | <= 500 | <= 150
pages | queries | … most queries |  |
bench-recommend | ratio | top ten for 100,000, against dense numpy | >= 1 | >= 5
bench-recommend | rows_per_s | … customers/s |  |
beauty | hr@10 | Amazon Beauty, items alone, HR@10 | >= 0.083 | >= 0.0928
beauty | ndcg@10 | … NDCG@10 | >= 0.052 | >= 0.056
beauty-items | hr@10 | Amazon Beauty, with attributes, HR@10 | >= 0.083 | >= 0.0928
beauty-items | ndcg@10 | … NDCG@10 | >= 0.052 | >= 0.056
toys | hr@10 | Amazon Toys, items alone, HR@10 |  | >= 0.102
toys | ndcg@10 | … NDCG@10 |  | >= 0.065
toys-items | hr@10 | Amazon Toys, with attributes, HR@10 |  | >= 0.102
toys-items | ndcg@10 | … NDCG@10 |  | >= 0.065
lastfm | hr@10 | LastFM, items alone, HR@10 (published: .0743) |  |
lastfm | ndcg@10 | … NDCG@10 (published: .0427) |  |
lastfm-items | hr@10 | LastFM, with attributes, HR@10 |  |
lastfm-items | ndcg@10 | … NDCG@10 |  |
sessions | hr@20 | Yoochoose, 387 positions, HR@20 | >= 0.61 | >= 0.6283
sessions | mrr@20 | … MRR@20 | >= 0.334 | >= 0.344
sessions-all | hr@20 | Yoochoose, all positions, HR@20 |  |
sessions-all | mrr@20 | … MRR@20 |  |
clv-cdnow | bg_nbd.r | CDNOW, BG/NBD r (published .243) |  |
clv-cdnow | bg_nbd.alpha | … alpha (published 4.414) |  |
clv-cdnow | bg_nbd.a | … a (published .793) |  |
clv-cdnow | bg_nbd.b | … b (published 2.426) |  |
clv-cdnow | mae | CDNOW, repeat orders, MAE | <= 0.785 | <= 0.75
clv-cdnow | heuristic_mae | … MAE of the simple rule |  |
clv-cdnow | auc | … AUC "buys again" |  |
clv-cdnow | coverage_80 | … 80 % intervals cover | >= 0.75 | <= 0.85
clv-online-retail | mae | Online Retail to May 2011, then 13 weeks, MAE |  |
clv-online-retail | heuristic_mae | … MAE of the simple rule |  |
clv-online-retail | auc | … AUC "buys again" |  |
clv-online-retail | coverage_80 | … 80 % intervals cover | >= 0.75 | <= 0.85
"""


def _rows(text: str) -> tuple[Row, ...]:
    return tuple(
        Row(*(cell.strip() for cell in f"{line} ".split(" |"))) for line in text.strip().split("\n")
    )


PAGES: dict[str, tuple[str, tuple[Row, ...]]] = {
    "inference": ("docs/inference.md", _rows(INFERENCE)),
    "profiles": ("docs/profiles.md", _rows(PROFILES)),
}


def save(name: str, command: str, line: str, date: str) -> Path:
    """Keep the JSON line that `command` printed. Paths in the command are cut to file names.

    Raises ValueError for a line that is no result, or a name that is no file name.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"“{name}” is no name of a result: small letters, digits and hyphens.")
    result = json.loads(line)
    if not isinstance(result, dict) or "figures" not in result:
        raise ValueError("The last line is not the JSON line of a measure.")
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    kept = {"command": re.sub(r"\S*/", "", command), "date": date, "result": result}
    path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def write_page(page: str) -> Path:
    """Write the tables of a page anew. Raises KeyError for a page that has none."""
    path = BASE_DIR / PAGES[page][0]
    path.write_text(filled(page, path.read_text(encoding="utf-8")), encoding="utf-8")
    return path


def filled(page: str, text: str) -> str:
    """Return the text of a page with its block of figures written anew."""
    start = START.format(page=page)
    before, found, rest = text.partition(start)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{PAGES[page][0]} lacks the lines {start} and {END}.")
    return f"{before}{start}\n\n{_table(page)}{END}{after}"


def _table(page: str) -> str:
    rows = PAGES[page][1]
    results = {row.result: read(row.result) for row in rows}
    lines = [_line(row, results[row.result]) for row in rows]
    sources = "".join(_sources(results))
    return HEAD + "".join(lines) + "\n" + (f"{sources}\n" if sources else "")


def read(name: str) -> dict[str, Any] | None:
    """Return a saved result, None if there is none."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        return None
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _line(row: Row, kept: dict[str, Any] | None) -> str:
    value = _figure(kept, row.figure)
    shown = NOT_MEASURED if value is None else f"**{value:,g}**{_verdict(value, row)}"
    command = f"`{kept['command']}`" if kept else ""
    return f"| {row.what} | {shown} | {_bound(row.must)} | {_bound(row.aim)} | {command} |\n"


def _figure(kept: dict[str, Any] | None, key: str) -> float | None:
    if kept is None:
        return None
    result = kept["result"]
    value: Any = result["figures"]
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    value = result.get(key) if value is None else value
    return float(value) if isinstance(value, int | float) else None


def _verdict(value: float, row: Row) -> str:
    """Say which bound is missed; nothing where there is none to miss."""
    if row.must and not _holds(value, row.must):
        return " (misses the least)"
    return " (misses the aim)" if row.aim and not _holds(value, row.aim) else ""


def _holds(value: float, bound: str) -> bool:
    sign, number = bound.split()
    return value >= float(number) if sign == ">=" else value <= float(number)


def _bound(bound: str) -> str:
    return bound.replace(">=", "≥").replace("<=", "≤") or "–"


def _sources(results: dict[str, dict[str, Any] | None]) -> Iterator[str]:
    for name, kept in results.items():
        if kept:
            result = kept["result"]
            yield (
                f"- {name}: {kept['date']}, {result.get('machine', 'machine not named')}, "
                f"{result.get('seconds', '?')} s, revision {result.get('revision', 'unknown')}\n"
            )
