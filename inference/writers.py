"""Which model writes what: the registry's live rows as plain values."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from inference.errors import ModelRefused, NotExplainable
from inference.models import ModelEngine, ModelKind, ModelStage, RegisteredModel
from inference.types import ClassifierRef, WriterRef
from tenants import secrets

KEY_PURPOSE = "inference server key"
BUILT_IN = ("starter", "fake")
COMMIT = re.compile(r"[0-9a-f]{40}")
SHIPPED = re.compile(r"starter@[^+]*")
KEY_IN_LABEL = re.compile(r"#([0-9a-f]{8})$")


def live_writer(channel: str) -> WriterRef:
    """Return what writes texts of this channel: its live model, else the one that is live for
    every channel, else settings.INFERENCE_MODEL. To be called in a scope."""
    live = RegisteredModel.objects.select_related("base").filter(
        kind=ModelKind.WRITER, stage=ModelStage.LIVE, channel__in=("", channel)
    )
    model = max(live, key=lambda row: row.channel, default=None)
    return writer_of(model) if model else built_in(settings.INFERENCE_MODEL)


def writer_that_wrote(model: str, engine: str) -> WriterRef:
    """Return the version that a creative names, whatever its stage: "Big@host#0123abcd" is in the
    registry, "starter@0123abcd4567" is the one that is shipped. To be called in a scope.

    Raises NotExplainable where the registry has it no longer, or the name has no key: until keys
    were named, adapters of the starter were told by their revision alone.
    """
    if key := KEY_IN_LABEL.search(model):
        rows = RegisteredModel.objects.select_related("base").filter(kind=ModelKind.WRITER)
        if found := rows.filter(public_id__startswith=key[1]).first():
            return writer_of(found)
    elif engine not in (ModelEngine.LOCAL, ModelEngine.OPENAI):
        return built_in(engine)
    elif SHIPPED.fullmatch(model):
        return built_in("starter")
    raise NotExplainable(
        _(
            "The registry has no version “%(model)s”, which wrote this text, so what drove it "
            "cannot be measured. Have the text written again to measure it."
        )
        % {"model": model}
    )


def built_in(name: str) -> WriterRef:
    """Return the reference of a model that is part of the product."""
    return WriterRef(name=name, engine=name)


def writer_of(model: RegisteredModel) -> WriterRef:
    """Return a registered model as values. Raises ModelRefused for a folder that is not ours."""
    origin = model.base or model
    return WriterRef(
        name=model.name,
        engine=model.engine,
        key=str(model.public_id),
        source=origin.source,
        revision=origin.revision,
        folder=_folder(origin.source) if is_folder(origin) else "",
        adapter=_folder(model.adapter),
        remote_name=origin.remote_name,
        api_key=secrets.decrypt(origin.api_key, purpose=KEY_PURPOSE),
        channel=model.channel,
        prompt_version=model.prompt_version,
        data_hash=model.data_hash,
        seconds_per_text=float(model.figures.get("seconds_per_text") or 0.0),
    )


def classifier_of(model: Any) -> ClassifierRef:
    """Return a row of `registry.classifier_rows` as values. Raises ModelRefused for a folder that
    is not ours."""
    return ClassifierRef(
        name=model.name,
        version=model.version,
        key=str(model.public_id),
        folder=_folder(model.source),
        revision=model.revision,
        labels=tuple(model.figures.get("labels", ())),
    )


def is_folder(model: RegisteredModel) -> bool:
    """Whether a local model's source is a folder below MODELS_DIR. A repository is pinned to a
    commit; a folder may be pinned to the SHA-256 of its weights."""
    return (
        model.engine == ModelEngine.LOCAL
        and model.source not in BUILT_IN
        and not COMMIT.fullmatch(model.revision)
    )


def worker_options() -> dict[str, Any]:
    """What local models run on, as their engines take it."""
    return {
        "device": settings.INFERENCE_DEVICE,
        "threads": settings.INFERENCE_THREADS,
        "dtype": settings.INFERENCE_DTYPE,
    }


def _folder(name: str) -> str:
    """Return the folder's path. Raises ModelRefused if it leads out of MODELS_DIR."""
    if not name:
        return ""
    root = Path(settings.MODELS_DIR)
    path = (root / name).resolve()
    if root not in path.parents:
        raise ModelRefused(
            _("The folder “%(name)s” is not below the models folder of this installation.")
            % {"name": name[:80]}
        )
    return str(path)
