"""Files on their way in."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import PublicModel, TenantModel, User


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
