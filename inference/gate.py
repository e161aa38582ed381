"""The gate before a model goes live: the same briefs for it and for what is live, one judge.

Each text is judged in four families: facts (only what is known, all of it), format (every part,
its length, its language, plain words), brand (nothing the brand never says) and safety (no
promise, link or claim that nobody made). The candidate passes when in no family, in no language,
more of its texts fail than of the live model's, and when both languages were tried.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from inference.checks import check_text
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
    """`faults`[language][family] = (texts of the candidate that fail, of the live model)."""

    passed: bool
    faults: dict[str, dict[str, tuple[int, int]]]
    briefs: dict[str, int]
    rows: list[dict[str, Any]]


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
    ours = write(asked, model=candidate, on_progress=on_progress)
    theirs = write(asked, model=live)
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
    return GateResult(passed=better and tried, faults=faults, briefs=counts, rows=rows)


def families_of(
    request: WritingRequest, writing: Writing, brand_words: Sequence[str]
) -> dict[str, list[str]]:
    """Return the codes of what is wrong with a text, by family."""
    if writing.finish_reason == "error" or not writing.parts:
        return {"format": ["not_written"]}
    found: list[Finding] = [f for f in check_text(request, writing.parts) if f.level != "passed"]
    codes = {finding.code for finding in found}
    words = "\n".join(writing.parts.values()).casefold()
    if any(word.casefold() in words for word in brand_words if word.strip()):
        codes.add("brand_word")
    return {family: sorted(codes & known) for family, known in FAMILIES.items() if codes & known}


def _row(
    request: WritingRequest, mine: Writing, other: Writing, brand_words: Sequence[str]
) -> dict[str, Any]:
    return {
        "language": request.language.value,
        "channel": request.channel.value,
        "goal": request.goal.value,
        "tone": request.tone.value,
        "candidate": dict(mine.parts),
        "candidate_faults": families_of(request, mine, brand_words),
        "live": dict(other.parts),
        "live_faults": families_of(request, other, brand_words),
    }
