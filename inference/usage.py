"""What writing uses: counted by row, limited by quota, foretold before it starts.

A row is what one batch had from one model. Counting batches and not texts keeps what was
rewritten, and what was thrown away when a campaign was written anew: it was used all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from inference.errors import QuotaUsedUp
from inference.models import Quota, RegisteredModel, Usage
from inference.types import Channel, WriterRef, Writing

NEW_TOKENS: Mapping[str, int] = {Channel.EMAIL: 150, Channel.AD: 22, Channel.ARTICLE: 115}
PROMPT_TOKENS: Mapping[str, int] = {"starter": 21, "fake": 0}
INSTRUCT_PROMPT_TOKENS = 600
"""Tokens of a text and of its prompt, until this workspace has written with the model: measured
with the starter; the prompt of an instruct model holds brief, brand voice and examples."""
LIMITS = (
    ("texts_per_day", "texts"),
    ("texts_per_month", "texts"),
    ("tokens_per_day", "tokens"),
    ("tokens_per_month", "tokens"),
)
SUMS = {name: Sum(name) for name in ("texts", "prompt_tokens", "new_tokens", "seconds")}


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What writing costs, or did. `money` is None where no price is known: then it ran on our own
    machine. `watt_hours` is an estimate from settings.INFERENCE_WATTS, None for a server."""

    model: str
    texts: int
    prompt_tokens: int
    new_tokens: int
    seconds: float
    money: float | None
    currency: str
    watt_hours: float | None

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.new_tokens


# ---- Count -------------------------------------------------------------------------------------


def reserve(*, source: UUID, writer: WriterRef, texts: int) -> int:
    """Count texts before they are written, so that two workers cannot share one rest of a quota.

    `source` is the public id of what they are for. Returns the row to `settle`. A worker that
    dies leaves its texts counted.
    """
    row = Usage.objects.create(
        source=source,
        writer=writer.name[:120],
        engine=writer.engine[:20],
        key=writer.key[:40],
        texts=texts,
        created_at=timezone.now(),  # not the transaction's: turns are told apart by it
    )
    return int(row.pk)


def settle(usage_id: int, writings: Sequence[Writing], seconds: float) -> None:
    """Put what was used in place of what was reserved. Texts that a stop left unwritten are not
    counted. `seconds` is the wall clock of the worker."""
    written = [writing for writing in writings if writing.new_tokens or not writing.error]
    Usage.objects.filter(pk=usage_id).update(
        texts=len(written),
        prompt_tokens=sum(writing.prompt_tokens for writing in written),
        new_tokens=sum(writing.new_tokens for writing in written),
        seconds=seconds,
    )


def used_for(source: UUID) -> list[Cost]:
    """Return what was used for something, a line for each model."""
    rows = Usage.objects.filter(source=source).values("writer", "engine", "key").annotate(**SUMS)
    return [_cost_of(row) for row in rows.order_by("writer", "key")]


def estimate(texts: Mapping[str, int], writer: WriterRef, seconds: float) -> Cost:
    """Return what so many texts of each channel will cost. `seconds` is one worker's time, from
    the model's card.

    Tokens are this workspace's own average with the model, once it has written with it.
    """
    prompt, new = _tokens(texts, writer)
    return _cost_of(
        {
            "writer": writer.name,
            "engine": writer.engine,
            "key": writer.key,
            "texts": sum(texts.values()),
            "prompt_tokens": round(prompt),
            "new_tokens": round(new),
            "seconds": seconds,
        }
    )


def _tokens(texts: Mapping[str, int], writer: WriterRef) -> tuple[float, float]:
    """Return the tokens that these texts will read and write."""
    count = sum(texts.values())
    known = Usage.objects.filter(writer=writer.name, key=writer.key).aggregate(**SUMS)
    if known["texts"] and known["new_tokens"]:
        each = count / known["texts"]
        return known["prompt_tokens"] * each, known["new_tokens"] * each
    prompt = PROMPT_TOKENS.get(writer.engine, INSTRUCT_PROMPT_TOKENS)
    default = NEW_TOKENS[Channel.EMAIL]
    return prompt * count, sum(NEW_TOKENS.get(key, default) * n for key, n in texts.items())


