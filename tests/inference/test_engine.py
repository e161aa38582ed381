"""The engine writes what transformers would, whatever is written beside it."""

from dataclasses import replace

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

from inference.engine import choose
from inference.engine.asked import Options, Prompt
from inference.engine.choose import sample
from inference.engine.generate import generate
from inference.engine.llama import Llama
from inference.engine.loader import shape_of

pytestmark = pytest.mark.usefixtures("one_thread")

SIZES = {
    "vocab_size": 300,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 96,
}
END = 7


@pytest.fixture(scope="module", params=["llama", "qwen"])
def pair(request):
    """A random model of transformers, and the same weights in our engine."""
    torch.manual_seed(1)
    if request.param == "llama":
        model = LlamaForCausalLM(LlamaConfig(**SIZES, tie_word_embeddings=True))
    else:
        model = Qwen2ForCausalLM(Qwen2Config(**SIZES, tie_word_embeddings=False))
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.mul_(6) if value.ndim == 2 else value.add_(0.1 if "bias" in name else 0)
    return model.eval(), Llama(shape_of(model.config.to_dict()), weights_of(model))


def weights_of(model) -> dict[str, torch.Tensor]:
    tied = model.config.tie_word_embeddings
    return {k: v for k, v in model.state_dict().items() if not (tied and "lm_head" in k)}


def prompts(count: int) -> list[Prompt]:
    generator = torch.Generator().manual_seed(2)
    shared = (11, 12, 13, 14)
    found = []
    for number in range(count):
        own = torch.randint(20, 300, (3 + number % 3,), generator=generator).tolist()
        found.append(Prompt(ids=(*shared, *own), shared=4 * (number % 2), seed=number))
    return found


def greedy(rows: int, **options: int) -> Options:
    return Options(end=END, max_new_tokens=20, temperature=0, rows=rows, **options)


@pytest.mark.parametrize(("rows", "block"), [(1, 32), (3, 32), (16, 32), (7, 2)])
def test_greedy_texts_equal_those_of_transformers(pair, rows, block, monkeypatch):
    monkeypatch.setattr("inference.engine.generate.BLOCK", block)
    model, ours = pair
    asked = prompts(10)
    texts, statistics = generate(ours, asked, greedy(rows))
    for prompt, text in zip(asked, texts, strict=True):
        ids = torch.tensor([prompt.ids])
        expected = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=20,
            do_sample=False,
            eos_token_id=END,
            pad_token_id=0,
        )[0, ids.shape[1] :].tolist()
        assert [*text.ids, END] == expected or text.ids == expected
        assert text.finish_reason == ("stop" if expected[-1] == END else "length")
    assert statistics.new_tokens >= sum(len(text.ids) for text in texts)


def test_a_sampled_text_does_not_depend_on_its_neighbours(pair):
    _, ours = pair
    asked = prompts(9)
    options = Options(end=END, max_new_tokens=15, rows=4)
    together, _ = generate(ours, asked, options)
    alone = [generate(ours, [prompt], options)[0][0] for prompt in asked]
    assert [text.ids for text in together] == [text.ids for text in alone]
    assert len({tuple(text.ids) for text in together}) > 1


def test_another_seed_gives_another_text(pair):
    _, ours = pair
    ids = prompts(1)[0].ids
    texts, _ = generate(
        ours, [Prompt(ids=ids, seed=n) for n in range(5)], Options(end=END, max_new_tokens=15)
    )
    assert len({tuple(text.ids) for text in texts}) > 1


def test_a_prompt_that_is_too_long_or_empty_fails_alone(pair):
    _, ours = pair
    asked = [Prompt(ids=(20,) * 90), prompts(1)[0], Prompt(ids=())]
    texts, _ = generate(ours, asked, greedy(4))
    assert [text.finish_reason == "error" for text in texts] == [True, False, True]
    assert "90 tokens" in texts[0].error


def test_the_batch_halves_when_memory_runs_out_and_no_text_changes(pair, monkeypatch):
    _, ours = pair
    asked = prompts(12)
    expected, _ = generate(ours, asked, greedy(8))
    real = Llama.step

    def step(self, ids, *rest):
        if len(ids) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, ids, *rest)

    monkeypatch.setattr(Llama, "step", step)
    texts, statistics = generate(ours, asked, greedy(8))
    assert [text.ids for text in texts] == [text.ids for text in expected]
    assert statistics.rows == 2


def test_the_batch_halves_when_there_is_no_room_for_its_cache(pair, monkeypatch):
    _, ours = pair
    real = Llama.new_cache

    def new_cache(self, rows, longest):
        if rows > 3:
            raise MemoryError
        return real(self, rows, longest)

    monkeypatch.setattr(Llama, "new_cache", new_cache)
    texts, statistics = generate(ours, prompts(8), greedy(8))
    assert statistics.rows == 2
    assert {text.finish_reason for text in texts} <= {"stop", "length"}


