"""The starter model as a writer: requests in, writings out.

Requests of one campaign share the beginning of their prompts, and the engine reads it once.

A text that the checks find fault with is drawn again at once, `DRAWS` times in all: a draw costs
milliseconds, a rewrite by way of the database seconds. How often the first draw is sound is what
`evaluate copy` measures; it draws once.
"""

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from inference.checks import check_text, display_width, misfits
from inference.engine.constrain import Widths
from inference.engine.generate import STUCK, Generated, Options, Prompt, Statistics, generate
from inference.engine.loader import Loaded, load
from inference.starter.prompt import (
    END,
    PART,
    PROMPT_VERSION,
    campaign_tokens,
    prompt_tokens,
    split_parts,
)
from inference.starter.tokenizer import token_id
from inference.types import FIELDS, LIMITS, Channel, Language, Writing, WritingRequest

FOLDER = Path(__file__).parent.parent / "starter" / "weights"
MAX_NEW_TOKENS = 288
DRAWS = 5
NO_LIMIT = 1_000_000
TEMPERATURE = 0.5
"""Low: at 0.8 twice as many first draws cite a fact that is not at hand."""
EXPECTED_TOKENS = {Channel.EMAIL: 140, Channel.ARTICLE: 110, Channel.AD: 20}


def write(
    requests: Sequence[WritingRequest],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "auto",
    threads: int = 0,
    folder: Path = FOLDER,
    adapter: Path | None = None,
    temperature: float = TEMPERATURE,
) -> list[Writing]:
    """Return one writing per request, in order. See `inference.services.write`."""
    loaded = load(folder, device=device, threads=threads, adapter=adapter)
    results, statistics = write_tokens(
        loaded, requests, temperature=temperature, on_progress=on_progress, should_stop=should_stop
    )
    writings = [
        _writing(loaded, request, result, statistics)
        for request, result in zip(requests, results, strict=True)
    ]
    for draw in range(1, DRAWS):
        wrong = [i for i, writing in enumerate(writings) if _has_fault(requests[i], writing)]
        if not wrong or (should_stop and should_stop()):
            break
        again = [requests[i] for i in wrong]
        results, statistics = write_tokens(
            loaded, again, temperature=temperature, draw=draw, should_stop=should_stop
        )
        for i, result in zip(wrong, results, strict=True):
            if result.finish_reason in ("stop", "length"):
                writings[i] = _writing(loaded, requests[i], result, statistics)
    return writings


def write_tokens(
    loaded: Loaded,
    requests: Sequence[WritingRequest],
    *,
    temperature: float = TEMPERATURE,
    rows: int = 128,
    draw: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[list[Generated], Statistics]:
    """Return the tokens of each text, and what the run did."""
    options = Options(
        end=token_id(loaded.tokenizer, END),
        max_new_tokens=MAX_NEW_TOKENS,
        temperature=temperature,
        rows=rows,
    )
    prompts = [prompt_of(loaded, request, draw) for request in requests]
    return generate(
        loaded.llama, prompts, options, on_progress=on_progress, should_stop=should_stop
    )


def prompt_of(loaded: Loaded, request: WritingRequest, draw: int = 0) -> Prompt:
    """Return the request as token ids. Each rewrite and each draw of it has a seed of its own.

    The limits of its parts bind a text whose names are long, and one that was at fault before.
    """
    bound = request.tight or draw > 0 or request.attempt > 0
    ids = tuple(token_id(loaded.tokenizer, token) for token in prompt_tokens(request))
    return Prompt(
        ids=ids,
        shared=len(campaign_tokens(request)),
        seed=zlib.crc32(f"{request.seed}/{request.attempt}/{draw}".encode()),
        expected=EXPECTED_TOKENS[request.channel],
        constraint=widths_of(loaded.tokenizer, request) if bound else None,
    )


def widths_of(tokenizer: Tokenizer, request: WritingRequest) -> Widths:
    """Return the limits of the request's parts, slots counted as in the checks."""
    return Widths(
        widths=token_widths(tokenizer, request.language, request.tight),
        limits=tuple(LIMITS.get(name, NO_LIMIT) for name in FIELDS[request.channel]),
        part=token_id(tokenizer, PART),
        end=token_id(tokenizer, END),
    )


@cache
def token_widths(tokenizer: Tokenizer, language: Language, tight: bool) -> npt.NDArray[np.int64]:
    """Return V: the columns of each token. A piece of a character counts as a wide one, so that
    no sum is too small."""
    said = [
        tokenizer.decode([token], skip_special_tokens=False)
        for token in range(tokenizer.get_vocab_size())
    ]
    pieces = [text.count("\ufffd") for text in said]
    return np.array(
        [
            display_width(text, language, tight=tight) + piece
            for text, piece in zip(said, pieces, strict=True)
        ]
    )


def read_parts(loaded: Loaded, request: WritingRequest, ids: Sequence[int]) -> dict[str, str]:
    """Return the parts that the tokens say. Bytes that are no text become U+FFFD."""
    part = token_id(loaded.tokenizer, PART)
    pieces: list[list[int]] = [[]]
    for token in ids:
        if token == part:
            pieces.append([])
        else:
            pieces[-1].append(token)
    texts = [loaded.tokenizer.decode(piece, skip_special_tokens=False) for piece in pieces]
    return split_parts(request.channel, texts)


def _has_fault(request: WritingRequest, writing: Writing) -> bool:
    if writing.finish_reason == "error":
        return writing.error == STUCK  # another draw may find words that fit
    found = check_text(request, writing.parts) + misfits(request, writing.parts)
    return any(finding.level != "passed" for finding in found)


def _writing(
    loaded: Loaded, request: WritingRequest, result: Generated, statistics: Statistics
) -> Writing:
    stopped = result.finish_reason == "cancelled"
    failed = stopped or result.finish_reason == "error"
    return Writing(
        parts={} if failed else read_parts(loaded, request, result.ids),
        engine="local",
        model=f"{loaded.card['name']}@{loaded.revision}",
        prompt_version=PROMPT_VERSION,
        finish_reason="error" if failed else result.finish_reason,
        prompt_tokens=len(prompt_tokens(request)),
        new_tokens=len(result.ids),
        seconds=round(statistics.seconds, 3),
        error="The writing was stopped." if stopped else result.error,
    )
