"""What was written, why it reads so, and who approved it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.audience import MicroSegment
from campaigns.models.campaigns import Campaign, ChannelChoice, Variant
from catalogue.models import FactSnapshot, TextLanguage
from delivery.models import Content
from tenants.models import PublicModel, User


class CreativeState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    WRITING = "writing", _("Writing")
    WRITTEN = "written", _("Written")
    FALLBACK = "fallback", _("Base text instead")
    REJECTED = "rejected", _("Rejected")


class Creative(PublicModel):
    """One text: of a micro-segment and variant, or without micro-segment a base text or an ad.

    `parts` are the text with its slots unfilled; the facts that fill them are `snapshot`'s.
    `content_hash` is the SHA-256 of the canonical JSON of what will be sent. `findings` are the
    results of the checks. A creative that is blocked after its last attempt is a FALLBACK: its
    people get the base text. Ads and articles are written once for each language and product;
    they are reviewed and exported, not sent.

    `starts` counts the times that a worker began and did not end; `lease_until` is how long the
    worker that has it may be silent.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="creatives")
    micro_segment = models.ForeignKey(
        MicroSegment, models.CASCADE, null=True, related_name="creatives"
    )
    variant = models.CharField(_("variant"), max_length=10, choices=Variant)
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelChoice)
    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    snapshot = models.ForeignKey(FactSnapshot, models.PROTECT, null=True, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=CreativeState, default=CreativeState.WAITING
    )
    parts = models.JSONField(_("text"), default=dict)
    content_hash = models.CharField(max_length=64, blank=True)
    content = models.ForeignKey(Content, models.SET_NULL, null=True, related_name="+")
    findings = models.JSONField(_("checks"), default=list)
    must_read = models.CharField(_("must be read because"), max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    starts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    engine = models.CharField(_("engine"), max_length=20, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    prompt_version = models.CharField(_("prompt version"), max_length=40, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    new_tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    written_at = models.DateTimeField(_("written"), null=True)
    written_parts = models.JSONField(_("text before it was edited"), null=True)
    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edit_reason = models.CharField(_("why it was edited"), max_length=40, blank=True)
    reviewed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    verdict = models.CharField(
        _("verdict"),
        max_length=10,
        choices=[("approved", _("Approved")), ("rejected", _("Rejected"))],
        blank=True,
    )
    verdict_reason = models.CharField(_("why it was rejected"), max_length=200, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("creative")
        verbose_name_plural = _("creatives")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant",
                "campaign",
                "micro_segment",
                "variant",
                "channel",
                "language",
                "snapshot",
                name="campaigns_creative_once",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["tenant", "campaign", "micro_segment", "variant", "language"],
                condition=Q(channel="email"),
                name="campaigns_creative_email_once",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "campaign", "starts", "id"],
                condition=Q(state__in=["waiting", "writing"]),
                name="campaigns_creative_claim",
            )
        ]

    def __str__(self) -> str:
        return self.parts.get("subject") or self.get_variant_display()


class ExplanationState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Not possible")


class TextExplanation(PublicModel):
    """Which facts drove a text, clause by clause, as its model's own probabilities tell.

    `words` changes with the text: an explanation of other words is stale. `data` holds clauses,
    influences and the tokens of the attention map, whose weights are packed in `attention`. It
    can all be computed again from the creative. `reason` says why it could not be.
    """

    creative = models.ForeignKey(Creative, models.CASCADE, related_name="explanations")
    state = models.CharField(
        _("state"), max_length=10, choices=ExplanationState, default=ExplanationState.WAITING
    )
    reason = models.TextField(_("why not"), blank=True)
    words = models.CharField(max_length=64)
    model = models.CharField(_("model"), max_length=200, blank=True)
    prompt_version = models.CharField(_("prompt version"), max_length=40, blank=True)
    data = models.JSONField(default=dict)
    attention = models.BinaryField(null=True)
    seconds = models.FloatField(_("seconds"), default=0)
    computed_at = models.DateTimeField(_("computed"), null=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("explanation")
        verbose_name_plural = _("explanations")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "creative", name="campaigns_explanation_once"),
        ]

    def __str__(self) -> str:
        return self.get_state_display()


class Approval(PublicModel):
    """That a person approved exactly this content for exactly this audience.

    `content_hash` covers every creative, snapshot and the audience's definition and size. Any
    change of one of them voids the approval.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="approvals")
    content_hash = models.CharField(_("content"), max_length=64)
    audience_size = models.PositiveIntegerField(_("people"))
    creative_count = models.PositiveIntegerField(_("creatives"))
    read_count = models.PositiveIntegerField(_("creatives read"))
    approved_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    approved_by_name = models.CharField(_("approved by"), max_length=200)
    voided_at = models.DateTimeField(_("voided"), null=True)
    void_reason = models.CharField(_("why it is void"), max_length=200, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")

    def __str__(self) -> str:
        return self.content_hash[:12]
