"""The registry: every model that a workspace may write with, and what is known of it.

A row is a version: what it was made from, how it fared, and its stage. Files are named, never
kept here. The starter model is no row: it writes when nothing is live.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

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
    "every channel" writes where none is. Of the classifiers of one name one is live at most.
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
        User,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=pgettext_lazy("model", "made by"),
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
            models.UniqueConstraint(
                fields=["tenant", "name"],
                condition=Q(kind=ModelKind.CLASSIFIER, stage=ModelStage.LIVE),
                name="inference_one_live_classifier",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RunState(models.TextChoices):
    UPLOADED = "uploaded", _("File to check")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", pgettext_lazy("state of a training run", "Training")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


class TrainingRun(PublicModel):
    """One training of a workspace's own: what is trained, how far it is, its result.

    A writer is tuned on approved texts: `base` None means the starter model, `curve` holds [step,
    loss] pairs, `removed` counts the texts that preparation took out, by reason. A classifier
    learns from an uploaded `file` (below MEDIA_ROOT, deleted when the run is over); `options` say
    which columns hold "text" and "label", the "language", and the label of texts that get none
    ("oos"). A worker that trains renews `lease_until`; when it has run out, another takes over.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=ModelKind, default=ModelKind.WRITER)
    name = models.CharField(_("name"), max_length=120)
    base = models.ForeignKey(
        RegisteredModel,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("base model"),
    )
    channel = models.CharField(_("writes"), max_length=10, choices=ModelChannel, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes at most"), default=10)
    file = models.FileField(_("file"), max_length=255, blank=True, editable=False)
    file_name = models.CharField(_("file"), max_length=255, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.WAITING)
    share = models.FloatField(_("share done"), default=0)
    curve = models.JSONField(_("loss curve"), default=list)
    removed = models.JSONField(_("texts left out"), default=dict)
    texts = models.PositiveIntegerField(_("texts to learn from"), default=0)
    held_out = models.PositiveIntegerField(_("texts held out"), default=0)
    data_hash = models.CharField(_("hash of the training data"), max_length=64, blank=True)
    figures = models.JSONField(_("figures"), default=dict)
    message = models.TextField(_("what happened"), blank=True)
    result = models.ForeignKey(
        RegisteredModel, models.SET_NULL, null=True, related_name="runs", verbose_name=_("result")
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")

    def __str__(self) -> str:
        return self.name


class LearningConsent(PublicModel):
    """That a workspace lets its reviewers' edits be kept for learning. No row means no."""

    given_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", verbose_name=_("given by")
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("consent to learn from edits")
        verbose_name_plural = _("consents to learn from edits")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="inference_one_learning_consent"),
        ]


class EditPair(PublicModel):
    """A text as a model wrote it and as a reviewer left it: one example of a preference.

    `source` is the public id of the creative; `distance` is between 0 (same) and 1 (all new).
    """

    source = models.UUIDField(_("text"))
    request = models.JSONField(_("request"), default=dict)
    language = models.CharField(_("language"), max_length=10)
    channel = models.CharField(_("channel"), max_length=10, choices=ModelChannel)
    model = models.CharField(_("model"), max_length=200, blank=True)
    prompt_version = models.CharField(_("prompt version"), max_length=40, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    reason = models.CharField(_("why it was edited"), max_length=40, blank=True)
    distance = models.FloatField(_("edit distance"), default=0)

    class Meta(PublicModel.Meta):
        verbose_name = _("edited text")
        verbose_name_plural = _("edited texts")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "source"], name="inference_one_pair_a_text"),
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.distance:.2f}"


class Quota(PublicModel):
    """The most that a workspace may write. Set by administrators; empty means no limit."""

    texts_per_day = models.PositiveIntegerField(_("texts a day"), null=True, blank=True)
    texts_per_month = models.PositiveIntegerField(_("texts a month"), null=True, blank=True)
    tokens_per_day = models.PositiveBigIntegerField(_("tokens a day"), null=True, blank=True)
    tokens_per_month = models.PositiveBigIntegerField(_("tokens a month"), null=True, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("quota")
        verbose_name_plural = _("quotas")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(fields=["tenant"], name="inference_one_quota"),
        ]

    def __str__(self) -> str:
        return str(_("Quota"))


class Usage(PublicModel):
    """What one batch had from one model. `source` is the public id of what it was written for,
    `key` of the registered model; "" for one that is built in. `seconds` are a worker's."""

    source = models.UUIDField(_("written for"))
    writer = models.CharField(_("model"), max_length=120)
    engine = models.CharField(_("engine"), max_length=20)
    key = models.CharField(max_length=40, blank=True)
    texts = models.PositiveIntegerField(_("texts"))
    prompt_tokens = models.PositiveIntegerField(_("tokens read"), default=0)
    new_tokens = models.PositiveIntegerField(_("tokens written"), default=0)
    seconds = models.FloatField(_("seconds"), default=0)

    class Meta(PublicModel.Meta):
        verbose_name = _("usage")
        verbose_name_plural = _("usage")
        indexes: ClassVar = [
            models.Index("tenant", "created_at", name="inference_usage_when"),
            models.Index("tenant", "source", name="inference_usage_source"),
        ]

    def __str__(self) -> str:
        return self.writer
