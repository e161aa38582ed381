"""Writing by a registered model on our own workers: the starter's family, or an instruct model.

Which of the two a folder holds is told by its card: only our own training code writes one.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from inference.engine import instruct, starter
from inference.types import WriterRef, Writing, WritingRequest


def write(
    requests: Sequence[WritingRequest],
    *,
    writer: WriterRef,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "auto",
    threads: int = 0,
    dtype: str = "auto",
) -> list[Writing]:
    """Return one writing per request, in order. See `inference.services.write`."""
    if not is_of_starter_family(writer):
        return instruct.write(
            requests,
            writer=writer,
            on_progress=on_progress,
            should_stop=should_stop,
            device=device,
            threads=threads,
            dtype=dtype,
        )
    folder = Path(writer.folder) if writer.folder else starter.FOLDER
    writings = starter.write(
        requests,
        on_progress=on_progress,
        should_stop=should_stop,
        device=device,
        threads=threads,
        dtype=dtype,
        folder=folder,
        adapter=Path(writer.adapter) if writer.adapter else None,
    )
    return [replace(writing, model=writer.label(writing.model)) for writing in writings]


def is_of_starter_family(writer: WriterRef) -> bool:
    """Whether the model reads the starter's own control tokens instead of words."""
    if writer.source == "starter":
        return True
    card = Path(writer.folder) / "card.json" if writer.folder else None
    if card is None or not card.is_file():
        return False
    try:
        found = json.loads(card.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return isinstance(found, dict) and str(found.get("prompt_version", "")).startswith("starter")
