"""The lines of a file, for `csv.reader` one by one, or without a quote in them all at once."""

import codecs
import io
import itertools
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

MAX_ROW = 1024 * 1024
"""Characters of a row, its line breaks included."""
MAX_LINES = 1000
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Rows:
    """Rows that follow each other, column by column. `characters` is about what they hold.

    `is_odd`: a cell may hold an apostrophe or a NUL.
    """

    lines: Sequence[int]
    columns: list[list[str]]
    characters: int
    is_odd: bool = True


class TooLong(Exception):
    """A quoted cell goes on for longer than a row may."""


class Lines:
    """Lines of a file, counted from 1, for `csv.reader`. `give_back` un-reads all but the first.

    `take_plain` reads all lines at hand instead. A line longer than MAX_ROW is cut to its first
    1,000 characters and its number is noted.
    """

    def __init__(self, file: IO[bytes], encoding: str, *, blanks: bool) -> None:
        self.number = 0
        self.taken: list[str] = []
        self.blanks = blanks
        self._size = 0
        self._back: deque[str] = deque()
        self._cut: set[int] = set()
        self._blocks = self._split(file, encoding)
        self._block: list[str] = []
        self._at = 0
        self._is_fresh = False
        self._read = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        taken = self.taken
        if not taken:
            self._size = 0
        line = self._back.popleft() if self._back else self._next_of_block()
        self._size += len(line)
        if self._size > 2 * MAX_ROW or len(taken) >= MAX_LINES:
            self._back.appendleft(line)
            raise TooLong
        self.number += 1
        taken.append(line)
        return line

    def _next_of_block(self) -> str:
        while self._at == len(self._block):
            self._take_block(next(self._blocks))
        self._at += 1
        return self._block[self._at - 1] + "\n"

    def _take_block(self, block: list[str]) -> None:
        self._block, self._at, self._is_fresh = block, 0, True

    def take_plain(self, delimiter: str, width: int) -> Rows | None:
        """Return the lines that are left of the block at hand, if `csv` would only split them."""
        if self._back:
            return None
        if self._at == len(self._block):
            self._take_block(next(self._blocks, []))
        if not self._is_fresh or not self._block:
            return None
        self._is_fresh = False  # look once
        lines = self._block[self._at :]
        text = delimiter.join(lines)
        counts = set(map(str.count, lines, itertools.repeat(delimiter)))
        if '"' in text or counts != {width - 1} or (width == 1 and "" in lines):
            return None
        if self._cut and max(self._cut) > self.number:
            return None
        cells = text.split(delimiter)
        first, self._at = self.number + 1, len(self._block)
        self.number += len(lines)
        return Rows(
            lines=range(first, self.number + 1),
            columns=[cells[place::width] for place in range(width)],
            characters=len(text),
            is_odd="'" in text or "\0" in text,
        )

    def was_cut(self, number: int) -> bool:
        return number in self._cut

    def give_back(self) -> None:
        rest = self.taken[1:]
        self._back.extendleft(reversed(rest))
        self.number -= len(rest)

    def _split(self, file: IO[bytes], encoding: str) -> Iterator[list[str]]:
        """Yield the lines of the file, without their ends, a block at a time."""
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(encoding)(), translate=True
        )
        rest = ""
        while block := file.read(BLOCK):
            *lines, rest = (rest + decoder.decode(block)).split("\n")
            yield self._ready(lines)
            if len(rest) > MAX_ROW:
                yield self._ready([rest])
                rest = yield from self._skip(file, decoder)
        if rest:
            yield self._ready([rest])

    def _ready(self, lines: list[str]) -> list[str]:
        for place, line in enumerate(lines) if max(map(len, lines), default=0) > MAX_ROW else ():
            if len(line) > MAX_ROW:
                self._cut.add(self._read + place + 1)
                lines[place] = line[:1000].replace('"', "")
        self._read += len(lines)
        return ["\t".join(line.split()) for line in lines] if self.blanks else lines

    def _skip(
        self, file: IO[bytes], decoder: io.IncrementalNewlineDecoder
    ) -> Generator[list[str], None, str]:
        """Read to the end of an overlong line; return what of the next line was read."""
        while block := file.read(BLOCK):
            _end, newline, tail = decoder.decode(block).partition("\n")
            if newline:
                *lines, rest = tail.split("\n")
                yield self._ready(lines)
                return rest
        return ""