def test_a_text_that_breaks_the_model_is_given_up_alone(pair, monkeypatch):
    _, ours = pair
    asked = prompts(6)
    expected, _ = generate(ours, asked, greedy(4))
    poison = asked[3].ids[-1]
    real = Llama.prefill

    def prefill(self, ids, *rest):
        if (ids == poison).any():
            raise RuntimeError("illegal access")
        return real(self, ids, *rest)

    monkeypatch.setattr(Llama, "prefill", prefill)
    texts, _ = generate(ours, asked, greedy(4))
    assert "RuntimeError" in texts[3].error
    assert [t.ids for i, t in enumerate(texts) if i != 3] == [
        t.ids for i, t in enumerate(expected) if i != 3
    ]


def test_logits_that_are_no_numbers_end_one_text(pair, monkeypatch):
    _, ours = pair
    asked = prompts(4)
    expected, _ = generate(ours, asked, greedy(4))
    real = Llama.prefill

    def prefill(self, ids, *rest):
        logits = real(self, ids, *rest)
        logits[(ids == asked[2].ids[-1]).any(dim=1)] = float("nan")
        return logits

    monkeypatch.setattr(Llama, "prefill", prefill)
    texts, _ = generate(ours, asked, greedy(4))
    assert texts[2].finish_reason == "error"
    assert [t.ids for i, t in enumerate(texts) if i != 2] == [
        t.ids for i, t in enumerate(expected) if i != 2
    ]


def test_writing_can_be_stopped_between_steps(pair):
    _, ours = pair
    calls = iter(range(100))
    texts, statistics = generate(ours, prompts(6), greedy(2), should_stop=lambda: next(calls) > 5)
    assert statistics.steps <= 6
    assert any(text.finish_reason == "cancelled" for text in texts)


def test_progress_counts_texts(pair):
    _, ours = pair
    seen: list[tuple[int, int]] = []
    generate(ours, prompts(5), greedy(2), on_progress=lambda *pair: seen.append(pair))
    assert seen == [(n, 5) for n in range(1, 6)]


def test_a_draw_keeps_to_the_likeliest_tokens():
    logits = torch.tensor([[5.0, 4.0, 1.0, -9.0]]).repeat(200, 1)
    uniform = torch.linspace(0, 0.999, 200)
    tokens = sample(logits, uniform, 1.0, 0.9)
    assert set(tokens.tolist()) == {0, 1}
    share = (tokens == 0).float().mean().item()
    assert share == pytest.approx(torch.softmax(logits[0, :2], 0)[0].item(), abs=0.01)


def test_options_are_checked():
    for wrong in ({"temperature": -1}, {"top_p": 0}, {"rows": 0}, {"max_new_tokens": 0}):
        with pytest.raises(ValueError, match="must be"):
            Options(**({"end": 0, "max_new_tokens": 5} | wrong))


def test_guesses_come_from_what_was_written_and_are_kept_when_right(pair):
    """Many like prompts: the second half is guessed from the first, and the same to the token."""
    _, ours = pair
    asked = prompts(3) * 4
    plain, slow = generate(ours, asked, greedy(2, guesses=0))
    guessed, quick = generate(ours, asked, greedy(2))
    assert [text.ids for text in guessed] == [text.ids for text in plain]
    assert quick.steps < slow.steps * 0.7


def test_a_full_batch_is_guessed_ahead_too_where_guesses_are_right(pair, monkeypatch):
    _, ours = pair
    asked = prompts(3) * 40
    plain, slow = generate(ours, asked, greedy(48, guesses=0))
    guessed, quick = generate(ours, asked, greedy(48))
    assert [text.ids for text in guessed] == [text.ids for text in plain]
    assert quick.steps < slow.steps * 0.8
    monkeypatch.setattr("inference.engine.generate.KEPT_WHEN_BUSY", 1.1)
    wary, as_slow = generate(ours, asked, greedy(48))
    assert [text.ids for text in wary] == [text.ids for text in plain]
    assert quick.steps < as_slow.steps <= slow.steps, "only its last rows are guessed ahead"


def test_steps_recorded_as_graphs_write_the_same(pair, monkeypatch):
    """On a GPU a step is recorded once per length and played again over the same memory."""
    _, ours = pair
    expected, _ = generate(ours, prompts(9), greedy(4, guesses=0))
    recorded = []

    def capture(run):
        recorded.append(run)
        return run

    monkeypatch.setattr("inference.engine.generate.capture_for", lambda device: capture)
    texts, _ = generate(ours, prompts(9), greedy(4, guesses=0))
    assert [text.ids for text in texts] == [text.ids for text in expected]
    assert len(recorded) == 1, "every length of this run is within one step of 64 positions"


