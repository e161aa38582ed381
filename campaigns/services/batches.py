"""One batch of texts: claimed from the database, written, checked, saved.

The row of a creative is the truth. WAITING → WRITING (claimed, with a lease) → WRITTEN, or back to
WAITING for another draw if it is blocked, or FALLBACK after the last. `starts` is counted before
the work; a worker that dies leaves its rows with a lease that runs out. Rows that were started
before are claimed in ever smaller groups, so that one text that kills its worker is found, and
quarantined after three starts, without taking its neighbours along.

What a text will be follows from its row alone, so that a worker killed half-way changes nothing.
"""

import json
import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from campaigns import checks, judging, turns
from campaigns.errors import NotEditable
from campaigns.findings import to_json
from campaigns.models import Campaign, CampaignState, Creative, CreativeState
from campaigns.types import Claimed
from campaigns.writing_context import Contexts
from inference import services as inference
from inference.types import Finding, WriterRef, Writing
from tenants.audit import record
from tenants.context import current_tenant_id, scope
from tenants.errors import DomainError

logger = logging.getLogger(__name__)

BATCH = 768
BATCH_SECONDS = 15
"""Texts are claimed for about so long: what is written is saved, and seen as progress, as often."""
SMALLEST_BATCH = 16
BATCH_AFTER_STARTS = (BATCH, 16, 1)
"""How many rows are claimed together, by how often they were started without an end."""
MAX_STARTS = len(BATCH_AFTER_STARTS)
LEASE_SECONDS = 120
RENEW_SECONDS = 20
ASK_SECONDS = 1
"""How often a writer renews its leases, and asks whether it should stop."""
OPEN = (CreativeState.WAITING, CreativeState.WRITING)


def write_batch(tenant_id: int, campaign_id: int) -> int:
    """Claim some texts, write them, check them, save them. Returns how many were claimed.

    To be called outside a scope: no transaction is open while the model works.
    """
    claimed: list[Claimed] = []
    try:
        with scope(tenant_id):
            claimed = _claim(campaign_id)
        if not claimed:
            return 0
        watch = _Watch(tenant_id, campaign_id, claimed)
        began = time.monotonic()
        writings = _write(claimed, watch)
        _log(campaign_id, writings, time.monotonic() - began)
    except DomainError as error:
        _fail(tenant_id, campaign_id, claimed, error.message)
        return 0
    with scope(tenant_id):
        _settle(claimed, writings, watch)
        _save(campaign_id, claimed, writings, stopped=watch.stopped)
    return len(claimed)


def _write(claimed: list[Claimed], watch: "_Watch") -> list[Writing]:
    """Have each channel's texts written by its model. Results are in the order of `claimed`."""
    written: dict[int, Writing] = {}
    for writer in dict.fromkeys(item.writer for item in claimed):
        items = [item for item in claimed if item.writer == writer]
        started = time.monotonic()
        writings = inference.write(
            [item.request for item in items],
            model=writer,
            on_progress=watch.on_progress,
            should_stop=watch.should_stop,
        )
        watch.seconds[items[0].usage] = time.monotonic() - started
        written |= {item.id: writing for item, writing in zip(items, writings, strict=True)}
    return [written[item.id] for item in claimed]


def _log(campaign_id: int, writings: list[Writing], seconds: float) -> None:
    tokens = sum(writing.new_tokens for writing in writings)
    figures = {"texts": len(writings), "new_tokens": tokens, "seconds": round(seconds, 2)}
    figures["tokens_per_s"] = round(tokens / seconds, 1) if seconds else 0
    logger.info("writing.batch", extra={"campaign": campaign_id, **figures})


