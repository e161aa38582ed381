"""The suppression list: how many, why, add one, take one off."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from delivery import services
from delivery.forms import RemovalForm, SuppressionForm
from delivery.models import Suppression, SuppressionReason
from tenants.access import action
from tenants.errors import DomainError

PAGE_SIZE = 50


@action("customers.view", write="customers.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def suppression_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """The list, newest first. `reason` filters; `address` finds one by its fingerprint."""
    form = SuppressionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.suppress(
            address=form.cleaned_data["address"],
            reason=SuppressionReason.BY_HAND,
            source=_("added by %(who)s") % {"who": request.user},
        )
        messages.success(request, _("This address gets no more mail."))
        return redirect("delivery:suppression-list", workspace)
    counts = dict(Suppression.objects.order_by().values_list("reason").annotate(Count("pk")))
    rows = Suppression.objects.order_by("-pk")
    reason, address = request.GET.get("reason", ""), request.GET.get("address", "").strip()
    if reason in SuppressionReason.values:
        rows = rows.filter(reason=reason)
    if address:
        rows = rows.filter(address_hash=services.hash_address(address))
    context = {
        "nav": "customers",
        "form": form,
        "removal": RemovalForm(),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "reasons": [(value, label, counts.get(value, 0)) for value, label in reason_choices()],
        "total": sum(counts.values()),
        "reason": reason,
        "address": address,
    }
    return render(request, "delivery/suppression_list.html", context)


@action("customers.edit")
@require_POST
def suppression_remove(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    row = get_object_or_404(Suppression, public_id=public_id)
    try:
        services.unsuppress(row, why=request.POST.get("why", ""))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Taken off the list. The person must still agree to email."))
    return redirect("delivery:suppression-list", workspace)


def reason_choices() -> list[tuple[str, str]]:
    return [(value, str(label)) for value, label in SuppressionReason.choices]
