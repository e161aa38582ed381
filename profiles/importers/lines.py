"""The lines of a file, for `csv.reader` one by one, or without a quote in them all at once."""

import codecs
import io
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from profiles.importers.columns import Column, split

MAX_ROW = 1024 * 1024
"""Characters of a row, its line breaks included."""
MAX_LINES = 1000
BLOCK = 256 * 1024
HEAD_BLOCK = 64 * 1024


@dataclass(frozen=True)
class Rows:
    """Rows that follow each other, column by column. `characters` is about what they hold.

    `is_odd`: a cell may hold an apostrophe or a NUL. `has_signs`: or a sign that COPY reads as its
    own, a tab, an end of line or a backslash.
    """

    lines: Sequence[int]
    columns: list[Column]
    characters: int
    is_odd: bool = True
    has_signs: bool = True


class TooLong(Exception):
    """A quoted cell goes on for longer than a row may."""


class Lines:
    """Lines of a file, counted from 1, for `csv.reader`. `give_back` un-reads all but the first.

    `take_plain` reads all lines at hand instead. A line longer than MAX_ROW is cut to its first
    1,000 characters and its number is noted. The file is read `at_once` so many bytes.
    """

    def __init__(
        self, file: IO[bytes], encoding: str, *, blanks: bool, at_once: int | None = None
    ) -> None:
        self.number = 0
        self.taken: list[str] = []
        self.blanks = blanks
        self._at_once = at_once or BLOCK
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

    def _take_block(self, text: str) -> None:
        self._block, self._at, self._is_fresh = text.split("\n"), 0, True

    def take_plain(self, delimiter: str, width: int) -> Rows | None:
        """Return the lines that are left of the block at hand, if `csv` would only split them."""
        if self._back:
            return None
        if is_next := self._at == len(self._block):
            text = next(self._blocks, None)
        else:
            text = "\n".join(self._block[self._at :]) if self._is_fresh else None
        if text is None:
            return None
        if rows := self._split_plain(text, delimiter, width):
            self._block, self._at = [], 0
            self.number += len(rows.lines)
        elif is_next:
            self._take_block(text)
        self._is_fresh = False  # look once
        return rows

    def _split_plain(self, text: str, delimiter: str, width: int) -> Rows | None:
        """The rows of whole lines, if each has `width` cells and no quote."""
        if '"' in text or (self._cut and max(self._cut) > self.number):
            return None
        columns = split(text.encode(), delimiter, width)
        if columns is None:
            return None
        return Rows(
            lines=range(self.number + 1, self.number + len(columns[0]) + 1),
            columns=columns,
            characters=len(text),
            is_odd="'" in text or "\0" in text,
            has_signs="\\" in text or (delimiter != "\t" and "\t" in text),
        )

    def was_cut(self, number: int) -> bool:
        return number in self._cut

    def give_back(self) -> None:
        rest = self.taken[1:]
        self._back.extendleft(reversed(rest))
        self.number -= len(rest)

    def _split(self, file: IO[bytes], encoding: str) -> Iterator[str]:
        """Yield the text of the file, whole lines at a time, without the end of the last."""
        decoder = io.IncrementalNewlineDecoder(
            codecs.getincrementaldecoder(encoding)(), translate=True
        )
        rest = ""
        while block := file.read(self._at_once):
            lines, newline, rest = (rest + decoder.decode(block)).rpartition("\n")
            if newline:
                yield self._ready(lines)
            if len(rest) > MAX_ROW:
                yield self._ready(rest)
                rest = yield from self._skip(file, decoder)
        if rest:
            yield self._ready(rest)

    def _ready(self, text: str) -> str:
        if len(text) > MAX_ROW:
            lines = text.split("\n")
            text = "\n".join(map(self._cut_long, range(len(lines)), lines))
        self._read += text.count("\n") + 1
        if self.blanks:
            return "\n".join("\t".join(line.split()) for line in text.split("\n"))
        return text

    def _cut_long(self, place: int, line: str) -> str:
        if len(line) <= MAX_ROW:
            return line
        self._cut.add(self._read + place + 1)
        return line[:1000].replace('"', "")

    def _skip(
        self, file: IO[bytes], decoder: io.IncrementalNewlineDecoder
    ) -> Generator[str, None, str]:
        """Read to the end of an overlong line; return what of the next line was read."""
        while block := file.read(BLOCK):
            _end, newline, tail = decoder.decode(block).partition("\n")
            if newline:
                lines, newline, rest = tail.rpartition("\n")
                if newline:
                    yield self._ready(lines)
                return rest
        return ""
