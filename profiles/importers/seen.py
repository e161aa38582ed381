"""What a file has named already: exact, and with memory that does not grow with the file.

numpy is loaded by whoever has rows to compare: a web process starts without it.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from profiles.importers.columns import Column

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_BITS = 21
"""The filter has at most 2 ** 21 words, 16 MiB: when it holds ten million keys, it takes one new
key of a hundred for known, which is looked up in vain."""
KEYS_OF_A_WORD = 2
"""Where the filter may be big enough: one new key of some thousands is looked up in vain. To look
up a few reads a page or two of each run; a hundred of them would read it all."""
PROBES = 4
"""Bits of a key, all in one word of the filter (a blocked Bloom filter: Putze, Sanders and
Singler 2007): a key is one place in memory to look at."""

Numbers: TypeAlias = "NDArray[np.int64]"


class First(NamedTuple):
    """Where a key stood first, and the hash of what that row said."""

    line: int
    content: int


class Seen:
    """Hashes of keys with the line on which each stood first, in a temporary file.

    The file has one run for each call: sorted hashes, then their lines, then their contents. A
    Bloom filter in memory tells which keys cannot be in it, nearly always all of them.
    `about` so many keys are expected; the filter is made for them. Used by one thread. A hash has
    64 bits: two different keys of five million are taken for the same with a chance below one in
    a million.
    """

    def __init__(self, *, about: int = 1_000) -> None:
        import numpy as np  # noqa: PLC0415 - see above

        self._bits = min((about // KEYS_OF_A_WORD).bit_length(), MOST_BITS)
        self._filter = np.zeros(2**self._bits, np.uint64)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._runs: list[tuple[int, int]] = []

    def __enter__(self) -> Seen:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add_all(self, keys: Numbers, lines: Numbers, contents: Numbers) -> bool:
        """Remember all keys if each is new; else none, and return False."""
        order = keys.argsort()
        hashes = keys[order]
        if (hashes[1:] == hashes[:-1]).any() or self.find(hashes):
            return False
        self._write(hashes, lines[order], contents[order])
        return True

    def find(self, keys: Numbers) -> dict[int, First]:
        """Return those of the keys that are known. The last that was said of a key counts."""
        import numpy as np  # noqa: PLC0415 - see above

        wanted = np.sort(keys[self._may_hold(keys)])  # np.unique would import numpy.ma
        found: dict[int, First] = {}
        if not len(wanted) or not self._runs:
            return found
        self._file.flush()
        with mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) as held:
            for start, size in self._runs:
                run = np.frombuffer(held, np.int64, 3 * size, start).reshape(3, size)
                places = np.minimum(run[0].searchsorted(wanted), size - 1)
                places = places[run[0][places] == wanted]
                for key, line, content in run[:, places].T.tolist():
                    found[key] = First(line, content)
                del run  # a map in use cannot be closed
                # What was looked at is let go: the whole file would be in memory at the end.
                page = start - start % mmap.PAGESIZE
                held.madvise(mmap.MADV_DONTNEED, page, start - page + 3 * 8 * size)
        return found

    def remember(self, known: dict[int, First]) -> None:
        """Write down what was found out row by row."""
        import numpy as np  # noqa: PLC0415 - see above

        if known:
            keys = np.array(sorted(known), np.int64)
            said = np.array([known[int(key)] for key in keys], np.int64)
            self._write(keys, said[:, 0], said[:, 1])

    def count_all(self, keys: Column | Sequence[str]) -> list[int]:
        """For each key in turn: how often it has come, this time included: 1, 2, …"""
        hashes = hash_all(keys)
        known = {key: one.content for key, one in self.find(hashes).items()}
        counts: dict[int, int] = {}
        numbers = []
        for one in hashes.tolist():
            counts[one] = number = counts.get(one, known.get(one, 0)) + 1
            numbers.append(number)
        self.remember({key: First(0, count) for key, count in counts.items()})
        return numbers

    def _write(self, hashes: Numbers, lines: Numbers, contents: Numbers) -> None:
        import numpy as np  # noqa: PLC0415 - see above

        if not len(hashes):
            return
        self._file.seek(0, 2)
        self._runs.append((self._file.tell(), len(hashes)))
        self._file.write(np.concatenate([hashes, lines, contents]).tobytes())
        np.bitwise_or.at(self._filter, *self._places(hashes))

    def _may_hold(self, hashes: Numbers) -> NDArray[np.bool_]:
        places, bits = self._places(hashes)
        return (self._filter[places] & bits) == bits

    def _places(self, hashes: Numbers) -> tuple[Numbers, NDArray[np.uint64]]:
        """The word of the filter for each hash, and its bits there."""
        import numpy as np  # noqa: PLC0415 - see above

        one, bits = np.uint64(1), np.zeros(len(hashes), np.uint64)
        for probe in range(PROBES):
            bits |= one << ((hashes >> (6 * probe)) & 63).astype(np.uint64)
        return (hashes >> (6 * PROBES)) & (2**self._bits - 1), bits


def hash_all(values: Column | Sequence[object]) -> Numbers:
    """The hashes of values. The same value has the same hash in this process alone."""
    import numpy as np  # noqa: PLC0415 - see above

    each = values if isinstance(values, Sequence) else values.to_pylist()
    return np.fromiter(map(hash, each), np.int64, len(each))
