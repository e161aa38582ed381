"""Who is written to, in groups that share what a text may say of them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import Campaign, Variant
from catalogue.models import FactSnapshot, Product, TextLanguage
from profiles.models import Customer
from profiles.models.forgetting import OnForget
from tenants.models import PublicModel, TenantModel


class MicroSegment(PublicModel):
    """Recipients with the same writing facts. They share their texts.

    `facts` holds what a text may know: stage, motive, whether everybody has a first name, an
    interest, a last purchase. It is all that a prompt is made of; which interests they have, and
    how many groups they would be if that mattered, is there for reading. `detail` is the finest
    fact used (see `Detail`); 0 means none, for groups that would be too small and people who gave
    no consent.
    """

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="micro_segments")
    facts_hash = models.CharField(max_length=32)
    facts = models.JSONField(_("facts"))
    detail = models.PositiveSmallIntegerField(_("how personal"), default=0)
    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    snapshot = models.ForeignKey(FactSnapshot, models.PROTECT, null=True, related_name="+")
    size = models.PositiveIntegerField(_("people"), default=0)

    on_forget: ClassVar = OnForget(
        path="members__customer",
        only={"size": 1},
        blank={"facts": {}},
        why="Texts stay, with their slots unfilled; the traits of one person do not.",
    )

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
    micro_segment = models.ForeignKey(
        MicroSegment, models.CASCADE, null=True, related_name="members"
    )
    place = models.CharField(_("place"), max_length=15, choices=Place)
    variant = models.CharField(_("variant"), max_length=10, choices=Variant, blank=True)

    on_forget: ClassVar = OnForget(why="Reports count places; whose they were is gone.")

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
