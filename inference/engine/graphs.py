"""Steps of one token per row as CUDA graphs: the host says “go” once instead of 300 times.

A graph runs the same kernels on the same memory, so ids and positions are copied into buffers of
their own, every row of the cache takes part (rows without a text write where the next prompt will
write anyway), and there is one graph per length, in steps of `STEP` positions. The first use of a
length runs the model three times to warm up.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from inference.engine.llama import Cache, Llama, Places

STEP = 64
WARM_UPS = 3

Run = Callable[[], Tensor]
Capture = Callable[[Run], Run]


def capture_for(device: torch.device) -> Capture | None:
    """How steps become graphs on this device; None where there are none."""
    return capture_cuda if device.type == "cuda" else None


def capture_cuda(run: Run) -> Run:
    """Record what `run` does on the GPU; return what does it again, into the same output."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _time in range(WARM_UPS):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = run()

    def again() -> Tensor:
        graph.replay()
        return output

    return again


class Graphs:
    """The steps over one cache. Letters: B rows in use, R rows of the cache, V vocabulary."""

    def __init__(self, llama: Llama, cache: Cache, capture: Capture) -> None:
        self.llama, self.cache, self.capture = llama, cache, capture
        _layers, rows, _heads, self.longest, _width = cache.keys.shape
        self.ids = torch.zeros(rows, dtype=torch.long, device=cache.keys.device)  # (R)
        self.starts = torch.zeros_like(self.ids)  # (R)
        self.runs: dict[int, Run] = {}

    def step(self, ids: Tensor, starts: Tensor, longest: int) -> Tensor:
        """Read one token in each of the first B rows. ids, starts: (B). Returns (B, V)."""
        rows = len(ids)
        self.ids[:rows], self.starts[:rows] = ids, starts
        self.starts[rows:] = 0
        length = min(-(-longest // STEP) * STEP, self.longest)
        if length not in self.runs:
            self.runs[length] = self.capture(lambda: self._run(length))
        return self.runs[length]()[:rows]

    def _run(self, length: int) -> Tensor:
        return self.llama.step(self.ids, [Places(self.starts, None, length)], self.cache)
