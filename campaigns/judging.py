"""What becomes of a text that a model wrote: what of it can be stored, what the checks say of it,
and whether it is written again. Each answer is the row that `services.batches` saves."""

import hashlib
from collections.abc import Mapping
from typing import Any

from campaigns import checks
from campaigns.findings import to_json
from campaigns.models import Creative, CreativeState
from campaigns.types import Claimed
from inference import services as inference
from inference.types import Finding, Writing, WritingRequest

MAX_ATTEMPTS = 3


def released(item: Claimed) -> dict[str, Any]:
    """The row of a text that a stop left unwritten: it waits as before."""
    return _row(item, state=CreativeState.WAITING, attempts=item.attempts)


def judged(
    creative: Creative, item: Claimed, writing: Writing, rules: checks.Rules
) -> dict[str, Any]:
    """The row of a text that was written: kept, or to be written again if a check blocks it, or
    given up after `MAX_ATTEMPTS`."""
    parts = _clean(writing.parts)
    findings = _findings(creative, item.request, writing, parts, rules)
    attempts = item.attempts + 1
    state = CreativeState.WRITTEN
    if inference.is_blocked(findings):
        again = attempts < MAX_ATTEMPTS
        state = CreativeState.WAITING if again else CreativeState.FALLBACK
    look = next((finding.code for finding in findings if finding.level == "look"), "")
    return _row(
        item,
        state=state,
        attempts=attempts,
        parts=parts,
        findings=[to_json(finding) for finding in findings],
        must_read=look if state == CreativeState.WRITTEN else "",
        engine=writing.engine[:20],
        model=writing.model[:200],
        prompt_version=writing.prompt_version[:40],
        prompt_hash=_prompt_hash(item.request, writing.prompt_version),
        prompt_tokens=writing.prompt_tokens,
        new_tokens=writing.new_tokens,
        seconds=writing.seconds,
    )


def _findings(
    creative: Creative,
    request: WritingRequest,
    writing: Writing,
    parts: Mapping[str, str],
    rules: checks.Rules,
) -> list[Finding]:
    if writing.finish_reason == "error":
        return [Finding(code="write_failed", level="blocked", quote=writing.error[:80])]
    findings = checks.check_creative(
        creative, parts=writing.parts, rules=rules, request=request, words=writing.findings
    )
    if dict(writing.parts) != parts and not inference.is_blocked(findings):
        return [Finding(code="damaged", level="blocked"), *findings]
    return findings


def _clean(parts: Mapping[str, str]) -> dict[str, str]:
    """Return what can be stored of a text. A text that loses anything here is blocked."""
    kept = list(parts.items())[:8]
    return {str(name)[:40]: inference.storable(str(text)[: checks.LONGEST]) for name, text in kept}


def _row(item: Claimed, **values: Any) -> dict[str, Any]:
    return {"id": item.id, "claimed_starts": item.starts, **values}


def _prompt_hash(request: WritingRequest, prompt_version: str) -> str:
    """Return the SHA-256 of all that the model was given."""
    words = [prompt_version, *(str(value) for value in _values(request))]
    return hashlib.sha256("|".join(words).encode()).hexdigest()


def _values(request: WritingRequest) -> list[Any]:
    return [
        request.language,
        request.channel,
        request.goal,
        request.tone,
        request.lead,
        request.motive,
        request.stage,
        ",".join(sorted(request.slots)),
        request.seed,
        request.attempt,
        *([request.context] if request.context else []),
    ]
