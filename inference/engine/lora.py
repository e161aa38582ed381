"""Adapters: a small change to a model, trained on a workspace's own texts, kept apart from it.

`fine_tune` puts low-rank matrices beside the attention and feed-forward matrices of a model
(LoRA: Hu et al. 2021, by peft), trains them alone with the training loop of this product, and
writes a folder that `lora_files` reads.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, PreTrainedModel

from inference.engine.loader import device_for, read_config
from inference.engine.lora_files import CARD, CONFIG, WEIGHTS, sha256, weights_hash
from inference.engine.train import Example, Progress, Recipe, Report, perplexity, train
from inference.errors import ModelMissing

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
EVERY_STEPS = 5


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to train and for how long. `minutes` as in `Recipe`, `epochs` the most passes."""

    minutes: float
    epochs: int = 4
    rank: int = 8
    alpha: int = 16
    rate: float = 1e-3
    batch_tokens: int = 2048
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What a fine-tune did. Perplexities are per target token of the held-out texts."""

    progress: Progress
    perplexity_before: float
    perplexity_after: float
    parameters: int  # of the adapter


def fine_tune(
    base: Path,
    out: Path,
    examples: Sequence[Example],
    held_out: Sequence[Example],
    plan: Plan,
    *,
    card: Mapping[str, Any],
    device: str = "cpu",
    checkpoint: Path | None = None,
    report: Report = lambda progress, share: None,
    should_stop: Callable[[], bool] = lambda: False,
    log: Callable[[str], None] = lambda line: None,
) -> Tuned:
    """Train an adapter for the model in `base` and write it to `out`.

    device: "auto" takes CUDA where there is one. With `checkpoint` a run that was cut off goes on.
    Raises ModelMissing, ModelRefused.
    """
    torch.manual_seed(plan.seed)
    model = read_base(base).to(device_for(device))
    before = perplexity(model, held_out)
    config = LoraConfig(
        r=plan.rank, lora_alpha=plan.alpha, lora_dropout=0.05, target_modules=list(TARGETS)
    )
    inject_adapter_in_model(config, model)
    tokens = sum(len(prompt) + len(target) for prompt, target in examples)
    recipe = Recipe(
        minutes=plan.minutes,
        steps=max(1, round(plan.epochs * tokens / plan.batch_tokens)),
        seed=plan.seed,
        batch_tokens=plan.batch_tokens,
        adam_rate=plan.rate,
        warm_up_steps=10,
        muon=False,
        recall=0.0,
    )
    progress = train(
        model,
        examples,
        recipe,
        checkpoint=checkpoint,
        checkpoint_lines=2,
        report=report,
        should_stop=should_stop,
        log=log,
        every_steps=EVERY_STEPS,
    )
    after = perplexity(model, held_out)
    size = save_adapter(model, config, out, {**card, "base_sha256": weights_hash(base)})
    return Tuned(
        progress=progress, perplexity_before=before, perplexity_after=after, parameters=size
    )


def read_base(folder: Path) -> PreTrainedModel:
    """Return the model in `folder` in full precision: safetensors only, no code of its own."""
    read_config(folder)
    if not (folder / "model.safetensors").exists():
        raise ModelMissing(f"{folder.name} has no model.safetensors, so nothing can be trained.")
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
    )
    return model


def save_adapter(
    model: PreTrainedModel, config: LoraConfig, folder: Path, card: Mapping[str, Any]
) -> int:
    """Write the adapter of `model` as peft would, and its card; return its parameters."""
    tensors = {
        f"base_model.model.{name.replace('.default', '')}": value.detach().cpu().contiguous()
        for name, value in model.named_parameters()
        if "lora_" in name
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config.save_pretrained(str(folder))
    hashes = {name: sha256(folder / name) for name in (WEIGHTS, CONFIG)}
    text = json.dumps({**card, "sha256": hashes}, ensure_ascii=False, indent=1)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")
    return sum(value.numel() for value in tensors.values())
