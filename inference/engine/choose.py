"""From logits to tokens: the likeliest, or a draw.

Letters: N places where a token is chosen, V vocabulary, C candidates.
"""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

CANDIDATES = 64
"""Most tokens that a draw considers. Beyond them lie less than 0.1 % of the starter's mass."""
FEW = 8
"""Candidates that are looked for first: eight take a third of the time of 64 (torch 2.13)."""

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

    Returns (N). On a CPU, finding many candidates is dear and the likeliest mostly holds all of
    top-p: more are looked for only in rows where it does not, which changes no draw.

    Source: nucleus sampling, Holtzman et al. 2020 (arXiv:1904.09751).
    """
    scaled = logits / temperature
    mass = scaled.logsumexp(dim=-1, keepdim=True)
    if logits.is_cuda:
        return _pick(scaled, mass, uniform, top_p, CANDIDATES)[0]
    picked = torch.empty(len(logits), dtype=torch.long)
    rows = torch.arange(len(logits))
    for count in (1, FEW, CANDIDATES):
        picked[rows], is_all = _pick(scaled, mass, uniform, top_p, count)
        if is_all.all():
            break
        rest = (~is_all).nonzero().squeeze(-1)
        rows, scaled, mass, uniform = rows[rest], scaled[rest], mass[rest], uniform[rest]
    return picked


def _pick(
    scaled: Tensor, mass: Tensor, uniform: Tensor, top_p: float, count: int
) -> tuple[Tensor, Tensor]:
    """Return the tokens drawn among `count` candidates (N), and whether they hold top-p (N)."""
    if count == 1:
        first, tokens = scaled.max(dim=-1)
        return tokens, (first - mass.squeeze(-1)).exp() >= top_p
    top, tokens = scaled.topk(min(count, scaled.shape[-1]), dim=-1)  # (N, C), falling
    chances = (top - mass).exp()
    upto = chances.cumsum(dim=-1)
    kept = chances.where(upto - chances < top_p, 0)  # the first always stays
    shares = kept.cumsum(dim=-1)
    wanted = (uniform[:, None] * shares[:, -1:]).to(shares.dtype)
    place = (shares <= wanted).sum(dim=-1, keepdim=True).clamp_max(top.shape[-1] - 1)
    return tokens.gather(-1, place).squeeze(-1), upto[:, -1] >= top_p


def uniform_draws(seed: int, count: int) -> Tensor:
    """Return `count` draws from [0, 1) that depend on the seed alone."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed))
