"""A small Transformer that foretells the next item: what neighbours cannot see of the order.

SASRec (Kang, McAuley 2018) with one block that normalises first, trained on every step of every
history at once; the loss is the softmax over all items, or over items drawn at random for large
catalogues (Klenitskiy, Vasilev 2023: that, not the architecture, is what makes it strong). Only
workers and measures import this: it needs torch.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, dropout, gelu, scaled_dot_product_attention

from inference import services as inference
from profiles.recommending.histories import Histories, Numbers

WIDTH, HEADS, DROPPED = 96, 2, 0.3
LONGEST = 50  # newest items of a history that are looked at
EPOCHS, MOST_STEPS = 16, 6_000
TOKENS = 2_048  # of a batch
RATE, WARM_UP = 2e-3, 50
RIVALS = 2_000  # drawn for each batch where there are more items than twice as many
SCORED = 256  # histories at a time

Progress = Callable[[int, int], None]


class Net(nn.Module):  # type: ignore[misc]  # torch has no types here
    """Item numbers B × T → states B × T × `WIDTH`; an item's score is its vector times a state."""

    def __init__(self, items: int) -> None:
        super().__init__()
        self.items = items
        self.item = nn.Embedding(items + 1, WIDTH, padding_idx=items)  # the last one is no item
        self.place = nn.Embedding(LONGEST, WIDTH)
        self.bias = nn.Parameter(torch.zeros(items + 1))
        self.before, self.between, self.after = (nn.LayerNorm(WIDTH) for _ in range(3))
        self.look, self.mix = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.widen, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        nn.init.normal_(self.item.weight, std=0.05)
        nn.init.normal_(self.place.weight, std=0.02)

    def forward(self, numbers: Tensor) -> Tensor:
        places = self.place(torch.arange(numbers.shape[1]))
        states = self._drop(self.item(numbers) * HEADS * 2**0.5 + places)
        states = states + self._drop(self.mix(self._attend(self.before(states))))
        wide = gelu(self.widen(self.between(states)))
        return self.after(states + self._drop(self.narrow(wide)))

    def _attend(self, states: Tensor) -> Tensor:
        batch, length, width = states.shape
        split = self.look(states).view(batch, length, 3, HEADS, width // HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        share = DROPPED if self.training else 0.0
        seen = scaled_dot_product_attention(query, key, value, dropout_p=share, is_causal=True)
        return seen.transpose(1, 2).reshape(batch, length, width)

    def _drop(self, states: Tensor) -> Tensor:
        return dropout(states, DROPPED, self.training)

    def loss(self, states: Tensor, chosen: Tensor) -> Tensor:
        """Of states N × `WIDTH` and the items that came next, N."""
        if self.items <= 2 * RIVALS:
            scores = states @ self.item.weight[:-1].T + self.bias[:-1]
            return cross_entropy(scores, chosen)
        rivals = torch.randint(0, self.items, (RIVALS,))
        scores = states @ self.item(rivals).T + self.bias[rivals]
        scores = scores.masked_fill(rivals == chosen[:, None], -1e4)
        scores = scores + float(np.log(self.items / RIVALS))  # they stand for all others
        own = (states * self.item(chosen)).sum(1) + self.bias[chosen]
        first = torch.zeros(len(chosen), dtype=torch.long)
        return cross_entropy(torch.cat([own[:, None], scores], 1), first)


@dataclass(frozen=True)
class Transformer:
    """A trained net."""

    net: Net

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Return people × items: log probabilities of the next item; 0 without a history."""
        found = np.zeros((len(histories), self.net.items), np.float32)
        known = np.flatnonzero(histories.lengths > 0)
        with inference.one_thread():
            for start in range(0, len(known), SCORED):
                part = known[start : start + SCORED]
                found[part] = self._of(histories.take(part))
        return found

    def _of(self, histories: Histories) -> NDArray[np.float32]:
        newest = [histories.of(row)[-LONGEST:] for row in range(len(histories))]
        last = torch.tensor([len(row) - 1 for row in newest])
        with torch.inference_mode():
            states = self.net(_padded(newest, self.net.items))
            scores = states[torch.arange(len(newest)), last] @ self.net.item.weight[:-1].T
            chances: NDArray[np.float32] = torch.log_softmax(scores + self.net.bias[:-1], 1).numpy()
        return chances


def train(
    histories: Histories, *, epochs: int = EPOCHS, seed: int = 0, progress: Progress | None = None
) -> Transformer:
    """Learn from every step of the histories, at most `MOST_STEPS` batches."""
    torch.manual_seed(seed)
    net = Net(histories.items)
    long = np.flatnonzero(histories.lengths > 1).tolist()
    rows = [histories.of(row)[-LONGEST - 1 :] for row in long]
    if rows:
        with inference.one_thread():
            _train(net, rows, epochs, np.random.default_rng(seed), progress)
    return Transformer(net.eval())


def _train(
    net: Net,
    rows: list[Numbers],
    epochs: int,
    order: np.random.Generator,
    progress: Progress | None,
) -> None:
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=0.01)
    steps = min(MOST_STEPS, epochs * len(list(_batches(rows, order))))
    batches = chain.from_iterable(_batches(rows, order) for _ in range(epochs))
    for step, batch in enumerate(islice(batches, steps)):
        rate = RATE * min(1, (step + 1) / WARM_UP) * max(0.1, 1 - 0.9 * step / steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        _learn(net, batch, optimizer)
        if progress and step % 20 == 0:
            progress(step, steps)


def _learn(net: Net, batch: list[Numbers], optimizer: torch.optim.Optimizer) -> None:
    numbers = _padded(batch, net.items)
    chosen = numbers[:, 1:]
    kept = chosen != net.items
    loss = net.loss(net(numbers[:, :-1])[kept], chosen[kept])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _batches(rows: list[Numbers], order: np.random.Generator) -> Iterator[list[Numbers]]:
    """Histories of like length together, each batch of about `TOKENS`, in an order of chance."""
    lengths = np.array([len(row) for row in rows])
    sorted_rows = np.argsort(lengths + order.random(len(rows)))
    ends = np.cumsum(lengths[sorted_rows]) // TOKENS
    parts = np.split(sorted_rows, np.flatnonzero(np.diff(ends)) + 1)
    for place in order.permutation(len(parts)):
        yield [rows[row] for row in parts[place]]


def _padded(rows: list[Numbers], nothing: int) -> Tensor:
    padded = np.full((len(rows), max(map(len, rows))), nothing, np.int64)
    for place, row in enumerate(rows):
        padded[place, : len(row)] = row
    return torch.from_numpy(padded)
