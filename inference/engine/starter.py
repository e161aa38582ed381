"""The starter model as a writer: requests in, writings out.

Requests of one campaign share the beginning of their prompts, and the engine reads it once.

A text that the checks find fault with is drawn again at once, in the row that it leaves, `DRAWS`
times in all: a draw costs milliseconds, a rewrite by way of the database seconds. How often the
first draw is sound is what `evaluate copy` measures; it draws once.
"""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from inference.checks import check_text, display_width, misfits
from inference.engine.asked import Generated, Options, Prompt, Statistics
from inference.engine.constrain import Widths
from inference.engine.generate import STUCK, Again, generate
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
from inference.types import FIELDS, LIMITS, Channel, Finding, Language, Writing, WritingRequest

FOLDER = Path(__file__).parent.parent / "starter" / "weights"
MAX_NEW_TOKENS = 288
DRAWS = 5
ROWS = 192
"""Texts written side by side, .6 MB each. Of a batch of 768 the last texts would leave most of more
rows empty."""
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
    dtype: str = "auto",
    folder: Path = FOLDER,
    adapter: Path | None = None,
    temperature: float = TEMPERATURE,
) -> list[Writing]:
    """Return one writing per request, in order. See `inference.services.write`."""
    loaded = load(folder, device=device, dtype=dtype, threads=threads, adapter=adapter)
    draws = _Draws(loaded, requests)
    results, statistics = write_tokens(
        loaded,
        requests,
        temperature=temperature,
        on_progress=on_progress,
        should_stop=should_stop,
        again=draws.again,
    )
    return [
        _writing(loaded, request, draws.best(index, result), statistics)
        for index, (request, result) in enumerate(zip(requests, results, strict=True))
    ]


@dataclass(frozen=True)
class Draft:
    """A text that ended, or where there was none how the writing ended; what the checks say."""

    result: Generated
    parts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] | None = None


class _Draws:
    """Which texts are drawn again, while the others are being written."""

    def __init__(self, loaded: Loaded, requests: Sequence[WritingRequest]) -> None:
        self.loaded, self.requests = loaded, requests
        self.counts = [0] * len(requests)
        self.whole: dict[int, Draft] = {}  # the last that ended

    def again(self, index: int, result: Generated) -> Prompt | None:
        """Return the prompt of another draw, None if the text is sound or was drawn enough."""
        request = self.requests[index]
        if result.error != STUCK:  # another draw may find words that fit
            parts = read_parts(self.loaded, request, result.ids)
            found = tuple(check_text(request, parts))
            self.whole[index] = Draft(result, parts, found)
            if not _has_fault(request, parts, found):
                return None
        self.counts[index] += 1
        draw = self.counts[index]
        return prompt_of(self.loaded, request, draw) if draw < DRAWS else None

    def best(self, index: int, result: Generated) -> Draft:
        """Return the last whole text, or, where there was none, how the writing ended."""
        return self.whole.get(index, Draft(result))


def write_tokens(
    loaded: Loaded,
    requests: Sequence[WritingRequest],
    *,
    temperature: float = TEMPERATURE,
    draw: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    again: Again | None = None,
) -> tuple[list[Generated], Statistics]:
    """Return the tokens of each text, and what the run did."""
    options = Options(
        end=token_id(loaded.tokenizer, END),
        max_new_tokens=MAX_NEW_TOKENS,
        temperature=temperature,
        rows=ROWS,
    )
    prompts = [prompt_of(loaded, request, draw) for request in requests]
    return generate(
        loaded.llama,
        prompts,
        options,
        on_progress=on_progress,
        should_stop=should_stop,
        again=again,
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


def _has_fault(request: WritingRequest, parts: Mapping[str, str], found: Sequence[Finding]) -> bool:
    return any(finding.level != "passed" for finding in [*found, *misfits(request, parts)])


def _writing(
    loaded: Loaded, request: WritingRequest, draft: Draft, statistics: Statistics
) -> Writing:
    result = draft.result
    stopped = result.finish_reason == "cancelled"
    failed = stopped or result.finish_reason == "error"
    return Writing(
        parts={} if failed else draft.parts,
        findings=None if failed else draft.findings,
        engine="local",
        model=f"{loaded.card['name']}@{loaded.revision}",
        prompt_version=PROMPT_VERSION,
        finish_reason="error" if failed else result.finish_reason,
        prompt_tokens=len(prompt_tokens(request)),
        new_tokens=len(result.ids),
        seconds=round(statistics.seconds, 3),
        error="The writing was stopped." if stopped else result.error,
    )
