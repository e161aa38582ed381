"""Campaigns: the brief, what is sold in it, and how far it has come."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalogue.models import BrandVoice, Offer, Product, TextLanguage, ToneChoice
from delivery.models import Sender
from inference.types import Channel, Goal, Lead
from profiles.models import Segment
from tenants.models import PublicModel, TenantModel, User


class CampaignState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    GENERATING = "generating", _("Writing")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    SCHEDULED = "scheduled", _("Scheduled")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


class GoalChoice(models.TextChoices):
    WELCOME = Goal.WELCOME.value, _("Welcome new customers")
    WINBACK = Goal.WINBACK.value, _("Bring customers back")
    LAUNCH = Goal.LAUNCH.value, _("Introduce a product")
    DISCOUNT = Goal.DISCOUNT.value, _("Tell about an offer")
    CART = Goal.CART.value, _("Remind of a cart")
    REPLENISHMENT = Goal.REPLENISHMENT.value, _("Remind to buy again")
    REVIEW = Goal.REVIEW.value, _("Ask for a review")
    LOYALTY = Goal.LOYALTY.value, _("Thank loyal customers")
    SEASONAL = Goal.SEASONAL.value, _("Seasonal occasion")


class ChannelChoice(models.TextChoices):
    EMAIL = Channel.EMAIL.value, _("Email")
    AD = Channel.AD.value, _("Ad")
    ARTICLE = Channel.ARTICLE.value, _("Article")


class Detail(models.IntegerChoices):
    """The dial: how finely recipients are grouped before a text is written for each group."""

    COARSE = 1, _("Coarse")
    BROAD = 2, _("Broad")
    BALANCED = 3, _("Balanced")
    FINE = 4, _("Fine")
    ONE_EACH = 5, _("One each")


class Variant(models.TextChoices):
    """The texts of one micro-segment. The base text is the control: the marketer's own words."""

    REASON = Lead.REASON.value, _("Reason first")
    PRODUCT = Lead.PRODUCT.value, _("Product first")
    QUESTION = Lead.QUESTION.value, _("Question first")
    BENEFIT = Lead.BENEFIT.value, _("Benefit first")
    BASE = "base", _("Base text")


WRITTEN_VARIANTS = (Variant.REASON, Variant.PRODUCT, Variant.QUESTION, Variant.BENEFIT)
"""Those that a model writes, in the order in which a campaign takes them: A, B, C, D."""


class Pending(models.TextChoices):
    """What was asked of a campaign and goes on outside the request that asked."""

    WRITING = "writing", _("The writing is being prepared")
    APPROVAL = "approval", _("The approval is being prepared")


class Campaign(PublicModel):
    """A brief, an audience, its texts, its approval, its sending. One page, six steps.

    `detail` and `smallest_group` decide the micro-segments; `holdout_percent` of the audience
    gets nothing, to measure the effect, and `base_percent` gets the base text. `variants` is how
    many texts are written for each micro-segment, 1 to 4; chance decides who gets which.
    """

    name = models.CharField(_("name"), max_length=120)
    state = models.CharField(
        _("state"), max_length=12, choices=CampaignState, default=CampaignState.DRAFT
    )
    state_reason = models.TextField(_("why"), blank=True)
    # What a worker is to do with it (`services/pending.py`), and who asked for it
    pending = models.CharField(max_length=10, choices=Pending, blank=True, db_default="")
    pending_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    pending_by_name = models.CharField(max_length=200, blank=True, db_default="")
    pending_tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Brief
    goal = models.CharField(_("what we want"), max_length=15, choices=GoalChoice)
    message = models.TextField(_("what we say"), blank=True)
    never_say = ArrayField(
        models.CharField(max_length=80), verbose_name=_("never say"), default=list, blank=True
    )
    occasion = models.JSONField(_("occasion"), default=dict, blank=True)
    offer = models.ForeignKey(
        Offer, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("offer")
    )
    voice = models.ForeignKey(
        BrandVoice, models.SET_NULL, null=True, related_name="+", verbose_name=_("brand voice")
    )
    tone = models.CharField(_("tone"), max_length=10, choices=ToneChoice, default=ToneChoice.PLAIN)
    languages = ArrayField(
        models.CharField(max_length=10, choices=TextLanguage),
        verbose_name=_("languages"),
        default=list,
    )
    channels = ArrayField(
        models.CharField(max_length=10, choices=ChannelChoice),
        verbose_name=_("channels"),
        default=list,
    )
    # Audience
    segment = models.ForeignKey(
        Segment,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="campaigns",
        verbose_name=_("segment"),
    )
    detail = models.PositiveSmallIntegerField(
        _("how personal"), choices=Detail, default=Detail.BALANCED
    )
    smallest_group = models.PositiveIntegerField(_("smallest micro-segment"), default=5)
    holdout_percent = models.PositiveSmallIntegerField(_("holdout, percent"), default=5)
    base_percent = models.PositiveSmallIntegerField(_("base text, percent"), default=20)
    variants = models.PositiveSmallIntegerField(_("variants"), default=2)
    grouped_at = models.DateTimeField(_("grouped"), null=True, editable=False)
    # Send
    sender = models.ForeignKey(
        Sender, models.SET_NULL, null=True, related_name="+", verbose_name=_("sender")
    )
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    launched_at = models.DateTimeField(_("launched"), null=True, editable=False)
    attribution_days = models.PositiveSmallIntegerField(_("attribution window, days"), default=7)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_default=Now())

    class Meta(PublicModel.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.CheckConstraint(
                condition=Q(holdout_percent__lte=50) & Q(base_percent__lte=100),
                name="campaigns_campaign_percentages",
            ),
            models.CheckConstraint(
                condition=Q(variants__range=(1, len(WRITTEN_VARIANTS))),
                name="campaigns_campaign_variants",
            ),
        ]
        indexes: ClassVar = [models.Index("tenant", "state", name="campaigns_campaign_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def written_variants(self) -> tuple[Variant, ...]:
        return WRITTEN_VARIANTS[: self.variants]

    @property
    def is_editable(self) -> bool:
        return self.state in (CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED)


class CampaignProduct(TenantModel):
    """A product that the campaign may talk about, in the marketer's order."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="campaign_products")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("campaign product")
        verbose_name_plural = _("campaign products")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "campaign", "product", name="campaigns_campaignproduct_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.product_id)
