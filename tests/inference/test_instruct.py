"""Instruct models from a folder: tiny ones with random weights, and folders that are refused."""

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from inference.engine import instruct
from inference.engine.explain_instruct import explain_instruct
from inference.engine.instruct import load, render
from inference.engine.instruct_files import find_folder
from inference.errors import ModelMissing, ModelRefused
from inference.types import FIELDS, Channel, WriterRef

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SHAPE = {
    "vocab_size": 260,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 8192,
    "eos_token_id": 257,
    "pad_token_id": 257,
}


def byte_tokenizer() -> Tokenizer:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: i for i, letter in enumerate(letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>", "<|bos|>", "<|pad|>"])
    return tokenizer


def save(folder: Path, model, **settings) -> Path:
    model.save_pretrained(folder)
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    plain = {"chat_template": TEMPLATE, "eos_token": "<|im_end|>", "bos_token": "<|bos|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(plain | settings))
    return folder


@pytest.fixture(autouse=True)
def seeded(one_thread):
    torch.manual_seed(5)


@pytest.fixture
def folder(tmp_path):
    return save(tmp_path / "tiny-llama", LlamaForCausalLM(LlamaConfig(**SHAPE)))


def writer_in(folder, **fields) -> WriterRef:
    plain = {"name": "Tiny", "engine": "local", "key": "89abcdef-1", "source": folder.name}
    return WriterRef(**(plain | {"folder": str(folder)} | fields))


def edit(folder, name, **fields):
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(instruct, "MOST_TOKENS", dict.fromkeys(Channel, 60))


@pytest.mark.parametrize("kind", ["llama", "qwen"])
def test_a_model_of_random_weights_still_writes_the_parts_it_was_asked_for(ask, tmp_path, kind):
    config, model = {
        "llama": (LlamaConfig, LlamaForCausalLM),
        "qwen": (Qwen2Config, Qwen2ForCausalLM),
    }[kind]
    folder = save(tmp_path / f"tiny-{kind}", model(config(**SHAPE)))
    requests = [ask(channel="ad", seed=seed) for seed in range(3)]
    writings = instruct.write(requests, writer=writer_in(folder))
    for writing in writings:
        assert writing.finish_reason in ("stop", "length", "error")
        if writing.finish_reason == "stop":
            assert list(writing.parts) == list(FIELDS[Channel.AD])
        assert writing.engine == "local"
        assert writing.model.startswith("Tiny@")
        assert writing.model.endswith("#89abcdef")
        assert writing.prompt_version == "ad.en.v1"
        assert writing.prompt_tokens > 500
    again = instruct.write(requests[1:2], writer=writer_in(folder))
    assert again[0].parts == writings[1].parts


def test_a_text_and_its_explanation_name_the_numbers_that_were_computed_with(ask, folder):
    request, writer = ask(channel="ad"), writer_in(folder)
    (exact,) = instruct.write([request], writer=writer, device="cpu")
    (whole,) = instruct.write([request], writer=writer, device="cpu", dtype="int8")
    assert whole.model == exact.model.replace("#", "-int8#")
    why = explain_instruct(writer, request, {"headline": "Hi"}, device="cpu", dtype="int8")
    assert why.model == whole.model


def test_another_architecture_runs_through_transformers(ask, tmp_path):
    config = GPT2Config(
        vocab_size=260,
        n_positions=4096,
        n_embd=16,
        n_layer=1,
        n_head=2,
        bos_token_id=0,
        eos_token_id=257,
    )
    folder = save(tmp_path / "tiny-gpt2", GPT2LMHeadModel(config))
    edit(folder, "config.json", max_position_embeddings=4096)
    assert load(folder).llama is None
    (writing,) = instruct.write([ask(channel="ad")], writer=writer_in(folder))
    assert writing.finish_reason == "error"  # random weights write no JSON unless they are held
    assert "JSON object" in writing.error
    assert writing.new_tokens > 0


def test_the_prompt_is_the_models_own_form(ask, folder):
    model = load(folder)
    text = model.tokenizer.decode(
        list(model.encode([{"role": "user", "content": "Hi"}])), skip_special_tokens=False
    )
    assert text == "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"


def test_a_template_without_a_place_for_the_system_gets_it_with_the_question():
    template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ messages[0]['content'] }}"
    )
    messages = [{"role": "system", "content": "Rules"}, {"role": "user", "content": "Do"}]
    assert render(template, messages, {}) == "Rules\n\nDo"


@pytest.mark.parametrize(
    "template", ["{{ ''.__class__.__mro__ }}", "{{ messages.append(1) }}", "{% broken"]
)
def test_a_template_that_is_broken_or_reaches_out_is_refused(template):
    messages = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]
    with pytest.raises(ModelRefused, match="chat template does not work"):
        render(template, messages, {})


def test_weights_as_pickles_are_refused_in_any_corner(folder):
    (folder / "more").mkdir()
    torch.save({"x": torch.zeros(1)}, folder / "more" / "pytorch_model.bin")
    with pytest.raises(ModelRefused, match=r"pytorch_model.bin .* is a pickle"):
        load(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_config_that_wants_to_run_its_own_code_is_refused(folder, name):
    edit(folder, name, auto_map={"AutoModelForCausalLM": "modeling.Evil"})
    with pytest.raises(ModelRefused, match="code of its own"):
        load(folder)


def test_other_weights_than_the_registered_ones_are_refused(ask, folder):
    with pytest.raises(ModelRefused, match="are not the registered ones"):
        instruct.write([ask()], writer=writer_in(folder, revision="ab" * 32))
    right = load(folder).revision
    assert instruct.write([ask(channel="ad")], writer=writer_in(folder, revision=right))


def test_a_tokenizer_without_a_chat_template_is_refused(folder):
    edit(folder, "tokenizer_config.json", chat_template=None)
    with pytest.raises(ModelRefused, match="has no chat template"):
        load(folder)


def test_a_repository_without_a_pinned_commit_is_refused():
    writer = WriterRef(name="X", engine="local", key="1", source="org/model", revision="main")
    with pytest.raises(ModelRefused, match="no pinned revision"):
        find_folder(writer)


def test_a_folder_without_files_says_which_is_missing(tmp_path):
    with pytest.raises(ModelMissing, match="There is no folder"):
        load(tmp_path / "nothing")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match="holds no safetensors"):
        load(tmp_path)


def test_a_prompt_over_the_context_length_is_one_error_with_a_sentence(ask, tmp_path):
    shape = SHAPE | {"max_position_embeddings": 512}
    folder = save(tmp_path / "short", LlamaForCausalLM(LlamaConfig(**shape)))
    (writing,) = instruct.write([ask()], writer=writer_in(folder))
    assert writing.finish_reason == "error"
    assert "tokens; 1 to 452 fit" in writing.error


def test_logits_that_are_no_numbers_end_the_text_with_a_sentence(ask, tmp_path):
    model = LlamaForCausalLM(LlamaConfig(**SHAPE))
    torch.nn.init.constant_(model.lm_head.weight, float("nan"))
    folder = save(tmp_path / "nan", model)
    writings = instruct.write([ask(), ask(seed=1)], writer=writer_in(folder))
    assert {writing.finish_reason for writing in writings} == {"error"}
    assert all(writing.error.endswith(".") for writing in writings)


def test_weights_that_do_not_fit_the_config_are_refused(folder):
    edit(folder, "config.json", num_hidden_layers=3)
    with pytest.raises(ModelRefused, match="do not fit"):
        load(folder)
