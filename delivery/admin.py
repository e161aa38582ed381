"""Administration of delivery. The ledger is to look at; the actions call services."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

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
from tenants.errors import DomainError


class LedgerAdmin(ModelAdmin):
    """Rows that services make. Tables of millions: no count of all, no sorting without an index."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)
    sortable_by: tuple[str, ...] = ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def each(request: HttpRequest, rows: Iterable[Any], verb: Callable[[Any], object]) -> None:
    """Do it with each row; say how many went well, and why the others did not."""
    done = 0
    for row in rows:
        try:
            verb(row)
            done += 1
        except DomainError as error:
            messages.error(request, f"{row}: {error.message}")
    if done:
        messages.success(request, _("Done: %(count)s.") % {"count": done})


@admin.register(Sender)
class SenderAdmin(LedgerAdmin):
    list_display = ("name", "email", "host", "port", "security", "state", "is_default")
    list_filter = ("state",)
    exclude = ("password",)
    actions = ("resume_senders",)

    @admin.action(description=gettext_lazy("Send through them again"))
    def resume_senders(self, request: HttpRequest, queryset: QuerySet[Sender]) -> None:
        each(request, queryset, services.resume_sender)


@admin.register(Mailing)
class MailingAdmin(LedgerAdmin):
    list_display = ("name", "state", "state_reason", "audience", "sender", "due_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("sender",)
    search_fields = ("name",)
    actions = ("pause_mailings", "resume_mailings", "release_mailings", "cancel_mailings")

    @admin.action(description=gettext_lazy("Pause"))
    def pause_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        each(request, queryset, services.pause)

    @admin.action(description=gettext_lazy("Go on"))
    def resume_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        each(request, queryset, services.resume)

    @admin.action(description=gettext_lazy("Release after a restore"))
    def release_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        each(request, queryset, services.release)

    @admin.action(description=gettext_lazy("Cancel what is left"))
    def cancel_mailings(self, request: HttpRequest, queryset: QuerySet[Mailing]) -> None:
        each(request, queryset, services.cancel)


@admin.register(Message)
class MessageAdmin(LedgerAdmin):
    list_display = ("public_id", "mailing", "state", "reason", "attempts", "due_at", "sent_at")
    list_filter = ("state",)
    list_select_related = ("mailing",)
    search_fields = ("public_id__exact",)


@admin.register(Content)
class ContentAdmin(LedgerAdmin):
    list_display = ("subject", "language", "variant", "label", "created_at")
    list_filter = ("language", "variant")
    search_fields = ("content_hash__exact",)


@admin.register(Link)
class LinkAdmin(LedgerAdmin):
    list_display = ("url", "number", "label")


@admin.register(Suppression)
class SuppressionAdmin(LedgerAdmin):
    list_display = ("address_hash", "reason", "source", "created_at")
    list_filter = ("reason",)
    search_fields = ("address_hash__exact",)


@admin.register(Hit)
class HitAdmin(LedgerAdmin):
    list_display = ("at", "kind", "method", "user_agent", "link")
    list_filter = ("kind",)
    list_select_related = ("link",)


@admin.register(Unsubscribe)
class UnsubscribeAdmin(LedgerAdmin):
    list_display = ("at", "message", "one_click")
    list_select_related = ("message",)
