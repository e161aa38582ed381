"""Administration of workspaces, people, keys, and the audit logs."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm

from tenants import services
from tenants.audit_words import explain_entry
from tenants.models import (
    ApiKey,
    AuditEntry,
    Invitation,
    Membership,
    SystemAuditEntry,
    Tenant,
    User,
)
from tenants.read_only_admin import ReadOnlyAdmin

admin.site.unregister(Group)  # roles of a workspace say who may do what; see permissions.py


@admin.register(Tenant)
class TenantAdmin(ModelAdmin):
    """Workspaces. To see what is in one, choose it (see marketing_platform/admin.py)."""

    list_display = ("name", "slug", "language", "timezone", "currency", "is_active")
    list_filter = ("is_active", "language")
    search_fields = ("name", "slug")
    readonly_fields = ("public_id", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Tenant | None = None) -> Any:
        """The address stands in links that were sent out: it never changes."""
        return (*self.readonly_fields, "slug") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class UserCreationForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", "language")
        field_classes: dict[str, type[forms.Field]] = {}  # noqa: RUF012 - Django's shape


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    """People. Which workspaces they belong to is the workspaces' own matter."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language", "theme")}),
        (_("Rights"), {"fields": ("is_active", "is_staff", "is_superuser")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "language", "password1", "password2")}),)


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    list_display = ("user", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "user__name")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ("created_at",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        services.add_member(user=obj.user, role=obj.role)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        services.remove_member(membership=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        for membership in queryset:
            services.remove_member(membership=membership)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "role", "invited_by", "expires_at", "accepted_at")
    list_filter = ("role",)
    search_fields = ("email",)
    exclude = ("token_hash",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Keys can be revoked here. They are made in the workspace, where the key is shown once."""

    list_display = ("name", "prefix", "created_by", "expires_at", "revoked_at", "last_used_at")
    search_fields = ("name", "prefix")
    exclude = ("key_hash",)
    actions = ("revoke",)

    @action(description=_("Revoke the chosen keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset.filter(revoked_at=None):
            services.revoke_api_key(key=key)
        self.message_user(request, _("The keys are revoked."))


class AuditAdmin(ReadOnlyAdmin):
    """In words, as in Settings → Audit log; the filter and the search know the codes."""

    list_display = ("at", "who", "what", "about")
    list_filter = ("action",)
    search_fields = ("actor_name", "action", "target")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")

    @admin.display(description=pgettext_lazy("audit log", "Who"))
    def who(self, entry: AuditEntry) -> str:
        return explain_entry(entry).who

    @admin.display(description=pgettext_lazy("audit log", "What"))
    def what(self, entry: AuditEntry) -> str:
        return explain_entry(entry).what

    @admin.display(description=_("To what"))
    def about(self, entry: AuditEntry) -> str:
        return explain_entry(entry).target


admin.site.register([AuditEntry, SystemAuditEntry], AuditAdmin)
