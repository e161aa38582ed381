"""A grammar of alternatives: what the corpus is written in, and how it is recognised again.

A template is a line of words with `{one|another|}` choices, nested at will, and `[P]`-like
marks for slots (`MARKS`). It can be drawn from, counted, and turned into a regular expression
that matches exactly what it can say, so that the same lines write the corpus and judge whether
a model kept to its controls.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import prod
from random import Random

from inference.types import Slot

MARKS = {
    "N": Slot.FIRST_NAME,
    "L": Slot.LAST_PRODUCT,
    "I": Slot.INTEREST,
    "B": Slot.BRAND,
    "P": Slot.PRODUCT,
    "C": Slot.CATEGORY,
    "F": Slot.FEATURE,
    "V": Slot.BENEFIT,
    "M": Slot.PRICE,
    "Q": Slot.SECOND_PRODUCT,
    "O": Slot.OFFER,
    "K": Slot.CODE,
    "E": Slot.ENDS,
    "S": Slot.OCCASION,
}
MARK = re.compile(r"\[([A-Z])\]")


@dataclass(frozen=True)
class Choice:
    """One of several sequences. A sequence mixes words and choices."""

    options: tuple[tuple["str | Choice", ...], ...]


@cache
def parse(template: str) -> Choice:
    """Read a template. Raises ValueError when its braces do not match or a mark is unknown."""
    words = MARK.sub(
        lambda mark: MARKS[mark.group(1)].tag.replace("{{", "«").replace("}}", "»"), template
    )
    reader = iter(re.findall(r"[{}|]|[^{}|]+", words))
    choice, closed = _read(reader)
    if closed:
        raise ValueError(f"A brace closes that was never opened: {template}")
    return choice


def _read(reader: Iterator[str]) -> tuple[Choice, bool]:
    options: list[list[str | Choice]] = [[]]
    for piece in reader:
        if piece == "{":
            inner, closed = _read(reader)
            if not closed:
                raise ValueError("A brace is never closed.")
            options[-1].append(inner)
        elif piece == "}":
            return Choice(tuple(map(tuple, options))), True
        elif piece == "|":
            options.append([])
        else:
            options[-1].append(piece.replace("«", "{{").replace("»", "}}"))
    return Choice(tuple(map(tuple, options))), False


def draw(choice: Choice, random: Random) -> str:
    """Return one text of the template, each choice made evenly."""
    option = choice.options[int(random.random() * len(choice.options))]
    return "".join(part if isinstance(part, str) else draw(part, random) for part in option)


def count(choice: Choice) -> int:
    """Return how many ways lead through the template."""
    return sum(
        prod(1 if isinstance(part, str) else count(part) for part in option)
        for option in choice.options
    )


def pattern(choice: Choice) -> str:
    """Return a regular expression of all that the template can say, first letter in any case."""
    options = [
        "".join(re.escape(part) if isinstance(part, str) else pattern(part) for part in option)
        for option in choice.options
    ]
    return options[0] if len(options) == 1 else f"(?:{'|'.join(options)})"


def lines(text: str) -> tuple[str, ...]:
    """Return the templates of a block: one a line, blank lines left out."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def slots_of(template: str) -> frozenset[Slot]:
    """Return the slots a template may cite on some way through it."""
    return frozenset(MARKS[letter] for letter in MARK.findall(template))
