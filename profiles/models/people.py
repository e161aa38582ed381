"""Customers, what they agreed to, and which records are one person."""

import re
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.managers import TenantManager
from tenants.models import PublicModel, Tenant, TenantModel, User

HAN = re.compile("[\u4e00-\u9fff]")


class Purpose(models.TextChoices):
    """What a person agrees to, one by one. Nothing is assumed."""

    EMAIL = "email", _("Email: news and offers")
    PROFILING = "profiling", _("Build a profile")
    WRITING = "writing", _("Texts written for me")
    TRACKING = "tracking", _("Measure what I click")


class CustomerManager(TenantManager):
    """Everybody but the records that were merged into another one."""

    def get_queryset(self) -> models.QuerySet["Customer"]:
        return super().get_queryset().filter(merged_into__isnull=True)


class Customer(PublicModel):
    """A person who buys, or may. Known by `external_id`, by `email`, or by both.

    A visitor whom we know nothing of but a number that their browser keeps has `anonymous_id`
    alone. A record that turned out to be somebody we knew stays, empty of events and orders,
    with `merged_into`: so its keys lead to that somebody, and the merge can be taken back.

    `email` is trimmed and its ASCII letters are lower case; nothing else is changed, so that
    look-alike addresses stay apart. The `may_…` columns are the newest `Consent` of each
    purpose; None means that the person was never asked.
    """

    # A check of each row against two tables costs as much as writing it. Row level security lets
    # no row of another workspace in, and a merge has its keys in `Merge` (docs/decisions/0015).
    # The primary key of the table is (tenant_id, id): one index less for each row.
    tenant = models.ForeignKey(
        Tenant,
        models.CASCADE,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    external_id = models.CharField(_("customer number"), max_length=200, blank=True)
    email = models.CharField(_("email"), max_length=254, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    timezone = models.CharField(_("time zone"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    anonymous_id = models.CharField(
        _("visitor number"), max_length=200, blank=True, default="", db_default=""
    )
    attributes = models.JSONField(_("attributes"), default=dict, blank=True, db_default={})
    merged_into = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        related_name="merged",
        db_index=False,
        db_constraint=False,
        editable=False,
    )
    anonymised_at = models.DateTimeField(_("made anonymous"), null=True, editable=False)
    may_email = models.BooleanField(_("may get email"), null=True)
    may_profile = models.BooleanField(_("may have a profile"), null=True)
    may_write = models.BooleanField(_("may get texts written for them"), null=True)
    may_track = models.BooleanField(_("clicks may be measured"), null=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True, db_default=Now())

    objects: ClassVar[CustomerManager] = CustomerManager()  # type: ignore[misc]
    everybody = TenantManager()

    class Meta(PublicModel.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(
                fields=["tenant", "external_id"],
                condition=~Q(external_id=""),
                name="profiles_customer_external_id",
            ),
            models.UniqueConstraint(
                fields=["tenant", "email"], condition=~Q(email=""), name="profiles_customer_email"
            ),
            models.UniqueConstraint(
                fields=["tenant", "anonymous_id"],
                condition=~Q(anonymous_id=""),
                name="profiles_customer_anonymous_id",
            ),
            models.CheckConstraint(
                condition=~Q(external_id="")
                | ~Q(email="")
                | ~Q(anonymous_id="")
                | Q(merged_into__isnull=False),
                name="profiles_customer_has_a_key",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "merged_into"],
                condition=Q(merged_into__isnull=False),
                name="profiles_customer_merged",
            ),
            # The few who want email and have no address, so that others are counted by an index.
            models.Index(
                fields=["tenant", "id"],
                condition=Q(may_email=True, email=""),
                name="profiles_customer_no_address",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.external_id or self.anonymous_id

    @property
    def full_name(self) -> str:
        """Both names in the order of their script: 傅敏, but Elena Moreau."""
        if HAN.search(self.first_name + self.last_name):
            return self.last_name + self.first_name
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def label(self) -> str:
        """What pages call the customer: the name, else the number, else the masked address."""
        return self.full_name or self.external_id or self.masked_email

    @property
    def initials(self) -> str:
        """For the avatar: the surname of a Chinese name, else both first letters, else a dot."""
        if HAN.search(self.first_name + self.last_name):
            return (self.last_name or self.first_name)[:1]
        return f"{self.first_name[:1]}{self.last_name[:1]}" or "•"

    @property
    def masked_email(self) -> str:
        """The address as pages show it: `elena.m•••@example.com`. Never the whole name."""
        name, at, domain = self.email.partition("@")
        shown = name[: min(7, max(1, len(name) - 3))]
        return f"{shown}•••{at}{domain}" if at else ""


CONSENT_COLUMNS = {
    Purpose.EMAIL: "may_email",
    Purpose.PROFILING: "may_profile",
    Purpose.WRITING: "may_write",
    Purpose.TRACKING: "may_track",
}


class Consent(TenantModel):
    """That a person said yes or no to a purpose, and how we know. Never changed."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    granted = models.BooleanField(_("agreed"))
    at = models.DateTimeField(_("when"))
    source = models.CharField(_("how we know"), max_length=200)
    text_version = models.CharField(_("text shown"), max_length=60, blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes: ClassVar = [
            models.Index(fields=["tenant", "customer", "-at"], name="profiles_consent_at")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.granted}"


class Merge(PublicModel):
    """That two records are one person. `moved` is what went from `dropped` to `kept`.

    `moved` maps a model's label to the ids that moved; `before` holds what `kept` had.
    """

    kept = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    dropped = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=40)
    moved = models.JSONField(_("what moved"), default=dict)
    before = models.JSONField(_("as it was before"), default=dict)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    undone_at = models.DateTimeField(_("taken back"), null=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("merge")
        verbose_name_plural = _("merges")

    def __str__(self) -> str:
        return self.reason


class PairState(models.TextChoices):
    OPEN = "open", _("To look at")
    MERGED = "merged", _("Merged")
    DIFFERENT = "different", _("Two people")


class DuplicatePair(PublicModel):
    """Two records that may be one person, and why we think so. `first` is the older one."""

    first = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    reason = models.CharField(_("reason"), max_length=20)
    state = models.CharField(
        _("state"), max_length=10, choices=PairState, default=PairState.OPEN, db_default="open"
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "first", "second", name="profiles_duplicatepair_two"),
        ]
        indexes: ClassVar = [
            models.Index("tenant", "state", "id", name="profiles_duplicatepair_state")
        ]

    def __str__(self) -> str:
        return self.reason


class DataPolicy(TenantModel):
    """How long a workspace keeps things. None means for ever. At most one row a workspace."""

    events_days = models.PositiveIntegerField(_("days that events are kept"), null=True, blank=True)
    anonymise_days = models.PositiveIntegerField(
        _("days without a sign of life after which a customer is made anonymous"),
        null=True,
        blank=True,
    )

    class Meta:
        verbose_name = _("how long things are kept")
        verbose_name_plural = _("how long things are kept")
        constraints: ClassVar = [models.UniqueConstraint("tenant", name="profiles_datapolicy_one")]

    def __str__(self) -> str:
        return f"{self.events_days} {self.anonymise_days}"


class ErasedKey(TenantModel):
    """A key of somebody who was erased: files and the API do not bring them back.

    Only its SHA-256 is kept, with the workspace's id inside, so that it names nobody.
    """

    key_hash = models.CharField(max_length=64)
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("erased key")
        verbose_name_plural = _("erased keys")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "key_hash", name="profiles_erasedkey_hash")
        ]

    def __str__(self) -> str:
        return self.key_hash[:8]


class AttributeType(models.TextChoices):
    TEXT = "text", pgettext_lazy("type of an attribute", "Text")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    ANSWER = "answer", _("Yes or no")
    CHOICE = "choice", _("List of values")


class AttributeDefinition(PublicModel):
    """What an attribute of the workspace holds. Values of another form are refused.

    Once a segment asks for it, its values are kept in `AttributeValue` too (`promoted_at`).
    """

    key = models.CharField(_("key"), max_length=60)
    label = models.CharField(_("name"), max_length=120)
    type = models.CharField(_("type"), max_length=6, choices=AttributeType)
    choices = ArrayField(
        models.CharField(max_length=120), verbose_name=_("values"), default=list, blank=True
    )
    promoted_at = models.DateTimeField(_("indexed"), null=True, editable=False)

    class Meta(PublicModel.Meta):
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "key", name="profiles_attributedefinition_key"),
        ]

    def __str__(self) -> str:
        return self.label


class AttributeValue(TenantModel):
    """A value of a promoted attribute, in a column of its type, with an index."""

    definition = models.ForeignKey(
        AttributeDefinition, models.CASCADE, related_name="+", db_index=False
    )
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    text = models.CharField(max_length=300, blank=True)
    # Not a decimal: its operators are not leakproof, so under row level security no index serves.
    number = models.FloatField(null=True)
    day = models.DateField(null=True)

    class Meta:
        verbose_name = _("value of an attribute")
        verbose_name_plural = _("values of attributes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                "tenant", "definition", "customer", name="profiles_attributevalue_one"
            )
        ]
        indexes: ClassVar = [
            models.Index("tenant", "definition", "text", name="profiles_attributevalue_text"),
            models.Index("tenant", "definition", "number", name="profiles_attributevalue_number"),
            models.Index("tenant", "definition", "day", name="profiles_attributevalue_day"),
        ]

    def __str__(self) -> str:
        return f"{self.definition_id} {self.customer_id}"
