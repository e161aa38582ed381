"""`bench generation --shape 7b`: messages per second beside what the hardware could do at most.

Random weights of Qwen2.5-7B's shape; every message has 400 tokens that all share, 200 of its own
and 200 new ones. The roofline is made of two rates measured on the spot, copying memory and
multiplying matrices, and of what a message costs of each, added up (no overlap). The second
reference is a padded static batch of transformers' `generate`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from inference.engine.asked import Options, Prompt
from inference.engine.generate import generate
from inference.engine.llama import Llama
from inference.engine.loader import dtype_for, shape_of
from inference.errors import NoDevice

QWEN_7B = {
    "vocab_size": 152_064,
    "hidden_size": 3584,
    "intermediate_size": 18_944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": False,
}
ROUNDS = 3
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is written: sizes of the model, numbers of messages and of their tokens."""

    shape: dict[str, Any]
    shared: int = 400
    own: int = 200
    new: int = 200
    rows: int = 512
    static_rows: int = 32
    matrix: int = 8192  # width of the matrices whose product is timed
    copied: int = 1 << 30  # numbers that are copied


SEVEN_B = Case(shape=QWEN_7B)


def bench_roofline(
    progress: Progress, *, messages: int, device: str, case: Case = SEVEN_B, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Write `messages` on `device`. Raises NoDevice where there is none."""
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise NoDevice(
            "This machine has no CUDA device that torch can use. Run this on one that has, with "
            "the CUDA build of torch, or choose --device cpu --shape 135m."
        )
    model = _model(case, device)
    weights = {name: value.detach() for name, value in model.state_dict().items()}
    llama = Llama(shape_of(model.config.to_dict()), weights, dtype=dtype_for(device), device=device)
    prompts = _prompts(case, messages)
    options = Options(end=-1, max_new_tokens=case.new, temperature=0, rows=case.rows, guesses=0)
    generate(llama, prompts[: case.rows], options)  # warm-up: records the graphs
    some = prompts[: case.static_rows]
    ours, static = [], []
    for number in range(rounds):
        ours.append(messages / _seconds(device, lambda: generate(llama, prompts, options)))
        static.append(len(some) / _seconds(device, lambda: _write_static(model, some, case)))
        progress(number + 1, rounds)
    roof = 1 / _least_seconds(case, llama, _copy_rate(case, device), _matrix_rate(case, device))
    speed = median(ours)
    return {
        "figures": {
            "messages_per_s": round(speed, 2),
            "tokens_per_s": round(speed * case.new, 1),
            "of_static_batch": round(speed / median(static), 2),
            "device": torch.cuda.get_device_name() if device.startswith("cuda") else device,
        },
        "reference": {
            "messages_per_s": round(roof, 2),
            "what": "roofline, compute and memory added",
            "static_batch_messages_per_s": round(median(static), 2),
        },
        "ratio": round(speed / roof, 3),
    }


def _model(case: Case, device: str) -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    with torch.device(device):
        model = Qwen2ForCausalLM(Qwen2Config(**case.shape)).to(dtype_for(device))
    return model.eval()


def _prompts(case: Case, count: int) -> list[Prompt]:
    random = Random(0)

    def words(number: int) -> tuple[int, ...]:
        return tuple(random.randrange(10, case.shape["vocab_size"]) for _ in range(number))

    shared = words(case.shared)
    return [Prompt(ids=shared + words(case.own), shared=case.shared, seed=n) for n in range(count)]


def _write_static(model: Qwen2ForCausalLM, prompts: list[Prompt], case: Case) -> None:
    ids = torch.tensor([prompt.ids for prompt in prompts], device=model.device)
    with torch.inference_mode():
        model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            min_new_tokens=case.new,
            max_new_tokens=case.new,
            do_sample=False,
            pad_token_id=0,
        )


def _least_seconds(case: Case, llama: Llama, bytes_per_s: float, flops: float) -> float:
    """Return the least seconds of one message in a full batch.

    Each weight is multiplied once per token and read once per step; the keys and values of a row
    are read once per step. The shared prompt costs nothing: it is read once for all.
    """
    shape = llama.shape
    inner = case.shape["intermediate_size"]
    heads = 2 * (shape.heads + shape.key_heads) * shape.head_width
    weights = shape.layers * shape.width * (heads + 3 * inner) + shape.vocabulary * shape.width
    size = llama.embedding.element_size()
    tokens = case.own + case.new
    compute = 2 * weights * tokens / flops
    kept = 2 * shape.layers * shape.key_heads * shape.head_width * size
    length = case.shared + case.own + case.new / 2
    read = case.new * (weights * size / case.rows + kept * length)
    return compute + read / bytes_per_s


def _copy_rate(case: Case, device: str) -> float:
    source = torch.zeros(case.copied, dtype=dtype_for(device), device=device)
    target = torch.empty_like(source)
    seconds = min(_seconds(device, lambda: target.copy_(source)) for _ in range(5))
    return 2 * source.numel() * source.element_size() / seconds


def _matrix_rate(case: Case, device: str) -> float:
    one = torch.randn(case.matrix, case.matrix, dtype=dtype_for(device), device=device)
    seconds = min(_seconds(device, lambda: one @ one) for _ in range(5))
    return 2 * float(case.matrix) ** 3 / seconds


def _seconds(device: str, work: Callable[[], Any]) -> float:
    """Time `work` until the device is done with it."""
    start = time.monotonic()
    work()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.monotonic() - start
