"""The files of an adapter, read for the engine: no peft, no network, nothing executed.

A folder holds adapter_model.safetensors and adapter_config.json as peft writes them, and
card.json, which names the base model by the SHA-256 of its weights. `deltas` is B·A·scale of each
changed matrix; the engine adds it to the weights once, so that writing costs nothing more.

Refused with a sentence: an adapter for another base, other bytes than its card states.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from inference.errors import ModelMissing, ModelRefused

WEIGHTS, CONFIG, CARD = "adapter_model.safetensors", "adapter_config.json", "card.json"


def deltas(folder: Path, base: Path) -> dict[str, torch.Tensor]:
    """Return what the adapter in `folder` adds to each weight of the model in `base`.

    Raises ModelMissing, ModelRefused: other bytes than the card states, or another base.
    """
    card = read_card(folder)
    if card["base_sha256"] != weights_hash(base):
        raise ModelRefused(
            f"The adapter {folder.name} was trained for another base model: its card names "
            f"weights {card['base_sha256'][:12]}, {base.name} has {weights_hash(base)[:12]}. "
            "Choose the base it was trained for, or train it again."
        )
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    scale = config["lora_alpha"] / config["r"]
    try:
        tensors = load_file(folder / WEIGHTS)
    except SafetensorError as error:
        raise ModelRefused(
            f"{WEIGHTS} in {folder.name} is no safetensors file. Train the adapter again."
        ) from error
    found = {}
    for name, low in tensors.items():
        if name.endswith(".lora_A.weight"):
            high = tensors[name.replace(".lora_A.", ".lora_B.")]
            target = name.removeprefix("base_model.model.").replace(".lora_A.", ".")
            found[target] = (high @ low) * scale
    return found


def read_card(folder: Path) -> dict[str, Any]:
    """Return the adapter's card once its files have the hashes that it states."""
    try:
        card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        for name, expected in card["sha256"].items():
            if sha256(folder / name) != expected:
                raise ModelRefused(
                    f"{name} in {folder.name} is not the file that its card describes. "
                    "Train the adapter again, or copy its folder again."
                )
    except (FileNotFoundError, ValueError, KeyError) as error:
        raise ModelMissing(
            f"{folder.name} is no adapter: {CARD}, {WEIGHTS} or {CONFIG} is missing or damaged. "
            "Train the adapter again."
        ) from error
    return card


def weights_hash(folder: Path) -> str:
    """Return the SHA-256 of a model's weights, which names it."""
    return sha256(folder / "model.safetensors")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
