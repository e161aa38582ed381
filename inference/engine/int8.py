"""Products in whole numbers of eight bits: a quarter of the weights' memory, and faster where the
products of a model are most of its work.

A weight has a scale for each output, what it is multiplied with one for each token. Sums of whole
numbers are exact, so a text depends on its neighbours no more than with float32. Now and then the
words are other ones than with float32; docs/inference.md has figures.

Source: LLM.int8(), Dettmers et al. 2022 (arXiv:2208.07339), "vector-wise quantization".
"""

from collections.abc import Callable

import torch
from torch import Tensor

MOST = 127
LEAST = 1e-12
"""No scale is smaller: a line of zeros stays one."""


def int8_linear(weight: Tensor, bias: Tensor | None) -> Callable[[Tensor], Tensor]:
    """Return x → x weightᵀ + bias, for weight (O, I) and x (…, I), in float32."""
    whole, scale = _whole(weight.float())  # (O, I), (O, 1)

    def product(x: Tensor) -> Tensor:
        lines, largest = _whole(x.reshape(-1, x.shape[-1]))  # (N, I), (N, 1)
        # As torchao does; torch has no public name for it.
        found = torch._int_mm(lines, whole.t()).float()
        found.mul_(largest).mul_(scale.t())
        if bias is not None:
            found += bias
        return found.view(*x.shape[:-1], -1)

    return product


def _whole(lines: Tensor) -> tuple[Tensor, Tensor]:
    """Return lines (N, I) as whole numbers from -127 to 127, and the scale of each (N, 1)."""
    scale = lines.abs().amax(dim=1, keepdim=True).clamp(min=LEAST) / MOST
    return (lines / scale).round_().to(torch.int8), scale
