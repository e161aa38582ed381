"""Customers chosen by rules and by hand."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from profiles.models.people import Customer
from tenants.models import PublicModel, Tenant, TenantModel, User


class Segment(PublicModel):
    """Customers chosen by rules (see `segments.py`). `size` is the newest count."""

    name = models.CharField(_("name"), max_length=120)
    rules = models.JSONField(_("rules"), default=dict)
    size = models.BigIntegerField(_("people"), null=True, editable=False)
    counted_at = models.DateTimeField(_("counted"), null=True, editable=False)
    refreshed_at = models.DateTimeField(_("members refreshed"), null=True, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_default=Now())

    class Meta(PublicModel.Meta):
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="profiles_segment_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentMember(TenantModel):
    """Who is in a segment, as far as we know: kept in step as events come in, and by night."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("member of a segment")
        verbose_name_plural = _("members of segments")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "segment", "customer", name="profiles_segmentmember_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id}"


class SegmentChange(TenantModel):
    """That a customer entered a segment, or left it. Who is in it at first did not enter it."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    entered = models.BooleanField(_("entered"))
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("segment entered or left")
        verbose_name_plural = _("segments entered or left")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "segment", "-at"], name="profiles_segmentchange_at")
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.customer_id} {self.entered}"


class TouchedCustomer(TenantModel):
    """A customer of whom something came in; traits and segments are to be looked at again.

    Whatever comes in leaves a note of its own, also of somebody who is noted already: that note may
    be taken by who does not see yet what came in (`services/membership.py`).
    """

    # Neither key is checked: row level security keeps the workspace, and a note of somebody who is
    # gone is dropped unread. A check at the commit of an event would lock the customer, whose
    # deletion may be waiting for that commit.
    tenant = models.ForeignKey(
        Tenant,
        models.CASCADE,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = _("customer to look at again")
        verbose_name_plural = _("customers to look at again")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "id"], name="profiles_touchedcustomer_first")
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class CustomerList(PublicModel):
    """Customers chosen by hand: pasted, uploaded, or ticked. They stay until taken out."""

    name = models.CharField(_("name"), max_length=120)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(PublicModel.Meta):
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="profiles_customerlist_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ListMember(TenantModel):
    """That a customer is on a list."""

    list = models.ForeignKey(CustomerList, models.CASCADE, related_name="members", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    added_at = models.DateTimeField(_("added"), db_default=Now())

    class Meta:
        verbose_name = _("member of a list")
        verbose_name_plural = _("members of lists")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "list", "customer", name="profiles_listmember_one")
        ]

    def __str__(self) -> str:
        return f"{self.list_id} {self.customer_id}"
