"""Administration of delivery. The ledger is to look at; the actions call services."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from delivery import services
from delivery.models import (
    Content,
    Hit,
    Link,
    Mailing,
    Message,
    Sender,
    Suppression,
    Unsubscribe,
)
from tenants.read_only_admin import ReadOnlyAdmin, do_each


@admin.register(Sender)
class SenderAdmin(ReadOnlyAdmin):
    list_display = ("name", "email", "host", "port", "security", "state", "is_default")
    list_filter = ("state",)
    exclude = ("password",)
    actions = ("resume_senders",)

    @admin.action(description=gettext_lazy("Send through them again"))
    def resume_senders(self, request: HttpRequest, queryset: QuerySet[Sender]) -> None:
        do_each(request, queryset, services.resume_sender)


@admin.register(Mailing)
class MailingAdmin(ReadOnlyAdmin):
    list_display = ("name", "state", "state_reason", "audience", "sender", "due_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("sender",)
    search_fields = ("name",)
    actions = ("pause_mailings", "resume_mailings", "release_mailings", "cancel_mailings")

    @admin.action(description=gettext_lazy("Pause"))
    def pause_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        do_each(request, queryset, services.pause)

    @admin.action(description=gettext_lazy("Go on"))
    def resume_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        do_each(request, queryset, services.resume)

    @admin.action(description=gettext_lazy("Release after a restore"))
    def release_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        do_each(request, queryset, services.release)

    @admin.action(description=gettext_lazy("Cancel what is left"))
    def cancel_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        do_each(request, queryset, services.cancel)


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    list_display = ("public_id", "mailing", "state", "reason", "attempts", "due_at", "sent_at")
    list_filter = ("state",)
    list_select_related = ("mailing",)
    search_fields = ("public_id__exact",)


@admin.register(Content)
class ContentAdmin(ReadOnlyAdmin):
    list_display = ("subject", "language", "variant", "label", "created_at")
    list_filter = ("language", "variant")
    search_fields = ("content_hash__exact",)


@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    list_display = ("url", "number", "label")


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("address_hash", "reason", "source", "created_at")
    list_filter = ("reason",)
    search_fields = ("address_hash__exact",)


@admin.register(Hit)
class HitAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "method", "user_agent", "link")
    list_filter = ("kind",)
    list_select_related = ("link",)


@admin.register(Unsubscribe)
class UnsubscribeAdmin(ReadOnlyAdmin):
    list_display = ("at", "message", "one_click")
    list_select_related = ("message",)
