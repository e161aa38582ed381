"""What the administration of every room is made of: rows to look at, and verbs of the services."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from tenants.errors import DomainError


class NothingByHand:
    """Rows that services make: to look at, not to change. Edit them in their workspace."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """A column of keys is headed in the reader's language; `customer_id` needs no join."""
        columns: list[Any] = super().get_list_display(request)  # type: ignore[misc]
        return [_key_column(self.model, name) or name for name in columns]  # type: ignore[attr-defined]


def _key_column(model: Any, name: Any) -> Callable[[Any], Any] | None:
    """Return the column of a foreign key's values; None for what is no such column."""
    try:
        field = model._meta.get_field(str(name).removesuffix("_id"))
    except FieldDoesNotExist:
        return None
    if name != getattr(field, "attname", "") or not field.is_relation:
        return None

    @admin.display(description=format_lazy("{} ID", field.verbose_name))
    def key(row: Any) -> Any:
        return getattr(row, name)

    return key


class ReadOnlyAdmin(NothingByHand, ModelAdmin):
    """A table that may have millions of rows: not counted, sorted by nothing without an index."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)
    sortable_by: tuple[str, ...] = ()


class ReadOnlyInline(NothingByHand, TabularInline):
    """Rows that belong to the one that is looked at."""

    extra = 0
    can_delete = False


def do_each(request: HttpRequest, rows: Iterable[Any], verb: Callable[[Any], object]) -> None:
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
