"""The list of segments and the builder, with a live count."""

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import trigger_client_event

from catalogue.models import Product
from inference.services import classifier_labels
from profiles.builder import Builder, field_groups, read_form, read_rules
from profiles.models import Customer, CustomerList, RuleWish, Segment, Topic, TraitSet, WishState
from profiles.rules.fields import Kind
from profiles.rules.propose import propose
from profiles.services import membership, rule_wishes, segments
from profiles.word_labels import word_labels
from tenants.access import action
from tenants.context import current_tenant_id
from tenants.errors import DomainError
from tenants.models import InterfaceLanguage
from tenants.permissions import allows

PAGE = 50
SUGGESTED = 200
PATIENCE_SECONDS = 20
PATIENCE = timedelta(minutes=3)
"""How long a model is waited for."""


@action("segments.view")
@require_safe
def segment_list(request: HttpRequest, workspace: str) -> HttpResponse:
    page = Paginator(Segment.objects.order_by("-id"), PAGE).get_page(request.GET.get("page"))
    rows = [(segment, segments.describe(segment)) for segment in page]
    context = {"nav": "segments", "page": page, "rows": rows}
    return render(request, "profiles/segment_list.html", context)


@action("segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _edit(request, None)


@action("segments.view", write="segments.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def segment_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    return _edit(request, get_object_or_404(Segment, public_id=public_id))


def _edit(request: HttpRequest, segment: Segment | None) -> HttpResponse:
    builder = _builder(request, segment)
    name = request.POST.get("name", segment.name if segment else "")
    command = request.POST.get("do", "")
    error, proposal, wish = None, None, None
    if command == "save":
        try:
            saved = _save(segment, name, builder)
        except DomainError as refusal:
            error = refusal
        else:
            _say_saved(request, saved)
            return redirect("profiles:segment-detail", request.tenant.slug, saved.public_id)
    elif command == "propose":
        words = request.POST.get("words", "")
        proposal, wish = propose(words, rule_wishes.known()), rule_wishes.ask(words)
        builder = read_rules(proposal.rules, _names()) if proposal.rules else builder
    elif command.startswith("adopt:"):
        builder = read_rules(_adopted(command.partition(":")[2]).rules, _names()) or builder
    elif builder is not None:
        builder = builder.changed(command)
    context: dict[str, Any] = {
        "nav": "segments",
        "segment": segment,
        "name": name,
        "builder": builder,
        "error": error,
        "may_edit": allows(request.role, "segments.edit"),
        "field_groups": field_groups(),
        "sentences": segments.describe(segment) if segment else [],
        "words": request.POST.get("words", ""),
        "proposal": proposal,
        "wish": wish,
        "changes": _changes(segment),
    }
    if request.htmx and command and command not in ("save", "propose"):
        response = render(request, "profiles/_rules.html", context)
        return trigger_client_event(response, "count", after="settle")
    rules = segment.rules if segment is not None and builder is None else None
    figures = _figures(builder, rules=rules)
    context |= figures | {"suggestions": _suggestions()}
    if builder is not None:
        context["builder"] = replace(builder, counts=dict(figures.get("counts", [])))
    return render(request, "profiles/segment_detail.html", context)


def _adopted(wish_id: str) -> RuleWish:
    """The wish whose rules a person wants to go on with."""
    done = RuleWish.objects.filter(state=WishState.DONE)
    if not _is_id(wish_id):
        raise Http404
    return get_object_or_404(done, public_id=wish_id)


@action("segments.edit")
@require_safe
def wish_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """What the workspace's model made of a sentence. Asks for itself while it waits."""
    wish = get_object_or_404(RuleWish, public_id=public_id)
    rules = segments.describe(wish.rules) if wish.rules else []
    is_late = wish.state == WishState.WAITING and wish.created_at < timezone.now() - PATIENCE
    context = {"wish": wish, "sentences": rules, "is_late": is_late, "nav": "segments"}
    part = request.htmx and not request.htmx.history_restore_request
    return render(request, f"profiles/{'_' if part else ''}rule_wish.html", context)


def _builder(request: HttpRequest, segment: Segment | None) -> Builder | None:
    """The rows of the form, else of the stored rules; None where rows cannot show them."""
    if request.method == "POST" and "match" in request.POST:
        return _read(request)
    if segment is None:
        return Builder().changed("add")
    builder = read_rules(segment.rules, _names())
    return builder.changed("add") if builder is not None and not builder.rows else builder


def _read(request: HttpRequest) -> Builder:
    ids = {
        kind: {name: str(key) for key, name in model.objects.values_list("public_id", "name")[:500]}
        for kind, model in ((Kind.SEGMENT, Segment), (Kind.LIST, CustomerList))
    }
    own = {*Topic.objects.values_list("name", flat=True), *classifier_labels(live=True)}
    labels = {label: name for name, label in word_labels().items() if label not in own}
    builder = replace(read_form(request.POST), ids={**ids, Kind.WORDS: labels})
    return builder.spelled_as({"categories": rule_wishes.category_names(), "words": [*labels]})


def _names() -> dict[str, str]:
    """The names of segments, lists and words, by the id that rules hold."""
    rows = [*Segment.objects.values_list("public_id", "name")[:500]]
    rows += CustomerList.objects.values_list("public_id", "name")[:500]
    return word_labels() | {str(key): name for key, name in rows}


def _changes(segment: Segment | None) -> membership.Change | None:
    """Who entered and left in the last week, once somebody looks after the members."""
    if segment is None or segment.refreshed_at is None:
        return None
    return membership.recent_changes(segment, since=timezone.now() - timedelta(days=7))


@action("segments.view")
@require_safe
def segment_why(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Why somebody is in a segment, or is not, rule by rule."""
    segment = get_object_or_404(Segment, public_id=public_id)
    asked = request.GET.get("q", "").strip().replace("\x00", "")[:254]
    found = Customer.objects.filter(Q(external_id=asked) | Q(email=asked.lower()))
    if customer_id := request.GET.get("customer"):
        found = Customer.objects.filter(public_id=customer_id) if _is_id(customer_id) else found
    customer = found.first() if asked or customer_id else None
    reasons = segments.explain(segment, customer) if customer else []
    context = {
        "nav": "segments",
        "segment": segment,
        "customer": customer,
        "who": (customer.full_name or customer.external_id or customer.masked_email)
        if customer
        else "",
        "asked": asked,
        "reasons": reasons,
        "is_in": all(reason.holds for reason in reasons if reason.depth == 0),
    }
    return render(request, "profiles/segment_why.html", context)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _save(segment: Segment | None, name: str, builder: Builder | None) -> Segment:
    rules = builder.rules if builder is not None else None
    if segment is None:
        return segments.create_segment(name=name, rules=rules or {})
    return segments.update_segment(segment, name=name, rules=rules)


def _say_saved(request: HttpRequest, segment: Segment) -> None:
    size = segment.size or 0
    text = ngettext("Saved. One person matches.", "Saved. %(count)s people match.", size)
    messages.success(request, text % {"count": f"{size:,}"})


@action("segments.view")
@require_POST
def segment_preview(request: HttpRequest, workspace: str) -> HttpResponse:
    """Count the rules of a form while it is edited. A POST for its length; it changes nothing."""
    return render(request, "profiles/_figures.html", _figures(_read(request)) | {"live": True})


def _figures(builder: Builder | None, *, rules: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the right column and the counts beside the rules show."""
    asked = builder.rules if builder is not None else rules or {}
    try:
        with segments.patience(PATIENCE_SECONDS):
            reach, people = segments.look(asked)
            counts = segments.rule_counts(asked, matched=reach.matched) if asked else []
    except DomainError as error:
        return {"counting_error": error.message}
    ids = [person.pk for person in people]
    known = {row.customer_id: row for row in TraitSet.objects.filter(customer_id__in=ids)}
    anchors = [block.anchor for block in builder.counted] if builder is not None else []
    return {
        "reach": reach,
        "counts": list(zip(anchors, counts, strict=False)),
        "people": [(person, known.get(person.pk)) for person in people],
    }


@action("segments.edit")
@require_POST
def segment_delete(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    segment = get_object_or_404(Segment, public_id=public_id)
    try:
        segments.delete_segment(segment)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("profiles:segment-detail", workspace, segment.public_id)
    messages.success(request, _("The segment %(name)s is deleted.") % {"name": segment.name})
    return redirect("profiles:segment-list", workspace)


# Numbers that some of the newer events carry, as a person may sum or average them. The limit is on
# what is read: a shop whose events have no details would else be read whole for each page.
EVENT_DETAILS = """
    SELECT DISTINCT d.key
    FROM (SELECT properties FROM profiles_event
          WHERE tenant_id = %(tenant)s AND at > now() - interval '90 days'
          LIMIT 20000) e, jsonb_each(e.properties) d
    WHERE jsonb_typeof(d.value) = 'number' ORDER BY 1 LIMIT %(limit)s
"""


def _suggestions() -> dict[str, list[tuple[str, str]]]:
    """What the fields offer while a person types: values with what they stand for."""
    products = Product.objects.order_by("title").values_list("external_id", "title")
    events = [(name, "") for name in rule_wishes.event_names()]
    with connection.cursor() as cursor:
        cursor.execute(EVENT_DETAILS, {"tenant": current_tenant_id(), "limit": SUGGESTED})
        details = [(row[0], "") for row in cursor.fetchall()]
    return {
        "categories": [(name, "") for name in rule_wishes.category_names()],
        "products": list(products[:SUGGESTED]),
        "events": events,
        "details": details,
        "segments": [(name, "") for name in Segment.objects.values_list("name", flat=True)[:500]],
        "lists": [(name, "") for name in CustomerList.objects.values_list("name", flat=True)[:500]],
        "words": [(label, "") for label in word_labels().values()],
        "languages": [(key, str(label)) for key, label in InterfaceLanguage.choices],
    }
