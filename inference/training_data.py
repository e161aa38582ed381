"""What a workspace's texts are made fit for training: cleaned, split, hashed. Imports no torch.

What is taken out is counted by reason, and a text is taken out for the first that fits:
"blocked" (a check would not let it be sent), "personal_data" (an address, a telephone or card
number in its words), "other_language", "too_long", "duplicate" (the same words but for case,
marks and spaces).
"""

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inference.checks import check_text
from inference.types import Slot, WritingRequest

LONGEST = 1_200
"""Characters of all parts together: beyond it a text fills the context of a small model."""
HELD_OUT_SHARE = 0.1
REASONS = ("blocked", "personal_data", "other_language", "too_long", "duplicate")
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # email
    r"|(?<![\d{])\+?\d[\d ()./-]{7,}\d"  # telephone, card, account
    r"|\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b"  # IBAN
    r"|\b\d{17}[\dXx]\b"  # Chinese identity card
)


@dataclass(frozen=True)
class ApprovedText:
    """A text that a person approved, with the request that it answers."""

    request: WritingRequest
    parts: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Texts to learn from, texts to measure with, what was removed, and the hash of both."""

    learn: list[ApprovedText]
    held_out: list[ApprovedText]
    removed: dict[str, int]
    data_hash: str


def prepare(texts: Sequence[ApprovedText]) -> Prepared:
    """Clean and split. Which texts are held out follows from their words, so it never changes."""
    removed: Counter[str] = Counter()
    kept: dict[str, ApprovedText] = {}
    for text in texts:
        key = _key(text)
        reason = _fault(text) or ("duplicate" if key in kept else "")
        if reason:
            removed[reason] += 1
        else:
            kept[key] = text
    order = sorted(kept, key=_digest)
    held = max(1, round(len(order) * HELD_OUT_SHARE)) if len(order) > 1 else 0
    return Prepared(
        learn=[kept[key] for key in order[held:]],
        held_out=[kept[key] for key in order[:held]],
        removed={reason: removed[reason] for reason in REASONS if removed[reason]},
        data_hash=_digest(json.dumps(order, ensure_ascii=False)),
    )


def request_json(request: WritingRequest) -> dict[str, object]:
    """Return a request as JSON values: enumerations and slots, never its context."""
    return {
        "language": request.language.value,
        "channel": request.channel.value,
        "goal": request.goal.value,
        "tone": request.tone.value,
        "lead": request.lead.value,
        "motive": request.motive.value,
        "stage": request.stage.value,
        "slots": sorted(slot.value for slot in Slot if slot in request.slots),
    }


def edit_distance(before: Mapping[str, str], after: Mapping[str, str]) -> float:
    """Return how much of a text was changed: 0 the same, 1 all new.

    Levenshtein's distance over words (Chinese: characters), divided by the longer text's length.
    """
    mine, other = _words(before), _words(after)
    longest = max(len(mine), len(other))
    return round(_levenshtein(mine, other) / longest, 4) if longest else 0.0


def _levenshtein(mine: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for at, word in enumerate(mine, start=1):
        last, row[0] = row[0], at
        for there, theirs in enumerate(other, start=1):
            cost = min(row[there] + 1, row[there - 1] + 1, last + (word != theirs))
            last, row[there] = row[there], cost
    return row[-1]


def _words(parts: Mapping[str, str]) -> list[str]:
    text = "\n".join(str(parts[name]) for name in sorted(parts))
    return re.findall(r"\{\{[^{}]*\}\}|[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]", text)[:2_000]


def _fault(text: ApprovedText) -> str:
    codes = {f.code for f in check_text(text.request, text.parts) if f.level == "blocked"}
    words = "\n".join(text.parts.values())
    if PERSONAL.search(words):
        return "personal_data"
    if "language_wrong" in codes:
        return "other_language"
    if "too_long" in codes or len(words) > LONGEST:
        return "too_long"
    return "blocked" if codes else ""


def _key(text: ApprovedText) -> str:
    words = unicodedata.normalize("NFKC", " ".join(text.parts.values())).casefold()
    return "".join(sign for sign in words if sign.isalnum())


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
