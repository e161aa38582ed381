"""Training of writers: short, resumable, seeded. The one training loop of the product.

Small Llamas are trained whole on one CPU core; of a larger model, or of one that shall only take
on a voice, the parameters that ask for a gradient are trained (adapters: `lora`).

Values in, values out: examples are pairs of token ids (prompt, target); the loss is taken on the
targets alone, and logits are computed at their positions only. Hidden matrices learn by Muon,
everything else by AdamW (recipe and its figures: docs/decisions/0005-starter-model.md).

A small model takes long to find out which word of its prompt decides a sentence: the likelihood
of a text hardly depends on it. So a second loss asks, halfway up and at every position, which
tokens stand in the prompt. The layer that answers is thrown away after training; what it leaves
is that every position knows its controls.

Not covered: several devices at once, mixed precision other than bfloat16.
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
from torch import nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedModel

from inference.engine.losses import weighted_loss

Example = tuple[list[int], list[int]]
Log = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train. `minutes` are CPU minutes of this process: a busy machine trains the same. On
    a GPU they are minutes of the clock."""

    minutes: float
    steps: int = 0  # most steps, 0 = as many as the minutes give; the rate falls by either
    seed: int = 0
    batch_tokens: int = 2048  # padded tokens a step
    muon_rate: float = 0.02
    adam_rate: float = 3e-3
    warm_up_steps: int = 50
    constant_share: float = 0.4  # of the time, before the rate falls
    last_rate: float = 0.02  # share of the rate at the end
    clip: float = 1.0
    muon: bool = True  # for hidden matrices; False: AdamW for everything
    recall: float = 1.0  # weight of the second loss; 0 leaves it out
    recall_layer: int = 2  # blocks below the question
    recall_tokens: int = 64  # ids below this may be asked for: the alphabet of prompts
    turns: frozenset[int] = frozenset()  # ids after which a text decides what comes next
    turn_weight: float = 3.0  # weight of the tokens after a turn; others have 1
    turn_tokens: int = 3  # how many tokens after a turn


@dataclass
class Progress:
    """Where a training run stands; saved with every checkpoint."""

    step: int = 0
    cpu_seconds: float = 0.0
    tokens: int = 0
    loss: float = math.nan
    recall_loss: float = math.nan


Report = Callable[[Progress, float], None]


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
    model: PreTrainedModel,
    examples: Sequence[Example],
    recipe: Recipe,
    *,
    checkpoint: Path | None = None,
    checkpoint_lines: int = 10,
    log: Log = lambda line: None,
    report: Report = lambda progress, share: None,
    should_stop: Callable[[], bool] = lambda: False,
    every_steps: int = 100,
) -> Progress:
    """Train `model` in place until the recipe's minutes or steps are spent; return how it went.

    Every `every_steps`, `log` gets one line and `report` the figures with the share that is done,
    and `should_stop` may end it. With `checkpoint` the run is saved there as safetensors every
    `checkpoint_lines` log lines and when it is stopped, and goes on from it when it exists.
    Computes where the model lies, in bfloat16 with weights in full precision.
    """
    model.train()
    on_cpu = model.device.type == "cpu"
    if on_cpu:
        # The plain form of attention learns 1.4 times faster than the fused one: its backward
        # pass is a few matrix products (measured with torch 2.13 on rows of 150 tokens).
        model.set_attn_implementation("eager")
    clock = time.process_time if on_cpu else time.monotonic
    recall = _recall(model, recipe) if recipe.recall else None
    optimisers = _optimisers(model, recall, recipe)
    progress = _load(checkpoint, model, optimisers) if checkpoint else Progress()
    losses: list[tuple[float, float]] = []
    start = clock() - progress.cpu_seconds
    for batch in _batches(examples, recipe, skip=progress.step):
        share = (clock() - start) / (recipe.minutes * 60)
        if recipe.steps:
            share = max(share, progress.step / recipe.steps)
        if share >= 1:
            break
        rate = _rate(progress.step, share, recipe)
        losses.append(_step(model, recall, optimisers, batch, rate, recipe))
        progress.step += 1
        progress.tokens += sum(len(prompt) + len(target) for prompt, target in batch)
        if progress.step % every_steps == 0:
            progress.cpu_seconds = clock() - start
            text, asked = zip(*losses, strict=True)
            progress.loss = sum(text) / len(text)
            progress.recall_loss = sum(asked) / len(asked)
            losses.clear()
            log(_line(progress))
            report(progress, min(1.0, share))
            stops = should_stop()
            if checkpoint and (stops or progress.step % (checkpoint_lines * every_steps) == 0):
                _save(checkpoint, model, optimisers, progress)
            if stops:
                break
    progress.cpu_seconds = clock() - start
    model.set_attn_implementation("sdpa")
    model.eval()
    return progress


def _recall(model: PreTrainedModel, recipe: Recipe) -> nn.Linear:
    return nn.Linear(model.config.hidden_size, recipe.recall_tokens).to(model.device)


def perplexity(model: PreTrainedModel, examples: Sequence[Example]) -> float:
    """Return the perplexity per target token."""
    recipe, total, count = Recipe(minutes=0, batch_tokens=8192), 0.0, 0
    model.eval()
    with torch.no_grad():
        for batch in _epoch(list(examples), recipe, Random(0)):
            loss, _, tokens = _losses(model, None, batch, recipe)
            total, count = total + float(loss) * tokens, count + tokens
    return math.exp(total / count)


