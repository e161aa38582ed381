"""The starter model as a reader of its own texts: `explain` for the model that is shipped."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from inference.engine.explain import Encoded, Reading, encode_parts, explain
from inference.engine.loader import Loaded, load
from inference.engine.local import is_of_starter_family
from inference.engine.starter import FOLDER
from inference.starter.prompt import END, PART, PROMPT_VERSION, prompt_tokens
from inference.starter.tokenizer import token_id
from inference.types import FIELDS, Explanation, WriterRef, WritingRequest


def explain_starter(
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    device: str = "auto",
    threads: int = 0,
    dtype: str = "auto",
    folder: Path = FOLDER,
    adapter: Path | None = None,
    label: Callable[[str], str] = str,
    with_attention: bool = True,
) -> Explanation:
    """Return what drove the text. See `inference.services.explain_writing`.

    label: what a text says of its model, given name and revision.
    """
    loaded = load(folder, device=device, dtype=dtype, threads=threads, adapter=adapter)
    return explain(
        reading_of(loaded),
        request,
        parts,
        model=label(f"{loaded.card['name']}@{loaded.revision}"),
        prompt_version=PROMPT_VERSION,
        with_attention=with_attention,
    )


def explain_by(
    writer: WriterRef,
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    device: str,
    threads: int,
    dtype: str,
) -> Explanation | None:
    """Explain by the starter or a model trained from it; None for one that reads words."""
    if writer.engine == "starter":
        return explain_starter(request, parts, device=device, threads=threads, dtype=dtype)
    if not is_of_starter_family(writer):
        return None
    return explain_starter(
        request,
        parts,
        device=device,
        threads=threads,
        dtype=dtype,
        folder=Path(writer.folder) if writer.folder else FOLDER,
        adapter=Path(writer.adapter) if writer.adapter else None,
        label=writer.label,
    )


def reading_of(loaded: Loaded) -> Reading:
    """Return how the starter reads: one token for each fact of a request."""

    def prompt(request: WritingRequest) -> Sequence[int]:
        return [token_id(loaded.tokenizer, token) for token in prompt_tokens(request)]

    def encode(request: WritingRequest, parts: Mapping[str, str]) -> Encoded:
        return encode_parts(
            parts,
            FIELDS[request.channel],
            lambda text: _tokens_of(loaded, text),
            between=token_id(loaded.tokenizer, PART),
            end=token_id(loaded.tokenizer, END),
        )

    def name_token(token: int) -> str:
        return str(loaded.tokenizer.id_to_token(token)).strip("<|>")

    return Reading(loaded.llama, prompt, encode, name_token)


def _tokens_of(loaded: Loaded, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    encoded = loaded.tokenizer.encode(text)
    return encoded.ids, encoded.offsets
