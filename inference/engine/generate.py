"""Texts for many prompts at once, with in-flight batching over one KV cache.

Finished rows leave and waiting rows enter between steps, so the batch stays full whatever the
lengths. Prompts that begin alike are read once and copied. Every row draws from a generator of
its own seed, so a text does not depend on its neighbours (but for the rounding of sums, which
may differ between batch sizes).

Knows token ids and nothing else: no tokenizer, no request, no Django.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import torch
from torch import Tensor

from inference.engine.llama import Cache, Llama

CANDIDATES = 64
"""Most tokens that a draw considers. Beyond them lie less than 0.1 % of the starter's mass."""
REFILL_SHARE = 0.125
"""Share of the rows that must be free before waiting prompts are read: reading few is dear."""
KEPT_PREFIXES = 64

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What to continue. `shared` is how many of the first tokens other prompts may share."""

    ids: tuple[int, ...]
    shared: int = 0
    seed: int = 0
    expected: int = 0  # tokens, a guess that orders the work; 0 = no idea


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to write. temperature 0 takes the likeliest token each time."""

    end: int
    max_new_tokens: int
    temperature: float = 0.8
    top_p: float = 0.95
    rows: int = 128

    def __post_init__(self) -> None:
        if self.temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {self.temperature}.")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], not {self.top_p}.")
        if self.rows < 1 or self.max_new_tokens < 1:
            raise ValueError("rows and max_new_tokens must be 1 or more.")


@dataclass
class Generated:
    """The new tokens of one prompt, the end token left out.

    finish_reason: "stop" (the end token), "length", "error" (see `error`), "cancelled".
    """

    ids: list[int] = field(default_factory=list)
    finish_reason: str = "cancelled"
    error: str = ""


@dataclass
class Statistics:
    """What a run did: new tokens include the end tokens."""

    new_tokens: int = 0
    prompt_tokens: int = 0
    steps: int = 0
    seconds: float = 0.0
    rows: int = 0  # the batch that fitted in the end

    @property
    def tokens_per_second(self) -> float:
        return self.new_tokens / self.seconds if self.seconds else 0.0


