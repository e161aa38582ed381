"""What a workspace says about its data: attributes, topics, and how long things are kept."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from profiles.models import AttributeDefinition, AttributeType, Topic
from profiles.services import attributes, privacy, topics, words
from tenants.access import action
from tenants.errors import BadInput, DomainError


@action("customers.view", write="workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def data_settings(request: HttpRequest, workspace: str) -> HttpResponse:
    """Attributes, topics and retention on one page. `do` of a POST says what to change."""
    if request.method == "POST":
        change = CHANGES.get(request.POST.get("do", ""))
        try:
            if change is None:
                raise BadInput(_("Choose what to change."))
            change(request)
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Saved."))
        return redirect("profiles:data-settings", workspace)
    context = {
        "nav": "settings",
        "tab": "data",
        "attributes": AttributeDefinition.objects.order_by("key"),
        "types": AttributeType.choices,
        "topics": Topic.objects.order_by("name"),
        "policy": privacy.read_policy(),
    }
    return render(request, "profiles/data_settings.html", context)


def _define(request: HttpRequest) -> None:
    attributes.define(
        key=request.POST.get("key", ""),
        label=request.POST.get("label", ""),
        type=request.POST.get("type", ""),
        choices=request.POST.get("choices", "").replace("；", ";").split(";"),
    )


def _forget(request: HttpRequest) -> None:
    key = request.POST.get("key", "")
    attributes.forget(get_object_or_404(AttributeDefinition, key=key))


def _add_topic(request: HttpRequest) -> None:
    said = request.POST.get("words", "").replace("；", ";").split(";")
    told = request.POST.get("sentences", "").splitlines()
    topics.add(name=request.POST.get("name", ""), words=said, sentences=told)


def _delete_topic(request: HttpRequest) -> None:
    words.delete_topic(get_object_or_404(Topic, name=request.POST.get("name", "")))


def _keep(request: HttpRequest) -> None:
    privacy.save_policy(
        events_days=_days(request, "events_days"), anonymise_days=_days(request, "anonymise_days")
    )


def _days(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    if not text.isdecimal():
        raise BadInput(_("Give a number of days, or leave it empty."))
    return int(text)


CHANGES: Mapping[str, Callable[[HttpRequest], None]] = {
    "define": _define,
    "forget": _forget,
    "add-topic": _add_topic,
    "delete-topic": _delete_topic,
    "keep": _keep,
}
