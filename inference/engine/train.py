"""Training of small Llama-shaped writers on one CPU core: short, resumable, seeded.

Values in, values out: examples are pairs of token ids (prompt, target); the loss is taken on the
targets alone, and logits are computed at their positions only. Hidden matrices learn by Muon,
everything else by AdamW (recipe and its figures: docs/decisions/0005-starter-model.md).

Not covered: several devices, mixed precision other than bfloat16 on CPU, adapters.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM

Example = tuple[list[int], list[int]]
Log = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train. `minutes` are CPU minutes of this process: a busy machine trains the same."""

    minutes: float
    seed: int = 0
    batch_tokens: int = 2048  # padded tokens a step
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    warm_up_steps: int = 50
    constant_share: float = 0.4  # of the time, before the rate falls
    last_rate: float = 0.02  # share of the rate at the end
    clip: float = 1.0


@dataclass
class Progress:
    """Where a training run stands; saved with every checkpoint."""

    step: int = 0
    cpu_seconds: float = 0.0
    tokens: int = 0
    loss: float = math.nan


def small_llama(
    vocabulary: int, *, pad: int, begin: int, end: int, **shape: int
) -> LlamaForCausalLM:
    """Return an untrained model of about 2 million parameters; `shape` overrides its sizes."""
    sizes = {
        "hidden_size": 192,
        "intermediate_size": 512,
        "num_hidden_layers": 4,
        "num_attention_heads": 6,
        "num_key_value_heads": 2,
        "max_position_embeddings": 512,
    }
    config = LlamaConfig(
        vocab_size=vocabulary,
        tie_word_embeddings=True,
        pad_token_id=pad,
        bos_token_id=begin,
        eos_token_id=end,
        **(sizes | shape),
    )
    return LlamaForCausalLM(config)


def train(
    model: LlamaForCausalLM,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    log: Log = lambda line: None,
    every_steps: int = 100,
) -> Progress:
    """Train `model` in place until the recipe's minutes are spent; return how it went.

    `log` gets one line every `every_steps`. With `checkpoint` the run is saved there as
    safetensors every ten log lines, and goes on from it when it exists.
    """
    model.train()
    # On CPU the plain form of attention learns 1.4 times faster than the fused one: its backward
    # pass is a few matrix products (measured with torch 2.13 on rows of 150 tokens).
    model.set_attn_implementation("eager")
    optimisers = _optimisers(model, recipe)
    progress = _load(checkpoint, model, optimisers) if checkpoint else Progress()
    losses: list[float] = []
    start = time.process_time() - progress.cpu_seconds
    for batch in _batches(examples, recipe, skip=progress.step):
        share = (time.process_time() - start) / (recipe.minutes * 60)
        if share >= 1:
            break
        losses.append(_step(model, optimisers, batch, _rate(progress.step, share, recipe), recipe))
        progress.step += 1
        progress.tokens += sum(len(prompt) + len(target) for prompt, target in batch)
        if progress.step % every_steps == 0:
            progress.cpu_seconds = time.process_time() - start
            progress.loss = sum(losses) / len(losses)
            losses.clear()
            log(_line(progress))
            if checkpoint and progress.step % (10 * every_steps) == 0:
                _save(checkpoint, model, optimisers, progress)
    progress.cpu_seconds = time.process_time() - start
    model.set_attn_implementation("sdpa")
    model.eval()
    return progress


def perplexity(model: LlamaForCausalLM, examples: Sequence[Example]) -> float:
    """Return the perplexity per target token."""
    recipe, total, count = Recipe(minutes=0, batch_tokens=8192), 0.0, 0
    model.eval()
    with torch.no_grad():
        for batch in _epoch(list(examples), recipe, Random(0)):
            loss, tokens = _loss(model, batch)
            total, count = total + float(loss) * tokens, count + tokens
    return math.exp(total / count)


def _step(
    model: LlamaForCausalLM,
    optimisers: list[torch.optim.Optimizer],
    batch: list[Example],
    rate: float,
    recipe: Recipe,
) -> float:
    with torch.autocast("cpu", torch.bfloat16):
        loss, _ = _loss(model, batch)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_rate"] * rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return float(loss.detach())


