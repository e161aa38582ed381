"""Why a text reads as it does, for models that read words: in a folder, and at a server."""

from dataclasses import replace

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

from inference import explaining
from inference.engine import explain_openai
from inference.engine.backends import InstructBackend
from inference.engine.chat import messages_of
from inference.engine.explain_instruct import encode_answer, explain_instruct
from inference.engine.instruct import load
from inference.engine.serving import make_server
from inference.engine.told import facts_in_words, tell
from inference.errors import NotExplainable, ServerUnavailable
from inference.types import Slot, WritingContext
from tests.inference.servers import completion, running, say, scripted_server, writer_at
from tests.inference.test_instruct import SHAPE, edit, save, writer_in

CONTEXT = WritingContext(
    message="Spring is here.",
    dont_words=("cheap",),
    facts=(("product.name", "Cascade 4"), ("product.feature", "5 mm lugs")),
    examples=((("headline", "Old"), ("description", "Words")),),
)
PARTS = {
    "headline": "Grip, and more of it",
    "description": "“{{ product.feature }}” for you, 新品上市。",
}


@pytest.fixture(autouse=True)
def seeded(one_thread):
    torch.manual_seed(5)


@pytest.fixture
def request_(ask):
    return ask(channel="ad", slots=frozenset({Slot.FEATURE}), context=CONTEXT)


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "tiny-llama", LlamaForCausalLM(LlamaConfig(**SHAPE)))


def test_an_answer_is_spelt_out_and_every_clause_found_in_it():
    told = tell({"headline": 'Say "yes", now and then', "description": "a\nb"}, list(PARTS))
    pieces = [told.answer[first:last] for first, last in told.spans]
    assert pieces == ['Say \\"yes\\", ', "now and then", "a\\n", "b"]
    assert told.owner(0, 3) == -1
    assert told.answer[told.spans[1][0] :].startswith("now and then")
    assert told.owner(told.spans[1][0], told.spans[1][0] + 3) == 1


def test_what_the_model_was_told_in_words_is_taken_away_piece_by_piece(request_):
    facts = {fact.name: fact for fact in facts_in_words(request_)}
    assert {"brief.message", "voice.words", "examples", "product.name"} <= facts.keys()
    assert "voice.samples" not in facts
    (without,) = facts["product.feature"].instead
    assert without.slots == frozenset()
    assert [path for path, _text in without.context.facts] == ["product.name"]
    assert all(len(fact.instead) <= 2 for fact in facts.values())


def test_a_local_model_weighs_brief_voice_and_facts(request_, folder):
    found = explain_instruct(writer_in(folder, prompt_version="v1"), request_, PARTS)
    assert found.model.startswith("Tiny@")
    assert found.prompt_version == "ad.en.v1"
    assert [clause.part for clause in found.clauses] == ["headline", *["description"] * 2]
    assert "brief.message" in {influence.fact for influence in found.influences}
    for influence in found.influences:
        assert influence.effect == pytest.approx(sum(influence.by_clause), abs=0.01)
    again = explain_instruct(writer_in(folder, prompt_version="v1"), request_, PARTS)
    assert replace(again, seconds=0) == replace(found, seconds=0)


def test_the_figures_are_the_models_own(request_, folder):
    """The same sum by transformers, from the whole conversation."""
    found = explain_instruct(writer_in(folder), request_, PARTS)
    model = load(folder)
    prompt, text = model.encode(messages_of(request_)), encode_answer(model, request_, PARTS)
    theirs = LlamaForCausalLM.from_pretrained(folder)(torch.tensor([[*prompt, *text.ids]]))
    logs = theirs.logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    nats = logs.gather(-1, torch.tensor(text.ids)[:, None])[:, 0].tolist()
    wanted = sum(one for one, owner in zip(nats, text.clause, strict=True) if owner == 0)
    assert found.clauses[0].logprob == pytest.approx(wanted, abs=1e-2)


def test_a_model_that_runs_through_transformers_is_explained_too(request_, tmp_path):
    config = GPT2Config(
        vocab_size=260, n_positions=4096, n_embd=16, n_layer=1, n_head=2, bos_token_id=0,
        eos_token_id=257,
    )  # fmt: skip
    folder = save(tmp_path / "tiny-gpt2", GPT2LMHeadModel(config))
    edit(folder, "config.json", max_position_embeddings=4096)
    found = explain_instruct(writer_in(folder), request_, PARTS)
    assert found.influences
    assert all(clause.logprob < 0 for clause in found.clauses)


def test_a_server_with_log_probabilities_gives_the_same_figures(request_, folder, settings):
    settings.INFERENCE_PRIVATE_SERVERS = True
    here = explain_instruct(writer_in(folder), request_, PARTS)
    backend = InstructBackend(load(folder), "big")
    with running(make_server(backend)) as address:
        there = explaining.explain_writing(request_, PARTS, model=writer_at(address))
    assert [clause.text for clause in there.clauses] == [clause.text for clause in here.clauses]
    mine = {one.fact + one.value: one.effect for one in here.influences}
    theirs = {one.fact + one.value: one.effect for one in there.influences}
    assert theirs == pytest.approx(mine, abs=2e-3)


def test_logits_that_are_no_numbers_are_no_explanation(request_, tmp_path):
    model = LlamaForCausalLM(LlamaConfig(**SHAPE))
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    folder = save(tmp_path / "nan", model)
    with pytest.raises(NotExplainable, match="are no numbers"):
        explain_instruct(writer_in(folder), request_, PARTS)


@pytest.mark.parametrize(
    ("answer", "status", "error", "words"),
    [
        (completion("{}"), 200, NotExplainable, "gives no log-probabilities"),
        ({"error": {"message": "unknown field"}}, 400, NotExplainable, "unknown field"),
        (completion("{}", prompt_logprobs=[None, {"1": {"logprob": -1}}]), 200, NotExplainable,
         "do not spell"),
        (b"<html>", 200, ServerUnavailable, "no JSON"),
    ],
)  # fmt: skip
def test_a_server_that_gives_none_is_asked_once_and_said_so(request_, answer, status, error, words):
    with (
        scripted_server(lambda handler, body: say(handler, answer, status)) as (address, asked),
        pytest.raises(error, match=words),
    ):
        explain_openai.explain_server(writer_at(address), request_, PARTS, allow_private=True)
    assert len(asked) == 1


def test_signs_cut_into_several_tokens_share_their_place():
    found = explain_openai.locate(["<s>", '{"', "\ufffd", "\ufffd", "好", '"}'], '{"您好"}')
    assert sorted(found) == [(1, 0, 2), (2, 2, 3), (3, 2, 3), (4, 3, 4), (5, 4, 6)]
