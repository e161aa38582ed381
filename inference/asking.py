"""Asking the workspace's own model for a JSON value of a given form. Workers only.

For small questions beside writing, such as rules from a sentence. The starter and models trained
from it read no words, so they cannot be asked.
"""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inference.errors import UnknownModel
from inference.models import ModelChannel, ModelEngine, ModelKind, ModelStage, RegisteredModel
from inference.types import WriterRef
from inference.writers import BUILT_IN, worker_options, writer_of

MOST_TOKENS = 800


def model_to_ask() -> WriterRef | None:
    """Return a live model that reads words, the one for every channel first; None without one.

    To be called in a scope.
    """
    live = RegisteredModel.objects.select_related("base").filter(
        kind=ModelKind.WRITER, stage=ModelStage.LIVE
    )
    order = {channel: place for place, channel in enumerate(ModelChannel.values)}
    able = sorted((row for row in live if _reads_words(row)), key=lambda row: order[row.channel])
    return writer_of(able[0]) if able else None


def ask_json(
    messages: Sequence[Mapping[str, str]], schema: Mapping[str, Any], *, model: WriterRef
) -> Any:
    """Return the model's answer, held to the schema as far as it can be: parsed, not judged.

    A local model is held to it token by token; of a server structured output is asked for, so
    judge what came. No transaction may be open. Raises UnknownModel, ModelMissing, ModelRefused,
    ServerRefused, ServerUnavailable.
    """
    if model.engine not in ENGINES:
        raise UnknownModel(_("The model “%s” reads no words.") % model.name)
    engine = importlib.import_module(ENGINES[model.engine])
    return engine.ask_json(
        messages,
        schema,
        writer=model,
        most=MOST_TOKENS,
        **worker_options(),
        allow_private=settings.INFERENCE_PRIVATE_SERVERS,
    )


ENGINES = {
    "local": "inference.engine.ask_local",
    "openai": "inference.engine.ask_server",
}


def _reads_words(row: RegisteredModel) -> bool:
    origin = row.base or row
    return origin.engine == ModelEngine.OPENAI or origin.source not in BUILT_IN
