"""The message ledger: one row for each message to each person, and what became of it."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from catalogue.models import FactSnapshot, TextLanguage
from profiles.models import Customer
from profiles.models.forgetting import OnForget
from tenants.models import PublicModel, Tenant, TenantModel


class SenderState(models.TextChoices):
    READY = "ready", _("Ready")
    PAUSED = "paused", _("Paused")


class Sender(PublicModel):
    """An address that mail comes from, and the SMTP server that takes it.

    `password` is encrypted with SECRET_KEY. A refused sign-in or an unreachable server pauses
    the sender with a reason; its messages wait, none is lost. `hour_count` messages were taken
    since `hour_started_at`; a new hour starts when that one is over.
    """

    name = models.CharField(_("sender name"), max_length=120)
    email = models.EmailField(_("sender address"))
    reply_to = models.EmailField(_("answers go to"), blank=True)
    host = models.CharField(_("server"), max_length=255)
    port = models.PositiveIntegerField(_("port"), default=587)
    security = models.CharField(
        _("encryption"),
        max_length=10,
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("None"))],
        default="starttls",
    )
    username = models.CharField(_("user name"), max_length=255, blank=True)
    password = models.TextField(blank=True, editable=False)
    per_hour = models.PositiveIntegerField(_("messages an hour"), default=20000)
    state = models.CharField(
        _("state"), max_length=10, choices=SenderState, default=SenderState.READY
    )
    paused_reason = models.TextField(_("why it is paused"), blank=True)
    is_default = models.BooleanField(_("used unless a campaign says otherwise"), default=False)
    hour_started_at = models.DateTimeField(null=True, editable=False)
    hour_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(PublicModel.Meta):
        verbose_name = _("sender")
        verbose_name_plural = _("senders")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "email", name="delivery_sender_email"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="delivery_one_default_sender"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


class MailingState(models.TextChoices):
    HELD = "held", _("Held")
    RUNNING = "running", _("Sending")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    FINISHED = "finished", _("Finished")


class Mailing(PublicModel):
    """A launched campaign as delivery knows it. Made with its messages, in one transaction.

    `source` is the public id of the campaign; `audience` the number of messages made.
    `instance_id` names the installation that launched it: in a restored or copied database it
    differs from the setting, and nothing is sent until an operator releases it. `active_at` is
    when messages were last taken, or a person last said to go on (to the minute); lateness is
    counted from there, so a mailing that takes all night is not late.
    """

    source = models.UUIDField(_("campaign"))
    name = models.CharField(_("name"), max_length=200)
    sender = models.ForeignKey(Sender, models.PROTECT, related_name="+")
    state = models.CharField(
        _("state"), max_length=10, choices=MailingState, default=MailingState.RUNNING
    )
    state_reason = models.TextField(_("why"), blank=True)
    audience = models.BigIntegerField(_("people"))
    approved_hash = models.CharField(_("approved content"), max_length=64)
    due_at = models.DateTimeField(_("starts"))
    max_lateness = models.DurationField(_("latest after"), null=True)
    active_at = models.DateTimeField(null=True, editable=False)
    instance_id = models.CharField(max_length=120)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("mailing")
        verbose_name_plural = _("mailings")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "source", name="delivery_mailing_source"),
        ]

    def __str__(self) -> str:
        return self.name


class Content(TenantModel):
    """An approved text, with the facts it cites. Never changed; named by its hash.

    `subject`, `preheader`, `html` and `text` are Liquid with the customer's slots unfilled.
    """

    content_hash = models.CharField(max_length=64)
    language = models.CharField(_("language"), max_length=10, choices=TextLanguage)
    variant = models.CharField(_("variant"), max_length=20)
    label = models.CharField(_("micro-segment"), max_length=300, blank=True)
    subject = models.TextField(_("subject"))
    preheader = models.TextField(_("preheader"), blank=True)
    html = models.TextField()
    text = models.TextField()
    snapshot = models.ForeignKey(FactSnapshot, models.PROTECT, related_name="+")
    provenance = models.JSONField(_("how it was made"), default=dict)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("content")
        verbose_name_plural = _("contents")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "content_hash", name="delivery_content_hash")
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_machine_written(self) -> bool:
        """Whether the mail must say so. A base text is a person's, unless a model is named."""
        return self.variant != "base" or bool(self.provenance.get("model"))


class MessageState(models.TextChoices):
    """See docs/delivery.md for who moves a message from which state to which."""

    QUEUED = "queued", _("Waiting")
    CLAIMED = "claimed", _("Taken by a worker")
    ATTEMPTING = "attempting", _("Being handed over")
    RETRY_WAIT = "retry_wait", _("Tried again later")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    SUPPRESSED = "suppressed", _("Not sent: not allowed")
    CANCELLED = "cancelled", _("Cancelled")
    MISSED = "missed", _("Too late")
    IN_DOUBT = "in_doubt", _("Not certain")


OPEN_STATES = (
    MessageState.QUEUED,
    MessageState.CLAIMED,
    MessageState.ATTEMPTING,
    MessageState.RETRY_WAIT,
)


class OrderedUUID(models.Func):
    """A version 7 UUID of PostgreSQL 18: random, behind the time in milliseconds."""

    template = "uuidv7()"
    output_field = models.UUIDField()


