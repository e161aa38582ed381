"""Continuous batching, as models of other architectures write on a GPU, here on a CPU."""

import pytest
import torch
from transformers import MistralConfig, MistralForCausalLM

from inference.engine import plain
from inference.engine.asked import Prompt
from inference.engine.continuous import Room, generate

pytestmark = pytest.mark.usefixtures("one_thread")

ENDS = (2,)
ROOM = Room(pages=64, tokens=64)


@pytest.fixture(scope="module")
def model() -> MistralForCausalLM:
    """Random weights, small."""
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=64, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=128,
        sliding_window=None, pad_token_id=0, bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    return MistralForCausalLM(config).eval()


def prompts(count: int = 6) -> list[Prompt]:
    return [Prompt(ids=(1, *[5 + n % 7] * (3 + n)), most=6 + n, seed=n) for n in range(count)]


def test_texts_are_those_of_a_static_batch_token_for_token(model: MistralForCausalLM) -> None:
    seen: list[tuple[int, int]] = []
    texts = generate(
        model, prompts(), ends=ENDS, temperature=0, room=ROOM,
        on_progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    for prompt, text in zip(prompts(), texts, strict=True):
        [alone] = plain._generate(model, [prompt], ENDS, 0)
        assert (text.ids, text.finish_reason) == (alone.ids, alone.finish_reason)
        assert len(text.ids) <= prompt.most
    assert seen == [(n, 6) for n in range(1, 7)]


def test_a_stop_leaves_the_rest_unwritten(model: MistralForCausalLM) -> None:
    texts = generate(
        model, prompts(), ends=ENDS, temperature=0.8, room=ROOM, should_stop=lambda: True
    )
    assert {text.finish_reason for text in texts} == {"cancelled"}


def test_a_gpu_takes_this_way_and_a_prompt_that_is_too_long_fails_alone(
    model: MistralForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "load", lambda folder, device: model)
    calls: list[int] = []

    def write(model, prompts, **options):  # type: ignore[no-untyped-def]
        calls.append(len(prompts))
        return generate(model, prompts, **options, room=ROOM)

    monkeypatch.setattr(plain.continuous, "generate", write)
    long = Prompt(ids=(1,) * 40, most=6)
    texts, _seconds = plain.generate(
        plain.Path("models/other"), [*prompts(2), long, *prompts(1)],
        ends=ENDS, temperature=0, device="cuda", longest=40,
    )  # fmt: skip
    assert calls == [3]
    assert [text.finish_reason == "error" for text in texts] == [False, False, True, False]
    assert "at most 34 fit" in texts[2].error
