"""Writing by transformers itself, for architectures that the batched engine does not compute.

On a CPU a few prompts at a time, padded on the left; on a GPU see `continuous`. An answer is not
held to its form. Only safetensors are read, and no code that comes with a model is run.
"""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from time import monotonic
from typing import Any

import torch
from transformers import AutoModelForCausalLM

from inference.engine import continuous
from inference.engine.asked import Generated, Prompt
from inference.engine.continuous import cut
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
    if device.startswith("cuda"):
        fit = [prompt for prompt in prompts if _fits(prompt, longest)]
        written = continuous.generate(
            model, fit, ends=ends, temperature=temperature,
            on_progress=on_progress, should_stop=should_stop,
        )  # fmt: skip
        if not all(text.finish_reason == "error" for text in written):
            return _with_too_long(prompts, written, longest), monotonic() - began
        # Not every architecture can be written so. A model at fault says so below once more.
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
    fit = [prompt for prompt in prompts if _fits(prompt, longest)]
    return _with_too_long(prompts, _generate(model, fit, ends, temperature) if fit else [], longest)


def _with_too_long(
    prompts: Sequence[Prompt], written: Sequence[Generated], longest: int
) -> list[Generated]:
    """Put an error in the place of each prompt that does not fit. `written`: of those that do."""
    texts = iter(written)
    return [
        next(texts) if _fits(prompt, longest) else _too_long(prompt, longest) for prompt in prompts
    ]


def _fits(prompt: Prompt, longest: int) -> bool:
    return 0 < len(prompt.ids) <= longest - prompt.most


def _too_long(prompt: Prompt, longest: int) -> Generated:
    most = max(0, longest - prompt.most)
    error = f"The prompt has {len(prompt.ids)} tokens; at most {most} fit."
    return Generated(finish_reason="error", error=error)


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
    return [cut(row[width:].tolist(), ends) for row in output]