def _cost_of(row: Mapping[str, Any]) -> Cost:
    price_in, price_out = _prices(row["key"])
    is_server = row["engine"] == "openai"
    money = (row["prompt_tokens"] * price_in + row["new_tokens"] * price_out) / 1_000_000
    return Cost(
        model=row["writer"],
        texts=row["texts"],
        prompt_tokens=row["prompt_tokens"],
        new_tokens=row["new_tokens"],
        seconds=row["seconds"],
        money=money if is_server and (price_in or price_out) else None,
        currency=settings.INFERENCE_PRICE_CURRENCY,
        watt_hours=None if is_server else row["seconds"] * settings.INFERENCE_WATTS / 3600,
    )


def _prices(key: str) -> tuple[float, float]:
    """Return the price of a million tokens read and written: the model's own, else the settings'.

    A registered model may state `price_in` and `price_out` among its figures."""
    model = RegisteredModel.objects.filter(public_id=key).first() if key else None
    figures = model.figures if model else {}
    return (
        float(figures.get("price_in") or settings.INFERENCE_PRICE_IN or 0),
        float(figures.get("price_out") or settings.INFERENCE_PRICE_OUT or 0),
    )


# ---- Quota -------------------------------------------------------------------------------------


def texts_allowed(wanted: int) -> int:
    """Return how many of `wanted` texts the workspace's quota still allows, at least 1.

    Locks the quota until the transaction ends: what is allowed must be reserved in it. Of a quota
    in tokens no more texts are allowed than fit by the average so far.

    Raises QuotaUsedUp, with the sentence that the marketer reads.
    """
    quota = Quota.objects.select_for_update().first()
    return min([wanted, *_rests(quota)]) if quota else wanted


def require_quota() -> None:
    """Raise QuotaUsedUp if not one more text may be written."""
    quota = Quota.objects.first()
    if quota:
        _rests(quota)


def texts_left() -> int | None:
    """Return how many texts may still be written, 0 if none, None without a quota."""
    quota = Quota.objects.first()
    try:
        return min(_rests(quota), default=None) if quota else None
    except QuotaUsedUp:
        return 0


def _rests(quota: Quota) -> list[int]:
    """Return what each limit leaves, in texts. Raises QuotaUsedUp."""
    found = []
    for name, unit in LIMITS:
        limit = getattr(quota, name)
        if limit is None:
            continue
        used = Usage.objects.filter(created_at__gte=_since(name)).aggregate(**SUMS)
        texts, tokens = used["texts"] or 0, (used["prompt_tokens"] or 0) + (used["new_tokens"] or 0)
        rest = limit - (texts if unit == "texts" else tokens)
        if unit == "tokens" and rest > 0:
            each = tokens / texts if tokens else NEW_TOKENS[Channel.EMAIL]
            rest = max(1, int(rest / each))
        if rest <= 0:
            raise QuotaUsedUp(_used_up(name, limit))
        found.append(rest)
    return found


def _since(name: str) -> datetime:
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return today if name.endswith("day") else today.replace(day=1)


def _used_up(name: str, limit: int) -> str:
    sentences = {
        "texts_per_day": _(
            "This workspace has used up its %(limit)s texts of today. Go on tomorrow, or ask an "
            "administrator for more."
        ),
        "texts_per_month": _(
            "This workspace has used up its %(limit)s texts of this month. Go on next month, or "
            "ask an administrator for more."
        ),
        "tokens_per_day": _(
            "This workspace has used up its %(limit)s tokens of today. Go on tomorrow, or ask an "
            "administrator for more."
        ),
        "tokens_per_month": _(
            "This workspace has used up its %(limit)s tokens of this month. Go on next month, or "
            "ask an administrator for more."
        ),
    }
    return sentences[name] % {"limit": f"{limit:,}"}
