"""What a file has named already: exact, and with memory that does not grow with the file."""

import sqlite3
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

CACHE_KB = 16_384
AT_ONCE = 5_000


class First(NamedTuple):
    """Where a key stood first, and the hash of what that row said."""

    line: int
    content: int


class Seen:
    """Hashes of keys with the line on which each stood first, in a temporary file.

    `in_memory` is for the few records of a request. Used by one thread. A hash has 64 bits: two
    different keys of five million are taken for the same with a chance below one in a million.
    """

    def __init__(self, *, in_memory: bool = False) -> None:
        # Without a name SQLite works in a file without a name: a killed worker leaves nothing.
        place = ":memory:" if in_memory else ""
        self._db = sqlite3.connect(place, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE seen (key INTEGER PRIMARY KEY, line INTEGER, content INTEGER)"
        )

    def __enter__(self) -> "Seen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def add_all(self, rows: Sequence[tuple[str, int, int]]) -> bool:
        """Remember (key, line, content) of all if no key is known; else none, and return False."""
        hashed = sorted((hash(key), line, content) for key, line, content in rows)
        if any(one[0] == next_[0] for one, next_ in zip(hashed, hashed[1:], strict=False)):
            return False
        if self._any_known([row[0] for row in hashed]):
            return False
        self._db.execute("BEGIN")
        self._db.executemany("INSERT INTO seen VALUES (?, ?, ?)", hashed)
        self._db.execute("COMMIT")
        return True

    def _any_known(self, hashes: list[int]) -> bool:
        for start in range(0, len(hashes), AT_ONCE):
            some = hashes[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT 1 FROM seen WHERE key IN ({marks}) LIMIT 1"  # noqa: S608 - marks only
            if self._db.execute(query, some).fetchone():
                return True
        return False

    def add(self, keys: Sequence[str], line: int, content: int) -> First | None:
        """Remember the keys of one row; or, if one is known, return where it stood first."""
        hashes = [hash(key) for key in keys]
        for one in hashes:
            query = "SELECT line, content FROM seen WHERE key = ?"
            if row := self._db.execute(query, [one]).fetchone():
                return First(*row)
        self._db.executemany(
            "INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", [(one, line, content) for one in hashes]
        )
        return None

    def count_all(self, keys: Sequence[str]) -> list[int]:
        """For each key in turn: how often it has come, this time included: 1, 2, …"""
        hashes = list(map(hash, keys))
        counts = self._known_counts(list(set(hashes)))
        numbers = []
        for one in hashes:
            counts[one] = number = counts.get(one, 0) + 1
            numbers.append(number)
        self._db.execute("BEGIN")
        self._db.executemany("INSERT OR REPLACE INTO seen VALUES (?, ?, 0)", sorted(counts.items()))
        self._db.execute("COMMIT")
        return numbers

    def _known_counts(self, hashes: list[int]) -> dict[int, int]:
        counts: dict[int, int] = {}
        for start in range(0, len(hashes), AT_ONCE):
            some = hashes[start : start + AT_ONCE]
            marks = ",".join("?" * len(some))
            query = f"SELECT key, line FROM seen WHERE key IN ({marks})"  # noqa: S608 - marks only
            counts.update(self._db.execute(query, some))
        return counts
