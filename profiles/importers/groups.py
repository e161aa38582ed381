"""Rows that follow each other and tell of one thing: a product's variants, an order's items."""

from collections.abc import Iterator

from profiles.importers.batches import Chunk
from profiles.importers.columns import put_together

MOST_ROWS = 50_000
"""Rows of one thing that are kept together; more would not fit into memory."""


def keep_together(chunks: Iterator[Chunk], place: int) -> Iterator[Chunk]:
    """Move the last rows of a chunk that have the same cell at `place` to the next chunk.

    So nothing that stands in consecutive rows is cut in two.
    """
    held: Chunk | None = None
    for chunk in chunks:
        if held is not None:
            both = held.columns and chunk.columns  # a chunk of faults alone has none
            pairs = zip(held.columns, chunk.columns, strict=True) if both else ()
            chunk.columns = list(map(put_together, pairs)) or held.columns or chunk.columns
            chunk.lines = held.lines + chunk.lines
            chunk.is_odd = chunk.is_odd or held.is_odd
            chunk.has_signs = chunk.has_signs or held.has_signs
        held = _split_last(chunk, place)
        if chunk.size:
            yield chunk
    if held is not None and held.size:
        yield held


def _split_last(chunk: Chunk, place: int) -> Chunk:
    """Take the last rows with the same cell out of a chunk and return them as one of their own."""
    start = size = len(chunk.lines)
    names = chunk.columns[place].to_pylist() if size else []
    while start and size - start < MOST_ROWS and names[start - 1] == names[-1]:
        start -= 1
    held = Chunk(
        lines=chunk.lines[start:],
        columns=[cells[start:] for cells in chunk.columns],
        is_odd=chunk.is_odd,
        has_signs=chunk.has_signs,
        last_line=chunk.last_line,
        bytes_read=chunk.bytes_read,
    )
    chunk.lines = chunk.lines[:start]
    chunk.columns = [cells[:start] for cells in chunk.columns]
    chunk.last_line = max(
        chunk.lines[-1:] + [fault.line for fault in chunk.faults[-1:]], default=chunk.last_line
    )
    return held
