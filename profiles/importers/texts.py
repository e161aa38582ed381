"""Reviews, social posts and chat turns from rows: events with a text, its source and consent."""

import json
from typing import Any

from profiles.importers import events
from profiles.importers.batches import Batch, Chunk, Plan, Sorter
from profiles.importers.seen import Seen
from profiles.importers.types import Outcome

KINDS = {"review": "review_written", "post": "post_written", "chat": "chat_turn"}
SAID = ("text", "title", "rating", "language", "source", "consent")
"""What is kept beside the event itself, as its properties."""
WORDS = {
    **dict.fromkeys(("review", "rating", "评价", "评论"), "review"),
    **dict.fromkeys(("post", "social", "tweet", "comment", "帖子", "动态"), "post"),
    **dict.fromkeys(("chat", "message", "conversation", "turn", "客服", "聊天", "会话"), "chat"),
}


def prepare(chunk: Chunk, plan: Plan, seen: Seen) -> Batch:
    """Parse a chunk into events. A text whose author did not agree that it is read is refused."""
    sorter = Sorter(chunk, plan)
    sorter.require("external_id", "email", "anonymous_id", code="no_key")
    sorter.require("text")
    sorter.require("at")
    _refuse_without_consent(sorter)
    sorter.values["name"] = _names(sorter)
    sorter.values["properties"] = _properties(sorter)
    return events.finish(sorter)


def _refuse_without_consent(sorter: Sorter) -> None:
    column = sorter.plan.column_of("consent")
    for row, answer in enumerate(sorter.get("consent")):
        if answer == "false":
            sorter.reject(row, "no_consent", column, "")


def _names(sorter: Sorter) -> list[str | None]:
    column, names = sorter.plan.column_of("kind"), []
    for row, word in enumerate(sorter.get("kind")):
        kind = WORDS.get((word or "review").strip().lower())
        if kind is None:
            sorter.reject(row, "text_kind_unknown", column, word or "")
        names.append(KINDS.get(kind or ""))
    return names


def _properties(sorter: Sorter) -> list[str | None]:
    columns = [sorter.get(name) for name in SAID]
    return [
        json.dumps(
            {name: cell for name, cell in zip(SAID, row, strict=True) if cell is not None},
            ensure_ascii=False,
        )
        for row in zip(*columns, strict=True)
    ]


def merge(cursor: Any, batch: Batch, plan: Plan, source: str) -> Outcome:
    return events.merge(cursor, batch, plan, source)


def note(cursor: Any) -> None:
    """Note whose texts came in (see services/membership.py)."""
    events.note(cursor)
