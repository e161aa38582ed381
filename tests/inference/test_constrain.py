"""A text that was asked for in a form has that form, whatever the model would rather say."""

import json
import re

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from inference.checks import text_width
from inference.engine.asked import Options, Prompt
from inference.engine.constrain import Vocabulary, Widths
from inference.engine.generate import generate
from inference.engine.llama import Llama
from inference.engine.loader import load, shape_of
from inference.engine.starter import FOLDER
from inference.starter.prompt import END, PART
from inference.starter.tokenizer import token_id
from tenants.errors import BadInput

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def tokenizer():
    return load(FOLDER, device="cpu").tokenizer


@pytest.fixture(scope="module")
def vocabulary(tokenizer):
    return Vocabulary(tokenizer, [token_id(tokenizer, END)])


@pytest.fixture(scope="module")
def llama(tokenizer):
    """A model that has learnt nothing: what it writes of itself is noise."""
    torch.manual_seed(4)
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
    )
    return Llama(shape_of(config.to_dict()), LlamaForCausalLM(config).state_dict())


def write(llama, tokenizer, constraints, most=160):
    prompts = [
        Prompt(ids=(1, 5, 6 + n), seed=n, constraint=constraint)
        for n, constraint in enumerate(constraints)
    ]
    options = Options(
        end=token_id(tokenizer, END), max_new_tokens=most, temperature=1.0, top_p=1.0, rows=4
    )
    texts, _ = generate(llama, prompts, options)
    return texts, [tokenizer.decode(text.ids, skip_special_tokens=False) for text in texts]


def test_every_ad_is_sound_json_within_its_columns(llama, tokenizer, vocabulary):
    limits = {"headline": 30, "description": 90}
    texts, said = write(llama, tokenizer, [vocabulary.parts(limits)] * 10)
    for text, words in zip(texts, said, strict=True):
        assert text.finish_reason == "stop"
        parts = json.loads(words)
        assert list(parts) == ["headline", "description"]
        assert all(text_width(parts[name]) <= limit for name, limit in limits.items())


@pytest.mark.parametrize(
    ("headline", "fits"),
    [
        ("a" * 30, True),
        ("a" * 31, False),
        ("山" * 15, True),
        ("山" * 15 + "a", False),
        ("山" * 14 + "ab", True),
        ('say \\"yes\\"', True),
        ("two\nlines", False),
    ],
)
def test_columns_are_counted_as_the_platforms_do(tokenizer, vocabulary, headline, fits):
    follower = vocabulary.parts({"headline": 30}).follow()
    for token in tokenizer.encode('{"headline":"' + headline + '"}').ids:
        if not follower.allowed()[token]:
            break
        follower.take(token)
    else:
        assert fits
        return
    assert not fits


def test_a_text_follows_a_schema(llama, tokenizer, vocabulary):
    schema = {
        "type": "object",
        "properties": {"tone": {"enum": ["warm", "plain"]}, "stars": {"type": "boolean"}},
        "required": ["tone", "stars"],
        "additionalProperties": False,
    }
    _, said = write(llama, tokenizer, [vocabulary.json(schema)] * 5)
    for words in said:
        found = json.loads(words)
        assert found["tone"] in ("warm", "plain")
        assert isinstance(found["stars"], bool)


def test_a_text_follows_a_pattern_and_its_neighbour_does_not(llama, tokenizer, vocabulary):
    pattern = vocabulary.regex(r"[A-Z]{3}-[0-9]{2,4}")
    texts, said = write(llama, tokenizer, [pattern, None, pattern, None], most=20)
    _, alone = write(llama, tokenizer, [None, None], most=20)
    assert all(re.fullmatch(r"[A-Z]{3}-[0-9]{2,4}", said[n]) for n in (0, 2))
    assert len(texts[1].ids) == len(texts[3].ids) == 20
    assert alone[1] == said[1]


def test_a_form_that_is_none_is_refused(vocabulary):
    with pytest.raises(BadInput, match="regular expression"):
        vocabulary.regex("(unclosed")
    with pytest.raises(BadInput, match="JSON schema"):
        vocabulary.json({"type": "colour"})
    with pytest.raises(BadInput, match="limit"):
        vocabulary.parts({"headline": 0})


def test_parts_of_tokens_keep_within_their_widths(llama, tokenizer):
    size = tokenizer.get_vocab_size()
    part, end = token_id(tokenizer, PART), token_id(tokenizer, END)
    rules = Widths(widths=np.full(size, 3), limits=(9, 6), part=part, end=end, least=0)
    texts, _ = write(llama, tokenizer, [rules] * 4)
    for text in texts:
        pieces = "".join("/" if token == part else "x" for token in text.ids).split("/")
        assert len(pieces[0]) <= 3
        assert all(len(piece) <= 2 for piece in pieces[1:])


def test_a_text_without_a_likely_way_on_ends_with_a_sentence(llama, tokenizer):
    size = tokenizer.get_vocab_size()
    part, end = token_id(tokenizer, PART), token_id(tokenizer, END)
    rules = Widths(widths=np.full(size, 3), limits=(2,), part=part, end=end, least=0.5)
    texts, _ = write(llama, tokenizer, [rules, None], most=5)
    assert texts[0].finish_reason == "error"
    assert "within its form" in texts[0].error
    assert texts[1].finish_reason != "error"


def test_a_form_holds_beside_texts_that_are_guessed_ahead(llama, tokenizer, vocabulary):
    """A free text may say several tokens in a step; the form of the next row is still its own."""
    end = token_id(tokenizer, END)
    digits = vocabulary.regex("[0-9]{40,60}")
    asked = [Prompt(ids=(1, 5, 6), constraint=digits if n % 2 else None) for n in range(12)]
    options = Options(end=end, max_new_tokens=60, temperature=0, rows=12)
    alone = [generate(llama, [prompt], options)[0][0].ids for prompt in asked[:2]]
    texts, statistics = generate(llama, asked, options)
    assert [text.ids for text in texts] == alone * 6
    assert statistics.steps < 60, "some guess was right"
