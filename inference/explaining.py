"""Having a text explained by the model that wrote it. Workers only: this loads a model."""

import importlib
from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import gettext as _

from inference.errors import NotExplainable
from inference.types import Explanation, WriterRef, WritingRequest
from inference.writers import built_in, worker_options


def explain_writing(
    request: WritingRequest, parts: Mapping[str, str], *, model: WriterRef | str = "starter"
) -> Explanation:
    """Return which facts of `request` drove the words `parts`, the strongest first.

    The text need not be the model's own: a text that a person edited is scored as it stands. No
    transaction may be open. About half a second of one core for an email of the starter; a model
    that reads words reads its whole prompt anew for each of some forty changes.

    Raises NotExplainable where the model gives no log-probabilities of a given text (many servers
    behind an API), or cannot read so long a text; ModelMissing, ModelRefused, ServerRefused,
    ServerUnavailable.
    """
    writer = model if isinstance(model, WriterRef) else built_in(model)
    if writer.engine not in ENGINES:
        raise NotExplainable(
            _(
                "The model that wrote this text gives no probabilities of a given text, so what "
                "drove it cannot be measured."
            )
        )
    return ENGINES[writer.engine](writer, request, parts)


def _by_worker(writer: WriterRef, request: WritingRequest, parts: Mapping[str, str]) -> Explanation:
    starter = importlib.import_module("inference.engine.explain_starter")
    found: Explanation | None = starter.explain_by(writer, request, parts, **worker_options())
    if found is None:
        instruct = importlib.import_module("inference.engine.explain_instruct")
        found = instruct.explain_instruct(writer, request, parts, **worker_options())
    return found


def _by_server(writer: WriterRef, request: WritingRequest, parts: Mapping[str, str]) -> Explanation:
    engine = importlib.import_module("inference.engine.explain_openai")
    found: Explanation = engine.explain_server(
        writer,
        request,
        parts,
        allow_private=settings.INFERENCE_PRIVATE_SERVERS,
        concurrency=settings.INFERENCE_CONCURRENCY,
    )
    return found


ENGINES = {"starter": _by_worker, "local": _by_worker, "openai": _by_server}
