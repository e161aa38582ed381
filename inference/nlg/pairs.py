"""Meanings and their texts from a file, with a sentence about each row that cannot serve."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from django.utils.translation import gettext as _

from inference.label_files import name_lines, read_rows
from inference.nlg.meaning import parse
from inference.nlg.writer import Pair
from tenants.errors import BadInput

HELD_OUT = 20
"""One meaning in so many is kept from training where no file is given to judge checks by."""


class Rows(NamedTuple):
    """What a file holds, and sentences about the rows that are left out or not understood."""

    pairs: list[Pair]
    notes: list[str]


def read_pairs(path: str, mr: str, ref: str) -> Rows:
    """Read the columns `mr` and `ref`, spaces and line ends in a text becoming one space.

    Rows that lack either are left out and told about by line. Raises BadInput for a file
    without a whole row, or without one meaning in a notation that is known.
    """
    name = Path(path).name
    rows = read_rows(path, text=mr, label=ref, split="train")
    whole = [(line, words.strip(), text) for line, words, text in rows if words.strip() and text]
    if not whole:
        raise BadInput(
            _("The file %(name)s has no row with both a meaning and a text.") % {"name": name}
        )
    known = {words for _line, words, _text in whole if parse(words).is_understood}
    if not known:
        raise BadInput(
            _(
                "No meaning in the file %(name)s is understood; the first, in line %(line)s, is "
                "“%(text)s”. Write name[value], …, or act(name=value; …), or act(name[value], …)."
            )
            % {"name": name, "line": whole[0][0], "text": whole[0][1][:60]}
        )
    pairs = [Pair(words, " ".join(text.split())) for _line, words, text in whole]
    left_out = [line for line, words, text in rows if not (words.strip() and text)]
    strange = [line for line, words, _text in whole if words not in known]
    return Rows(pairs, list(_notes(name, left_out, strange)))


def hold_out(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return what is left and one meaning in `HELD_OUT` with all its texts; the same always."""
    apart = [crc32(pair.meaning.encode()) % HELD_OUT == 0 for pair in pairs]
    kept = [pair for pair, out in zip(pairs, apart, strict=True) if not out]
    held = [pair for pair, out in zip(pairs, apart, strict=True) if out]
    return (kept, held) if kept else (held, held)


def _notes(name: str, left_out: list[int], strange: list[int]) -> Iterator[str]:
    if left_out:
        message = _("%(name)s, rows without meaning or text, left out: %(count)s (line %(lines)s).")
        yield message % {"name": name, **name_lines(left_out)}
    if strange:
        message = _(
            "%(name)s, meanings in no known notation, taken as one piece: %(count)s "
            "(line %(lines)s)."
        )
        yield message % {"name": name, **name_lines(strange)}
