"""Imports: the list, the upload, the columns, the progress, and what became of every row."""

import csv
import tempfile
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from profiles.forms import ImportForm, MappingForm
from profiles.importers.dates import DAY_FIRST, MONTH_FIRST
from profiles.importers.fields import ATTRIBUTE, FIELDS
from profiles.models import Import, ImportKind, ImportState, RejectedRow
from profiles.services import imports, rejected
from tenants.access import action
from tenants.errors import DomainError

SHOWN = 5
"""Rejected rows of each reason on the page of an import."""
DATE_CODES = ("date_invalid", "date_unreadable")
NOT_TO_CORRECT = frozenset({"no_key"})
"""Reasons that lie in the matter: an order of a guest names no customer, and never will."""


@action("imports.view")
@require_safe
def import_list(request: HttpRequest, workspace: str) -> HttpResponse:
    page = Paginator(Import.objects.select_related("created_by").order_by("-pk"), 25).get_page(
        request.GET.get("page")
    )
    return render(request, "profiles/import_list.html", {"nav": "imports", "page": page})


@action("imports.view", write="imports.run")
@require_http_methods(["GET", "HEAD", "POST"])
def import_create(request: HttpRequest, workspace: str) -> HttpResponse:
    """Take a file in. With `again` it is read by the mapping of an earlier import."""
    again = request.GET.get("again", "")
    before = get_object_or_404(Import, public_id=again) if _is_uuid(again) else None
    kind = before.kind if before else request.GET.get("kind", ImportKind.CUSTOMERS)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"kind": kind})
    if request.method == "POST" and form.is_valid():
        import_ = _take_in(request, form, before)
        if import_ is not None:
            return redirect("profiles:import-detail", workspace, import_.public_id)
    context = {"nav": "imports", "form": form, "before": before}
    status = 422 if form.errors else 200
    return render(request, "profiles/import_create.html", context, status=status)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _take_in(request: HttpRequest, form: ImportForm, before: Import | None) -> Import | None:
    file = form.cleaned_data["file"]
    kind = before.kind if before else form.cleaned_data["kind"]
    try:
        import_ = imports.start_import(
            kind=kind, file=file, file_name=file.name, by=request.user, trust_header=not before
        )
        if import_.options["known"] not in ("", imports.BEFORE):
            imports.confirm_mapping(import_, import_.mapping)
        elif before and set(before.mapping.values()) <= {*import_.columns}:
            dates = {"dates": before.options.get("dates", {})}
            imports.confirm_mapping(import_, before.mapping, dates)
    except DomainError as error:
        form.add_error("file", error.message)
        return None
    return import_


@action("imports.view", write="imports.run")
@require_http_methods(["GET", "HEAD", "POST"])
def import_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    import_ = get_object_or_404(Import.objects.select_related("created_by"), public_id=public_id)
    if import_.state == ImportState.UPLOADED:
        return _choose_columns(request, import_)
    if request.method == "POST":
        return redirect(request.path)
    return render(request, "profiles/import_detail.html", _describe(request, import_))


def _choose_columns(request: HttpRequest, import_: Import) -> HttpResponse:
    form = MappingForm(request.POST or None, import_=import_)
    if request.method == "POST" and form.is_valid():
        try:
            imports.confirm_mapping(import_, form.mapping, form.options)
            return redirect(request.path)
        except DomainError as error:
            form.add_error(None, error.message)
    earlier = Import.objects.filter(
        sha256=import_.sha256, kind=import_.kind, state=ImportState.DONE
    ).first()
    context = {
        "nav": "imports",
        "import": import_,
        "form": form,
        "needed": [field.label for field in FIELDS[import_.kind].values() if field.is_needed],
        "earlier": earlier,
        "delimiter": _delimiter_name(import_.delimiter),
    }
    return render(
        request, "profiles/import_columns.html", context, status=422 if form.errors else 200
    )


def _delimiter_name(delimiter: str) -> str:
    names = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "|": _("bars")}
    return names.get(delimiter, _("blanks"))


def _describe(request: HttpRequest, import_: Import) -> dict[str, Any]:
    reasons = rejected.count_reasons(import_)
    chosen = request.GET.get("code", "")
    codes = [one.code for one in reasons]
    groups = [one for one in reasons if not chosen or one.code == chosen]
    return {
        "nav": "imports",
        "import": import_,
        "reasons": reasons,
        "chosen": chosen if chosen in codes else "",
        "groups": [_group(request, import_, one, alone=bool(chosen)) for one in groups],
        "notices": import_.checkpoint.get("notices", {}),
        "seconds": _seconds(import_),
        "pace": pace_of(import_),
        "can_correct": not {*codes} <= NOT_TO_CORRECT,
        "percent": _percent(import_),
        "is_final": import_.state in (ImportState.DONE, ImportState.FAILED),
    }


