"""Texts for many prompts at once, with in-flight batching over one KV cache.

Finished rows leave and waiting rows enter between steps, so the batch stays full whatever the
lengths. Prompts that begin alike are read once and copied. Every row draws from a generator of
its own seed, so a text does not depend on its neighbours (but for the rounding of sums, which
may differ between batch sizes).

Knows token ids and nothing else: no tokenizer, no request, no Django.
"""

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inference.engine.asked import Generated, Options, Prompt, Statistics
from inference.engine.choose import Tokens, drawn, likeliest, uniform_draws
from inference.engine.constrain import Follower
from inference.engine.drafts import Drafts
from inference.engine.graphs import Graphs, capture_for
from inference.engine.llama import SLACK, Cache, Llama, Places
from inference.engine.rows import Block, Rows

BLOCK = 32
"""Rows of a block on a CPU: of 16 to 64 the fastest; see `rows`. On a GPU all rows are one block,
because a graph runs over all of them."""
REFILL_SHARE = 0.125
"""Share of an only block that must be free before waiting prompts are read: reading few is dear.
One of several is filled when it is empty, so that its texts stay of about one length.
"""
KEPT_PREFIXES = 16
"""Beginnings whose keys and values are kept from call to call: a workspace has few at a time."""
LEAST_KEPT = 0.4
"""Share of the guesses that must have been right so far, else no more are made."""
GUESSED_ROWS = 32
"""With more rows the processor is busy, and reading a wrong guess costs something."""
GUESSES_WHEN_BUSY = 1
"""Where attention reads a row for one token, it reads it for two in the same time: 192 rows of
the starter write a sixth more with a guess than without. On a GPU there are none, for graphs.
"""
KEPT_WHEN_BUSY = 0.5
"""Share of the guesses that must have been right so far for that."""
READ_AT_ONCE = 16_384
"""Most tokens of prompts that are read in one go: what lies between the layers takes memory."""
STUCK = "The text could not go on within its form: no word that fits is likely enough."

Progress = Callable[[int, int], None]
Stop = Callable[[], bool]
Again = Callable[[int, Generated], Prompt | None]


def generate(
    llama: Llama,
    prompts: Sequence[Prompt],
    options: Options,
    *,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
    again: Again | None = None,
) -> tuple[list[Generated], Statistics]:
    """Continue every prompt; results are in the order of the prompts.

    `again` sees every text that ended by itself, or stuck in its form, with the number of its
    prompt. What it returns is continued in its place, while the batch goes on; None = keep it. It
    must be no longer than the longest prompt.

    A prompt that is too long, or whose logits are not numbers, ends as an error alone. When the
    memory does not suffice, the batch is halved and its rows begin again, down to one.
    """
    with torch.inference_mode():
        run = _Run(llama, prompts, options, on_progress, again)
        while run.waiting or run.rows.active:
            if should_stop and should_stop():
                break
            try:
                run.advance()
            except (MemoryError, RuntimeError) as error:
                run.back_off(error)
    run.statistics.seconds = monotonic() - run.started
    return run.results, run.statistics


