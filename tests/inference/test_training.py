"""Training learns, can be cut off and goes on, and leaves files that the engine loads."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from inference.engine.losses import weighted_loss
from inference.engine.train import Recipe, _losses, _recall, perplexity, small_llama, train

pytestmark = pytest.mark.usefixtures("one_thread")

EXAMPLES = [([1, 4 + n % 3], [10 + n % 3, 20 + n % 3, 2]) for n in range(60)]


def tiny():
    torch.manual_seed(0)
    return small_llama(
        32, pad=0, begin=1, end=2, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1,
    )  # fmt: skip


def test_a_model_learns_what_its_examples_say():
    model = tiny()
    before = perplexity(model, EXAMPLES)
    lines: list[str] = []
    recipe = Recipe(minutes=1, steps=150, batch_tokens=64, warm_up_steps=5)
    progress = train(model, EXAMPLES, recipe, log=lines.append, every_steps=20)
    assert perplexity(model, EXAMPLES) < 1.5 < before
    assert progress.tokens > 0
    assert "loss" in lines[0]


def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    path = tmp_path / "run.safetensors"
    recipe = Recipe(minutes=0.01, batch_tokens=64)
    first = train(tiny(), EXAMPLES, recipe, checkpoint=path, every_steps=1)
    assert path.exists()
    again = train(tiny(), EXAMPLES, Recipe(minutes=0.02, batch_tokens=64), checkpoint=path)
    assert again.step > first.step // 10 * 10 > 0


def test_a_run_that_is_stopped_loses_no_step(tmp_path):
    path = tmp_path / "run.safetensors"
    recipe = Recipe(minutes=1, steps=40, batch_tokens=64)
    first = train(
        tiny(), EXAMPLES, recipe, checkpoint=path, every_steps=3, should_stop=lambda: True
    )
    assert first.step == 3
    steps: list[int] = []
    train(
        tiny(), EXAMPLES, recipe, checkpoint=path, every_steps=1,
        report=lambda progress, share: steps.append(progress.step),
    )  # fmt: skip
    assert steps[0] == 4


def test_a_step_touches_nothing_outside_the_model_s_device():
    """Whatever is made without a word of where lies on another device here, and cannot be used."""
    model, recipe = tiny(), Recipe(minutes=1, turns=frozenset({4}))
    recall = _recall(model, replace(recipe, recall_tokens=16))
    with torch.device("meta"), torch.autocast("cpu", torch.bfloat16):
        loss, asked, _ = _losses(model, recall, EXAMPLES[:4], replace(recipe, recall_tokens=16))
        (loss + asked).backward()
    assert loss.device == asked.device == model.device
    assert all(p.grad.device == model.device for p in model.parameters())


def test_only_targets_are_learnt():
    with pytest.raises(ZeroDivisionError):
        perplexity(tiny(), [([1, 4, 5], [])])


def test_the_loss_in_pieces_is_the_cross_entropy():
    torch.manual_seed(1)
    free = [torch.randn(700, 8), torch.randn(30, 8), torch.randn(30)]
    states, head, bias = (tensor.requires_grad_() for tensor in free)
    targets, weights = torch.randint(30, (700,)), torch.rand(700)
    loss = weighted_loss(states, head, targets, weights, bias)
    every = functional.cross_entropy(states @ head.t() + bias, targets, reduction="none")
    wanted = (every * weights).sum() / weights.sum()
    assert torch.allclose(loss, wanted, atol=1e-5)
    slopes = zip(torch.autograd.grad(loss, free), torch.autograd.grad(wanted, free), strict=True)
    assert all(torch.allclose(found, right, atol=1e-6) for found, right in slopes)