def test_products_in_whole_numbers_say_nearly_the_same_whoever_stands_beside(pair):
    """int8: what the model knows hardly changes, and a text is the same alone and among others."""
    model, ours = pair
    whole = Llama(ours.shape, weights_of(model), int8=True)
    ids = torch.tensor([prompt.ids[:7] for prompt in prompts(9)])
    exact, near = ours.head(ours.read(ids)), whole.head(whole.read(ids))
    assert not torch.equal(exact, near)
    assert (exact - near).norm() < 0.1 * exact.norm()
    together, _ = generate(whole, prompts(9), greedy(9))
    for prompt, text in zip(prompts(9), together, strict=True):
        (alone,), _ = generate(whole, [prompt], greedy(1))
        assert alone.ids == text.ids


def test_a_beginning_is_kept_from_call_to_call(pair):
    _, ours = pair
    ours.prefixes.clear()
    asked = [prompt for prompt in prompts(12) if prompt.shared]
    first, before = generate(ours, asked, greedy(4))
    second, after = generate(ours, asked, greedy(4))
    assert [text.ids for text in first] == [text.ids for text in second]
    assert before.prompt_tokens - after.prompt_tokens == 4


def test_one_text_may_be_shorter_than_the_others(pair):
    _, ours = pair
    asked = [Prompt(ids=prompt.ids, most=3) for prompt in prompts(2)]
    texts, _ = generate(ours, [*asked, prompts(3)[2]], greedy(4))
    assert all(len(text.ids) <= 3 for text in texts[:2])


@pytest.mark.parametrize("top_p", [0.3, 0.95, 1.0])
def test_a_draw_does_not_depend_on_how_many_candidates_are_looked_for(top_p):
    """Some rows are settled by the likeliest token, some by a few, some by none of either."""
    torch.manual_seed(0)
    logits = torch.randn(90, 500)
    logits[:30, 7] += 20
    logits[30:60, 5:9] += 12
    uniform = torch.rand(90)
    tokens = sample(logits, uniform, 0.5, top_p)
    whole = logits / 0.5
    mass = whole.logsumexp(dim=-1, keepdim=True)
    expected, _ = choose._pick(whole, mass, uniform, top_p, choose.CANDIDATES)
    assert torch.equal(tokens, expected)


def test_a_text_is_written_again_while_the_others_go_on(pair):
    """The second draw stands where the first did, and no other text changes."""
    _, ours = pair
    asked = prompts(7)
    options = replace(greedy(3), temperature=0.9)
    plain, _ = generate(ours, asked, options)
    seen: list[tuple[int, list[int]]] = []
    told: list[tuple[int, int]] = []

    def again(index, text):
        seen.append((index, text.ids))
        first = len([found for found, _ids in seen if found == index]) == 1
        return replace(asked[index], seed=1_000 + index) if index in (0, 5) and first else None

    texts, _ = generate(
        ours, asked, options, again=again, on_progress=lambda *pair: told.append(pair)
    )
    alone, _ = generate(ours, [replace(asked[i], seed=1_000 + i) for i in (0, 5)], options)
    assert [texts[0].ids, texts[5].ids] == [text.ids for text in alone]
    assert [texts[i].ids for i in (1, 2, 3, 4, 6)] == [plain[i].ids for i in (1, 2, 3, 4, 6)]
    assert sorted(index for index, _ in seen) == [0, 0, 1, 2, 3, 4, 5, 5, 6]
    assert told == [(n, 7) for n in range(1, 8)]


def test_an_only_block_is_filled_before_its_last_text_has_ended(pair):
    """Seven short texts and a long one: those that wait are done by the time the long one is."""
    _, ours = pair
    asked = [
        replace(prompt, most=20 if number == 0 else 4) for number, prompt in enumerate(prompts(32))
    ]
    options = replace(greedy(8), end=299, guesses=0)
    _, statistics = generate(ours, asked, options)
    assert statistics.steps < 25


def test_memory_that_runs_out_in_the_middle_of_a_step_has_no_text_written_twice(pair):
    """Two texts have ended, one is to be written again, the fourth finds no memory."""
    _, ours = pair
    asked = [Prompt(ids=(20 + number, 30, 40)) for number in range(6)]
    options = replace(greedy(6), end=299, max_new_tokens=5)
    expected, _ = generate(ours, [*asked[:2], asked[5], *asked[3:]], options)
    calls: list[int] = []
    told: list[int] = []

    def again(index, text):
        calls.append(index)
        if len(calls) == 4:
            raise MemoryError
        return asked[5] if index == 2 and calls.count(2) == 1 else None

    texts, statistics = generate(
        ours, asked, options, again=again, on_progress=lambda done, total: told.append(done)
    )
    assert [text.ids for text in texts] == [text.ids for text in expected]
    assert told == [1, 2, 3, 4, 5, 6]
    assert statistics.rows == 3
