"""Which columns of a table hold texts and labels, and whether its first line names them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SAMPLE = 1_000
"""Rows looked at."""
MOST_LABELS = 200
TEXT_NAMES = (
    "text", "texts", "review", "reviewtext", "reviewbody", "message", "content", "comment",
    "comments", "body", "sentence", "utterance", "question", "query", "feedback", "description",
    "instruction", "post", "ticket", "文本", "正文", "内容", "评论", "评论内容", "评价",
    "评价内容", "留言", "消息", "反馈", "问题", "句子", "描述", "原文",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "category", "categories", "intent", "class", "tag", "topic", "sentiment",
    "reason", "type", "target", "subject", "标签", "类别", "分类", "意图", "主题", "情感", "类型",
    "原因", "标注",
)  # fmt: skip


def guess_columns(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return the columns of texts and of labels: by their names, else by what they hold: labels
    are few and come again, texts are long. "" where none is left to choose."""
    some = rows[:SAMPLE]
    cells = {name: [str(row.get(name) or "") for row in some] for name in columns if name}
    label = _by_name(cells, LABEL_NAMES)
    text = _by_name(cells, TEXT_NAMES, but=label) or _longest(cells, but=label)
    return text, label or _fewest(cells, but=text)


def is_header(names: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> bool:
    """Whether the first line names the columns; no if it holds a value that comes again below."""
    if any(_plain(name) in {*TEXT_NAMES, *LABEL_NAMES} for name in names):
        return True
    some = [row for _line, row in rows[:SAMPLE]]
    below = [{row[at] for row in some if len(row) > at} for at in range(len(names))]
    repeated = [name in seen for name, seen in zip(names, below, strict=True) if name]
    return not any(repeated)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def _by_name(cells: Mapping[str, Any], known: Sequence[str], *, but: str = "") -> str:
    fitting = [name for name in cells if _plain(name) in known and name != but]
    return min(fitting, key=lambda name: known.index(_plain(name)), default="")


def _longest(cells: Mapping[str, Sequence[str]], *, but: str) -> str:
    others = [name for name in cells if name != but]
    return max(others, key=lambda name: sum(map(len, cells[name])), default="")


def _fewest(cells: Mapping[str, Sequence[str]], *, but: str) -> str:
    """The column with the fewest different values, of those in which values come again."""
    kinds = {name: len({*some} - {""}) for name, some in cells.items() if name != but}
    fitting = [
        name for name, count in kinds.items() if 1 < count <= min(MOST_LABELS, len(cells[name]) / 2)
    ]
    return min(fitting, key=lambda name: kinds[name], default="")