def _claim(campaign_id: int) -> list[Claimed]:
    campaign = Campaign.objects.filter(pk=campaign_id, state=CampaignState.GENERATING).first()
    if campaign is None:
        return []
    _quarantine(campaign_id)
    ids = _take_rows(campaign_id, _batch_size(campaign))
    rows = Creative.objects.select_related("campaign__voice", "micro_segment", "snapshot")
    found = list(rows.filter(pk__in=ids).order_by("pk"))
    writers = {channel: inference.live_writer(channel) for channel in {r.channel for r in found}}
    counts = Counter(writers[row.channel] for row in found)
    usage = {
        writer: inference.reserve(source=campaign.public_id, writer=writer, texts=count)
        for writer, count in counts.items()
    }
    contexts = Contexts()
    return [
        _claimed(row, writers[row.channel], usage[writers[row.channel]], contexts) for row in found
    ]


def _claimed(row: Creative, writer: WriterRef, usage: int, contexts: Contexts) -> Claimed:
    """The built-in writers read enumerations only; all others read the brief too."""
    request = checks.request_of(row)
    if not writer.is_built_in:
        request = replace(request, context=contexts.of(row))
    return Claimed(
        id=row.pk,
        starts=row.starts,
        attempts=row.attempts,
        request=request,
        writer=writer,
        usage=usage,
    )


DUE = """tenant_id = %(tenant)s AND campaign_id = %(campaign)s
    AND (state = 'waiting' OR (state = 'writing' AND lease_until < now()))"""


def _quarantine(campaign_id: int) -> None:
    """Give up on rows that were started three times and never ended."""
    finding = json.dumps([to_json(Finding(code="writer_died", level="blocked"))])
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE campaigns_creative
            SET state = 'fallback', findings = %(finding)s, lease_until = NULL, written_at = now()
            WHERE {DUE} AND starts >= %(most)s""",
            _ids(campaign_id) | {"finding": finding, "most": MAX_STARTS},
        )


def _batch_size(campaign: Campaign) -> int:
    """How many texts the campaign's models write in `BATCH_SECONDS`. The more, the less often the
    engine waits for the last text of a batch. Raises what `describe_model` does."""
    writers = {inference.live_writer(channel) for channel in campaign.channels}
    paces = [inference.describe_model(writer).seconds_per_text for writer in writers]
    slowest = max(paces, default=0.0)
    return max(SMALLEST_BATCH, min(BATCH, int(BATCH_SECONDS / slowest) if slowest else 192))


def _take_rows(campaign_id: int, size: int) -> list[int]:
    """Mark due rows as being written. Those that were started least often come first.

    No more than the quota allows; what is taken is reserved in the same transaction.
    The CTE is materialised: as a plain sub-select PostgreSQL may run it more than once, and then
    more rows are taken than its LIMIT says.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(starts) FROM campaigns_creative WHERE {DUE}", _ids(campaign_id))
        (starts,) = cursor.fetchone()
        if starts is None:
            return []
        limit = inference.texts_allowed(min(size, BATCH_AFTER_STARTS[starts]))
        cursor.execute(
            f"""
            WITH due AS MATERIALIZED (
                SELECT id FROM campaigns_creative WHERE {DUE} AND starts = %(starts)s
                ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
            UPDATE campaigns_creative c
            SET state = 'writing', starts = c.starts + 1,
                lease_until = now() + make_interval(secs => %(lease)s)
            FROM due WHERE c.tenant_id = %(tenant)s AND c.id = due.id
            RETURNING c.id
            """,
            _ids(campaign_id) | {"starts": starts, "limit": limit, "lease": LEASE_SECONDS},
        )
        return [row[0] for row in cursor.fetchall()]


def _ids(campaign_id: int) -> dict[str, Any]:
    return {"tenant": current_tenant_id(), "campaign": campaign_id}


