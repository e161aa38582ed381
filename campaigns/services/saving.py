"""What a writer hands in is checked and saved in sets, while the engine goes on writing.

The checks of a set take as long as the engine takes for some of its texts. So they have a thread
of their own, with a connection of its own: the engine's processor, or its GPU, need not wait.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns import checks
from campaigns.findings import to_json
from campaigns.models import Campaign, Creative, CreativeState
from inference import services as inference
from inference.types import Finding, WriterRef, Writing, WritingRequest
from tenants.context import current_tenant_id, scope

MAX_ATTEMPTS = 3
SET = 16
"""Fewer texts than this are not worth a set of their own before the end."""
QUICK_TURNS = 0.0005
"""Seconds after which Python lets the other thread go on: the engine needs it at every step."""
LONGEST = 4_000


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A creative that this worker writes, with all that is needed once the scope is closed."""

    id: int
    starts: int
    attempts: int
    request: WritingRequest
    writer: WriterRef
    usage: int = 0  # the row that counts it; see `inference.reserve`


Pair = tuple[Claimed, Writing]


class Saver:
    """Saves texts as they come in, in the order in which they end.

    Texts that failed are not taken: whether the model can write at all is known at the end only.
    Inside a transaction, such as a test's, no other connection sees the rows: there each set is
    saved on the spot.
    """

    def __init__(self, tenant_id: int, campaign_id: int) -> None:
        self.tenant_id, self.campaign_id = tenant_id, campaign_id
        self.saved: dict[int, Writing] = {}  # by creative
        self._held: list[Pair] = []
        self._sets: list[Future[None]] = []
        self._thread: ThreadPoolExecutor | None = None

    def __enter__(self) -> "Saver":
        if not connection.in_atomic_block:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="saver")
        self._patience = sys.getswitchinterval()
        sys.setswitchinterval(QUICK_TURNS)
        return self

    def __exit__(self, *error: object) -> None:
        """Save what is held, and wait. Raises what went wrong in saving."""
        sys.setswitchinterval(self._patience)
        self._hand_on()
        if self._thread:
            self._thread.submit(connection.close)
            self._thread.shutdown()
        for saved in self._sets:
            saved.result()

    def taker(self, items: Sequence[Claimed]) -> Callable[[int, Writing], None]:
        """Return what takes the text of the item at some place."""
        return lambda place, writing: self._take(items[place], writing)

    def left(self, claimed: Sequence[Claimed]) -> list[Claimed]:
        """Return what is not saved yet."""
        return [item for item in claimed if item.id not in self.saved]

    def _take(self, item: Claimed, writing: Writing) -> None:
        if writing.finish_reason == "error":
            return
        self._held.append((item, writing))
        if len(self._held) >= SET and all(saved.done() for saved in self._sets[-1:]):
            self._hand_on()

    def _hand_on(self) -> None:
        pairs, self._held = self._held, []
        if self._thread and pairs:
            self._sets.append(self._thread.submit(self._save, pairs))
        elif pairs:
            self._save(pairs)

    def _save(self, pairs: list[Pair]) -> None:
        with scope(self.tenant_id):
            save(self.campaign_id, pairs)
        self.saved |= {item.id: writing for item, writing in pairs}


def save(campaign_id: int, pairs: Sequence[Pair], *, stopped: bool = False) -> None:
    """Check every text and write all rows in one statement. Rows of a newer claim stay theirs.

    To be called in a scope. `stopped`: what was not written goes back to those that wait.
    """
    if not pairs:
        return
    campaign = Campaign.objects.select_related("voice").get(pk=campaign_id)
    texts = [text for _item, writing in pairs for text in writing.parts.values()]
    rules = checks.load_rules(campaign, [text for text in texts if isinstance(text, str)])
    creatives = Creative.objects.select_related("campaign", "micro_segment", "snapshot").in_bulk(
        [item.id for item, _writing in pairs]
    )
    rows = [
        _released(item)
        if stopped and writing.finish_reason == "error"
        else _judged(creatives[item.id], item, writing, rules)
        for item, writing in pairs
        if item.id in creatives
    ]
    _write_rows(rows)


def _released(item: Claimed) -> dict[str, Any]:
    return _row(item, state=CreativeState.WAITING, attempts=item.attempts)


def _judged(
    creative: Creative, item: Claimed, writing: Writing, rules: checks.Rules
) -> dict[str, Any]:
    parts = clean(writing.parts)
    findings = _findings(creative, writing, parts, rules)
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
        prompt_hash=prompt_hash(item.request, writing.prompt_version),
        prompt_tokens=writing.prompt_tokens,
        new_tokens=writing.new_tokens,
        seconds=writing.seconds,
    )


def _findings(
    creative: Creative, writing: Writing, parts: Mapping[str, str], rules: checks.Rules
) -> list[Finding]:
    if writing.finish_reason == "error":
        return [Finding(code="write_failed", level="blocked", quote=writing.error[:80])]
    findings = checks.check_creative(creative, parts=writing.parts, rules=rules)
    if dict(writing.parts) != parts and not inference.is_blocked(findings):
        return [Finding(code="damaged", level="blocked"), *findings]
    return findings


def clean(parts: Mapping[str, str]) -> dict[str, str]:
    """Return what can be stored of a text. A text that loses anything here is blocked."""
    kept = list(parts.items())[:8]
    return {str(name)[:40]: inference.storable(str(text)[:LONGEST]) for name, text in kept}


def _row(item: Claimed, **values: Any) -> dict[str, Any]:
    return {"id": item.id, "claimed_starts": item.starts, **values}


def _write_rows(rows: list[dict[str, Any]]) -> None:
    """One UPDATE for the batch. `starts` is the fence: a row that was claimed anew has another."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE campaigns_creative c SET
                state = r.state, attempts = r.attempts, starts = 0, lease_until = NULL,
                parts = coalesce(r.parts, c.parts), findings = coalesce(r.findings, c.findings),
                must_read = coalesce(r.must_read, c.must_read),
                engine = coalesce(r.engine, c.engine), model = coalesce(r.model, c.model),
                prompt_version = coalesce(r.prompt_version, c.prompt_version),
                prompt_hash = coalesce(r.prompt_hash, c.prompt_hash),
                prompt_tokens = c.prompt_tokens + coalesce(r.prompt_tokens, 0),
                new_tokens = c.new_tokens + coalesce(r.new_tokens, 0),
                seconds = c.seconds + coalesce(r.seconds, 0), written_at = now()
            FROM jsonb_to_recordset(%s) AS r(
                id bigint, claimed_starts int, state text, attempts int, parts jsonb,
                findings jsonb, must_read text, engine text, model text, prompt_version text,
                prompt_hash text, prompt_tokens int, new_tokens int, seconds float)
            WHERE c.tenant_id = %s AND c.id = r.id AND c.state = 'writing'
              AND c.starts = r.claimed_starts
            """,
            [json.dumps(rows), current_tenant_id()],
        )


def prompt_hash(request: WritingRequest, prompt_version: str) -> str:
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
