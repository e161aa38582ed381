"""Model cards: what a model is, in JSON beside its weights, readable without torch."""

import json
from functools import cache
from pathlib import Path

from inference.errors import ModelMissing
from inference.types import Channel, Language, ModelInfo, WriterRef

STARTER_FOLDER = Path(__file__).parent / "starter" / "weights"

SERVER_SECONDS, LOCAL_SECONDS = 0.5, 5.0

FAKE = ModelInfo(
    name="fake",
    revision="fake",
    title="Fake writer for tests",
    languages=tuple(Language),
    channels=tuple(Channel),
    parameters=0,
    trained_on="nothing",
    prompt_version="fake-1",
    seconds_per_text=0.001,
)


@cache
def read_card(name: str) -> ModelInfo:
    """Return the card of a model in `inference.services.ENGINES`.

    Raises ModelMissing when the starter's card is not there.
    """
    return FAKE if name == "fake" else read_folder(STARTER_FOLDER)


def card_of(writer: WriterRef) -> ModelInfo:
    """Return what is known of a registered model without opening its files.

    How long a text takes is what the gate measured; before that a guess for its engine.
    """
    guess = SERVER_SECONDS if writer.engine == "openai" else LOCAL_SECONDS
    return ModelInfo(
        name=writer.remote_name or writer.source,
        revision=writer.revision or writer.key[:8],
        title=writer.name,
        languages=tuple(Language),
        channels=tuple(Channel),
        parameters=0,
        trained_on="",
        prompt_version=writer.prompt_version,
        seconds_per_text=writer.seconds_per_text or guess,
    )


def read_folder(folder: Path) -> ModelInfo:
    """Return what `card.json` in `folder` states."""
    try:
        card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelMissing(
            f"The model's card {folder.name}/card.json is missing. Run `make starter` to train "
            "the starter model, or check out its weights again."
        ) from error
    return ModelInfo(
        name=card["name"],
        revision=card["sha256"]["model.safetensors"][:12],
        title=card["title"],
        languages=tuple(Language(code) for code in card["languages"]),
        channels=tuple(Channel(name) for name in card["channels"]),
        parameters=card["parameters"],
        trained_on=card["trained_on"],
        prompt_version=card["prompt_version"],
        seconds_per_text=card["seconds_per_text"],
    )
