"""Texts that a model must write before it may go live."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import ChannelChoice, GoalChoice, Variant
from catalogue.models import BrandVoice, Offer, Product, TextLanguage, ToneChoice
from profiles.models import MotiveChoice, StageChoice
from tenants.models import PublicModel


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
