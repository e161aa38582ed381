"""Campaigns: what is said to whom, in which words, and who approved it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalogue.models import (
    BrandVoice,
    FactSnapshot,
    Offer,
    Product,
    TextLanguage,
    ToneChoice,
)
from delivery.models import Content, Sender
from inference.types import Channel, Goal, Lead
from profiles.models import Customer, MotiveChoice, Segment, StageChoice
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


class MicroSegment(PublicModel):
    """Recipients with the same writing facts. They share their texts.

    `facts` holds what a text may know: stage, motive, interest, last product, whether everybody
    has a first name. It is all that a prompt is made of. `detail` is the finest fact used (see
    `Detail`); 0 means none, for groups that would be too small and people who gave no consent.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="micro_segments")
    facts_hash = models.CharField(max_length=32)
    facts = models.JSONField(_("facts"))
    detail = models.PositiveSmallIntegerField(_("how personal"), default=0)
    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    snapshot = models.ForeignKey(FactSnapshot, models.PROTECT, null=True, related_name="+")
    size = models.PositiveIntegerField(_("people"), default=0)

    class Meta(PublicModel.Meta):
        verbose_name = _("micro-segment")
        verbose_name_plural = _("micro-segments")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant", "campaign", "facts_hash", name="campaigns_microsegment_facts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "campaign", "-size"], name="campaigns_microsegment_size")
        ]

    def __str__(self) -> str:
        return self.facts_hash


class Place(models.TextChoices):
    """What becomes of a customer who matches the segment. Every one has exactly one place."""

    RECIPIENT = "recipient", _("Gets it")
    HOLDOUT = "holdout", _("Held out")
    NO_CONSENT = "no_consent", _("No consent")
    NO_ADDRESS = "no_address", _("No address")
    SUPPRESSED = "suppressed", _("Suppressed")
    OTHER_LANGUAGE = "other_language", _("Other language")


class AudienceMember(TenantModel):
    """A customer's place in the audience of a campaign, and the variant that they get."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="audience")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    micro_segment = models.ForeignKey(MicroSegment, models.CASCADE, null=True, related_name="+")
    place = models.CharField(_("place"), max_length=15, choices=Place)
    variant = models.CharField(_("variant"), max_length=10, choices=Variant, blank=True)

    class Meta:
        verbose_name = _("audience member")
        verbose_name_plural = _("audience members")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "campaign", "customer", name="campaigns_audience_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                "tenant", "campaign", "micro_segment", "variant", name="campaigns_audience_group"
            )
        ]

    def __str__(self) -> str:
        return self.place


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
                fields=["tenant", "campaign"],
                condition=Q(state__in=["waiting", "writing"]),
                name="campaigns_creative_to_write",
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


class GateBrief(PublicModel):
    """A text that a model must write before it may go live, as a marketer would ask for it.

    Where a workspace keeps none, `services.gate_briefs` makes them from its campaigns, its
    catalogue and its voices. The facts are taken from the catalogue whenever a gate is run.
    """

    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    channel = models.CharField(_("channel"), max_length=10, choices=ChannelChoice)
    goal = models.CharField(_("what we want"), max_length=15, choices=GoalChoice)
    tone = models.CharField(_("tone"), max_length=10, choices=ToneChoice, default=ToneChoice.PLAIN)
    lead = models.CharField(_("opens with"), max_length=10, choices=Variant, default=Variant.REASON)
    motive = models.CharField(
        _("motive"), max_length=10, choices=MotiveChoice, default=MotiveChoice.NONE
    )
    stage = models.CharField(
        _("life cycle"), max_length=10, choices=StageChoice, default=StageChoice.ACTIVE
    )
    with_name = models.BooleanField(_("greets by first name"), default=False)
    message = models.TextField(_("what we say"), blank=True)
    occasion = models.CharField(_("occasion"), max_length=40, blank=True)
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    offer = models.ForeignKey(
        Offer, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("offer")
    )
    voice = models.ForeignKey(
        BrandVoice,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("brand voice"),
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("test brief")
        verbose_name_plural = _("test briefs")

    def __str__(self) -> str:
        return f"{self.get_channel_display()} · {self.get_goal_display()}"