class Message(PublicModel):
    """One message to one person. The row is the truth; the broker only rings.

    `fence` grows with every claim, so that a worker whose lease ran out cannot overwrite a newer
    attempt. `attempts` is counted before the work.
    """

    # No index for each key alone: those below begin with the tenant and serve them all, and every
    # change of state is written to every index. No constraint for each key: triggers of migration
    # 0007 check the keys of a whole launch at once, in a third of the time (docs/decisions/).
    # Numbers grow with time, so that a million new ones are appended to their index.
    public_id = models.UUIDField(default=uuid.uuid4, db_default=OrderedUUID(), editable=False)
    tenant = models.ForeignKey(
        Tenant,
        models.CASCADE,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    mailing = models.ForeignKey(
        Mailing, models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="messages", db_index=False, db_constraint=False
    )
    content = models.ForeignKey(
        Content, models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    channel = models.CharField(max_length=10, default="email", db_default="email")
    address = models.CharField(_("address"), max_length=254)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=MessageState,
        default=MessageState.QUEUED,
        db_default=MessageState.QUEUED,
    )
    reason = models.CharField(_("reason"), max_length=40, blank=True, db_default="")
    detail = models.CharField(_("answer of the server"), max_length=500, blank=True, db_default="")
    due_at = models.DateTimeField(_("due"))
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True, db_default="")
    fence = models.IntegerField(default=0, db_default=0)
    attempts = models.SmallIntegerField(_("attempts"), default=0, db_default=0)
    attempted_at = models.DateTimeField(_("handed over"), null=True)
    sent_at = models.DateTimeField(_("accepted"), null=True)
    bounced_at = models.DateTimeField(_("bounced"), null=True)
    complained_at = models.DateTimeField(_("complained"), null=True)

    on_forget: ClassVar = OnForget(
        blank={"address": "", "detail": ""}, why="Reports count messages; whose they were is gone."
    )

    class Meta(PublicModel.Meta):
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint(
                "tenant", "mailing", "customer", "channel", name="delivery_message_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant", "mailing", "due_at"],
                condition=Q(state__in=["queued", "retry_wait"]),
                name="delivery_message_due",
            ),
            models.Index(
                fields=["tenant", "lease_until"],
                condition=Q(state__in=["claimed", "attempting"]),
                name="delivery_message_leased",
            ),
            models.Index(
                fields=["tenant", "customer", "-created_at"], name="delivery_message_customer"
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class SuppressionReason(models.TextChoices):
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    BOUNCED = "bounced", _("Address does not exist")
    COMPLAINED = "complained", _("Marked as spam")
    BY_HAND = "by_hand", _("Added by hand")


class Suppression(PublicModel):
    """An address that gets nothing. Only its SHA-256 is kept, so that it outlives an erasure."""

    address_hash = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=20, choices=SuppressionReason)
    source = models.CharField(_("how we know"), max_length=200, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("suppression")
        verbose_name_plural = _("suppression list")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "address_hash", name="delivery_suppression_address"),
        ]

    def __str__(self) -> str:
        return self.address_hash[:12]

    @property
    def how_known(self) -> str:
        """How we know, for readers: the id of a message says nothing to them."""
        if self.source.startswith("message "):
            return str(_("Through a link in a message"))
        return self.source


class Link(TenantModel):
    """A target that messages of a content may point to. Redirects go to rows of this table."""

    content = models.ForeignKey(Content, models.CASCADE, related_name="links")
    number = models.PositiveSmallIntegerField()
    url = models.URLField(_("target"), max_length=2000)
    label = models.CharField(_("label"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "content", "number", name="delivery_link_number")
        ]

    def __str__(self) -> str:
        return self.url


class HitKind(models.TextChoices):
    HUMAN = "human", _("Person")
    MACHINE = "machine", _("Machine")
    UNKNOWN = "unknown", _("Not certain")


class Hit(TenantModel):
    """A click, kept as it came. `kind` says whether a person or a mail scanner made it, and
    `signals` why we think so."""

    tenant = models.ForeignKey(  # the indexes below begin with it
        Tenant, models.CASCADE, related_name="+", editable=False, db_index=False
    )
    message = models.ForeignKey(Message, models.CASCADE, related_name="hits", db_index=False)
    link = models.ForeignKey(Link, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(_("when"), db_default=Now())
    kind = models.CharField(_("made by"), max_length=10, choices=HitKind)
    signals = models.JSONField(_("why we think so"), default=list)
    method = models.CharField(max_length=8)
    user_agent = models.CharField(max_length=300, blank=True)
    ip_hash = models.CharField(max_length=32, blank=True)

    on_forget: ClassVar = OnForget(
        path="message__customer",
        blank={"user_agent": "", "ip_hash": ""},
        why="Reports count clicks; the device is gone.",
    )

    class Meta:
        verbose_name = _("click")
        verbose_name_plural = _("clicks")
        indexes: ClassVar = [
            models.Index("tenant", "message", "at", name="delivery_hit_message"),
            models.Index("tenant", "ip_hash", "at", name="delivery_hit_ip"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at}"


class Unsubscribe(TenantModel):
    """That a person left through a message: which one, and when."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"), db_default=Now())
    one_click = models.BooleanField(_("by the mail program's button"))

    on_forget: ClassVar = OnForget(path="message__customer", why="Reports count who left.")

    class Meta:
        verbose_name = _("unsubscribe")
        verbose_name_plural = _("unsubscribes")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "message", name="delivery_unsubscribe_message")
        ]

    def __str__(self) -> str:
        return str(self.at)
