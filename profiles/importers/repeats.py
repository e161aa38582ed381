"""Rows that name the same thing as an earlier row of the file."""

from collections.abc import Sequence

from profiles.importers.batches import Sorter
from profiles.importers.seen import Seen


def find_repeats(sorter: Sorter, keys: Sequence[str], names: Sequence[str], seen: Seen) -> None:
    """Drop rows that say the same as an earlier row of one of their keys; reject those that differ.

    If a later row won, the same file would change rows back and forth each time it is imported.
    `keys` are the fields that name the thing; `names` are the fields to compare.
    """
    columns = [sorter.get(name) for name in keys]
    contents = map(hash, zip(*(sorter.get(name) for name in names), strict=True))
    rows = list(zip(sorter.chunk.lines, contents, *columns, strict=True))
    if seen.add_all(_marked(sorter, rows)):
        return
    for place, (line, content, *values) in enumerate(rows):
        if place in sorter.bad:
            continue
        own = [f"{at}{value}" for at, value in enumerate(values) if value is not None]
        first = seen.add(own, line, content)
        if first is not None and first.content == content:
            sorter.dropped.add(place)
        elif first is not None:
            name, value = next((n, v) for n, v in zip(keys, values, strict=True) if v is not None)
            column = sorter.plan.column_of(name)
            sorter.reject(place, "duplicate", column, value, other=str(first.line))


def _marked(sorter: Sorter, rows: Sequence[tuple[object, ...]]) -> list[tuple[str, int, int]]:
    """(key, line, content) of the good rows; a key begins with the place of its field."""
    return [
        (f"{at}{value}", line, content)  # type: ignore[misc]
        for place, (line, content, *values) in enumerate(rows)
        if place not in sorter.bad
        for at, value in enumerate(values)
        if value is not None
    ]
