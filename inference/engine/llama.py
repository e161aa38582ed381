"""The Llama forward pass as the engine runs it: fused weights, one preallocated KV cache.

Same mathematics as transformers' LlamaForCausalLM and Qwen2ForCausalLM (a test compares them
token for token); what differs is that rows of one batch stand at different positions, and that a
step touches no Python object per row.

Letters: B rows of the batch, T tokens of a row, N tokens of all rows, S positions seen, D width,
H query heads, K key heads, G = H / K, W width of a head, V vocabulary.

Not covered: sliding windows, rotary scaling, experts.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from inference.engine.int8 import int8_linear

Linear = Callable[[Tensor], Tensor]
Prefixes = OrderedDict[tuple[int, ...], tuple[Tensor, Tensor]]
SLACK = 16
"""Guesses may stand so far beyond the last position; none of them is kept."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The sizes of a model, read from its config.json by `loader`."""

    layers: int
    width: int
    heads: int
    key_heads: int
    head_width: int
    vocabulary: int
    longest: int  # positions, prompt and text together
    theta: float
    epsilon: float


@dataclass(frozen=True)
class Layer:
    """Weights of one block; query, key and value in one matrix, gate and up in another."""

    norm: Tensor  # (D)
    qkv: Linear  # D → (H + 2K) W
    out: Linear  # H W → D
    norm_ff: Tensor  # (D)
    gate_up: Linear  # D → 2 F
    down: Linear  # F → D


class Cache:
    """Keys and values of up to `rows` texts of up to `longest` tokens."""

    def __init__(self, shape: Shape, rows: int, longest: int, like: Tensor) -> None:
        size = (shape.layers, rows, shape.key_heads, longest, shape.head_width)
        self.keys = torch.zeros(size, dtype=like.dtype, device=like.device)
        self.values = torch.zeros_like(self.keys)

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first `length` positions of a row over another."""
        self.keys[:, target, :, :length] = self.keys[:, source, :, :length]
        self.values[:, target, :, :length] = self.values[:, source, :, :length]

    def take(self, row: int, length: int) -> tuple[Tensor, Tensor]:
        """Return a copy of a row's first `length` positions, to `put` into other rows."""
        return (
            self.keys[:, row, :, :length].clone(),
            self.values[:, row, :, :length].clone(),
        )

    def put(self, kept: tuple[Tensor, Tensor], first: int, last: int) -> None:
        """Write what `take` kept into the rows first ≤ row < last."""
        length = kept[0].shape[2]
        self.keys[:, first:last, :, :length] = kept[0].unsqueeze(1)
        self.values[:, first:last, :, :length] = kept[1].unsqueeze(1)


class Places:
    """Where the N tokens of a step stand: B rows of up to T tokens, those of a row in a line.

    The rows lie side by side in the cache, from `first` on. rows, columns, positions: (N) each;
    rows count from 0, and so do the columns of a row. A token at column c of a row stands at the
    position of its column 0 plus c. `longest` (S): more than any position.
    """

    def __init__(
        self, starts: Tensor, counts: Tensor | None, longest: int, *, first: int = 0
    ) -> None:
        """starts, counts: (B), the first position and the number of tokens of each row; None =
        one token each, which needs no word from the device (so it can be part of a graph)."""
        self.first, self.height, self.longest = first, len(starts), longest
        self.width = 1 if counts is None else int(counts.max())
        across = torch.arange(self.width, device=starts.device)
        self.grid = starts[:, None] + across  # (B, T)
        if counts is None:
            self.rows = torch.arange(self.height, device=starts.device)
            self.columns, self.is_full = torch.zeros_like(self.rows), True
        else:
            self.rows, self.columns = (across < counts[:, None]).nonzero(as_tuple=True)
            self.is_full = len(self.rows) == self.height * self.width
        self.positions = starts[self.rows] + self.columns

    def mask(self, group: int, dtype: torch.dtype) -> Tensor:
        """Return (B, 1, T G, S): which positions each token sees.

        On a CPU as what is added to a score, which attention would make of it in every layer.
        """
        every = torch.arange(self.longest, device=self.grid.device)
        seen = every <= self.grid[..., None]  # (B, T, S)
        mask = seen.repeat_interleave(group, dim=1).unsqueeze(1)
        if mask.is_cuda:
            return mask
        return torch.zeros(mask.shape, dtype=dtype).masked_fill_(~mask, -torch.inf)

    def spread(self, query: Tensor, key_heads: int) -> Tensor:
        """Lay queries (N, H, W) out as (B, K, T G, W). Places without a token hold zeros."""
        heads, wide = query.shape[1:]
        if self.width == 1:
            return query.view(self.height, key_heads, -1, wide)
        if self.is_full:
            laid = query.view(self.height, self.width, heads, wide)
        else:
            laid = query.new_zeros(self.height, self.width, heads, wide)
            laid[self.rows, self.columns] = query
        grouped = laid.view(self.height, self.width, key_heads, -1, wide).transpose(1, 2)
        return grouped.reshape(self.height, key_heads, -1, wide)

    def gather(self, seen: Tensor) -> Tensor:
        """Take what attention saw, (B, K, T G, W), back to (N, H W)."""
        if self.width == 1:
            return seen.reshape(self.height, -1)
        key_heads, wide = seen.shape[1], seen.shape[3]
        laid = seen.view(self.height, key_heads, self.width, -1, wide).transpose(1, 2)
        return laid[self.rows, self.columns].flatten(1)


