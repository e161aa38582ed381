"""The folder of a model as `save_pretrained` leaves it: found or fetched, checked, read.

Refused, each with a sentence: weights as pickles, a config that asks for its own code
(`auto_map`), other weights than the registered SHA-256, a repository without a pinned commit, a
tokenizer without a chat template.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from inference.engine.loader import PICKLES
from inference.errors import ModelMissing, ModelRefused
from inference.types import WriterRef

FILES = ["*.json", "*.safetensors", "*.jinja", "tokenizer*"]


def find_folder(writer: WriterRef) -> Path:
    """Return the folder of the model's files; a repository is fetched once, at its commit."""
    if writer.folder:
        return Path(writer.folder)
    if len(writer.revision) != 40:
        raise ModelRefused(
            f"{writer.source} has no pinned revision. Register it with the commit's 40 digits."
        )
    return _fetch(writer.source, writer.revision)


def sha256_of(writer: WriterRef) -> str:
    """Return the hash that a folder's weights must have; "" if none was registered."""
    return writer.revision if writer.folder else ""


@cache
def _fetch(repository: str, commit: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        return Path(snapshot_download(repository, revision=commit, allow_patterns=FILES))
    except HFValidationError as error:
        raise ModelRefused(f"“{repository[:80]}” is no name of a repository.") from error
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise ModelMissing(
            f"{repository} at {commit[:12]} could not be fetched from the hub "
            f"({type(error).__name__}). Check the name, the commit and the network, or put the "
            "files into a folder below the models folder."
        ) from error


def check_folder(folder: Path) -> dict[str, Any]:
    """Return config.json of a folder that is safe to load. Raises ModelMissing, ModelRefused."""
    if not folder.is_dir():
        raise ModelMissing(f"There is no folder {folder.name}. Put the model's files there.")
    pickles = sorted(path.name for path in folder.rglob("*") if path.suffix in PICKLES)
    if pickles:
        raise ModelRefused(
            f"{pickles[0]} in {folder.name} is a pickle, which can run code when it is opened. "
            "Delete it, and convert the weights to safetensors."
        )
    config = read_json(folder / "config.json")
    if "auto_map" in config or "auto_map" in read_json(folder / "tokenizer_config.json", {}):
        raise ModelRefused(
            f"The config in {folder.name} has “auto_map”: the model wants to run code of its own, "
            "which is never allowed. Use a model of a known architecture."
        )
    if not weight_files(folder):
        raise ModelMissing(f"{folder.name} holds no safetensors file. Put the weights there.")
    return config


def check_hash(folder: Path, expected: str) -> str:
    """Return the SHA-256 of the weights. Raises ModelRefused if another one was registered."""
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    found = digest.hexdigest()
    if expected and not found.startswith(expected.lower()):
        raise ModelRefused(
            f"The weights in {folder.name} are not the registered ones (SHA-256 {found[:12]}, "
            f"expected {expected[:12]}). Put the right files there, or register the model anew."
        )
    return found


def find_template(folder: Path, settings: Mapping[str, Any]) -> str:
    """Return the chat template. Raises ModelRefused if the tokenizer has none."""
    path = folder / "chat_template.jinja"
    template = path.read_text(encoding="utf-8") if path.is_file() else ""
    named = settings.get("chat_template")
    if not template and isinstance(named, list):  # several, by name
        by_name = {entry.get("name"): entry.get("template") for entry in named}
        named = by_name.get("default")
    template = template or (named if isinstance(named, str) else "")
    if not template:
        raise ModelRefused(
            f"The tokenizer of {folder.name} has no chat template, so the model does not follow "
            "instructions. Use the instruct version of the model."
        )
    return template


def weight_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.safetensors"))


def read_tokenizer(path: Path) -> Tokenizer:
    text = _read(path).decode("utf-8", "replace")
    try:
        return Tokenizer.from_str(text)
    except Exception as error:  # noqa: BLE001 - the library raises no narrower kind
        raise ModelRefused(f"{path.name} in {path.parent.name} is no tokenizer.") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(
            f"The model's file {path.parent.name}/{path.name} is missing. Put it there."
        ) from error


def read_json(path: Path, default: dict[str, Any] | None = None) -> dict[str, Any]:
    if default is not None and not path.is_file():
        return default
    try:
        found = json.loads(_read(path))
    except ValueError as error:
        raise ModelRefused(f"{path.name} in {path.parent.name} is no JSON.") from error
    if not isinstance(found, dict):
        raise ModelRefused(f"{path.name} in {path.parent.name} is no JSON object.")
    return found
