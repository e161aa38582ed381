"""Administration of the registry of models. Models are made and promoted in their workspace."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from inference.models import (
    EditPair,
    LearningConsent,
    Quota,
    RegisteredModel,
    TrainingRun,
    Usage,
)
from tenants.context import has_tenant
from tenants.read_only_admin import ReadOnlyAdmin


@admin.register(RegisteredModel)
class RegisteredModelAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "engine", "channel", "stage", "source", "promoted_at")
    list_filter = ("kind", "engine", "stage", "channel")
    search_fields = ("name", "source")
    exclude = ("api_key",)


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "state", "texts", "share", "result", "ended_at")
    list_filter = ("kind", "state")


@admin.register(EditPair)
class EditPairAdmin(ReadOnlyAdmin):
    list_display = ("model", "channel", "language", "distance", "reason", "created_at")
    list_filter = ("channel", "language")


@admin.register(LearningConsent)
class LearningConsentAdmin(ReadOnlyAdmin):
    list_display = ("tenant", "given_by", "created_at")


@admin.register(Quota)
class QuotaAdmin(ModelAdmin):
    """What the chosen workspace may write at most. One row; none means no limit."""

    list_display = ("tenant", "texts_per_day", "texts_per_month", "tokens_per_day")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """One row a workspace. Without a chosen workspace the list itself says what to do."""
        may_add = bool(super().has_add_permission(request))
        return may_add and not (has_tenant() and Quota.objects.exists())


@admin.register(Usage)
class UsageAdmin(ReadOnlyAdmin):
    list_display = ("writer", "texts", "prompt_tokens", "new_tokens", "seconds", "created_at")
    list_filter = ("writer",)
