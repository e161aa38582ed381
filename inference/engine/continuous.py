"""Continuous batching by transformers, for architectures that the batched engine does not compute.

On a GPU finished texts leave and waiting ones enter between steps, over a cache in pages, where
`plain` writes a few padded prompts at a time. It runs on a CPU too, where it is slower than those
(a test compares the tokens).

Attention stays as the model has it: to look for a quicker one, transformers would fetch programs
from the hub. Not covered: forms and seeds of single texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from inference.engine.asked import Generated, Prompt

PAGE_TOKENS = 32
WAIT_SECONDS = 0.2
STOP_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Room:
    """The size of the cache in pages, and the most tokens of a step. None: as the GPU has room."""

    pages: int | None = None
    tokens: int | None = None


def generate(
    model: Any,
    prompts: Sequence[Prompt],
    *,
    ends: Sequence[int],
    temperature: float,
    room: Room = Room(),  # noqa: B008 - frozen
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Generated]:
    """Continue the prompts, each of which must fit the model; results are in their order.

    What a stop leaves unwritten ends as "cancelled"; a text that fails does so alone.
    """
    results = [Generated() for _prompt in prompts]
    if not prompts:
        return results
    done = 0
    with torch.inference_mode(), _manager(model, prompts, ends, temperature, room) as manager:
        for number, prompt in enumerate(prompts):
            manager.add_request(
                list(prompt.ids), request_id=str(number), max_new_tokens=prompt.most
            )
        while done < len(prompts) and not (should_stop and should_stop()):
            answer = manager.get_result(timeout=WAIT_SECONDS)
            if answer is not None and answer.is_finished():
                results[int(answer.request_id)] = _read(answer, ends)
                done += 1
                if on_progress:
                    on_progress(done, len(prompts))
            elif answer is None and not manager.is_running():
                return [_given_up(result) for result in results]
    return results


def cut(ids: Sequence[int], ends: Sequence[int]) -> Generated:
    """Return the text up to the first token that ends it."""
    for place, token in enumerate(ids):
        if token in ends:
            return Generated(ids=list(ids[:place]), finish_reason="stop")
    return Generated(ids=list(ids), finish_reason="length")


def _manager(
    model: Any, prompts: Sequence[Prompt], ends: Sequence[int], temperature: float, room: Room
) -> Any:
    drawn = {"do_sample": True, "temperature": temperature, "top_p": 0.95} if temperature else {}
    return model.continuous_batching_context_manager(
        generation_config=GenerationConfig(
            max_new_tokens=max(prompt.most for prompt in prompts),
            eos_token_id=list(ends),
            pad_token_id=ends[0],
            **(drawn or {"do_sample": False}),
        ),
        continuous_batching_config=ContinuousBatchingConfig(
            page_size=PAGE_TOKENS,
            num_blocks=room.pages,
            max_batch_tokens=room.tokens,
            seed=prompts[0].seed,
            auto_switch_to_flash=False,
        ),
        timeout=STOP_SECONDS,
        warmup=model.device.type == "cuda",
    )


def _read(answer: Any, ends: Sequence[int]) -> Generated:
    if answer.error is not None:
        return _failed(str(answer.error).partition("\n")[0][:80])
    return cut(answer.generated_tokens, ends)


def _given_up(result: Generated) -> Generated:
    return _failed("its writing ended") if result.finish_reason == "cancelled" else result


def _failed(why: str) -> Generated:
    return Generated(finish_reason="error", error=f"The model failed on this text: {why}.")
