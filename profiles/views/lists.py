"""Lists: customers chosen by hand."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from profiles.listing import keyset_page
from profiles.models import Customer, CustomerList, Segment
from profiles.services import lists
from tenants.access import action
from tenants.errors import DomainError
from tenants.permissions import allows

LARGEST_FILE = 10 * 1024 * 1024


@action("segments.view", write="segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def list_list(request: HttpRequest, workspace: str) -> HttpResponse:
    if request.method == "POST":
        try:
            made = lists.create_list(name=request.POST.get("name", ""), by=request.user)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("profiles:list-list", workspace)
        return redirect("profiles:list-detail", workspace, made.public_id)
    rows = CustomerList.objects.annotate(size=Count("members")).order_by("name")[:500]
    context = {
        "nav": "segments",
        "rows": rows,
        "may_edit": allows(request.role, "segments.edit"),
    }
    return render(request, "profiles/list_list.html", context)


@action("segments.view", write="segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def list_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Who is on a list. A POST adds pasted or uploaded keys, or everybody of a segment."""
    chosen = get_object_or_404(CustomerList, public_id=public_id)
    if request.method == "POST":
        try:
            _change(request, chosen)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("profiles:list-detail", workspace, chosen.public_id)
    members = Customer.objects.filter(pk__in=chosen.members.values("customer"))
    context = {
        "nav": "segments",
        "list": chosen,
        "size": chosen.members.count(),
        "page": keyset_page(members, after=request.GET.get("after", "")),
        "segments": Segment.objects.order_by("name")[:500],
        "may_edit": allows(request.role, "segments.edit"),
    }
    return render(request, "profiles/list_detail.html", context)


def _change(request: HttpRequest, chosen: CustomerList) -> None:
    if remove := request.POST.get("remove"):
        customer = get_object_or_404(Customer, public_id=remove)
        lists.remove_customer(chosen, customer)
        messages.success(request, _("Taken off the list."))
    elif segment := request.POST.get("segment"):
        added = lists.add_segment(chosen, get_object_or_404(Segment, public_id=segment))
        _say_added(request, added)
    else:
        found = lists.add_keys(chosen, lists.read_keys(_given(request)))
        _say_added(request, found.added)
        if found.unknown:
            _say_unknown(request, found.unknown)


def _given(request: HttpRequest) -> str:
    """What was pasted, and what the uploaded file holds."""
    text = request.POST.get("keys", "")
    upload = request.FILES.get("file")
    if upload is not None:
        text += "\n" + upload.read(LARGEST_FILE).decode("utf-8", errors="replace")
    return text


def _say_added(request: HttpRequest, added: int) -> None:
    text = ngettext("%(count)s customer added.", "%(count)s customers added.", added)
    messages.success(request, text % {"count": f"{added:,}"})


def _say_unknown(request: HttpRequest, unknown: list[str]) -> None:
    text = ngettext(
        "Nobody has this number or address: %(some)s.",
        "Nobody has %(count)s of these numbers or addresses: %(some)s.",
        len(unknown),
    )
    some = ", ".join(unknown[:5]) + ("…" if len(unknown) > 5 else "")
    messages.warning(request, text % {"count": len(unknown), "some": some})


@action("segments.edit")
@require_POST
def list_delete(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    chosen = get_object_or_404(CustomerList, public_id=public_id)
    try:
        lists.delete_list(chosen)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("profiles:list-detail", workspace, chosen.public_id)
    messages.success(request, _("The list %(name)s is deleted.") % {"name": chosen.name})
    return redirect("profiles:list-list", workspace)
