"""The list of customers, and the page of one: traits with evidence, timeline, consent."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from catalogue.models import Product
from profiles.listing import CONSENTS, Filters, find_customers, keyset_page
from profiles.models import (
    CONSENT_COLUMNS,
    Consent,
    Customer,
    Order,
    OrderStatus,
    Purpose,
    SegmentMember,
    StageChoice,
    TraitSet,
)
from profiles.services import consent as consents
from profiles.services import forecasts, persona, traits, words
from profiles.timeline import read_timeline
from tenants.access import action
from tenants.audit import record
from tenants.models import InterfaceLanguage
from tenants.permissions import allows

CATEGORIES_SHOWN = 30
ATTRIBUTES_SHOWN = 40
MEMBERSHIPS_SHOWN = 50
CONSENT_CHOICES = (
    ("yes", gettext_lazy("May get email")),
    ("no", gettext_lazy("May not get email")),
    ("unknown", gettext_lazy("Never asked")),
)


@action("customers.view")
@require_safe
def customer_list(request: HttpRequest, workspace: str) -> HttpResponse:
    asked = request.GET
    filters = Filters(
        query=asked.get("q", "").strip()[:254].replace("\x00", ""),
        stage=asked.get("stage", ""),
        language=asked.get("language", ""),
        consent=asked.get("consent", "") if asked.get("consent") in CONSENTS else "",
        category=asked.get("category", ""),
    )
    found = find_customers(filters)
    page = keyset_page(found, after=asked.get("after", ""), before=asked.get("before", ""))
    ids = [customer.pk for customer in page.rows]
    known = {row.customer_id: row for row in TraitSet.objects.filter(customer_id__in=ids)}
    context = {
        "nav": "customers",
        "page": page,
        "rows": [(customer, known.get(customer.pk)) for customer in page.rows],
        "filters": filters,
        "is_filtered": filters != Filters(),
        "total": Customer.objects.count() if filters == Filters() else None,
        "stages": StageChoice.choices,
        "languages": InterfaceLanguage.choices,
        "consents": CONSENT_CHOICES,
        "categories": _categories(),
    }
    return render(request, "profiles/customer_list.html", context)


def _categories() -> list[str]:
    names = Product.objects.exclude(category="").values_list("category", flat=True)
    return list(names.distinct().order_by("category")[:CATEGORIES_SHOWN])


@action("customers.view")
@require_safe
def customer_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The page of a customer; for htmx with a cursor, the next part of the timeline only."""
    customer = get_object_or_404(Customer, public_id=public_id)
    show = request.GET.get("show", "")
    timeline = read_timeline(customer, show=show, cursor=request.GET.get("cursor", ""))
    context = {"customer": customer, "timeline": timeline, "show": show}
    if request.htmx and "cursor" in request.GET:
        return render(request, "profiles/_timeline.html", context)
    found = TraitSet.objects.select_related("last_product").filter(customer=customer).first()
    said = list(customer.word_traits.all()) if customer.may_profile is not False else []
    context |= {
        "nav": "customers",
        "traitset": found,
        "lines": traits.explain_traits(found) if found else [],
        "word_lines": words.explain_words(said),
        "persona": persona.describe(found, said) if found else [],
        "memberships": _memberships(customer),
        "orders": _order_sums(customer),
        **_foretold(customer),
        "consents": _consents(customer),
        "history": customer.consents.order_by("-at", "-pk")[:50],
        "attributes": sorted(customer.attributes.items())[:ATTRIBUTES_SHOWN],
        "since": _since(customer, found),
        "local_time": _local_time(customer),
        "language": dict(InterfaceLanguage.choices).get(customer.language, customer.language),
        "may_edit": allows(request.role, "customers.edit"),
    }
    return render(request, "profiles/customer_detail.html", context)


def _foretold(customer: Customer) -> dict[str, object]:
    found = forecasts.find_prediction(customer)
    return {
        "predictions": forecasts.explain_prediction(found) if found else [],
        "prediction_reasons": forecasts.explain_reasons(found) if found else [],
        "recommended": forecasts.recommend(customer),
    }


def _memberships(customer: Customer) -> list[SegmentMember]:
    rows = SegmentMember.objects.filter(customer=customer).select_related("segment")
    return list(rows.order_by("segment__name")[:MEMBERSHIPS_SHOWN])


def _order_sums(customer: Customer) -> dict[str, object]:
    placed = Q(status=OrderStatus.PLACED)
    refunds = Q(status=OrderStatus.RETURNED, total__lt=0)
    return Order.objects.filter(customer=customer).aggregate(
        spent=Sum("total", filter=placed | refunds), count=Count("pk", filter=placed)
    )


def _since(customer: Customer, found: TraitSet | None) -> datetime:
    """When we first heard of the customer: the row may be younger than the first order."""
    first = found.first_order_at if found else None
    return min(customer.created_at, first) if first else customer.created_at


def _local_time(customer: Customer) -> datetime | None:
    if customer.timezone not in available_timezones():
        return None
    return timezone.now().astimezone(ZoneInfo(customer.timezone)).replace(tzinfo=None)


def _consents(customer: Customer) -> list[dict[str, object]]:
    """Each purpose with what counts now, and the newest answer that says so."""
    newest = Consent.objects.filter(customer=customer).order_by("purpose", "-at", "-pk")
    answers = {row.purpose: row for row in newest.distinct("purpose")}
    return [
        {
            "purpose": purpose,
            "label": purpose.label,
            "granted": getattr(customer, column),
            "answer": answers.get(purpose.value),
        }
        for purpose, column in CONSENT_COLUMNS.items()
    ]


@action("customers.edit")
@require_POST
def customer_email(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Show the whole address. It is a POST because the audit log notes who asked."""
    customer = get_object_or_404(Customer, public_id=public_id)
    record("customer.email_shown", customer)
    if request.htmx:
        return HttpResponse(format_html("<span>{}</span>", customer.email))
    messages.info(request, customer.email or _("This customer has no address."))
    return redirect("profiles:customer-detail", workspace, customer.public_id)


class ConsentForm(forms.Form):
    purpose = forms.ChoiceField(choices=Purpose)
    granted = forms.TypedChoiceField(
        choices=(("yes", "yes"), ("no", "no")), coerce=lambda word: word == "yes"
    )
    source = forms.CharField(max_length=200)


@action("customers.edit")
@require_POST
def customer_consent(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Keep an answer that the customer gave. It needs to say how we know."""
    customer = get_object_or_404(Customer, public_id=public_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        consents.set_consent(customer=customer, **form.cleaned_data)
        messages.success(request, _("Saved. It counts from now on."))
    else:
        messages.error(request, _("Say how we know: “by phone”, “preference centre”."))
    return redirect("profiles:customer-detail", workspace, customer.public_id)
