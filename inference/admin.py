"""Administration of the registry of models. Models are made and promoted in their workspace."""

from django.contrib import admin

from inference.models import RegisteredModel
from tenants.admin import ReadOnlyAdmin


@admin.register(RegisteredModel)
class RegisteredModelAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "engine", "channel", "stage", "source", "promoted_at")
    list_filter = ("kind", "engine", "stage", "channel")
    search_fields = ("name", "source")
    exclude = ("api_key",)