class _Run:
    """One call of `generate`."""

    def __init__(
        self,
        llama: Llama,
        prompts: Sequence[Prompt],
        options: Options,
        on_progress: Progress | None,
        again: Again | None,
    ) -> None:
        self.llama, self.prompts, self.options = llama, list(prompts), options
        self.on_progress, self.again = on_progress, again
        self.results = [Generated() for _ in prompts]
        self.statistics = Statistics()
        self.started = monotonic()
        self.ended: set[int] = set()  # prompts
        self.followers: dict[int, Follower] = {}  # by prompt, of texts that are constrained
        self.device = llama.embedding.device
        self.prefixes = llama.prefixes
        self.capture = capture_for(self.device)
        self.waiting = self._admissible()
        longest = max((len(prompts[index].ids) for index in self.waiting), default=1)
        self.length = longest + options.max_new_tokens + SLACK
        self.drafts, self.guesses = Drafts(), options.guesses
        self._begin(min(options.rows, max(1, len(self.waiting))))

    def advance(self) -> None:
        """Let waiting rows enter where enough are free, then write one token in every row."""
        share = REFILL_SHARE if len(self.rows.blocks) == 1 else 1
        for block in self.rows.blocks:
            if block.free >= block.size * share:
                self._admit(block)
        if self.rows.active:
            self._step()

    def back_off(self, error: Exception) -> None:
        """Halve the batch and begin its rows again; give up a row that fails alone."""
        over = self.ended.union(self.waiting)  # of a step that ended in the middle
        again = [index for index in self.rows.active if index not in over]
        if self.height == 1:
            self._finish_alone(again if self.rows.active else [self.waiting.popleft()], error)
            again = []
        for index in reversed(again):
            self.results[index] = Generated()
            self.waiting.appendleft(index)
        self.prefixes.clear()
        self.followers.clear()
        self.guesses = 0  # where memory is short, one token at a time
        self._begin(max(1, self.height // 2))

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

    def _begin(self, height: int) -> None:
        self.height = self.statistics.rows = height
        block = height if self.capture else BLOCK
        self.rows = Rows(height, block, self.options.max_new_tokens)
        self.cache: Cache | None = None
        self.graphs: Graphs | None = None

    def _admit(self, block: Block) -> None:
        """Read waiting prompts into the free rows: equal lengths together, beginnings once."""
        while self.waiting and block.free:
            batch = self._next_alike(block.free)
            first = block.end
            start = self._copy_prefix(batch, first)
            ids = torch.tensor([self.prompts[i].ids[start:] for i in batch], device=self.device)
            logits = self.llama.prefill(ids, self._cache(), first, start)
            self.statistics.prompt_tokens += ids.numel()
            self._enter(batch, block)
            none = np.zeros((len(batch), 0), dtype=np.int64)
            self._accept(logits, np.arange(first, block.end), none, none.sum(axis=1))

    def _enter(self, batch: list[int], block: Block) -> None:
        for index in batch:
            self.waiting.popleft()
            prompt = self.prompts[index]
            row = self.rows.enter(block, index, prompt.ids)
            if self.options.temperature:
                self.rows.draws[row] = uniform_draws(prompt.seed, self.options.max_new_tokens)
            if prompt.constraint:
                self.followers[index] = prompt.constraint.follow()

    def _next_alike(self, most: int) -> list[int]:
        """The next waiting prompts of one length and one shared beginning."""
        batch: list[int] = []
        for index in self.waiting:
            prompt = self.prompts[index]
            head = self.prompts[batch[0]] if batch else prompt
            alike = len(prompt.ids) == len(head.ids) and prompt.shared == head.shared
            if (
                len(batch) == most
                or len(batch) * len(head.ids) >= READ_AT_ONCE
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
        kept = self.prefixes.get(beginning)
        if not length or (len(batch) == 1 and kept is None):
            return 0
        if kept is None:
            ids = torch.tensor([beginning], device=self.device)
            self.llama.prefill(ids, self._cache(), first, 0)
            self.statistics.prompt_tokens += length
            kept = self.prefixes[beginning] = self._cache().take(first, length)
            if len(self.prefixes) > KEPT_PREFIXES:
                self.prefixes.popitem(last=False)
        self._cache().put(kept, first, first + len(batch))
        return length

    def _step(self) -> None:
        """Write one token in every row, and as many more as the guesses were right."""
        rows = self.rows.used
        guesses, counts = self.drafts.guess(self.rows.contexts[rows], self._free(), self._ahead())
        if self.graphs and not counts.any():
            ids = torch.from_numpy(self.rows.contexts[rows, -1]).to(self.device)
            starts = torch.from_numpy(self.rows.positions[rows]).to(self.device)
            logits = self.graphs.step(ids, starts, int(self.rows.positions[rows].max()) + 1)
        else:
            told = np.concatenate((self.rows.contexts[rows, -1:], guesses), axis=1)
            ids = torch.from_numpy(told[_grid(guesses, counts)]).to(self.device)
            logits = self.llama.step(ids, self._places(counts), self._cache())
        self.statistics.steps += 1
        self._accept(logits, rows, guesses, counts)

    def _places(self, counts: Tokens) -> list[Places]:
        """Where the last token of each row and its `counts` guesses (B) stand, block by block."""
        places = []
        for block in self.rows.blocks:
            if not block.active:
                continue
            starts = self.rows.positions[block.first : block.end]
            own, counts = counts[: len(starts)], counts[len(starts) :]
            several = torch.from_numpy(own + 1).to(self.device) if own.any() else None
            here, longest = torch.from_numpy(starts).to(self.device), int((starts + own).max()) + 1
            places.append(Places(here, several, longest, first=block.first))
        return places

    def _free(self) -> npt.NDArray[np.bool_]:
        """Which rows may be guessed ahead: none of constrained texts, which take one token at a
        time."""
        return np.array([index not in self.followers for index in self.rows.active], dtype=np.bool_)

    def _ahead(self) -> int:
        """How many tokens to guess in a row."""
        kept = self.drafts.share_kept
        if len(self.rows.active) <= GUESSED_ROWS:
            return self.guesses if kept >= LEAST_KEPT else 0
        pays = not self.capture and kept >= KEPT_WHEN_BUSY
        return min(GUESSES_WHEN_BUSY, self.guesses) if pays else 0

    # Tokens

    def _accept(self, logits: Tensor, rows: Tokens, guesses: Tokens, counts: Tokens) -> None:
        """Choose tokens in `rows` (B); let those leave whose texts end.

        logits (N, V): of the last token of each row and of its first `counts` guesses.
        """
        grid = _grid(guesses, counts)  # (B, T)
        prompts = self.rows.prompts_of(rows)
        stuck = self._constrain(logits, prompts, (counts + 1).cumsum() - counts - 1)
        chosen, sound = self._choose(logits, rows, prompts, grid)
        tokens = np.full(grid.shape, -1, dtype=np.int64)
        fine = np.zeros(grid.shape, dtype=np.bool_)
        tokens[grid], fine[grid] = chosen, sound
        right = (tokens[:, :-1] == guesses) & grid[:, 1:]
        kept = right.cumprod(axis=1).sum(axis=1)
        self.drafts.note(int(counts.sum()), int(kept.sum()))
        self.drafts.learn(self.rows.contexts[rows], tokens, kept + 1)
        self.rows.move_on(rows, tokens, kept + 1)
        leaving = [
            self._write_all(index, own[: count + 1].tolist(), numbers.tolist(), index in stuck)
            for index, own, count, numbers in zip(prompts, tokens, kept, fine, strict=True)
        ]
        for source, target in self.rows.leave(rows[leaving]):
            self._cache().move(source, target, int(self.rows.positions[target]))

    def _write_all(self, index: int, tokens: list[int], fine: list[bool], is_stuck: bool) -> bool:
        if is_stuck:
            return self._end(index, "error", STUCK)
        for token, is_fine in zip(tokens, fine, strict=False):
            if self._write(index, token, is_fine):
                return True
        return False

    def _constrain(self, logits: Tensor, prompts: list[int], places: Tokens) -> set[int]:
        """Take from the logits (N, V) what constrained texts may not say; return those with no way
        on. places: where in the logits each prompt's begin."""
        stuck: set[int] = set()
        for index, place in zip(prompts, places.tolist(), strict=True):
            if follower := self.followers.get(index):
                allowed = torch.from_numpy(follower.allowed()).to(logits.device)
                own = logits[place]
                if not _has_way_on(own, allowed, follower.least):
                    stuck.add(index)
                own.masked_fill_(~allowed, -torch.inf)
        return stuck

    def _choose(
        self, logits: Tensor, rows: Tokens, prompts: list[int], grid: npt.NDArray[np.bool_]
    ) -> tuple[Tokens, npt.NDArray[np.bool_]]:
        """Return tokens (N) and whether the logits they came from were numbers (N)."""
        if not self.options.temperature:
            return likeliest(logits)
        lines, columns = grid.nonzero()
        written = np.array([len(self.results[index].ids) for index in prompts])
        at = (written[lines] + columns).clip(max=self.options.max_new_tokens - 1)
        uniform = self.rows.draws[torch.from_numpy(rows[lines]), torch.from_numpy(at)]
        options = self.options
        return drawn(logits, uniform, temperature=options.temperature, top_p=options.top_p)

    def _write(self, index: int, token: int, is_fine: bool) -> bool:
        """Add a token to a text; return whether the text ends."""
        result = self.results[index]
        self.statistics.new_tokens += 1
        if not is_fine:
            return self._end(index, "error", "The model's output was not a number.")
        if token in self.options.ends:
            return self._end(index, "stop")
        result.ids.append(token)
        if follower := self.followers.get(index):
            follower.take(token)
        if len(result.ids) >= (self.prompts[index].most or self.options.max_new_tokens):
            return self._end(index, "length")
        return False

    def _end(self, index: int, reason: str, error: str = "") -> bool:
        """End a text, unless it is written again; its row is free in both cases."""
        result = self.results[index]
        result.finish_reason, result.error = reason, error
        self.followers.pop(index, None)
        is_whole = reason in ("stop", "length") or error == STUCK
        if self.again and is_whole and (prompt := self.again(index, result)):
            self.prompts[index], self.results[index] = prompt, Generated()
            self.waiting.appendleft(index)
            return True
        self.ended.add(index)
        if self.on_progress:
            self.on_progress(len(self.ended), len(self.prompts))
        return True

    def _cache(self) -> Cache:
        """The cache, made when first needed: there too the memory may not suffice."""
        if self.cache is None:
            self.cache = self.llama.new_cache(self.height, self.length)
            if self.capture:
                self.graphs = Graphs(self.llama, self.cache, self.capture)
        return self.cache

    def _finish_alone(self, indices: list[int], error: Exception) -> None:
        for index in indices:
            self._end(index, "error", f"The model failed on this text: {type(error).__name__}.")


def _grid(guesses: Tokens, counts: Tokens) -> npt.NDArray[np.bool_]:
    """Which of a row's last token and its guesses are read: (B, T)."""
    read: npt.NDArray[np.bool_] = np.arange(guesses.shape[1] + 1) <= counts[:, None]
    return read


def _has_way_on(logits: Tensor, allowed: Tensor, least: float) -> bool:
    """Whether a token is allowed that is likely enough to the model."""
    if not least:
        return bool(allowed.any())
    return bool((logits.softmax(-1) * allowed).amax() >= least)
