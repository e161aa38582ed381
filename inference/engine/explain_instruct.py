"""A local model that reads words, as a reader of its own texts: `explain` for instruct models.

The same counterfactuals as for the starter, with the whole prompt read anew for each; the text is
scored as the JSON object that the model wrote. Models that `llama` computes and those that run
through transformers are scored alike.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from inference.engine import instruct, plain
from inference.engine.chat import load_prompt, messages_of
from inference.engine.explain import ROWS, Encoded, Reading, explain
from inference.engine.instruct import Instruct
from inference.engine.instruct_files import find_folder, sha256_of
from inference.engine.loader import use_threads
from inference.engine.told import facts_in_words, tell
from inference.errors import NotExplainable
from inference.types import FIELDS, Explanation, WriterRef, WritingRequest

MOST_LOGITS = 50_000_000
"""Logits of a batch: 200 MB, whatever the size of the vocabulary."""


@dataclass(frozen=True)
class Longest:
    longest: int


class PlainScorer:
    """A model that transformers runs, read as `llama` is. Its states are its logits already."""

    def __init__(self, model: Any, longest: int) -> None:
        self.model, self.shape = model, Longest(longest)
        self.embedding: Tensor = model.get_input_embeddings().weight

    def read(self, ids: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        logits: Tensor = self.model(ids).logits  # (B, T, V); padding on the right is not seen
        return logits

    def head(self, states: Tensor) -> Tensor:
        return states


def explain_instruct(
    writer: WriterRef,
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    device: str = "auto",
    threads: int = 0,
    dtype: str = "auto",
) -> Explanation:
    """Return what drove the text. See `inference.services.explain_writing`."""
    folder = find_folder(writer)
    model = instruct.load(folder, sha256_of(writer), writer.adapter, device=device, dtype=dtype)
    use_threads(threads, model.llama.shape if model.llama else None)
    if not any(parts.values()):
        raise NotExplainable("This text is empty, so there is nothing to explain.")
    return explain(
        reading_of(model, writer.prompt_version, tokens=_length(model, request, parts)),
        request,
        parts,
        model=model.label(writer),
        prompt_version=load_prompt(request.channel, request.language, writer.prompt_version).name,
        with_attention=False,  # a prompt in words is longer than anybody could read a map of
    )


def reading_of(model: Instruct, version: str, *, tokens: int) -> Reading:
    """Return how the model reads. `tokens`: how long the text is, for the size of a batch."""

    def prompt(request: WritingRequest) -> Sequence[int]:
        return model.encode(messages_of(request, version))

    def encode(request: WritingRequest, parts: Mapping[str, str]) -> Encoded:
        return encode_answer(model, request, parts)

    scorer = model.llama or PlainScorer(plain.load(model.folder, model.device), model.longest)
    width = scorer.embedding.shape[0]
    rows = min(ROWS, max(1, MOST_LOGITS // (tokens * width))) if model.llama else 1
    return Reading(scorer, prompt, encode, _name(model), facts=facts_in_words, rows=rows)


def encode_answer(model: Instruct, request: WritingRequest, parts: Mapping[str, str]) -> Encoded:
    """Return the text as the tokens of the JSON object, each with its clause, and the end."""
    told = tell(parts, FIELDS[request.channel])
    encoded = model.tokenizer.encode(told.answer, add_special_tokens=False)
    owners = [told.owner(start, stop) for start, stop in encoded.offsets]
    words = [told.answer[start:stop] for start, stop in encoded.offsets]
    return Encoded((*encoded.ids, model.ends[0]), (*words, ""), (*owners, -1), told.clauses)


def _length(model: Instruct, request: WritingRequest, parts: Mapping[str, str]) -> int:
    return len(encode_answer(model, request, parts).ids)


def _name(model: Instruct) -> Any:
    return lambda token: model.tokenizer.decode([token], skip_special_tokens=False)