def _step(
    model: PreTrainedModel,
    recall: nn.Linear | None,
    optimisers: list[torch.optim.Optimizer],
    batch: list[Example],
    rate: float,
    recipe: Recipe,
) -> tuple[float, float]:
    with torch.autocast(model.device.type, torch.bfloat16):
        loss, asked, _ = _losses(model, recall, batch, recipe)
    (loss + recipe.recall * asked).backward()
    torch.nn.utils.clip_grad_norm_([p for _, p in _trainable(model)], recipe.clip)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = group["full_rate"] * rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
    return float(loss.detach()), float(asked.detach())


def _losses(
    model: PreTrainedModel, recall: nn.Linear | None, batch: list[Example], recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Return the mean losses of text and of recall over target tokens, and their number.

    Rows are padded on the right; causal attention never looks there, so no mask is needed.
    """
    rows = [prompt + target for prompt, target in batch]
    width, place = max(map(len, rows)), model.device
    told = torch.zeros(len(rows), width, dtype=torch.long, device="cpu")  # (B, T)
    marked = torch.zeros(len(rows), width, dtype=torch.bool, device="cpu")
    for index, (row, (prompt, _)) in enumerate(zip(rows, batch, strict=True)):
        told[index, : len(row)] = torch.tensor(row, device="cpu")
        marked[index, len(prompt) : len(row)] = True
    ids, wanted = told.to(place), marked.to(place)
    states = model.base_model(
        input_ids=ids, use_cache=False, output_hidden_states=recall is not None
    )
    predicts = wanted[:, 1:]  # (B, T - 1): positions whose next token is a target
    seen = states.last_hidden_state[:, :-1][predicts]  # (N, D)
    head = model.get_output_embeddings()
    weights = _weights(ids, recipe)[:, :-1][predicts]  # (N)
    targets = ids[:, 1:][predicts]  # (N)
    loss = weighted_loss(seen, head.weight, targets, weights, getattr(head, "bias", None))
    asked = loss.new_zeros(())
    if recall is not None:
        known = torch.zeros(len(batch), recipe.recall_tokens, device=place)  # (B, R)
        for index, (prompt, _) in enumerate(batch):
            known[index, [token for token in prompt if token < recipe.recall_tokens]] = 1
        halfway = states.hidden_states[recipe.recall_layer][:, :-1][predicts]  # (N, D)
        row = predicts.nonzero()[:, 0]  # (N): the text of each position
        normed = functional.rms_norm(halfway, halfway.shape[-1:])
        asked = functional.binary_cross_entropy_with_logits(recall(normed).float(), known[row])
    return loss, asked, seen.shape[0]


def _weights(ids: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Return how much the token after each position counts: (B, T).

    Which sentence comes next is decided in a few tokens; the rest of it is mostly choice at will,
    which nothing can foretell. What is decided counts more.
    """
    after = torch.tensor(sorted(recipe.turns), dtype=torch.long, device=ids.device)
    turns = torch.isin(ids, after)
    near = turns.clone()
    for distance in range(1, recipe.turn_tokens):
        near[:, distance:] |= turns[:, :-distance]
    return torch.where(near, recipe.turn_weight, 1.0)


def _optimisers(
    model: PreTrainedModel, recall: nn.Linear | None, recipe: Recipe
) -> list[torch.optim.Optimizer]:
    hidden = [p for n, p in _trainable(model) if recipe.muon and p.ndim == 2 and "embed" not in n]
    hidden_ids = {id(p) for p in hidden}
    rest = [p for _, p in _trainable(model) if id(p) not in hidden_ids]
    rest += recall.parameters() if recall is not None else []
    adam = torch.optim.AdamW(rest, lr=recipe.adam_rate, betas=(0.9, 0.98), weight_decay=0.0)
    optimisers: list[torch.optim.Optimizer] = [adam]
    if hidden:
        muon = torch.optim.Muon(hidden, lr=recipe.muon_rate, momentum=0.95, weight_decay=0.0)
        optimisers.insert(0, muon)
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["full_rate"] = group["lr"]
    return optimisers


def _trainable(model: PreTrainedModel) -> list[tuple[str, nn.Parameter]]:
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


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
        f"loss {progress.loss:.3f}  recall {progress.recall_loss:.3f}  {speed:,.0f} tokens/s"
    )


def _save(
    path: Path,
    model: PreTrainedModel,
    optimisers: list[torch.optim.Optimizer],
    progress: Progress,
) -> None:
    tensors = {f"model.{name}": value.detach().cpu().clone() for name, value in _trainable(model)}
    for index, optimiser in enumerate(optimisers):
        for number, state in optimiser.state_dict()["state"].items():
            tensors |= {
                f"optimiser.{index}.{number}.{key}": torch.as_tensor(value).cpu().clone()
                for key, value in state.items()
            }
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    save_file(tensors, draft, metadata={"progress": json.dumps(asdict(progress))})
    draft.replace(path)


def _load(path: Path, model: PreTrainedModel, optimisers: list[torch.optim.Optimizer]) -> Progress:
    if not path.exists():
        return Progress()
    with safe_open(path, framework="pt") as file:
        progress = Progress(**json.loads(file.metadata()["progress"]))
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no mapping
    with torch.no_grad():
        for name, parameter in _trainable(model):
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
