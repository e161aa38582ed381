"""Having a text explained by the model that wrote it. Workers only: this loads a model."""

import importlib
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from inference.errors import NotExplainable
from inference.types import Explanation, WriterRef, WritingRequest


def explain_writing(
    request: WritingRequest, parts: Mapping[str, str], *, model: WriterRef | str = "starter"
) -> Explanation:
    """Return which facts of `request` drove the words `parts`, the strongest first.

    The text need not be the model's own: a text that a person edited is scored as it stands. No
    transaction may be open. About half a second of one core for an email of the starter.

    Raises NotExplainable where the model gives no log-probabilities of a given text (a server
    behind an API), or cannot read so long a text; ModelMissing, ModelRefused.
    """
    name = model if isinstance(model, str) else model.engine
    if name in ("starter", "local"):
        engine = importlib.import_module("inference.engine.explain_starter")
        explanation: Explanation | None = engine.explain_by(
            model,
            request,
            parts,
            device=settings.INFERENCE_DEVICE,
            threads=settings.INFERENCE_THREADS,
        )
        if explanation is not None:
            return explanation
        raise NotExplainable(
            _(
                "The model that wrote this text reads whole prompts in words. What drove a text "
                "can so far be measured for the starter model and models trained from it."
            )
        )
    raise NotExplainable(
        _(
            "The model that wrote this text gives no probabilities of a given text, so what drove "
            "it cannot be measured."
        )
    )
