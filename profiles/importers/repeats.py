"""Rows that name the same thing as an earlier row of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from profiles.importers.batches import Sorter
from profiles.importers.columns import Column
from profiles.importers.seen import First, Numbers, Seen, hash_all

if TYPE_CHECKING:
    import numpy as np

SALT = 0x9E3779B97F4A7C15 - 2**64
"""Tells the same text in two fields apart."""


def find_repeats(
    sorter: Sorter, keys: Sequence[str], said: Column | Sequence[object], seen: Seen
) -> None:
    """Drop rows that say the same as an earlier row of one of their keys; reject those that differ.

    If a later row won, the same file would change rows back and forth each time it is imported.
    `keys` are the fields that name the thing; `said` is all that each row says.
    """
    import numpy as np  # noqa: PLC0415 - see `seen`

    good = np.ones(sorter.count, np.bool_)
    good[list(sorter.bad)] = False
    hashes, named = [], []
    for place, name in enumerate(keys):
        values = sorter.column(name)
        with np.errstate(over="ignore"):
            hashes.append(hash_all(values) + np.int64(SALT) * np.int64(place))
        named.append(good & values.is_valid().to_numpy(zero_copy_only=False))
    lines = np.array(sorter.chunk.lines, np.int64)
    contents = hash_all(said)
    if not sorter.count or seen.add_all(
        np.concatenate([key[is_named] for key, is_named in zip(hashes, named, strict=True)]),
        np.concatenate([lines[is_named] for is_named in named]),
        np.concatenate([contents[is_named] for is_named in named]),
    ):
        return
    _sort_out(sorter, keys, seen, (np.array(hashes), np.array(named), lines, contents))


def _sort_out(
    sorter: Sorter,
    names: Sequence[str],
    seen: Seen,
    rows: tuple[Numbers, np.ndarray, Numbers, Numbers],
) -> None:
    """Look at one row after the other, and remember those that stay."""
    hashes, named, lines, contents = rows
    known = seen.find(hashes[named])
    new: dict[int, First] = {}
    for place, (line, content) in enumerate(zip(lines.tolist(), contents.tolist(), strict=True)):
        own = hashes[:, place][named[:, place]].tolist()
        first = next((one for key in own if (one := known.get(key) or new.get(key))), None)
        if first is None:
            new |= dict.fromkeys(own, First(line, content))
        elif first.content == content:
            sorter.dropped.add(place)
        else:
            name = next(name for name in names if sorter.get(name)[place] is not None)
            value = str(sorter.get(name)[place])
            sorter.reject(
                place, "duplicate", sorter.plan.column_of(name), value, other=str(first.line)
            )
    seen.remember(new)
