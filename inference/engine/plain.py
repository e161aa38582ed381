"""Writing by transformers itself, for architectures that the batched engine does not compute.

A few prompts at a time, padded on the left; slower, and an answer is not held to its form. Only
safetensors are read, and no code that comes with a model is run.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from inference.engine.generate import Generated, Prompt
from inference.errors import ModelRefused

AT_ONCE = 8


def generate(
    folder: Path,
    prompts: Sequence[Prompt],
    *,
    ends: Sequence[int],
    temperature: float,
    device: str,
    longest: int,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[list[Generated], float]:
    """Continue the prompts; return the texts in their order, and the seconds it took."""
    began = monotonic()
    model = load(folder, device)
    results = [Generated() for _prompt in prompts]
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index].ids))
    for start in range(0, len(order), AT_ONCE):
        if should_stop and should_stop():
            break
        some = order[start : start + AT_ONCE]
        for index, result in zip(
            some, _continue(model, [prompts[i] for i in some], ends, temperature, longest),
            strict=True,
        ):  # fmt: skip
            results[index] = result
        if on_progress:
            on_progress(min(start + AT_ONCE, len(order)), len(order))
    return results, monotonic() - began


@cache
def load(folder: Path, device: str) -> Any:
    """Return the model in the folder, loaded once per process. Raises ModelRefused."""
    try:
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.bfloat16 if device.startswith("cuda") else torch.float32,
        )
    except (ValueError, OSError, KeyError, RuntimeError) as error:
        words = str(error).partition("\n")[0][:200]
        raise ModelRefused(f"The model in {folder.name} cannot be loaded: {words}") from error
    return model.to(device).eval()


def _continue(
    model: Any, prompts: Sequence[Prompt], ends: Sequence[int], temperature: float, longest: int
) -> list[Generated]:
    fit = [prompt for prompt in prompts if 0 < len(prompt.ids) <= longest - prompt.most]
    written = iter(_generate(model, fit, ends, temperature) if fit else [])
    too_long = "The prompt has {} tokens; at most {} fit."
    return [
        next(written)
        if prompt in fit
        else Generated(
            finish_reason="error",
            error=too_long.format(len(prompt.ids), max(0, longest - prompt.most)),
        )
        for prompt in prompts
    ]


def _generate(
    model: Any, prompts: Sequence[Prompt], ends: Sequence[int], temperature: float
) -> list[Generated]:
    width = max(len(prompt.ids) for prompt in prompts)
    pads = [width - len(prompt.ids) for prompt in prompts]
    ids = torch.tensor(
        [[ends[0]] * pad + list(p.ids) for pad, p in zip(pads, prompts, strict=True)]
    )
    mask = torch.tensor([[0] * pad + [1] * (width - pad) for pad in pads])
    options: dict[str, Any] = {"do_sample": False}
    if temperature:
        options = {"do_sample": True, "temperature": temperature, "top_p": 0.95}
    with torch.inference_mode(), torch.random.fork_rng():
        torch.manual_seed(prompts[0].seed)
        try:
            output = model.generate(
                ids.to(model.device),
                attention_mask=mask.to(model.device),
                max_new_tokens=max(prompt.most for prompt in prompts),
                eos_token_id=list(ends),
                pad_token_id=ends[0],
                **options,
            )
        except (RuntimeError, MemoryError, IndexError) as error:  # NaN logits end here too
            failure = f"The model failed on this text: {type(error).__name__}."
            return [Generated(finish_reason="error", error=failure) for _prompt in prompts]
    return [_cut(row[width:].tolist(), ends) for row in output]


def _cut(ids: list[int], ends: Sequence[int]) -> Generated:
    for place, token in enumerate(ids):
        if token in ends:
            return Generated(ids=ids[:place], finish_reason="stop")
    return Generated(ids=ids, finish_reason="length")
