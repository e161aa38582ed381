"""A model's files are refused unless they are exactly what the card says, and nothing but data."""

import json
import shutil

import pytest
import torch

from inference.engine.loader import load
from inference.errors import ModelMissing, ModelRefused


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder, tmp_path / "model")


def edit_config(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_sound_folder_loads(folder):
    loaded = load(folder)
    assert loaded.card["name"] == "starter"
    assert loaded.llama.shape.width == 32


@pytest.mark.parametrize(
    "name", ["model.safetensors", "tokenizer.json", "config.json", "card.json"]
)
def test_a_missing_file_is_named_with_what_to_do(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=rf"{name} is missing. Run `make starter`"):
        load(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_other_bytes_than_the_card_states_are_refused(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelRefused, match=f"{name} .* is not the file that its card describes"):
        load(folder)


def test_a_pickle_is_refused_even_beside_good_weights(folder):
    torch.save({"weight": torch.zeros(1)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelRefused, match="pytorch_model.bin .* is a pickle"):
        load(folder)


def test_a_model_that_brings_its_own_code_is_refused(folder):
    edit_config(folder, auto_map={"AutoModelForCausalLM": "evil.Model"})
    with pytest.raises(ModelRefused, match="code of its own"):
        load(folder)


def test_an_unknown_architecture_is_refused(folder):
    edit_config(folder, architectures=["MambaForCausalLM"])
    with pytest.raises(ModelRefused, match="MambaForCausalLM .* Use one of: LlamaForCausalLM"):
        load(folder)


def test_a_file_that_is_no_safetensors_is_refused(folder):
    import hashlib

    (folder / "model.safetensors").write_bytes(b"not a tensor in sight")
    card = json.loads((folder / "card.json").read_text())
    card["sha256"]["model.safetensors"] = hashlib.sha256(b"not a tensor in sight").hexdigest()
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(ModelRefused, match="no safetensors file"):
        load(folder)
