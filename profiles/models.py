"""Customers, what they did, what they agreed to, and what follows from it."""

import re
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalogue.models import Product
from inference.services import VOCABULARY
from inference.types import Motive, Stage
from tenants.managers import TenantManager
from tenants.models import PublicModel, TenantModel, User

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
        "self", models.CASCADE, null=True, related_name="merged", db_index=False, editable=False
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
            )
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


class Event(TenantModel):
    """Something a customer did. Partitioned by month of `at` (see migration 0002).

    `event_id` is the sender's id as a UUID, or a hash of what the sender gave; each is stored
    once. `name` is in snake case and in the past tense: `product_viewed`, `email_clicked`.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="events")
    event_id = models.UUIDField()
    name = models.CharField(_("event"), max_length=100)
    at = models.DateTimeField(_("when"))
    product = models.ForeignKey(
        Product, models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    properties = models.JSONField(_("details"), default=dict)

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

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
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

    class Meta(PublicModel.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "external_id", name="profiles_order_external_id"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "customer", "-placed_at"], name="profiles_order_customer"
            ),
            # Rules ask who spent what, and when: this index answers without reading the orders.
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

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    line_key = models.UUIDField()
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+")
    sku = models.CharField(_("SKU"), max_length=200, blank=True)
    title = models.CharField(_("title"), max_length=300, blank=True)
    quantity = models.IntegerField(_("quantity"))
    unit_price = models.DecimalField(_("price each"), max_digits=12, decimal_places=2)
    discount = models.DecimalField(_("discount"), max_digits=12, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "order", "line_key", name="profiles_orderline_key")
        ]

    def __str__(self) -> str:
        return self.title or self.sku


class ImportKind(models.TextChoices):
    CUSTOMERS = "customers", _("Customers")
    ORDERS = "orders", _("Orders")
    EVENTS = "events", _("Events")
    PRODUCTS = "products", _("Products")
    TEXTS = "texts", _("Reviews, posts and chats")


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Columns to check")
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Reading")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class Import(PublicModel):
    """A file on its way in. rows_read = created + updated + unchanged + rejected."""

    kind = models.CharField(_("what it holds"), max_length=10, choices=ImportKind)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.UPLOADED
    )
    file_name = models.CharField(_("file"), max_length=255)
    file = models.FileField(_("file"), max_length=255, blank=True)
    size = models.BigIntegerField(_("size in bytes"), default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    encoding = models.CharField(_("encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=1, blank=True)
    columns = ArrayField(models.TextField(), verbose_name=_("columns"), default=list)
    mapping = models.JSONField(_("mapping"), default=dict, help_text=_("Field to column."))
    options = models.JSONField(_("options"), default=dict)
    rows_read = models.BigIntegerField(_("rows"), default=0)
    created = models.BigIntegerField(_("new"), default=0)
    updated = models.BigIntegerField(_("updated"), default=0)
    unchanged = models.BigIntegerField(_("unchanged"), default=0)
    rejected = models.BigIntegerField(_("rejected"), default=0)
    bytes_read = models.BigIntegerField(default=0)
    checkpoint = models.JSONField(default=dict, help_text=_("Where to go on after a crash."))
    error = models.TextField(_("what went wrong"), blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")

    class Meta(PublicModel.Meta):
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name


class RejectedRow(TenantModel):
    """A row that was not saved, and why. `code` is stable; `message` says what to do."""

    source = models.ForeignKey(Import, models.CASCADE, related_name="rejected_rows")
    line = models.BigIntegerField(_("line"))
    column = models.CharField(_("column"), max_length=200, blank=True)
    value = models.CharField(_("value"), max_length=200, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(_("reason"), max_length=300)
    row = ArrayField(models.TextField(), verbose_name=_("row"), default=list)

    class Meta:
        verbose_name = _("rejected row")
        verbose_name_plural = _("rejected rows")
        indexes: ClassVar = [
            models.Index("tenant", "source", "code", "line", name="profiles_rejectedrow_code")
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.message}"


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
    """A topic of the workspace's own: texts with one of its words are about it."""

    name = models.CharField(_("name"), max_length=60)
    words = ArrayField(models.CharField(max_length=60), verbose_name=_("words"))

    class Meta(PublicModel.Meta):
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "name", name="profiles_topic_name"),
        ]

    def __str__(self) -> str:
        return self.name


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
    """A customer of whom something came in; traits and segments are to be looked at again."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("customer to look at again")
        verbose_name_plural = _("customers to look at again")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "customer", name="profiles_touchedcustomer_one")
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class AttributeType(models.TextChoices):
    TEXT = "text", _("Text")
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
    number = models.DecimalField(max_digits=28, decimal_places=9, null=True)
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
    exact share of the score: `[{"product": 12, "share": 0.7}]`; empty for what is popular.
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

    class Meta:
        verbose_name = _("recommendation settings")
        verbose_name_plural = _("recommendation settings")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", name="profiles_recommendationpolicy_one")
        ]

    def __str__(self) -> str:
        return str(_("Recommendation settings"))