def _loss(model: LlamaForCausalLM, batch: list[Example]) -> tuple[torch.Tensor, int]:
    """Return the mean loss over target tokens, and their number.

    Rows are padded on the right; causal attention never looks there, so no mask is needed.
    """
    rows = [prompt + target for prompt, target in batch]
    width = max(map(len, rows))
    ids = torch.zeros(len(rows), width, dtype=torch.long)  # (B, T)
    wanted = torch.zeros(len(rows), width, dtype=torch.bool)
    for index, (row, (prompt, _)) in enumerate(zip(rows, batch, strict=True)):
        ids[index, : len(row)] = torch.tensor(row)
        wanted[index, len(prompt) : len(row)] = True
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state  # (B, T, D)
    seen = hidden[:, :-1][wanted[:, 1:]]  # (N, D): the positions that predict a target
    logits = model.lm_head(seen).float()  # (N, V)
    loss = torch.nn.functional.cross_entropy(logits, ids[:, 1:][wanted[:, 1:]])
    return loss, seen.shape[0]


def _optimisers(model: LlamaForCausalLM, recipe: Recipe) -> list[torch.optim.Optimizer]:
    hidden = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    hidden_ids = {id(p) for p in hidden}
    rest = [p for p in model.parameters() if id(p) not in hidden_ids]
    muon = torch.optim.Muon(hidden, lr=recipe.muon_rate, momentum=0.95, weight_decay=0.0)
    adam = torch.optim.AdamW(rest, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    for optimiser in (muon, adam):
        for group in optimiser.param_groups:
            group["full_rate"] = group["lr"]
    return [muon, adam]


def _rate(step: int, share: float, recipe: Recipe) -> float:
    """Warm up, hold, then fall in a straight line to `last_rate`."""
    warm = min(1.0, (step + 1) / recipe.warm_up_steps)
    fall = max(0.0, (share - recipe.constant_share) / (1 - recipe.constant_share))
    return warm * (1 - fall * (1 - recipe.last_rate))


def _batches(examples: Sequence[Example], recipe: Recipe, *, skip: int) -> Iterator[list[Example]]:
    """Batches without end, the same for the same seed; the first `skip` are passed over."""
    epoch = 0
    while True:
        for batch in _epoch(list(examples), recipe, Random(recipe.seed * 1_000 + epoch)):
            if skip:
                skip -= 1
            else:
                yield batch
        epoch += 1


def _epoch(examples: list[Example], recipe: Recipe, random: Random) -> Iterator[list[Example]]:
    """Rows of like length together, the batches in random order."""
    random.shuffle(examples)
    examples.sort(key=lambda example: (len(example[0]) + len(example[1])) // 8)
    batches: list[list[Example]] = [[]]
    longest = 0
    for example in examples:
        longest = max(longest, len(example[0]) + len(example[1]))
        if batches[-1] and longest * (len(batches[-1]) + 1) > recipe.batch_tokens:
            batches.append([])
            longest = len(example[0]) + len(example[1])
        batches[-1].append(example)
    random.shuffle(batches)
    yield from batches


def _line(progress: Progress) -> str:
    speed = progress.tokens / max(progress.cpu_seconds, 1e-9)
    return (
        f"step {progress.step:5d}  {progress.cpu_seconds / 60:5.1f} CPU min  "
        f"loss {progress.loss:.3f}  {speed:,.0f} tokens/s"
    )


def _save(
    path: Path,
    model: LlamaForCausalLM,
    optimisers: list[torch.optim.Optimizer],
    progress: Progress,
) -> None:
    tensors = {f"model.{name}": value.detach().clone() for name, value in model.named_parameters()}
    for index, optimiser in enumerate(optimisers):
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {
                f"optimiser.{index}.{number}.{key}": torch.as_tensor(value).clone()
                for key, value in state.items()
            }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    save_file(tensors, draft, metadata={"progress": json.dumps(asdict(progress))})
    draft.replace(path)


def _load(path: Path, model: LlamaForCausalLM, optimisers: list[torch.optim.Optimizer]) -> Progress:
    if not path.exists():
        return Progress()
    with safe_open(path, framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[f"model.{name}"])
    for index, optimiser in enumerate(optimisers):
        saved = optimiser.state_dict()
        saved["state"] = {}
        for key, value in tensors.items():
            if key.startswith(f"optimiser.{index}."):
                number, name = key.split(".")[2:]
                saved["state"].setdefault(int(number), {})[name] = value
        optimiser.load_state_dict(saved)
    return progress