def _group(
    request: HttpRequest, import_: Import, reason: rejected.ReasonCount, *, alone: bool
) -> dict[str, Any]:
    """The first rejected rows of one reason, with the cell that is wrong marked."""
    rows = RejectedRow.objects.filter(source=import_, code=reason.code).order_by("line", "pk")
    size = 50 if alone else SHOWN
    page = Paginator(rows, size).get_page(request.GET.get("page") if alone else 1)
    columns = _columns_shown(import_, {row.column for row in page if row.column})
    places = [import_.columns.index(column) for column in columns]
    return {
        "reason": reason,
        "page": page,
        "more": 0 if alone else max(reason.count - SHOWN, 0),
        "columns": columns,
        "rows": [
            {
                "row": row,
                "cells": [
                    (column, row.row[place] if place < len(row.row) else "", column == row.column)
                    for place, column in zip(places, columns, strict=True)
                ],
            }
            for row in page
        ],
        "other_order": _other_order(import_, reason.code),
    }


def _columns_shown(import_: Import, wrong: set[str]) -> list[str]:
    """The wrong columns, and beside them the first mapped ones, in the order of the file."""
    mapped = [col for field, col in import_.mapping.items() if not field.startswith(ATTRIBUTE)]
    chosen = {*list(wrong)[:3], *mapped[:3]}
    return [column for column in import_.columns if column in chosen]


def _other_order(import_: Import, code: str) -> str:
    """The other reading of dates, where that may mend the rows; else empty."""
    orders = set(import_.options.get("dates", {}).values())
    if code not in DATE_CODES or not orders:
        return ""
    return DAY_FIRST if MONTH_FIRST in orders else MONTH_FIRST


def _seconds(import_: Import) -> float:
    if not import_.started_at or not import_.finished_at:
        return 0.0
    return round((import_.finished_at - import_.started_at).total_seconds(), 1)


def _percent(import_: Import) -> int:
    return min(100, 100 * import_.bytes_read // (import_.size or 1))


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast a file is read, in rows a second, and the seconds that are left."""

    rows_per_s: int
    seconds_left: int


def pace_of(import_: Import) -> Pace | None:
    """The pace since reading began; None before the first rows are in."""
    if not (import_.started_at and import_.rows_read and import_.bytes_read):
        return None
    seconds = max((timezone.now() - import_.started_at).total_seconds(), 0.1)
    left = max(import_.size - import_.bytes_read, 0) * seconds / import_.bytes_read
    return Pace(rows_per_s=round(import_.rows_read / seconds), seconds_left=round(left))


@action("imports.view")
@require_safe
def import_progress(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The bar that the page asks for every second; when all is read, the page itself."""
    import_ = get_object_or_404(Import, public_id=public_id)
    if import_.state in (ImportState.DONE, ImportState.FAILED):
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {
        "import": import_,
        "percent": _percent(import_),
        "pace": pace_of(import_),
        "is_fragment": True,
    }
    return render(request, "profiles/_import_progress.html", context)


@action("imports.view")
@require_safe
def import_rejected(request: HttpRequest, workspace: str, public_id: str) -> FileResponse:
    """The rejected rows as CSV, written before it is sent: the scope ends with the view."""
    import_ = get_object_or_404(Import, public_id=public_id)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    rejected.write_rejected(import_, file, code=request.GET.get("code", ""))
    file.seek(0)
    stem = import_.file_name.rsplit("/", 1)[-1].removesuffix(".gz").rsplit(".", 1)[0]
    name = _("%(file)s rejected.csv") % {"file": stem}
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv")


@action("imports.view", write="imports.run")
@require_POST
def import_retry(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Read the rows with a wrong date again, day and month the other way round."""
    import_ = get_object_or_404(Import, public_id=public_id)
    code = request.POST.get("code", "")
    order = _other_order(import_, code)
    if not order:
        raise Http404
    options = {"dates": dict.fromkeys(import_.columns, order)}
    again = rejected.retry_rejected(import_, code=code, options=options, by=request.user)
    messages.info(request, _("The rows are being read again."))
    return redirect("profiles:import-detail", workspace, again.public_id)


@action("imports.view")
@require_safe
def import_template(request: HttpRequest, workspace: str, kind: str) -> HttpResponse:
    """An empty file with the columns that a kind may have."""
    if kind not in ImportKind.values:
        raise Http404
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{kind}.csv"'},
    )
    response.write("\ufeff")
    csv.writer(response).writerow(FIELDS[kind])
    return response
