"""`bench generation`: how fast texts are written, beside transformers' own `generate`.

Both sides compute in float32 on one torch thread and take the likeliest token, so the tokens must
be the same; they are compared. Speeds are tokens per second of CPU time, which other processes on
the machine disturb less than the wall clock.
"""

import time
from collections.abc import Callable
from itertools import cycle, islice
from random import Random
from statistics import median
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from inference.engine.asked import Generated, Options, Prompt
from inference.engine.generate import generate
from inference.engine.llama import Llama
from inference.engine.loader import load, numbers_for, shape_of
from inference.engine.starter import FOLDER, MAX_NEW_TOKENS, ROWS, prompt_of
from inference.engine.threads import one_thread
from inference.errors import UnknownModel
from inference.roofline import bench_roofline
from inference.starter.corpus.briefs import draw_slots
from inference.starter.prompt import END, PERSON_SLOTS
from inference.starter.tokenizer import token_id
from inference.types import Channel, Goal, Language, Lead, Motive, Stage, Tone, WritingRequest
from tenants.errors import BadInput

ROUNDS = 5
NO_END = -1
"""No token of any vocabulary: a text ends at its longest."""
SHAPE_135M = {
    "vocab_size": 49_152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 512,
    "tie_word_embeddings": True,
}
"""The shape of SmolLM2-135M."""

Progress = Callable[[int, int], None]
Case = tuple[LlamaForCausalLM, Llama, list[Prompt], Options, int]
"""The reference model, ours, the prompts, the options, how many prompts the reference gets."""


def bench_generation(
    progress: Progress,
    *,
    requests: int = 2_000,
    shape: str = "starter",
    device: str = "cpu",
    dtype: str = "auto",
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Time `requests` texts of one campaign through the engine; alternate with the reference.

    The reference writes a sample of the same prompts each round, one at a time: at its speed all
    of them would take an hour. shape: "starter" or "135m" (random weights, 300 shared and 40 own
    prompt tokens, 24 new; a tenth of the requests), both on one thread of the CPU, or "7b" with
    --device cuda: see `roofline`. dtype: "int8" has ours compute in whole numbers, whose words are
    other ones now and then; the reference stays as it is.
    """
    if shape == "7b":
        return bench_roofline(progress, messages=requests, device=device)
    cases = {"starter": _starter_case, "135m": _case_135m}
    if shape not in cases:
        raise UnknownModel(f"There is no shape “{shape}”. Choose one of: {', '.join(cases)}, 7b.")
    if device != "cpu":
        raise BadInput("On a GPU the shape 7b is measured: add --shape 7b, or leave out --device.")
    with one_thread():
        reference, ours, prompts, options, sample = cases[shape](requests, dtype)
        speeds: list[tuple[float, float, float]] = []
        unequal = 0
        samples = cycle(Random(3).sample(range(len(prompts)), len(prompts)))
        for number in range(rounds):
            fast, wall, texts = _time_ours(ours, prompts, options)
            chosen = list(islice(samples, sample))
            slow, expected = _time_reference(reference, [prompts[i] for i in chosen], options)
            unequal += sum(texts[i].ids != ids for i, ids in zip(chosen, expected, strict=True))
            speeds.append((fast, wall, slow))
            progress(number + 1, rounds)
    fast, wall, slow = (median(column) for column in zip(*speeds, strict=True))
    return {
        "figures": {
            "tokens_per_s": round(fast, 1),
            "tokens_per_wall_s": round(wall, 1),
            "messages_per_s": round(fast * len(prompts) / _tokens(texts), 2),
            "spread": [round(min(f for f, *_ in speeds), 1), round(max(f for f, *_ in speeds), 1)],
            "unequal_texts": unequal,
            "compared_texts": rounds * sample,
        },
        "reference": {"tokens_per_s": round(slow, 1), "what": "model.generate, batch 1"},
        "ratio": round(median(fast / slow for fast, _, slow in speeds), 2),
    }


def campaign_requests(count: int, seed: int = 0) -> list[WritingRequest]:
    """Return mixed requests of one campaign: both languages, all channels and kinds of reader."""
    random = Random(seed)
    shared = draw_slots(Goal.LAUNCH, random) - set(PERSON_SLOTS)
    return [
        WritingRequest(
            language=random.choice(list(Language)),
            channel=random.choices(list(Channel), weights=(0.7, 0.2, 0.1))[0],
            goal=Goal.LAUNCH,
            tone=Tone.WARM,
            lead=random.choice(list(Lead)),
            motive=random.choice(list(Motive)),
            stage=random.choice(list(Stage)),
            slots=shared | {slot for slot in PERSON_SLOTS if random.random() < 0.5},
            seed=number,
        )
        for number in range(count)
    ]


def _starter_case(requests: int, dtype: str) -> Case:
    loaded = load(FOLDER, device="cpu", dtype=dtype)
    model = LlamaForCausalLM.from_pretrained(FOLDER, dtype=torch.float32).eval()
    prompts = [prompt_of(loaded, request) for request in campaign_requests(requests)]
    end = token_id(loaded.tokenizer, END)
    options = Options(end=end, max_new_tokens=MAX_NEW_TOKENS, temperature=0, rows=ROWS)
    return model, loaded.llama, prompts, options, min(16, requests)


def _case_135m(requests: int, dtype: str) -> Case:
    torch.manual_seed(0)
    config = LlamaConfig(**SHAPE_135M)
    model = LlamaForCausalLM(config).eval()
    weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    random = Random(0)

    def words(count: int) -> tuple[int, ...]:
        return tuple(random.randrange(10, 49_000) for _ in range(count))

    shared = words(300)
    prompts = [
        Prompt(ids=shared + words(40), shared=300, seed=number)
        for number in range(max(2, requests // 10))
    ]
    # No token ends a text of random weights but by accident: all have 24 new tokens.
    options = Options(end=NO_END, max_new_tokens=24, temperature=0, rows=64)
    ours = Llama(shape_of(config.to_dict()), weights, **numbers_for("cpu", dtype))
    return model, ours, prompts, options, 2


def _time_ours(
    llama: Llama, prompts: list[Prompt], options: Options
) -> tuple[float, float, list[Generated]]:
    start = time.process_time()
    texts, statistics = generate(llama, prompts, options)
    spent = time.process_time() - start
    return statistics.new_tokens / spent, statistics.tokens_per_second, texts


def _time_reference(
    model: LlamaForCausalLM, prompts: list[Prompt], options: Options
) -> tuple[float, list[list[int]]]:
    texts, tokens = [], 0
    start = time.process_time()
    for prompt in prompts:
        ids = torch.tensor([prompt.ids])
        written = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=options.max_new_tokens,
            do_sample=False,
            eos_token_id=None if options.end == NO_END else options.end,
            pad_token_id=0,
        )[0, ids.shape[1] :].tolist()
        tokens += len(written)
        texts.append([token for token in written if token != options.end])
    return tokens / (time.process_time() - start), texts


def _tokens(texts: list[Generated]) -> int:
    return sum(len(text.ids) + (text.finish_reason == "stop") for text in texts)


BENCHES = {"generation": bench_generation}
