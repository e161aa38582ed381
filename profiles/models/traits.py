"""What follows from what customers did and said."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalogue.models import Product
from inference.services import VOCABULARY
from inference.types import Motive, Stage
from profiles.models.people import Customer
from tenants.models import PublicModel, TenantModel


class Level(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")


class StageChoice(models.TextChoices):
    PROSPECT = Stage.PROSPECT.value, _("Has not bought yet")
    FIRST = Stage.FIRST.value, _("Bought once")
    ACTIVE = Stage.ACTIVE.value, _("Active")
    LOYAL = Stage.LOYAL.value, _("Loyal")
    LAPSED = Stage.LAPSED.value, _("Lapsed")


class MotiveChoice(models.TextChoices):
    NONE = Motive.NONE.value, _("Not known")
    PRICE = Motive.PRICE.value, _("Price")
    QUALITY = Motive.QUALITY.value, _("Quality")
    NOVELTY = Motive.NOVELTY.value, _("New things")
    HABIT = Motive.HABIT.value, _("Habit")
    GIFT = Motive.GIFT.value, _("Gifts")


class SeasonChoice(models.TextChoices):
    """Three months of the calendar each; which season that is depends on where one lives."""

    WINTER = "12-02", _("December to February")
    SPRING = "03-05", _("March to May")
    SUMMER = "06-08", _("June to August")
    AUTUMN = "09-11", _("September to November")


class TraitSet(TenantModel):
    """What follows from a customer's orders and events, with evidence. Computed, never edited.

    A trait that is not known is empty or None. `confidence` maps a trait's name to 0…1,
    `evidence` to what was counted: `{"orders": 5, "in_sale": 3, "since": "2025-11-24"}`.
    """

    is_derived = True  # from what a person did; goes when they refuse a profile

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    stage = models.CharField(_("life cycle"), max_length=10, choices=StageChoice)
    order_count = models.IntegerField(_("orders"), default=0)
    total_spent = models.DecimalField(_("spent"), max_digits=14, decimal_places=2, default=0)
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    top_category = models.CharField(_("favourite category"), max_length=200, blank=True)
    top_categories = models.JSONField(_("categories with share"), default=list)
    price_band = models.CharField(_("price band"), max_length=6, choices=Level, blank=True)
    discount_affinity = models.CharField(
        _("buys on offer"), max_length=6, choices=Level, blank=True
    )
    motive = models.CharField(
        _("motive"), max_length=10, choices=MotiveChoice, default=MotiveChoice.NONE
    )
    preferred_hour = models.SmallIntegerField(_("preferred hour"), null=True)
    top_brand = models.CharField(_("favourite brand"), max_length=200, db_default="", blank=True)
    cadence_days = models.IntegerField(_("usual days between orders"), null=True)
    next_due_at = models.DateField(_("next order due"), null=True)
    season = models.CharField(
        _("season"), max_length=6, choices=SeasonChoice, db_default="", blank=True
    )
    basket_items = models.DecimalField(
        _("items in a basket"), max_digits=8, decimal_places=2, null=True
    )
    basket_value = models.DecimalField(
        _("value of a basket"), max_digits=14, decimal_places=2, null=True
    )
    top_channel = models.CharField(_("usual channel"), max_length=40, db_default="", blank=True)
    engagement = models.CharField(
        _("engagement"), max_length=6, choices=Level, db_default="", blank=True
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    last_product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    confidence = models.JSONField(_("how sure"), default=dict)
    evidence = models.JSONField(_("evidence"), default=dict)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("traits")
        verbose_name_plural = _("traits")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "customer", name="profiles_traitset_customer")
        ]
        indexes: ClassVar = [  # what segments and the list of customers ask for most
            models.Index("tenant", "stage", "customer", name="profiles_traitset_stage"),
            models.Index("tenant", "top_category", "customer", name="profiles_traitset_category"),
        ]

    def __str__(self) -> str:
        return self.stage


class WordTraitKind(models.TextChoices):
    ASPECT = "aspect", _("Opinion")
    TOPIC = "topic", _("Topic")
    NEED = "need", _("Need")
    INTENT = "intent", _("Intent")


class WordTrait(TenantModel):
    """What a customer's own words say. Computed, never edited.

    `name` is a label of inference.labels or a topic of the workspace. `polarity` is -1…1, how
    they speak of it; None where that says nothing. `evidence` are the newest sentences, each
    with its event: `[{"event": "…uuid…", "at": "2026-10-02", "source": "review", "text": "…"}]`.
    """

    is_derived = True

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="word_traits")
    kind = models.CharField(_("kind"), max_length=6, choices=WordTraitKind)
    name = models.CharField(_("name"), max_length=60)
    polarity = models.FloatField(_("polarity"), null=True)
    confidence = models.FloatField(_("how sure"))
    mentions = models.IntegerField(_("sentences"))
    evidence = models.JSONField(_("evidence"), default=list)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("trait from words")
        verbose_name_plural = _("traits from words")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "customer", "kind", "name", name="profiles_wordtrait_name"
            ),
            models.CheckConstraint(  # no other label can be stored, whoever tries
                condition=Q(kind="topic")
                | Q(kind="aspect", name__in=sorted(VOCABULARY["aspect"]))
                | Q(kind="need", name__in=sorted(VOCABULARY["need"]))
                | Q(kind="intent", name__in=sorted(VOCABULARY["intent"])),
                name="profiles_wordtrait_vocabulary",
            ),
        ]
        indexes: ClassVar = [
            models.Index("tenant", "kind", "name", "customer", name="profiles_wordtrait_kind")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Topic(PublicModel):
    """A topic of the workspace's own: texts with one of its words are about it.

    `sentences` say what it is about, in each language; then texts that are near them are about it
    too, whatever their words.
    """

    name = models.CharField(_("name"), max_length=60)
    words = ArrayField(
        models.CharField(max_length=60), verbose_name=_("words"), default=list, blank=True
    )
    sentences = ArrayField(
        models.CharField(max_length=200), verbose_name=_("sentences"), default=list, blank=True
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="profiles_topic_name"),
        ]

    def __str__(self) -> str:
        return self.name
