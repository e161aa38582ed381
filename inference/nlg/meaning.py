"""What a sentence should say: an act and slots, read from the notations that data sets use.

    name[Alimentum], area[city centre]                       brackets (E2E)
    inform(name[Tetris], genres[arcade, puzzle])             an act with brackets (ViGGO)
    ?compare(name=a 1;price=9 dollars;name=b 2)              an act with equal signs (RNNLG)
    request(food)&hello()                                    several acts, slots without a value
    {"name": "Alimentum", "area": "city centre"}             an object
    类型#裙*风格#简约                                          pairs with # and * (AdvertiseGen)

Nothing here knows a domain: any word may name a slot.
"""

import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

ACT = re.compile(r"\s*(\??[^\W\d][\w\- ]*)\(")
BRACKETS = re.compile(r"\s*([^\[\],;()=]+?)\s*\[")
PAIR_END = re.compile(r"\s*,\s*(?=[^\W\d][\w\- ]*=)")
QUOTES = "\"'`"


@dataclass(frozen=True)
class Meaning:
    """An act ("" where the notation has none) and its slots in their order; names may repeat."""

    act: str
    slots: tuple[tuple[str, str], ...]

    @property
    def is_understood(self) -> bool:
        """Whether some notation fitted; if not, the words are one piece."""
        values = any(value for name, value in self.slots if name != "text")
        return bool(self.act) or values or len(self.slots) > 1


def parse(text: str) -> Meaning:
    """Read one meaning. What no notation fits is one slot named "text": nothing is refused."""
    words = text.strip()
    if words.startswith("{") and (found := _object(words)) is not None:
        return found
    if "#" in words and "(" not in words.split("#")[0] and "[" not in words.split("#")[0]:
        pairs = (piece.partition("#") for piece in words.split("*"))
        return Meaning("", tuple((name.strip(), value.strip()) for name, _, value in pairs))
    acts = list(_acts(words))
    if not acts:
        return Meaning("", tuple(_slots(words)) or (("text", words),))
    name = "&".join(act for act, _ in acts)
    return Meaning(name, tuple(slot for _, body in acts for slot in _slots(body)))


def _object(words: str) -> Meaning | None:
    for read in (json.loads, ast.literal_eval):
        try:
            value = read(words)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, dict):
            pairs = [(str(key).lower(), many) for key, many in value.items()]
            slots = ((name, str(given)) for name, many in pairs for given in _many(many))
            return Meaning("", tuple(slots))
    return None


def _many(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else [value]


def _acts(words: str) -> Iterable[tuple[str, str]]:
    """Yield (act, what its brackets hold) for `act(…)` and `act(…)&act(…)`; nothing otherwise."""
    at = 0
    while match := ACT.match(words, at):
        end = _closing(words, match.end() - 1, "(", ")")
        yield match.group(1).strip().lower(), words[match.end() : end]
        at = end + 1
        while at < len(words) and words[at] in " &,;+":
            at += 1


def _closing(words: str, start: int, opens: str, closes: str) -> int:
    """Return where the bracket at `start` is closed; the end of the text when it never is."""
    depth = 0
    for at in range(start, len(words)):
        depth += (words[at] == opens) - (words[at] == closes)
        if depth == 0:
            return at
    return len(words)


def _slots(body: str) -> Iterable[tuple[str, str]]:
    if BRACKETS.match(body):
        yield from _bracketed(body)
        return
    separator = ";" if ";" in body else None
    pieces = body.split(";") if separator else PAIR_END.split(body)
    if separator is None and "=" not in body:
        pieces = body.split(",")
    for piece in pieces:
        name, _, value = piece.partition("=")
        if name.strip():
            yield name.strip().lower(), value.strip().strip(QUOTES).strip()


def _bracketed(body: str) -> Iterable[tuple[str, str]]:
    at = 0
    while match := BRACKETS.match(body, at):
        end = _closing(body, match.end() - 1, "[", "]")
        yield match.group(1).strip().lower(), body[match.end() : end].strip()
        at = end + 1
        while at < len(body) and body[at] in " ,;":
            at += 1
