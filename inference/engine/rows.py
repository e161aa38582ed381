"""Which prompt is being written in which row of the cache.

Rows come in blocks, whose texts begin together and so have about the same length: attention then
reads of each block as much as its longest text has, not as much as the longest of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from inference.engine.choose import Tokens
from inference.engine.drafts import CONTEXT


@dataclass
class Block:
    """`size` rows of the cache from `first` on; the first of them are in use."""

    first: int
    size: int
    active: list[int] = field(default_factory=list)  # the prompt of each row in use

    @property
    def free(self) -> int:
        return self.size - len(self.active)

    @property
    def end(self) -> int:
        """The first row that is not in use."""
        return self.first + len(self.active)


class Rows:
    """The rows in use, block by block, and what is known of each. Letters: B rows, T tokens."""

    def __init__(self, count: int, block: int, longest: int) -> None:
        """count rows in blocks of `block`, for texts of up to `longest` new tokens."""
        self.blocks = [Block(at, min(block, count - at)) for at in range(0, count, block)]
        self.contexts = np.zeros((count, CONTEXT), dtype=np.int64)  # the last tokens
        self.positions = np.zeros(count, dtype=np.int64)  # where the last of them will stand
        self.draws = torch.zeros(count, longest)  # a number in [0, 1) for each token

    @property
    def active(self) -> list[int]:
        """The prompts of the rows in use, in their order."""
        return [index for block in self.blocks for index in block.active]

    @property
    def used(self) -> Tokens:
        """The numbers of the rows in use, in their order."""
        return np.concatenate([np.arange(block.first, block.end) for block in self.blocks])

    def prompts_of(self, rows: Tokens) -> list[int]:
        """The prompts of rows in use."""
        size = self.blocks[0].size
        places = zip((rows // size).tolist(), (rows % size).tolist(), strict=True)
        return [self.blocks[block].active[at] for block, at in places]

    def enter(self, block: Block, index: int, ids: Sequence[int]) -> int:
        """Take a prompt, already read, into the next row of a block; return the row."""
        row = block.end
        block.active.append(index)
        self.contexts[row] = (*[-1] * CONTEXT, *ids)[-CONTEXT:]
        # The last token of the prompt is read already: what is chosen next is the last.
        self.positions[row] = len(ids) - 1
        return row

    def move_on(self, rows: Tokens, tokens: Tokens, counts: Tokens) -> None:
        """Take the first `counts` (B) of tokens (B × T) into the contexts of `rows` (B)."""
        seen = np.concatenate((self.contexts[rows], tokens), axis=1)
        columns = counts[:, None] + np.arange(CONTEXT)
        self.contexts[rows] = np.take_along_axis(seen, columns, axis=1)
        self.positions[rows] += counts

    def leave(self, leaving: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
        """Free rows, given in ascending order. The last of a block fills each gap.

        Returns which rows moved: (from, to), in the order in which they did.
        """
        moved = []
        for block in self.blocks:
            mine = leaving[(leaving >= block.first) & (leaving < block.end)]
            for row in mine[::-1].tolist():
                final = block.end - 1
                if row != final:
                    moved.append((final, row))
                    self._move(block, final, row)
                block.active.pop()
        return moved

    def _move(self, block: Block, source: int, target: int) -> None:
        self.contexts[target] = self.contexts[source]
        self.positions[target] = self.positions[source]
        self.draws[target] = self.draws[source]
        block.active[target - block.first] = block.active[source - block.first]
