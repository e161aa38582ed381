"""Workspaces (tenants), people, their roles, API keys and the audit log."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from tenants.managers import TenantManager, fill_tenant
from tenants.permissions import Role


class InterfaceLanguage(models.TextChoices):
    ENGLISH = "en", "English"
    CHINESE = "zh-hans", "简体中文"


class Tenant(models.Model):
    """One workspace. The only table, with `User`, that every workspace shares."""

    slug = models.SlugField(_("address"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=InterfaceLanguage,
        default=InterfaceLanguage.ENGLISH,
    )
    timezone = models.CharField(_("time zone"), max_length=60, default="UTC")
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    postal_address = models.CharField(
        _("postal address"),
        max_length=300,
        blank=True,
        help_text=_("Stands in the footer of every email, as the law of most countries asks."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        constraints: ClassVar = [
            models.UniqueConstraint("public_id", name="tenants_tenant_public_id")
        ]

    def __str__(self) -> str:
        return self.name


class TenantModel(models.Model):
    """A row of one workspace. The schema editor puts its table under row level security."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        fill_tenant(self)
        super().save(*args, **kwargs)


class PublicModel(TenantModel):
    """A row of one workspace that URLs and the API name by `public_id`."""

    public_id = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "public_id", name="%(app_label)s_%(class)s_public_id")
        ]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the system")
    LIGHT = "paper", _("Light")
    DARK = "night", _("Dark")


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by email address. May belong to several workspaces."""

    email = models.EmailField(_("email address"), max_length=254)
    name = models.CharField(_("name"), max_length=120, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=InterfaceLanguage, blank=True)
    theme = models.CharField(_("appearance"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("administrator"), default=False)
    date_joined = models.DateTimeField(_("joined"), db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="tenants_user_email"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        words = (self.name or self.email).split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


class Membership(TenantModel):
    """That a person belongs to a workspace, and as what."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    created_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints: ClassVar = [
            models.UniqueConstraint("tenant", "user", name="tenants_membership_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class Invitation(PublicModel):
    """An invitation by email. `token_hash` is the SHA-256 of the token in the link."""

    email = models.EmailField(_("email address"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email


class ApiKey(PublicModel):
    """A key of a partner system. The key reads `mp_<workspace>_<prefix>_<secret>`.

    It names its workspace, so that it is looked up inside that workspace's scope. Only the
    SHA-256 of the whole key is kept: the secret has 256 random bits, so a slow hash adds nothing.
    """

    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("prefix"), max_length=12, editable=False)
    key_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("allowed"), default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta(PublicModel.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints: ClassVar = [
            *PublicModel.Meta.constraints,
            models.UniqueConstraint("tenant", "prefix", name="tenants_apikey_prefix"),
        ]

    def __str__(self) -> str:
        return self.name


class AuditFields(models.Model):
    """Who did what to which row, when. Append-only: the app role may not update or delete."""

    at = models.DateTimeField(_("time"), db_default=Now(), editable=False)
    actor = models.ForeignKey(  # the entry outlives the person
        User, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    actor_name = models.CharField(_("who"), max_length=200)
    action = models.CharField(_("what"), max_length=60)
    target = models.CharField(_("to what"), max_length=200, blank=True)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.target}"


class AuditEntry(TenantModel, AuditFields):
    """An entry of a workspace's audit log."""

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes: ClassVar = [models.Index(fields=["tenant", "-at"], name="tenants_auditentry_at")]


class SystemAuditEntry(AuditFields):
    """What belongs to no workspace: sign-ins, new workspaces, an administrator's entry."""

    class Meta:
        verbose_name = _("system audit entry")
        verbose_name_plural = _("system audit log")
        indexes: ClassVar = [models.Index(fields=["-at"], name="tenants_systemaudit_at")]
