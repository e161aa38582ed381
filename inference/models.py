"""The registry: every model that a workspace may write with, and what is known of it.

A row is a version: what it was made from, how it fared, and its stage. Files are named, never
kept here. The starter model is no row: it writes when nothing is live.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models import PublicModel, User


class ModelKind(models.TextChoices):
    WRITER = "writer", _("Writer")
    CLASSIFIER = "classifier", _("Classifier")


class ModelEngine(models.TextChoices):
    LOCAL = "local", _("On our own workers")
    OPENAI = "openai", _("Server that speaks the OpenAI protocol")


class ModelStage(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")


class ModelChannel(models.TextChoices):
    EVERY = "", _("Every channel")
    EMAIL = "email", _("Email")
    AD = "ad", _("Ad")
    ARTICLE = "article", _("Article")


class RegisteredModel(PublicModel):
    """One version of a model of one workspace.

    `source` is "starter", a Hugging Face repository (then `revision` is a commit, 40 digits), a
    folder below MODELS_DIR (then it may be the SHA-256 of its weights), or a server's address.
    `base` and `adapter` say that it is the base model with a LoRA adapter from a folder below
    MODELS_DIR. `api_key` is encrypted. At most one writer is live for each channel; one for
    "every channel" writes where none is.
    """

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=ModelKind, default=ModelKind.WRITER)
    engine = models.CharField(
        _("where it runs"), max_length=10, choices=ModelEngine, default=ModelEngine.LOCAL
    )
    source = models.CharField(_("source"), max_length=300)
    revision = models.CharField(_("revision"), max_length=80, blank=True)
    remote_name = models.CharField(_("name at the server"), max_length=200, blank=True)
    api_key = models.TextField(blank=True, editable=False)
    base = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="adapters",
        verbose_name=_("base model"),
    )
    adapter = models.CharField(_("adapter"), max_length=300, blank=True)
    channel = models.CharField(_("writes"), max_length=10, choices=ModelChannel, blank=True)
    prompt_version = models.CharField(_("prompt version"), max_length=40, blank=True)
    stage = models.CharField(
        _("stage"), max_length=10, choices=ModelStage, default=ModelStage.CANDIDATE
    )
    data_hash = models.CharField(_("hash of the training data"), max_length=64, blank=True)
    figures = models.JSONField(_("figures"), default=dict, blank=True)
    card = models.TextField(_("card"), blank=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("made by")
    )
    promoted_at = models.DateTimeField(_("live since"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "channel"],
                condition=Q(kind=ModelKind.WRITER, stage=ModelStage.LIVE),
                name="inference_one_live_writer",
            ),
        ]

    def __str__(self) -> str:
        return self.name
