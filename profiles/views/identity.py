"""Duplicates and merges, erasing a person: what changes who somebody is."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from profiles.listing import keyset_page
from profiles.models import Customer, DuplicatePair, Merge, PairState
from profiles.services import identity, privacy
from tenants.access import action
from tenants.errors import DomainError


@action("customers.view", write="customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def duplicate_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Pairs to look at, and the newest merges. A POST looks for pairs anew."""
    if request.method == "POST":
        found = identity.find_duplicates()
        text = ngettext("%(count)s new pair found.", "%(count)s new pairs found.", found)
        messages.success(request, text % {"count": found})
        return redirect("profiles:duplicate-list", workspace)
    pairs = DuplicatePair.objects.filter(state=PairState.OPEN).select_related("first", "second")
    page = keyset_page(pairs, after=request.GET.get("after", ""), size=25)
    merges = Merge.objects.select_related("kept", "dropped", "created_by").order_by("-pk")[:25]
    context = {
        "nav": "customers",
        "page": page,
        "merges": [(one, sum(identity.merge_size(one).values())) for one in merges],
    }
    return render(request, "profiles/duplicate_list.html", context)


@action("customers.edit")
@require_POST
def duplicate_decide(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Merge a pair into its older record, or keep that they are two people."""
    pair = get_object_or_404(DuplicatePair, public_id=public_id)
    if request.POST.get("do") == "merge":
        _merge(request, pair.first, pair.second, pair.reason)
    else:
        identity.mark_different(pair)
        messages.success(request, _("Kept as two people. They are not shown again."))
    return redirect("profiles:duplicate-list", workspace)


def _merge(request: HttpRequest, kept: Customer, dropped: Customer, reason: str) -> None:
    try:
        identity.merge(kept=kept, dropped=dropped, reason=reason, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Merged. It can be taken back on the page Duplicates."))


@action("customers.edit")
@require_POST
def customer_merge(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Merge the record of a number or an address into this customer."""
    customer = get_object_or_404(Customer, public_id=public_id)
    key = request.POST.get("key", "").strip()[:254]
    found = Customer.objects.filter(Q(external_id=key) | Q(email=key.lower())).first()
    if not key or found is None:
        messages.error(request, _("There is no customer of this number or address."))
    else:
        _merge(request, customer, found, "by_hand")
    return redirect("profiles:customer-detail", workspace, customer.public_id)


@action("customers.edit")
@require_POST
def merge_undo(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    merged = get_object_or_404(Merge, public_id=public_id)
    try:
        identity.undo_merge(merged)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Taken back: they are two customers again."))
    return redirect("profiles:duplicate-list", workspace)


@action("customers.edit")
@require_POST
def customer_erase(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Erase a person for good; the form has a box to tick."""
    customer = get_object_or_404(Customer, public_id=public_id)
    if not request.POST.get("sure"):
        messages.error(request, _("Tick the box to erase this customer. Nothing is changed."))
        return redirect("profiles:customer-detail", workspace, customer.public_id)
    privacy.erase(customer)
    messages.success(request, _("Erased. No file brings this person back."))
    return redirect("profiles:customer-list", workspace)
