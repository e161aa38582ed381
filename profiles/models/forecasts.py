"""What is foretold and recommended."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalogue.models import Product
from profiles.models.people import Customer
from tenants.models import TenantModel


class Prediction(TenantModel):
    """What a customer will likely do in the next `weeks`, with 80 % intervals. Computed nightly.

    A prediction that did not beat the simple rule on the workspace's own past is None.
    `reasons` has what moves the expected orders from those of the usual customer, in orders:
    `{"orders": 0.8, "idle": -0.3, "known_for": 0.1}`; `facts` has what they are about.
    """

    is_derived = True  # from what a person did; goes when they refuse a profile

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    weeks = models.PositiveSmallIntegerField(_("weeks ahead"))
    orders = models.FloatField(_("expected orders"), null=True)
    orders_low = models.PositiveIntegerField(_("at least"), null=True)
    orders_high = models.PositiveIntegerField(_("at most"), null=True)
    value = models.DecimalField(_("expected value"), max_digits=14, decimal_places=2, null=True)
    value_low = models.DecimalField(_("at least"), max_digits=14, decimal_places=2, null=True)
    value_high = models.DecimalField(_("at most"), max_digits=14, decimal_places=2, null=True)
    chance = models.FloatField(_("chance of an order"), null=True)
    next_order_on = models.DateField(_("next order"), null=True)
    next_order_from = models.DateField(_("at the earliest"), null=True)
    next_order_until = models.DateField(_("at the latest"), null=True)
    reasons = models.JSONField(_("reasons"), default=dict)
    facts = models.JSONField(_("facts"), default=dict)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("prediction")
        verbose_name_plural = _("predictions")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "customer", name="profiles_prediction_customer")
        ]
        indexes: ClassVar = [
            models.Index("tenant", "chance", "customer", name="profiles_prediction_chance")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class Recommendation(TenantModel):
    """A product that a customer will likely want, 1 being the best. Computed nightly.

    `because` names the customer's own products that speak for it, strongest first, with their
    exact share of the score: `[{"product": 12, "share": 0.7}]`; empty for what is popular. With
    `"by": "new"` or `"likeness"` the product is like them, and nobody bought it yet.
    """

    is_derived = True  # from what a person did; goes when they refuse a profile

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    rank = models.PositiveSmallIntegerField(_("rank"))
    score = models.FloatField(_("score"))
    because = models.JSONField(_("because of"), default=list)
    since = models.DateField(_("recommended since"))
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "customer", "rank", name="profiles_recommendation_rank"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rank}"


class ForecastKind(models.TextChoices):
    PREDICTIONS = "predictions", _("Predictions")
    RECOMMENDATIONS = "recommendations", _("Recommendations")


class ForecastReport(TenantModel):
    """How good predictions or recommendations were on the workspace's own past, newest run."""

    kind = models.CharField(_("what"), max_length=16, choices=ForecastKind)
    figures = models.JSONField(_("figures"), default=dict)
    people = models.IntegerField(_("people"), default=0)
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("forecast report")
        verbose_name_plural = _("forecast reports")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "kind", name="profiles_forecastreport_kind")
        ]

    def __str__(self) -> str:
        return self.kind


class RecommendationPolicy(TenantModel):
    """What a workspace lets be recommended. Without a row, the defaults count."""

    repeats = models.BooleanField(
        _("recommend what was bought before"),
        default=False,
        help_text=_("For goods that are bought again and again, such as food."),
    )
    only_in_stock = models.BooleanField(_("only what is in stock"), default=True)
    most_per_category = models.PositiveSmallIntegerField(
        _("at most so many of a category"), default=3
    )
    rest_days = models.PositiveSmallIntegerField(
        _("days after which a product makes room"),
        default=60,
        help_text=_("A product that was recommended so long without an order rests."),
    )

    show_new = models.BooleanField(
        _("keep a place for new products"), default=True, db_default=True
    )

    class Meta:
        verbose_name = _("recommendation settings")
        verbose_name_plural = _("recommendation settings")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", name="profiles_recommendationpolicy_one")
        ]

    def __str__(self) -> str:
        return str(_("Recommendation settings"))
