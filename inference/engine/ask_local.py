"""One question to a local instruct model, its answer held to a JSON schema token by token."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from inference.engine import instruct
from inference.engine.asked import Prompt
from inference.engine.instruct_files import find_folder, sha256_of
from inference.engine.loader import use_threads
from inference.engine.local import is_of_starter_family
from inference.errors import ModelRefused, ServerUnavailable
from inference.types import WriterRef


def ask_json(
    messages: Sequence[Mapping[str, str]],
    schema: Mapping[str, Any],
    *,
    writer: WriterRef,
    most: int,
    device: str,
    threads: int,
    dtype: str = "auto",
    **_options: Any,
) -> Any:
    """See `inference.asking.ask_json`. The likeliest answer, the same each time."""
    if is_of_starter_family(writer):
        raise ModelRefused(f"“{writer.name}” reads no words. Choose an instruct model.")
    model = instruct.load(
        find_folder(writer), sha256_of(writer), writer.adapter, device=device, dtype=dtype
    )
    use_threads(threads, model.llama.shape if model.llama else None)
    prompt = Prompt(
        ids=model.encode(messages),
        most=most,
        constraint=model.vocabulary.json(schema) if model.llama else None,
    )
    (written,), _seconds = instruct.run(model, [prompt], temperature=0.0)
    try:
        return json.loads(model.decode(written.ids))
    except ValueError as error:
        raise ServerUnavailable(written.error or "The model's answer was cut off.") from error
