"""The starter model as it is shipped: what a newcomer sees on the first day."""

from dataclasses import replace
from random import Random

import pytest
import torch
from transformers import AutoModelForCausalLM

from inference import benches, evaluations, services
from inference.checks import check_text, display_width
from inference.engine import starter
from inference.engine.asked import Options
from inference.engine.generate import generate
from inference.engine.loader import load
from inference.errors import UnknownModel
from inference.starter.corpus.briefs import draw_request
from inference.starter.prompt import END
from inference.types import FIELDS, LIMITS, Channel, Language, Lead, Slot

pytestmark = pytest.mark.usefixtures("one_thread")

MEGABYTES = 1_000_000


@pytest.fixture(scope="module")
def loaded(one_thread):
    return load(starter.FOLDER)


def requests(count: int, seed: int = 9):
    random = Random(seed)
    return [draw_request(random) for _ in range(count)]


def test_texts_pass_the_checks(loaded):
    asked = requests(120)
    writings = services.write(asked)
    blocked = [
        check_text(request, writing.parts)
        for request, writing in zip(asked, writings, strict=True)
        if any(f.level != "passed" for f in check_text(request, writing.parts))
    ]
    assert len(blocked) <= 0.05 * len(asked), blocked[:3]
    for request, writing in zip(asked, writings, strict=True):
        assert tuple(writing.parts) == FIELDS[request.channel]
        assert writing.finish_reason == "stop"
        assert writing.model == f"starter@{services.describe_model().revision}"
        assert 0 < writing.new_tokens <= starter.MAX_NEW_TOKENS


@pytest.mark.parametrize("width", [24, 40, 60])
def test_no_text_is_too_long_for_a_long_name(width):
    """Filled with a product's name of 60 columns, a line with a limit still fits."""
    names = {Language.ENGLISH: "n" * width, Language.CHINESE: "名" * (width // 2)}
    asked = [
        services.fit(request, {Slot.PRODUCT.value: names[request.language]})
        for request in requests(90, seed=width)
    ]
    assert {request.tight for request in asked} == {width > 24}
    too_long = 0
    for request, writing in zip(asked, services.write(asked), strict=True):
        for part, limit in LIMITS.items():
            text = writing.parts.get(part, "").replace(Slot.PRODUCT.tag, names[request.language])
            too_long += display_width(text, request.language) > limit
    assert too_long == 0


def test_each_lead_gives_a_text_of_its_own(ask):
    leads = [ask(lead=lead, seed=3, slots=frozenset({Slot.FEATURE})) for lead in Lead]
    texts = [writing.parts for writing in services.write(leads)]
    assert len({parts["subject"] for parts in texts}) == len(Lead)
    assert len({parts["body"] for parts in texts}) == len(Lead)


def test_the_same_request_gives_the_same_text_alone_and_a_rewrite_another(ask):
    request = ask(slots=frozenset({Slot.FIRST_NAME, Slot.FEATURE, Slot.PRICE}), seed=5)
    crowd = services.write([*requests(10), request])[-1].parts
    assert services.write([request])[0].parts == crowd
    rewrite = ask(slots=request.slots, seed=5, attempt=1)
    assert services.write([rewrite])[0].parts != crowd


def test_greedy_texts_are_those_of_transformers(loaded):
    model = AutoModelForCausalLM.from_pretrained(starter.FOLDER, dtype=torch.float32)
    end = loaded.tokenizer.token_to_id(END)
    asked = [replace(request, tight=False) for request in requests(8)]  # nothing is ruled out
    prompts = [starter.prompt_of(loaded, request) for request in asked]
    options = Options(end=end, max_new_tokens=40, temperature=0)
    texts, _ = generate(loaded.llama, prompts, options)
    for prompt, text in zip(prompts, texts, strict=True):
        ids = torch.tensor([prompt.ids])
        written = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=40,
            do_sample=False,
            eos_token_id=end,
            pad_token_id=0,
        )
        assert [t for t in written[0, ids.shape[1] :].tolist() if t != end] == text.ids


def test_the_files_are_small_enough_to_ship():
    assert sum(path.stat().st_size for path in starter.FOLDER.iterdir()) < 25 * MEGABYTES


def test_the_bench_compares_equal_tokens(monkeypatch):
    seen: list[tuple[int, int]] = []
    result = benches.bench_generation(lambda *pair: seen.append(pair), requests=12, rounds=1)
    assert result["figures"]["unequal_texts"] == 0
    assert result["figures"]["tokens_per_s"] > result["reference"]["tokens_per_s"] > 0
    assert seen == [(1, 1)]
    with pytest.raises(UnknownModel, match="starter, 135m"):
        benches.bench_generation(lambda *pair: None, shape="70b")


def test_the_evaluation_judges_model_and_references_alike(monkeypatch, loaded):
    card = {"training": loaded.card["training"] | {"texts": 300}}
    training = evaluations.read_training(card)
    monkeypatch.setattr(evaluations, "read_training", lambda card: training)
    result = evaluations.evaluate_copy(lambda *pair: None, records=40)
    figures, reference = result["figures"], result["reference"]
    assert reference["blocked"] == reference["slot_error_rate"] == 0
    assert reference["fidelity"] > 0.98
    assert figures["false_promises_after_checks"] == figures["slot_errors_after_checks"] == 0
    assert figures["fidelity"] > 0.9
    for language in ("en", "zh"):
        assert {"fidelity", "perplexity", "verbatim_email", "self_bleu"} <= set(figures[language])


def test_held_out_briefs_are_not_in_the_corpus(loaded):
    card = {"training": loaded.card["training"] | {"texts": 500}}
    training = evaluations.read_training(card)
    found = evaluations.held_out_requests(20, 0, training)
    assert [request.language for request in found[:2]] == list(Language)
    assert not {tuple(evaluations.prompt_tokens(request)) for request in found} & training.prompts
    assert {request.channel for request in found} <= set(Channel)


def test_a_text_that_was_at_fault_does_not_break_a_limit_again(loaded):
    """Even drawn so wildly that it hardly makes sense, every part that ends fits its place."""
    asked = [one for one in requests(60, seed=3) if one.channel != Channel.ARTICLE]
    results, _ = starter.write_tokens(loaded, asked, temperature=1.6, draw=1)
    ended = 0
    for request, result in zip(asked, results, strict=True):
        if result.finish_reason == "stop":
            ended += 1
            parts = starter.read_parts(loaded, request, result.ids)
            for name in parts.keys() & LIMITS.keys():
                assert display_width(parts[name], request.language) <= LIMITS[name]
    assert ended > len(asked) / 2