class _Watch:
    """Keeps the leases alive while the model works, hears when the marketer says stop, and when
    a workspace that did not wait before has texts to write: it need not wait for a whole batch.
    """

    def __init__(self, tenant_id: int, campaign_id: int, claimed: list[Claimed]) -> None:
        self.tenant_id, self.campaign_id, self.claimed = tenant_id, campaign_id, claimed
        self.stopped = False
        self.seconds: dict[int, float] = {}  # by row of usage
        self.waited = turns.waiting_workspaces()
        self._renewed = self._asked = time.monotonic()

    def on_progress(self, done: int, total: int) -> None:
        if time.monotonic() - self._renewed < RENEW_SECONDS:
            return
        self._renewed = time.monotonic()
        with scope(self.tenant_id):
            _mine(self.claimed).update(lease_until=Now() + timedelta(seconds=LEASE_SECONDS))

    def should_stop(self) -> bool:
        if self.stopped or time.monotonic() - self._asked < ASK_SECONDS:
            return self.stopped
        self._asked = time.monotonic()
        with scope(self.tenant_id):
            running = Campaign.objects.filter(pk=self.campaign_id, state=CampaignState.GENERATING)
            self.stopped = not running.exists()
        waiting = turns.waiting_workspaces() - {self.tenant_id}
        self.stopped = self.stopped or not waiting <= self.waited
        return self.stopped


def _mine(claimed: list[Claimed]) -> QuerySet[Creative]:
    return Creative.objects.filter(
        pk__in=[item.id for item in claimed], state=CreativeState.WRITING
    )


def _fail(tenant_id: int, campaign_id: int, claimed: list[Claimed], reason: str) -> None:
    """The model cannot be used at all: put the rows back and say why."""
    logger.error("writing.failed", extra={"campaign": campaign_id, "reason": reason})
    with scope(tenant_id):
        _mine(claimed).update(state=CreativeState.WAITING, starts=0, lease_until=None)
        for usage in {item.usage for item in claimed}:
            inference.settle(usage, [], 0.0)
        campaign = Campaign.objects.get(pk=campaign_id)
        move(
            campaign,
            CampaignState.GENERATING,
            CampaignState.FAILED,
            reason,
            "campaign.writing_failed",
        )


def _settle(claimed: list[Claimed], writings: list[Writing], watch: _Watch) -> None:
    """Count what was used in place of what was reserved."""
    for usage, seconds in watch.seconds.items():
        own = [w for item, w in zip(claimed, writings, strict=True) if item.usage == usage]
        inference.settle(usage, own, seconds)


def _save(
    campaign_id: int, claimed: list[Claimed], writings: list[Writing], *, stopped: bool
) -> None:
    """Check every text and write all rows in one statement. Rows of a newer claim stay theirs."""
    campaign = Campaign.objects.select_related("voice").get(pk=campaign_id)
    texts = [text for writing in writings for text in writing.parts.values()]
    rules = checks.load_rules(campaign, [text for text in texts if isinstance(text, str)])
    creatives = Creative.objects.select_related("snapshot").in_bulk([item.id for item in claimed])
    rows = [
        judging.released(item)
        if stopped and writing.finish_reason == "error"
        else judging.judged(creatives[item.id], item, writing, rules)
        for item, writing in zip(claimed, writings, strict=True)
        if item.id in creatives
    ]
    _write_rows(rows)


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


def move(campaign: Campaign, before: str, after: str, reason: str, action: str) -> None:
    """Move the campaign on from `before`. Raises NotEditable if it is no longer there."""
    with transaction.atomic():
        changed = Campaign.objects.filter(pk=campaign.pk, state=before).update(
            state=after, state_reason=reason, updated_at=Now()
        )
        if not changed:
            raise NotEditable(_("The state of this campaign has changed. Load the page again."))
        campaign.state, campaign.state_reason = after, reason
        record(action, campaign)


def finish_if_done(campaign: Campaign) -> bool:
    """Move the campaign on to review once nothing waits. Returns whether it did."""
    if campaign.creatives.filter(state__in=OPEN).exists():
        return False
    changed = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.GENERATING).update(
        state=CampaignState.IN_REVIEW, updated_at=Now()
    )
    if changed:
        campaign.state = CampaignState.IN_REVIEW
        record("campaign.written", campaign, creatives=campaign.creatives.count())
    return bool(changed)
