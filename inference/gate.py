"""The gate before a model goes live: the same briefs for it and for what is live, one judge.

Each text is judged in four families: facts (only what is known, all of it), format (every part,
its length, its language, plain words), brand (nothing the brand never says) and safety (no
promise, link or claim that nobody made). The candidate passes when in no family, in no language,
more of its texts fail than of the live model's, and when both languages were tried. How long
both took and how much they wrote is kept beside it, for whoever decides.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from inference.checks import check_text, storable
from inference.types import Finding, WriterRef, Writing, WritingRequest

Write = Callable[..., list[Writing]]

LEAST_BRIEFS = 4
"""In each language; fewer say nothing."""
SEED = 20_261_124
FAMILIES: dict[str, frozenset[str]] = {
    "facts": frozenset(
        {"slot_unknown", "slot_not_allowed", "slot_syntax", "slot_missing"}
        | {"stray_number", "stray_code", "offer_unknown"}
    ),
    "format": frozenset(
        {"part_missing", "part_unknown", "markup", "line_break", "control_character"}
        | {"too_long", "language_wrong", "emoji", "not_written"}
    ),
    "brand": frozenset({"brand_word"}),
    "safety": frozenset({"promise", "superlative", "link"}),
}


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """`faults`[language][family] = (texts of the candidate that fail, of the live model).

    `figures`["candidate" | "live"]: `clean` texts without a fault, of `texts`; `new_tokens` and
    `seconds` of one text on average.
    """

    passed: bool
    faults: dict[str, dict[str, tuple[int, int]]]
    briefs: dict[str, int]
    rows: list[dict[str, Any]]
    figures: dict[str, dict[str, float]] = field(default_factory=dict)


def run_gate(
    candidate: WriterRef,
    live: WriterRef,
    briefs: Sequence[WritingRequest],
    *,
    write: Write,
    brand_words: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> GateResult:
    """Write `briefs` with both models and compare. Workers only, with no transaction open.

    `write` is `inference.services.write`, or what stands for it in a test.
    """
    asked = [replace(brief, seed=SEED + index) for index, brief in enumerate(briefs)]
    ours, our_seconds = _timed(lambda: write(asked, model=candidate, on_progress=on_progress))
    theirs, their_seconds = _timed(lambda: write(asked, model=live))
    rows = [
        _row(brief, mine, other, brand_words)
        for brief, mine, other in zip(asked, ours, theirs, strict=True)
    ]
    counts: dict[str, int] = {}
    faults: dict[str, dict[str, tuple[int, int]]] = {}
    for row in rows:
        language = row["language"]
        counts[language] = counts.get(language, 0) + 1
        table = faults.setdefault(language, dict.fromkeys(FAMILIES, (0, 0)))
        for family in FAMILIES:
            mine, other = table[family]
            table[family] = (
                mine + (family in row["candidate_faults"]),
                other + (family in row["live_faults"]),
            )
    better = all(mine <= other for table in faults.values() for mine, other in table.values())
    tried = len(counts) > 1 and min(counts.values()) >= LEAST_BRIEFS
    figures = {
        "candidate": _figures(ours, our_seconds, [row["candidate_faults"] for row in rows]),
        "live": _figures(theirs, their_seconds, [row["live_faults"] for row in rows]),
    }
    return GateResult(
        passed=better and tried, faults=faults, briefs=counts, rows=rows, figures=figures
    )


def faults_of(
    request: WritingRequest, writing: Writing, brand_words: Sequence[str]
) -> list[Finding]:
    """Return what is wrong with a text."""
    if writing.finish_reason == "error" or not writing.parts:
        return [Finding(code="not_written", level="blocked", quote=writing.error)]
    found = [one for one in check_text(request, writing.parts) if one.level != "passed"]
    context = request.context
    forbidden = [*brand_words, *(context.dont_words + context.never_say if context else ())]
    words = "\n".join(writing.parts.values()).casefold()
    for word in dict.fromkeys(forbidden):
        if word.strip() and word.casefold() in words:
            found.append(Finding(code="brand_word", level="blocked", quote=word))
    return found


def families_of(findings: Sequence[Finding]) -> dict[str, list[str]]:
    """Return the codes of what is wrong with a text, by family."""
    codes = {finding.code for finding in findings}
    return {family: sorted(codes & known) for family, known in FAMILIES.items() if codes & known}


def _timed(work: Callable[[], list[Writing]]) -> tuple[list[Writing], float]:
    began = time.monotonic()
    writings = work()
    return writings, time.monotonic() - began


def _figures(
    writings: Sequence[Writing], seconds: float, faults: Sequence[dict[str, Any]]
) -> dict[str, float]:
    """`seconds` is the whole call. A local model says itself how long its batch took, without
    the loading; a server's texts were under way side by side, so there the clock is right."""
    batch = max((writing.seconds for writing in writings), default=0.0)
    local = all(writing.engine != "openai" for writing in writings)
    count = max(1, len(writings))
    return {
        "texts": len(writings),
        "clean": sum(not found for found in faults),
        "new_tokens": round(sum(writing.new_tokens for writing in writings) / count, 1),
        "seconds": round((batch if local and batch else seconds) / count, 4),
    }


def _row(
    request: WritingRequest, mine: Writing, other: Writing, brand_words: Sequence[str]
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "language": request.language.value,
        "channel": request.channel.value,
        "goal": request.goal.value,
        "tone": request.tone.value,
    }
    for name, writing in (("candidate", mine), ("live", other)):
        found = faults_of(request, writing, brand_words)
        row[name] = dict(writing.parts)
        row[f"{name}_faults"] = families_of(found)
        row[f"{name}_findings"] = [asdict(finding) for finding in found]
    return _kept(row)


def _kept(value: Any) -> Any:
    """Return what the database can hold of it: a model may write any sign."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {_kept(name): _kept(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_kept(one) for one in value]
    return value
