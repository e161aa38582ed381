"""What customers did: events and orders."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalogue.models import Product
from profiles.models.forgetting import OnForget
from profiles.models.people import Customer
from tenants.models import PublicModel, TenantModel


class Event(TenantModel):
    """Something a customer did. Partitioned by month of `at` (see migration 0002).

    `event_id` is the sender's id as a UUID, or a hash of what the sender gave; each is stored
    once. `name` is in snake case and in the past tense: `product_viewed`, `email_clicked`.
    """

    # Checked for all new events of a statement at once (profiles/event_keys.py).
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="events", db_constraint=False
    )
    event_id = models.UUIDField()
    name = models.CharField(_("event"), max_length=100)
    at = models.DateTimeField(_("when"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    properties = models.JSONField(_("details"), default=dict)

    on_forget: ClassVar = OnForget(
        blank={"properties": {}}, why="Counts of what was done stay; what was said does not."
    )

    class Meta:
        managed = False
        db_table = "profiles_event"
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return self.name


class OrderStatus(models.TextChoices):
    PLACED = "placed", _("Placed")
    CANCELLED = "cancelled", _("Cancelled")
    RETURNED = "returned", _("Returned")


class Order(PublicModel):
    """A purchase. `total` is what was paid for its lines, after discounts, in `currency`."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders", db_index=False)
    external_id = models.CharField(_("order number"), max_length=200)
    placed_at = models.DateTimeField(_("placed"))
    status = models.CharField(
        _("status"), max_length=10, choices=OrderStatus, default=OrderStatus.PLACED
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    total = models.DecimalField(_("total"), max_digits=14, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=14, decimal_places=2, default=0)
    code = models.CharField(_("offer code"), max_length=40, blank=True)
    channel = models.CharField(_("channel"), max_length=40, blank=True)

    on_forget: ClassVar = OnForget(why="What was sold stays in the books, named by nothing.")

    class Meta(PublicModel.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "external_id", name="profiles_order_external_id"),
        ]
        indexes: ClassVar = [
            # Rules ask who spent what, and when: both indexes answer without reading the orders.
            models.Index(
                fields=["tenant", "customer", "-placed_at"],
                include=["id", "status", "total"],
                name="profiles_order_customer",
            ),
            models.Index(
                fields=["tenant", "placed_at"],
                include=["customer", "status", "total"],
                name="profiles_order_period",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(TenantModel):
    """One item of an order. A negative quantity is a return.

    `line_key` tells the lines of one order apart, so that the same file changes nothing twice.
    """

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines", db_index=False)
    line_key = models.UUIDField()
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    sku = models.CharField(_("SKU"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    quantity = models.IntegerField(_("quantity"))
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2, default=0)

    on_forget: ClassVar = OnForget(path="order__customer", why="What was sold stays in the books.")

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "order", "line_key", name="profiles_orderline_key")
        ]
        indexes: ClassVar = [
            # Rules ask who bought something of a category: answered without reading the lines.
            models.Index(
                fields=["tenant", "product"],
                include=["order", "quantity"],
                name="profiles_orderline_product",
            )
        ]

    def __str__(self) -> str:
        return self.title or self.sku
