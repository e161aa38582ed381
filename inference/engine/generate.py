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
from inference.engine.drafts import CONTEXT, Drafts
from inference.engine.graphs import Graphs, capture_for
from inference.engine.llama import SLACK, Cache, Llama, Places

REFILL_SHARE = 0.125
"""Share of the rows that must be free before waiting prompts are read: reading few is dear."""
KEPT_PREFIXES = 16
"""Beginnings whose keys and values are kept from call to call: a workspace has few at a time."""
GUESSED_ROWS = 32
"""With more rows the processor is busy: on a CPU, reading wrong guesses costs what right ones win
(192 rows of the starter: 7,500 tokens/s without guesses, 7,000 with)."""
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
        again: Again | None,
    ) -> None:
        self.llama, self.prompts, self.options = llama, list(prompts), options
        self.on_progress, self.again = on_progress, again
        self.results = [Generated() for _ in prompts]
        self.statistics = Statistics()
        self.started = monotonic()
        self.done = 0
        self.followers: dict[int, Follower] = {}  # by prompt, of texts that are constrained
        self.device = llama.embedding.device
        self.prefixes = llama.prefixes
        self.capture = capture_for(self.device)
        self.waiting = self._admissible()
        longest = max((len(prompts[index].ids) for index in self.waiting), default=1)
        self.length = longest + options.max_new_tokens + SLACK
        self.drafts = Drafts(options.guesses)
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
        self.followers.clear()
        self.drafts.longest = 0  # where memory is short, one token at a time
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
        self.graphs: Graphs | None = None
        self.contexts = np.zeros((rows, CONTEXT), dtype=np.int64)  # the last tokens, not yet read
        self.positions = np.zeros(rows, dtype=np.int64)  # where the last of them will stand
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
            self._follow(batch)
            self.statistics.prompt_tokens += ids.numel()
            self._enter(batch, first)
            none = np.zeros((len(batch), 0), dtype=np.int64)
            self._accept(logits, first, none, np.zeros(len(batch), dtype=np.int64))

    def _enter(self, batch: list[int], first: int) -> None:
        for row, index in enumerate(batch, start=first):
            prompt = self.prompts[index]
            self.contexts[row] = (*[-1] * CONTEXT, *prompt.ids)[-CONTEXT:]
            # The last token of the prompt is read already: what is chosen next is the last.
            self.positions[row] = len(prompt.ids) - 1
            if self.options.temperature:
                self.draws[row] = uniform_draws(prompt.seed, self.draws.shape[1])

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
        rows = len(self.active)
        guesses, counts = self.drafts.guess(self.contexts[:rows], self._free())
        starts = torch.from_numpy(self.positions[:rows]).to(self.device)
        longest = int((self.positions[:rows] + counts).max()) + 1
        if self.graphs and not counts.any():
            ids = torch.from_numpy(self.contexts[:rows, -1]).to(self.device)
            logits = self.graphs.step(ids, starts, longest)
        else:
            logits = self._read_guesses(guesses, counts, starts, longest)
        self.statistics.steps += 1
        self._accept(logits, 0, guesses, counts)

    def _read_guesses(
        self, guesses: Tokens, counts: Tokens, starts: Tensor, longest: int
    ) -> Tensor:
        """Read the last token of each row and its guesses: (N, V)."""
        rows = len(counts)
        places = Places(
            starts,
            torch.from_numpy(counts + 1).to(self.device) if counts.any() else None,
            longest,
        )
        told = np.concatenate((self.contexts[:rows, -1:], guesses), axis=1)[:, : places.width]
        ids = torch.from_numpy(told).to(self.device)[places.rows, places.columns]
        return self.llama.step(ids, places, self._cache())

    def _free(self) -> npt.NDArray[np.bool_]:
        """Which rows may be guessed ahead: none of constrained texts, which take one token at a
        time, and none in a batch so full that guesses no longer come free."""
        few = len(self.active) <= GUESSED_ROWS
        free = [few and index not in self.followers for index in self.active]
        return np.array(free, dtype=np.bool_)

    # Tokens

    def _accept(self, logits: Tensor, first: int, guesses: Tokens, counts: Tokens) -> None:
        """Choose tokens in every row from `first` on; let rows leave that end.

        logits (N, V): of the last token of each row and of its first `counts` guesses.
        """
        last = first + len(counts)
        grid = np.arange(guesses.shape[1] + 1) <= counts[:, None]  # (B, T)
        stuck = self._constrain(logits, first)
        chosen, sound = self._choose(logits, first, grid)
        tokens = np.full(grid.shape, -1, dtype=np.int64)
        fine = np.zeros(grid.shape, dtype=np.bool_)
        tokens[grid], fine[grid] = chosen, sound
        right = (tokens[:, :-1] == guesses) & grid[:, 1:]
        kept = right.cumprod(axis=1).sum(axis=1)
        self.drafts.note(int(counts.sum()), int(kept.sum()))
        self.drafts.learn(self.contexts[first:last], tokens, kept + 1)
        self._move_on(first, tokens, kept + 1)
        leaving: list[int] = []
        for at in range(len(tokens)):
            row, count = first + at, int(kept[at]) + 1
            if self._write_all(row, tokens[at, :count].tolist(), fine[at].tolist(), row in stuck):
                leaving.append(row)
        self._leave(leaving)

    def _move_on(self, first: int, tokens: Tokens, counts: Tokens) -> None:
        """Take the first `counts` of tokens (B × T) into the rows from `first` on."""
        last = first + len(tokens)
        seen = np.concatenate((self.contexts[first:last], tokens), axis=1)
        columns = counts[:, None] + np.arange(CONTEXT)
        self.contexts[first:last] = np.take_along_axis(seen, columns, axis=1)
        self.positions[first:last] += counts

    def _write_all(self, row: int, tokens: list[int], fine: list[bool], is_stuck: bool) -> bool:
        index = self.active[row]
        if is_stuck:
            return self._end(index, "error", STUCK)
        for token, is_fine in zip(tokens, fine, strict=False):
            if self._write(index, token, is_fine):
                return True
        return False

    def _follow(self, batch: list[int]) -> None:
        for index in batch:
            constraint = self.prompts[index].constraint
            if constraint:
                self.followers[index] = constraint.follow()

    def _constrain(self, logits: Tensor, first: int) -> set[int]:
        """Take from the logits what constrained texts may not say; return rows with no way on."""
        stuck: set[int] = set()
        if not self.followers:
            return stuck
        for row, index in enumerate(self.active[first:], start=first):
            if follower := self.followers.get(index):
                allowed = torch.from_numpy(follower.allowed()).to(logits.device)
                own = logits[row - first]
                if not _has_way_on(own, allowed, follower.least):
                    stuck.add(row)
                own.masked_fill_(~allowed, -torch.inf)
        return stuck

    def _choose(
        self, logits: Tensor, first: int, grid: npt.NDArray[np.bool_]
    ) -> tuple[Tokens, npt.NDArray[np.bool_]]:
        """Return tokens (N) and whether the logits they came from were numbers (N)."""
        if not self.options.temperature:
            return likeliest(logits)
        rows, columns = grid.nonzero()
        written = np.array([len(self.results[index].ids) for index in self.active[first:]])
        at = (written[rows] + columns).clip(max=self.draws.shape[1] - 1)
        uniform = self.draws[torch.from_numpy(rows + first), torch.from_numpy(at)]
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
        self.done += 1
        if self.on_progress:
            self.on_progress(self.done, len(self.prompts))
        return True

    def _leave(self, rows: list[int]) -> None:
        """Fill the gaps with rows from the end, so that those in use stay together."""
        for row in reversed(rows):
            final = len(self.active) - 1
            if row != final:
                self._cache().move(final, row, int(self.positions[final]))
                self.contexts[row] = self.contexts[final]
                self.positions[row] = self.positions[final]
                self.draws[row] = self.draws[final]
                self.active[row] = self.active[final]
            self.active.pop()

    def _cache(self) -> Cache:
        """The cache, made when first needed: there too the memory may not suffice."""
        if self.cache is None:
            self.cache = self.llama.new_cache(self.rows, self.length)
            if self.capture:
                self.graphs = Graphs(self.llama, self.cache, self.capture)
        return self.cache

    def _finish_alone(self, indices: list[int], error: Exception) -> None:
        for index in indices:
            self._end(index, "error", f"The model failed on this text: {type(error).__name__}.")


def _has_way_on(logits: Tensor, allowed: Tensor, least: float) -> bool:
    """Whether a token is allowed that is likely enough to the model."""
    if not least:
        return bool(allowed.any())
    return bool((logits.softmax(-1) * allowed).amax() >= least)
