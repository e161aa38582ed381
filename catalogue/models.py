"""Products, offers, brand voice: what is sold and what may be said about it."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from inference.types import Language, Tone
from tenants.models import PublicModel, TenantModel


class TextLanguage(models.TextChoices):
    """Languages that texts are written in: the values of `inference.types.Language`."""

    ENGLISH = Language.ENGLISH.value, _("English")
    CHINESE = Language.CHINESE.value, _("Chinese")


class ToneChoice(models.TextChoices):
    PLAIN = Tone.PLAIN.value, _("Plain")
    WARM = Tone.WARM.value, _("Warm")
    PLAYFUL = Tone.PLAYFUL.value, _("Playful")
    FORMAL = Tone.FORMAL.value, _("Formal")
    BRISK = Tone.BRISK.value, _("Brisk")


class Product(PublicModel):
    """A thing that is sold. Texts may cite `title`, `category`, `features`, `benefits`, price.

    `language` is that of the texts; `translations` maps another language to the same keys.
    `stock` None means that stock is not counted. A product without price is never named
    with one.
    """

    external_id = models.CharField(_("number or handle"), max_length=200)
    title = models.CharField(_("title"), max_length=300)
    description = models.TextField(_("description"), blank=True)
    category = models.CharField(_("category"), max_length=200, blank=True)
    brand = models.CharField(_("brand"), max_length=200, blank=True)
    tags = ArrayField(models.CharField(max_length=100), verbose_name=_("tags"), default=list)
    language = models.CharField(
        _("language"), max_length=10, choices=TextLanguage, default=TextLanguage.ENGLISH
    )
    features = ArrayField(
        models.CharField(max_length=120),
        verbose_name=_("features"),
        default=list,
        blank=True,
        help_text=_("What it has, as a few words each: “5 mm lugs”. Texts may cite them."),
    )
    benefits = ArrayField(
        models.CharField(max_length=120),
        verbose_name=_("benefits"),
        default=list,
        blank=True,
        help_text=_("What it lets people do, as a verb: “keep your grip on wet rock”."),
    )
    translations = models.JSONField(_("translations"), default=dict, blank=True)
    url = models.URLField(_("link"), max_length=2000, blank=True)
    image_url = models.URLField(_("picture"), max_length=2000, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    compare_at_price = models.DecimalField(
        _("price before"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    stock = models.IntegerField(_("stock"), null=True, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_default=Now())

    class Meta(PublicModel.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "external_id", name="catalogue_product_external_id"),
            models.CheckConstraint(
                condition=Q(price=None) | Q(price__gte=0), name="catalogue_product_price"
            ),
        ]
        indexes: ClassVar = [models.Index("tenant", "category", name="catalogue_product_category")]

    def __str__(self) -> str:
        return self.title


class ProductVariant(TenantModel):
    """A size or colour of a product, with its own price and stock."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(_("SKU"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=300)
    options = models.JSONField(_("options"), default=dict, blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, null=True, blank=True)
    compare_at_price = models.DecimalField(
        _("price before"), max_digits=12, decimal_places=2, null=True, blank=True
    )
    stock = models.IntegerField(_("stock"), null=True, blank=True)

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "product", "title", name="catalogue_variant_title")
        ]

    def __str__(self) -> str:
        return self.title


class OfferKind(models.TextChoices):
    PERCENT = "percent", _("Percent off")
    AMOUNT = "amount", _("Amount off")
    FREE_DELIVERY = "free_delivery", _("Free delivery")
    GIFT = "gift", _("Gift")


class Offer(PublicModel):
    """What a campaign may promise, and until when. `phrases` maps a language to own words."""

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=OfferKind)
    value = models.DecimalField(_("value"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    phrases = models.JSONField(_("words"), default=dict, blank=True)
    code = models.CharField(_("code"), max_length=40, blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="catalogue_offer_name"),
            models.CheckConstraint(
                condition=Q(ends_at=None)
                | Q(starts_at=None)
                | Q(ends_at__gt=models.F("starts_at")),
                name="catalogue_offer_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BrandVoice(PublicModel):
    """How the brand sounds, and what it never says."""

    name = models.CharField(_("name"), max_length=120)
    brand_name = models.CharField(_("brand name in texts"), max_length=80)
    tone = models.CharField(_("tone"), max_length=10, choices=ToneChoice, default=ToneChoice.PLAIN)
    languages = ArrayField(
        models.CharField(max_length=10, choices=TextLanguage),
        verbose_name=_("languages"),
        default=list,
    )
    do_words = ArrayField(
        models.CharField(max_length=80), verbose_name=_("words we like"), default=list, blank=True
    )
    dont_words = ArrayField(
        models.CharField(max_length=80),
        verbose_name=_("words we never use"),
        default=list,
        blank=True,
    )
    samples = ArrayField(
        models.TextField(), verbose_name=_("sample texts"), default=list, blank=True
    )
    colour = models.CharField(_("colour of buttons"), max_length=7, default="#215043")
    website = models.URLField(_("website"), max_length=300, blank=True)
    is_default = models.BooleanField(_("used unless a campaign says otherwise"), default=False)

    class Meta(PublicModel.Meta):
        verbose_name = _("brand voice")
        verbose_name_plural = _("brand voices")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="catalogue_brandvoice_name"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="catalogue_one_default_voice"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FactSnapshot(TenantModel):
    """The facts that texts may cite, as they were at one moment, in one language. Never changed.

    `facts` maps a slot's path ("product.price") to its text ("$96.00"), and holds what the
    layout of the message needs beside ("product.url", "product.image_url").
    `content_hash` is the SHA-256 of the canonical JSON of language, product, offer and facts.
    What the facts were taken from is kept, so that they can be compared with today's.
    """

    content_hash = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    second_product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, related_name="+")
    voice = models.ForeignKey(BrandVoice, models.SET_NULL, null=True, related_name="+")
    facts = models.JSONField(_("facts"))
    taken_at = models.DateTimeField(_("taken"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("fact snapshot")
        verbose_name_plural = _("fact snapshots")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "content_hash", name="catalogue_snapshot_hash")
        ]

    def __str__(self) -> str:
        return self.content_hash[:12]
