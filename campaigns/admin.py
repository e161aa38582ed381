"""Administration of campaigns. Rows are made by services; actions call the same services."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from campaigns.models import (
    Approval,
    AudienceMember,
    Campaign,
    CampaignProduct,
    Creative,
    GateBrief,
    MicroSegment,
    TextExplanation,
)
from campaigns.services import briefs, pending, sending, writing
from tenants.read_only_admin import ReadOnlyAdmin, do_each


@admin.register(Campaign)
class CampaignAdmin(ReadOnlyAdmin):
    """Campaigns are made and changed in their workspace; what can be stuck is freed here."""

    list_display = ("name", "state", "goal", "segment", "updated_at", "created_by")
    list_filter = ("state", "goal")
    search_fields = ("name", "public_id")
    list_select_related = ("segment", "created_by")
    actions = (
        "write_texts",
        "stop_writing",
        "ring_writers",
        "duplicate",
        "cancel",
        "pause_sending",
        "resume_sending",
    )

    @admin.action(description=gettext_lazy("Have the texts written anew"))
    def write_texts(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, pending.ask_for_writing)

    @admin.action(description=gettext_lazy("Stop writing"))
    def stop_writing(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, writing.stop_writing)

    @admin.action(description=gettext_lazy("Ring the writers"))
    def ring_writers(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, writing.ring)

    @admin.action(description=gettext_lazy("Duplicate"))
    def duplicate(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, briefs.duplicate)

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, briefs.cancel)

    @admin.action(description=gettext_lazy("Pause sending"))
    def pause_sending(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, sending.pause)

    @admin.action(description=gettext_lazy("Go on sending"))
    def resume_sending(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        do_each(request, queryset, sending.resume)


@admin.register(CampaignProduct)
class CampaignProductAdmin(ReadOnlyAdmin):
    list_display = ("campaign", "product", "position")
    list_select_related = ("campaign", "product")
    search_fields = ("campaign__name", "product__title")


@admin.register(MicroSegment)
class MicroSegmentAdmin(ReadOnlyAdmin):
    list_display = ("facts_hash", "campaign", "language", "detail", "product", "size")
    list_filter = ("language", "detail")
    list_select_related = ("campaign", "product")
    search_fields = ("facts_hash", "campaign__name")


@admin.register(AudienceMember)
class AudienceMemberAdmin(ReadOnlyAdmin):
    list_display = ("customer", "campaign", "place", "variant")
    list_filter = ("place", "variant")
    list_select_related = ("customer", "campaign")
    search_fields = ("campaign__name", "customer__external_id")
    show_full_result_count = False


@admin.register(Creative)
class CreativeAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "campaign", "variant", "channel", "language", "state", "must_read")
    list_filter = ("state", "variant", "channel", "language")
    list_select_related = ("campaign",)
    search_fields = ("campaign__name", "public_id")


@admin.register(TextExplanation)
class TextExplanationAdmin(ReadOnlyAdmin):
    list_display = ("creative", "state", "model", "seconds", "computed_at")
    list_filter = ("state",)
    list_select_related = ("creative",)
    search_fields = ("public_id", "creative__public_id")


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ("content_hash", "campaign", "approved_by_name", "created_at", "voided_at")
    list_select_related = ("campaign",)
    search_fields = ("content_hash", "campaign__name")


@admin.register(GateBrief)
class GateBriefAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "language", "channel", "goal", "tone", "product")
    list_filter = ("language", "channel", "goal")
    list_select_related = ("product",)
    search_fields = ("public_id", "message")
