"""What an edit changed, word by word; Chinese character by character."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

PIECES = re.compile(r"\{\{[^}]*\}\}|[\u3400-\u9fff]|\s+|[^\s\u3400-\u9fff{]+|\{")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A run of text. `kind` is "same", "added" or "removed"."""

    kind: str
    text: str


def compare(before: str, after: str) -> list[Piece]:
    """Return the text as it is now with what was added, and what was removed at its place."""
    old, new = PIECES.findall(before), PIECES.findall(after)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(kind="same", text="".join(new[j1:j2])))
            continue
        if i2 > i1:
            pieces.append(Piece(kind="removed", text="".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(Piece(kind="added", text="".join(new[j1:j2])))
    return pieces


def changed_parts(
    before: Mapping[str, str], after: Mapping[str, str]
) -> list[tuple[str, list[Piece]]]:
    """Return the parts that differ, in the order of the text, with their differences."""
    return [
        (name, compare(before.get(name, ""), text))
        for name, text in after.items()
        if text != before.get(name, "")
    ]