def generate(
    llama: Llama,
    prompts: Sequence[Prompt],
    options: Options,
    *,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> tuple[list[Generated], Statistics]:
    """Continue every prompt; results are in the order of the prompts.

    A prompt that is too long, or whose logits are not numbers, ends as an error alone. When the
    memory does not suffice, the batch is halved and its rows begin again, down to one.
    """
    with torch.inference_mode():
        run = _Run(llama, prompts, options, on_progress)
        while run.waiting or run.active:
            if should_stop and should_stop():
                break
            try:
                run.advance()
            except (MemoryError, RuntimeError) as error:
                run.back_off(error)
    run.statistics.seconds = monotonic() - run.started
    return run.results, run.statistics


class _Run:
    """One call of `generate`. The first `len(active)` rows of the cache are in use."""

    def __init__(
        self,
        llama: Llama,
        prompts: Sequence[Prompt],
        options: Options,
        on_progress: Progress | None,
    ) -> None:
        self.llama, self.prompts, self.options = llama, prompts, options
        self.on_progress = on_progress
        self.results = [Generated() for _ in prompts]
        self.statistics = Statistics()
        self.started = monotonic()
        self.done = 0
        self.device = llama.embedding.device
        self.prefixes: OrderedDict[tuple[int, ...], tuple[Tensor, Tensor]] = OrderedDict()
        self.waiting = self._admissible()
        longest = max((len(prompts[index].ids) for index in self.waiting), default=1)
        self.length = longest + options.max_new_tokens
        self._begin(min(options.rows, max(1, len(self.waiting))))

    def advance(self) -> None:
        """Let waiting rows enter when enough are free, then write one token in every row."""
        free = self.rows - len(self.active)
        if self.waiting and (not self.active or free >= max(1, self.rows * REFILL_SHARE)):
            self._admit()
        if self.active:
            self._step()

    def back_off(self, error: Exception) -> None:
        """Halve the batch and begin its rows again; give up a row that fails alone."""
        again = list(self.active)
        if self.rows == 1:
            self._finish_alone(again or [self.waiting.popleft()], error)
            again = []
        for index in reversed(again):
            self.results[index] = Generated()
            self.waiting.appendleft(index)
        self.prefixes.clear()
        self._begin(max(1, self.rows // 2))

    # Rows

    def _admissible(self) -> deque[int]:
        """Order the prompts: longest texts first, equal beginnings side by side."""
        room = self.llama.shape.longest - self.options.max_new_tokens
        fit: list[int] = []
        for index, prompt in enumerate(self.prompts):
            if 0 < len(prompt.ids) <= room:
                fit.append(index)
            else:
                self._end(
                    index, "error", f"The prompt has {len(prompt.ids)} tokens; 1 to {room} fit."
                )
        prompts = self.prompts
        fit.sort(key=lambda i: (-prompts[i].expected, len(prompts[i].ids), prompts[i].ids))
        return deque(fit)

    def _begin(self, rows: int) -> None:
        self.rows = self.statistics.rows = rows
        self.active: list[int] = []  # prompt of each row
        self.cache: Cache | None = None
        self.last = torch.zeros(rows, dtype=torch.long, device=self.device)
        self.positions = torch.zeros(rows, dtype=torch.long, device=self.device)
        self.furthest: list[int] = []  # the same positions, for Python
        self.draws = torch.zeros(rows, self.options.max_new_tokens)

    def _admit(self) -> None:
        """Read waiting prompts into the free rows: equal lengths together, beginnings once."""
        while self.waiting and len(self.active) < self.rows:
            batch = self._next_alike(self.rows - len(self.active))
            first = len(self.active)
            start = self._copy_prefix(batch, first)
            ids = torch.tensor([self.prompts[i].ids[start:] for i in batch], device=self.device)
            logits = self.llama.prefill(ids, self._cache(), first, start)
            for _ in batch:
                self.waiting.popleft()
            self.active += batch
            self.statistics.prompt_tokens += ids.numel()
            last = slice(first, len(self.active))
            self.positions[last] = start + ids.shape[1]
            self.furthest += [start + ids.shape[1]] * len(batch)
            if self.options.temperature:
                for row, index in enumerate(batch, start=first):
                    self.draws[row] = _uniform(self.prompts[index].seed, self.draws.shape[1])
            self._accept(logits, first)

    def _next_alike(self, most: int) -> list[int]:
        """The next waiting prompts of one length and one shared beginning."""
        batch: list[int] = []
        for index in self.waiting:
            prompt = self.prompts[index]
            head = self.prompts[batch[0]] if batch else prompt
            alike = len(prompt.ids) == len(head.ids) and prompt.shared == head.shared
            if (
                len(batch) == most
                or not alike
                or prompt.ids[: prompt.shared] != head.ids[: head.shared]
            ):
                break
            batch.append(index)
        return batch

    def _copy_prefix(self, batch: list[int], first: int) -> int:
        """Put the beginning that the batch shares into its rows; return its length, 0 = none."""
        prompt = self.prompts[batch[0]]
        length = min(prompt.shared, len(prompt.ids) - 1)
        beginning = prompt.ids[:length]
        if not length or (len(batch) == 1 and beginning not in self.prefixes):
            return 0
        if beginning not in self.prefixes:
            ids = torch.tensor([beginning], device=self.device)
            self.llama.prefill(ids, self._cache(), first, 0)
            self.statistics.prompt_tokens += length
            self.prefixes[beginning] = self._cache().take(first, length)
            if len(self.prefixes) > KEPT_PREFIXES:
                self.prefixes.popitem(last=False)
        self._cache().put(self.prefixes[beginning], first, first + len(batch))
        return length

    def _step(self) -> None:
        rows = len(self.active)
        logits = self.llama.step(
            self.last[:rows], self.positions[:rows], self._cache(), max(self.furthest) + 1
        )
        self.positions[:rows] += 1
        self.furthest = [position + 1 for position in self.furthest]
        self.statistics.steps += 1
        self._accept(logits, 0)

    # Tokens

    def _accept(self, logits: Tensor, first: int) -> None:
        """Choose a token in every row from `first` on; let rows leave that end."""
        rows = range(first, first + logits.shape[0])
        chosen, sound = self._choose(logits, first)
        self.last[first : rows.stop] = chosen
        tokens, fine = chosen.tolist(), sound.tolist()
        leaving: list[int] = []
        for row, token, is_fine in zip(rows, tokens, fine, strict=True):
            if self._write(self.active[row], token, is_fine):
                leaving.append(row)
        self._leave(leaving)

    def _choose(self, logits: Tensor, first: int) -> tuple[Tensor, Tensor]:
        """Return tokens (B) and whether the logits they came from were numbers (B)."""
        highest = logits.amax(dim=-1)
        if not self.options.temperature:
            return logits.argmax(dim=-1), highest.isfinite()
        written = [len(self.results[index].ids) for index in self.active[first:]]
        every = torch.arange(first, first + len(written))
        uniform = self.draws[every, torch.tensor(written)].to(self.device)
        return sample(logits, uniform, self.options), highest.isfinite()

    def _write(self, index: int, token: int, is_fine: bool) -> bool:
        """Add a token to a text; return whether the text ends."""
        result = self.results[index]
        self.statistics.new_tokens += 1
        if not is_fine:
            return self._end(index, "error", "The model's output was not a number.")
        if token == self.options.end:
            return self._end(index, "stop")
        result.ids.append(token)
        if len(result.ids) >= self.options.max_new_tokens:
            return self._end(index, "length")
        return False

    def _end(self, index: int, reason: str, error: str = "") -> bool:
        self.results[index].finish_reason, self.results[index].error = reason, error
        self.done += 1
        if self.on_progress:
            self.on_progress(self.done, len(self.prompts))
        return True

    def _leave(self, rows: list[int]) -> None:
        """Fill the gaps with rows from the end, so that those in use stay together."""
        for row in reversed(rows):
            final = len(self.active) - 1
            if row != final:
                self._cache().move(final, row, self.furthest[final])
                for values in (self.last, self.positions, self.draws):
                    values[row] = values[final]
                self.active[row], self.furthest[row] = self.active[final], self.furthest[final]
            self.active.pop()
            self.furthest.pop()

    def _cache(self) -> Cache:
        """The cache, made when first needed: there too the memory may not suffice."""
        if self.cache is None:
            self.cache = self.llama.new_cache(self.rows, self.length)
        return self.cache

    def _finish_alone(self, indices: list[int], error: Exception) -> None:
        for index in indices:
            self._end(index, "error", f"The model failed on this text: {type(error).__name__}.")


def sample(logits: Tensor, uniform: Tensor, options: Options) -> Tensor:
    """Draw one token per row by inverting the distribution at `uniform` (B), top-p kept.

    Returns (B). Source: nucleus sampling, Holtzman et al. 2020 (arXiv:1904.09751).
    """
    scaled = logits / options.temperature
    top, tokens = scaled.topk(min(CANDIDATES, logits.shape[-1]), dim=-1)  # (B, C), falling
    chances = (top - scaled.logsumexp(dim=-1, keepdim=True)).exp()
    before = chances.cumsum(dim=-1) - chances
    chances = chances.where(before < options.top_p, 0)  # the first always stays
    mass = chances.cumsum(dim=-1)
    wanted = (uniform[:, None] * mass[:, -1:]).to(mass.dtype)
    picked = (mass <= wanted).sum(dim=-1, keepdim=True).clamp_max(top.shape[-1] - 1)
    return tokens.gather(-1, picked).squeeze(-1)


def _uniform(seed: int, count: int) -> Tensor:
    """Return `count` draws from [0, 1) that depend on the seed alone."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed))
