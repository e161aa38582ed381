"""From logits to tokens: the likeliest, or a draw.

Letters: N places where a token is chosen, V vocabulary, C candidates.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

CANDIDATES = 64
"""Most tokens that a draw considers. Beyond them lie less than 0.1 % of the starter's mass."""

Tokens = npt.NDArray[np.int64]
Sound = npt.NDArray[np.bool_]


def likeliest(logits: Tensor) -> tuple[Tokens, Sound]:
    """Return the likeliest tokens (N), and whether the logits (N × V) were numbers (N).

    On a CPU by way of numpy, whose argmax takes a tenth of torch's time (torch 2.13).
    """
    if logits.is_cuda:
        best, tokens = logits.max(dim=-1)
        return tokens.cpu().numpy(), best.isfinite().cpu().numpy()
    values = logits.numpy()
    chosen = values.argmax(axis=-1)
    return chosen, np.isfinite(values[np.arange(len(chosen)), chosen])


def drawn(
    logits: Tensor, uniform: Tensor, *, temperature: float, top_p: float
) -> tuple[Tokens, Sound]:
    """Return a token per row of logits (N × V), drawn at `uniform` (N); see `likeliest`."""
    sound = logits.amax(dim=-1).isfinite()
    tokens = sample(logits, uniform.to(logits.device), temperature, top_p)
    return tokens.cpu().numpy(), sound.cpu().numpy()


def sample(logits: Tensor, uniform: Tensor, temperature: float, top_p: float) -> Tensor:
    """Draw one token per row by inverting the distribution at `uniform` (N), top-p kept.

    Returns (N). Source: nucleus sampling, Holtzman et al. 2020 (arXiv:1904.09751).
    """
    scaled = logits / temperature
    top, tokens = scaled.topk(min(CANDIDATES, logits.shape[-1]), dim=-1)  # (N, C), falling
    chances = (top - scaled.logsumexp(dim=-1, keepdim=True)).exp()
    before = chances.cumsum(dim=-1) - chances
    chances = chances.where(before < top_p, 0)  # the first always stays
    mass = chances.cumsum(dim=-1)
    wanted = (uniform[:, None] * mass[:, -1:]).to(mass.dtype)
    picked = (mass <= wanted).sum(dim=-1, keepdim=True).clamp_max(top.shape[-1] - 1)
    return tokens.gather(-1, picked).squeeze(-1)


def uniform_draws(seed: int, count: int) -> Tensor:
    """Return `count` draws from [0, 1) that depend on the seed alone."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed))
