"""From a folder to a model in memory: safetensors only, hashes checked, nothing executed.

A folder is what `save_pretrained` leaves: config.json, model.safetensors, tokenizer.json; ours
has card.json too, which states the SHA-256 of each. Refused, each with a sentence that says what
to do: a file that is missing, other bytes than the card states, weights as pickles, a config that
asks for its own code (`auto_map`), a shape that the engine does not compute.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from inference.engine import lora_files
from inference.engine.llama import Llama, Shape
from inference.errors import ModelMissing, ModelRefused

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib")
KNOWN = ("LlamaForCausalLM", "Qwen2ForCausalLM")
SMALL_WIDTH = 512
EVERY_CORE = torch.get_num_threads()
MAKE_AGAIN = "Run `make starter` to train the starter model, or check out its files again."


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model, its tokenizer, and what its card says."""

    llama: Llama
    tokenizer: Tokenizer
    card: Mapping[str, Any]
    revision: str


def load(
    folder: Path,
    *,
    device: str = "auto",
    dtype: str = "auto",
    threads: int = 0,
    adapter: Path | None = None,
) -> Loaded:
    """Load the model in `folder`, once per process, with what its `adapter` adds (see `lora`).

    device: "auto" takes CUDA where there is one. threads: see `use_threads`. dtype: "auto"
    is bfloat16 on CUDA and float32 on CPU, because there its greedy texts are the reference's,
    token for token; "int8" is faster on a CPU and says the same in other words now and then.

    Raises ModelMissing, ModelRefused.
    """
    loaded = _load(folder, device, dtype, adapter)
    use_threads(threads, loaded.llama.shape)
    return loaded


def use_threads(wanted: int, shape: Shape | None = None) -> None:
    """Have torch compute on so many threads; 0 = one for a small model, else one for each core.

    The products of a small model are over sooner than threads can meet, and where other programs
    share the cores, threads wait for each other (two cores, load 5 to 6: 154 tokens/s of a worker
    with two threads, 1,200 to 2,600 with one).
    """
    small = shape is not None and shape.width < SMALL_WIDTH
    torch.set_num_threads(wanted or (1 if small else EVERY_CORE))


@cache
def _load(folder: Path, device: str, dtype: str, adapter: Path | None) -> Loaded:
    config = read_config(folder)
    card = check_files(folder)
    weights = _read_weights(folder / "model.safetensors")
    revision = card["sha256"]["model.safetensors"][:12]
    numbers = numbers_for(device_for(device), dtype)
    if adapter:
        weights = _adapted(weights, folder, adapter)
        revision += f"+{lora_files.read_card(adapter)['sha256'][lora_files.WEIGHTS][:12]}"
    revision += "-int8" if numbers["int8"] else ""
    llama = Llama(shape_of(config), weights, **numbers)
    return Loaded(
        llama=llama,
        tokenizer=Tokenizer.from_file(str(folder / "tokenizer.json")),
        card=card,
        revision=revision,
    )


def device_for(wanted: str) -> str:
    """The device that is meant: "auto" is CUDA where torch sees one."""
    return ("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted


def dtype_for(device: str) -> torch.dtype:
    """The numbers that a device computes with unless told otherwise."""
    return torch.bfloat16 if device.startswith("cuda") else torch.float32


def numbers_for(device: str, dtype: str) -> dict[str, Any]:
    """How `Llama` computes on a device. dtype: "auto", or "int8", which is for CPUs."""
    int8 = dtype == "int8" and device == "cpu"
    return {"device": device, "dtype": dtype_for(device), "int8": int8}


def check_files(folder: Path) -> dict[str, Any]:
    """Compare every file with the hash on the card; return the card."""
    pickles = sorted(path.name for path in folder.glob("*") if path.suffix in PICKLES)
    if pickles:
        raise ModelRefused(
            f"{pickles[0]} in {folder.name} is a pickle, which can run code when it is opened. "
            "Delete it, and convert the weights to model.safetensors."
        )
    card: dict[str, Any] = json.loads(_read(folder / "card.json"))
    for name, expected in card["sha256"].items():
        found = hashlib.sha256(_read(folder / name)).hexdigest()
        if found != expected:
            raise ModelRefused(
                f"{name} in {folder.name} is not the file that its card describes "
                f"(SHA-256 {found[:12]}, expected {expected[:12]}). {MAKE_AGAIN}"
            )
    return card


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json. Raises ModelRefused when it asks for code or is of another kind."""
    try:
        config: dict[str, Any] = json.loads(_read(folder / "config.json"))
    except ValueError as error:
        raise ModelRefused(f"config.json in {folder.name} is no JSON. {MAKE_AGAIN}") from error
    if "auto_map" in config:
        raise ModelRefused(
            f"config.json in {folder.name} has “auto_map”: the model wants to run code of its "
            "own, which is never allowed. Use a model of a known architecture."
        )
    kind = (config.get("architectures") or ["none"])[0]
    if kind not in KNOWN:
        raise ModelRefused(
            f"The architecture {kind} in {folder.name} is not one the engine computes. "
            f"Use one of: {', '.join(KNOWN)}."
        )
    return config


def shape_of(config: Mapping[str, Any]) -> Shape:
    """Return the sizes from a transformers config, old or new way of writing the rotation."""
    rotary = config.get("rope_parameters") or {}
    heads = config["num_attention_heads"]
    return Shape(
        layers=config["num_hidden_layers"],
        width=config["hidden_size"],
        heads=heads,
        key_heads=config.get("num_key_value_heads") or heads,
        head_width=config.get("head_dim") or config["hidden_size"] // heads,
        vocabulary=config["vocab_size"],
        longest=config["max_position_embeddings"],
        theta=rotary.get("rope_theta") or config.get("rope_theta") or 10_000.0,
        epsilon=config["rms_norm_eps"],
    )


def _adapted(
    weights: dict[str, torch.Tensor], folder: Path, adapter: Path
) -> dict[str, torch.Tensor]:
    """Add an adapter to the weights that it was trained for."""
    added = lora_files.deltas(adapter, folder)
    if lost := sorted(added.keys() - weights.keys()):
        raise ModelRefused(
            f"The adapter {adapter.name} changes {lost[0]}, which {folder.name} does not have. "
            "Train the adapter again."
        )
    return weights | {name: weights[name].float() + delta for name, delta in added.items()}


def _read_weights(path: Path) -> dict[str, torch.Tensor]:
    try:
        weights: dict[str, torch.Tensor] = load_file(path)
    except SafetensorError as error:
        raise ModelRefused(
            f"{path.name} in {path.parent.name} is no safetensors file. {MAKE_AGAIN}"
        ) from error
    return weights


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(
            f"The model's file {path.parent.name}/{path.name} is missing. {MAKE_AGAIN}"
        ) from error
