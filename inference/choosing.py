"""Which model a workspace writes with: adding servers and local models, and choosing one.

A choice is a promotion: a model goes live for every channel or for one, and only through its
gate. A model that is chosen for another channel is a version of its own there.
"""

import re
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from inference import registry
from inference.models import ModelChannel, ModelEngine, ModelKind, ModelStage, RegisteredModel
from inference.writers import BUILT_IN, COMMIT, KEY_PURPOSE, writer_of
from tenants import secrets
from tenants.addresses import split_url
from tenants.audit import record
from tenants.errors import BadInput

SHA256 = re.compile(r"[0-9a-f]{12,64}")
REPOSITORY = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
COPIED = (
    "name",
    "engine",
    "source",
    "revision",
    "remote_name",
    "api_key",
    "base",
    "adapter",
    "prompt_version",
    "data_hash",
    "card",
)


def add_server(
    *, name: str, url: str, remote_name: str, api_key: str = "", channel: str = ""
) -> RegisteredModel:
    """Register a model at a server that speaks the OpenAI protocol. Raises BadInput.

    Whether its address is a public one is found when it is connected to.
    """
    split_url(url)
    if not remote_name.strip().isprintable() or not remote_name.strip():
        raise BadInput(
            _("Write the name that the server has for the model."),
            fields={"remote_name": _("Such as Qwen/Qwen2.5-7B-Instruct.")},
        )
    return registry.register(
        name=name.strip(),
        engine=ModelEngine.OPENAI,
        source=url.strip().rstrip("/"),
        remote_name=remote_name.strip(),
        api_key=secrets.encrypt(api_key.strip(), purpose=KEY_PURPOSE),
        channel=channel,
        prompt_version="v1",
    )


def add_local(*, name: str, source: str, revision: str = "", channel: str = "") -> RegisteredModel:
    """Register a Hugging Face repository at a commit, or a folder below MODELS_DIR.

    Raises BadInput: a repository without its commit, a folder that is not there or not ours.
    """
    source, revision = source.strip(), revision.strip().lower()
    model = RegisteredModel(
        name=name.strip(), source=source, revision=revision, engine=ModelEngine.LOCAL
    )
    if COMMIT.fullmatch(revision):
        if not REPOSITORY.fullmatch(source):
            raise BadInput(
                _("A repository reads owner/name."), fields={"source": _("Such as Qwen/Qwen3-4B.")}
            )
    elif source not in BUILT_IN:
        _must_be_folder(model)
    return registry.register(
        name=model.name,
        engine=ModelEngine.LOCAL,
        source=source,
        revision=revision,
        channel=channel,
        prompt_version="" if source in BUILT_IN else "v1",
    )


def change_key(model: RegisteredModel, *, api_key: str) -> None:
    """Keep another key for the same server; nothing means none."""
    model.api_key = secrets.encrypt(api_key.strip(), purpose=KEY_PURPOSE)
    model.save(update_fields=["api_key"])
    record("model.key_changed", model)


@transaction.atomic
def choose_writer(channel: str, model: RegisteredModel | None) -> RegisteredModel | None:
    """Have the model write the channel's texts; None takes back the channel's own choice.

    Returns the version that is live, None where nothing is. Raises GateNotPassed if it must pass
    its gate first, NotPromotable.
    """
    live = registry.live_model(channel)
    if model is None:
        if live is not None:
            registry.retire(live)
        return None
    if live is not None and live.pk == model.pk:
        return live
    return registry.promote(model)


def version_for(channel: str, model: RegisteredModel) -> RegisteredModel:
    """Return the version of the model that may go live for the channel: itself, or a candidate
    that is the same in all but its channel, made if there is none."""
    if channel not in ModelChannel.values:
        raise BadInput(_("Choose email, ad, article or every channel."))
    if model.channel == channel and model.stage != ModelStage.RETIRED:
        return model
    fields = {name: getattr(model, name) for name in COPIED}
    same = RegisteredModel.objects.filter(
        kind=ModelKind.WRITER, channel=channel, stage=ModelStage.CANDIDATE, **fields
    ).first()
    return same or registry.register(channel=channel, **fields)


def writers() -> list[RegisteredModel]:
    """Return the workspace's writers that are not retired, live ones first."""
    rows = RegisteredModel.objects.filter(kind=ModelKind.WRITER).exclude(stage=ModelStage.RETIRED)
    return sorted(rows, key=lambda row: (row.stage != ModelStage.LIVE, row.channel, row.name))


def _must_be_folder(model: RegisteredModel) -> None:
    if model.revision and not SHA256.fullmatch(model.revision):
        raise BadInput(
            _("A revision is the 40 digits of a commit, or the SHA-256 of a folder's weights."),
            fields={"revision": _("A branch or a tag can change: write the commit.")},
        )
    path = writer_of(model).folder  # refuses what leads out of the models folder
    if REPOSITORY.fullmatch(model.source) and not _is_there(path):
        raise BadInput(
            _("Pin the repository to a commit, so that the model stays the one you tested."),
            fields={"revision": _("The 40 digits of the commit, from the repository's history.")},
        )
    if not _is_there(path):
        raise BadInput(
            _("There is no folder “%(name)s” below the models folder.") % {"name": model.source},
            fields={
                "source": _("The operator puts it below %(folder)s.")
                % {"folder": settings.MODELS_DIR}
            },
        )


def _is_there(path: str) -> bool:
    return Path(path).is_dir()