class Llama:
    """A model ready to run. `weights` has the names of a transformers checkpoint."""

    def __init__(
        self,
        shape: Shape,
        weights: Mapping[str, Tensor],
        *,
        dtype: torch.dtype = torch.float32,
        device: str = "cpu",
        int8: bool = False,
    ) -> None:
        """int8: products in whole numbers, on a CPU; see `int8`."""

        def get(name: str) -> Tensor:
            return weights[name].to(device=device, dtype=dtype)

        def linear(*names: str) -> Linear:
            weight = torch.cat([get(f"{name}.weight") for name in names])
            has_bias = f"{names[0]}.bias" in weights
            bias = torch.cat([get(f"{name}.bias") for name in names]) if has_bias else None
            return int8_linear(weight, bias) if int8 else _linear(weight, bias)

        self.shape, self.int8 = shape, int8
        self.prefixes: Prefixes = OrderedDict()  # what prompts begin with, kept from call to call
        self.embedding = get("model.embed_tokens.weight")  # (V, D)
        tied = "lm_head.weight" not in weights
        self.head = linear("model.embed_tokens" if tied else "lm_head")
        self.norm = get("model.norm.weight")
        self.layers = [
            self._layer(f"model.layers.{index}.", get, linear) for index in range(shape.layers)
        ]
        self.cos, self.sin = _rotary(shape, self.embedding)  # (longest + SLACK, W)

    @staticmethod
    def _layer(name: str, get: Callable[[str], Tensor], linear: Callable[..., Linear]) -> Layer:
        attention, ff = f"{name}self_attn.", f"{name}mlp."
        return Layer(
            norm=get(f"{name}input_layernorm.weight"),
            qkv=linear(f"{attention}q_proj", f"{attention}k_proj", f"{attention}v_proj"),
            out=linear(f"{attention}o_proj"),
            norm_ff=get(f"{name}post_attention_layernorm.weight"),
            gate_up=linear(f"{ff}gate_proj", f"{ff}up_proj"),
            down=linear(f"{ff}down_proj"),
        )

    def new_cache(self, rows: int, longest: int) -> Cache:
        return Cache(self.shape, rows, longest, self.embedding)

    def prefill(self, ids: Tensor, cache: Cache, first: int, start: int) -> Tensor:
        """Read prompts into the rows from `first` on, behind the `start` tokens already there.

        ids: (B, T), all of one length. Returns the logits after the last token: (B, V).
        """
        rows, tokens = ids.shape
        end, last = start + tokens, first + rows
        # Every token sees what was there before it and itself.
        mask = torch.ones(tokens, end, dtype=torch.bool, device=ids.device).tril(start)
        cos, sin = self.cos[start:end, None], self.sin[start:end, None]  # (T, 1, W)
        x = self.embedding[ids]  # (B, T, D)
        for index, layer in enumerate(self.layers):
            query, key, value = self._qkv(layer, x, cos, sin)  # (B, T, H or K, W)
            cache.keys[index, first:last, :, start:end] = key.transpose(1, 2)
            cache.values[index, first:last, :, start:end] = value.transpose(1, 2)
            seen = functional.scaled_dot_product_attention(
                query.transpose(1, 2),  # (B, H, T, W)
                cache.keys[index, first:last, :, :end],
                cache.values[index, first:last, :, :end],
                attn_mask=mask,
                enable_gqa=True,
            )
            x = self._rest(layer, x, seen.transpose(1, 2).flatten(2))
        return self._logits(x[:, -1])

    def step(self, ids: Tensor, blocks: Sequence["Places"], cache: Cache) -> Tensor:
        """Read one token or several in each row of some blocks of rows; see `Places`.

        ids: (N), of all blocks. Returns logits (N, V).
        """
        group = self.shape.heads // self.shape.key_heads
        masks = [block.mask(group, self.embedding.dtype) for block in blocks]  # (B, 1, T G, S)
        sizes = [len(block.rows) for block in blocks]
        rows = torch.cat([block.first + block.rows for block in blocks])
        positions = torch.cat([block.positions for block in blocks])
        cos, sin = self.cos[positions, None], self.sin[positions, None]  # (N, 1, W)
        x = self.embedding[ids]  # (N, D)
        for index, layer in enumerate(self.layers):
            query, key, value = self._qkv(layer, x, cos, sin)  # (N, H or K, W)
            cache.keys[index, rows, :, positions] = key
            cache.values[index, rows, :, positions] = value
            parts = zip(query.split(sizes), blocks, masks, strict=True)
            seen = [self._look(part, block, mask, cache, index) for part, block, mask in parts]
            x = self._rest(layer, x, torch.cat(seen))
        return self._logits(x)

    def _look(
        self, query: Tensor, block: "Places", mask: Tensor, cache: Cache, layer: int
    ) -> Tensor:
        """Let the tokens of a block, (N, H, W), look at what their rows hold: (N, H W).

        The G query heads of a key head, and the T tokens of a row, stand where a sequence would:
        no copy of the keys.
        """
        rows = slice(block.first, block.first + block.height)
        seen = functional.scaled_dot_product_attention(
            block.spread(query, self.shape.key_heads),  # (B, K, T G, W)
            cache.keys[layer, rows, :, : block.longest],
            cache.values[layer, rows, :, : block.longest],
            attn_mask=mask,
        )
        return block.gather(seen)

    def read(self, ids: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        """Return what the model knows at every position of whole texts: (B, T) → (B, T, D).

        `head` turns it into logits. Texts of unlike length are padded on the right; no position
        looks there. Into `attention`, if given, goes each layer's scaled dot-product weights:
        (B, H, T, T), one row for each token that looks.
        """
        tokens = ids.shape[1]
        cos, sin = self.cos[:tokens, None], self.sin[:tokens, None]  # (T, 1, W)
        x = self.embedding[ids]  # (B, T, D)
        for layer in self.layers:
            query, key, value = (
                mixed.transpose(1, 2) for mixed in self._qkv(layer, x, cos, sin)
            )  # (B, H or K, T, W)
            seen = functional.scaled_dot_product_attention(
                query, key, value, is_causal=True, enable_gqa=True
            )
            if attention is not None:
                attention.append(_attention(query, key))
            x = self._rest(layer, x, seen.transpose(1, 2).flatten(2))
        return functional.rms_norm(x, (self.shape.width,), self.norm, self.shape.epsilon)

    def _qkv(
        self, layer: Layer, x: Tensor, cos: Tensor, sin: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        shape = self.shape
        mixed = layer.qkv(functional.rms_norm(x, (shape.width,), layer.norm, shape.epsilon))
        heads = mixed.unflatten(-1, (shape.heads + 2 * shape.key_heads, shape.head_width))
        turned = heads[..., : shape.heads + shape.key_heads, :]
        half = shape.head_width // 2
        swapped = torch.cat((-turned[..., half:], turned[..., :half]), dim=-1)
        turned = turned * cos + swapped * sin
        query, key = turned[..., : shape.heads, :], turned[..., shape.heads :, :]
        return query, key, heads[..., shape.heads + shape.key_heads :, :]

    def _rest(self, layer: Layer, x: Tensor, seen: Tensor) -> Tensor:
        """What follows attention in a block: its output, then the feed-forward part."""
        x = x + layer.out(seen)
        shape = self.shape
        mixed = layer.gate_up(functional.rms_norm(x, (shape.width,), layer.norm_ff, shape.epsilon))
        gate, up = mixed.chunk(2, dim=-1)
        return x + layer.down(functional.silu(gate) * up)

    def _logits(self, x: Tensor) -> Tensor:
        shape = self.shape
        normed = functional.rms_norm(x, (shape.width,), self.norm, shape.epsilon)
        return self.head(normed).float()


def _attention(query: Tensor, key: Tensor) -> Tensor:
    """The weights that `scaled_dot_product_attention` uses but does not return: (B, H, T, T)."""
    heads, tokens, width = query.shape[1:]
    keys = key.repeat_interleave(heads // key.shape[1], dim=1)
    scores = query @ keys.transpose(-1, -2) / width**0.5
    hidden = torch.ones(tokens, tokens, dtype=torch.bool, device=query.device).triu(1)
    return scores.masked_fill(hidden, float("-inf")).softmax(dim=-1)


def _linear(weight: Tensor, bias: Tensor | None) -> Linear:
    return lambda x: functional.linear(x, weight, bias)


def _rotary(shape: Shape, like: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines of every position: 2 × (longest + SLACK, W)."""
    steps = torch.arange(0, shape.head_width, 2, dtype=torch.float32) / shape.head_width
    every = torch.arange(shape.longest + SLACK, dtype=torch.float32)
    angles = every[:, None] / shape.theta**steps
    both = torch.cat((angles, angles), dim=-1)
    return both.cos().to(like), both.sin().to(like)
