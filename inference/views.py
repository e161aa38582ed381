"""Settings → Models: which model writes what, servers and local models, and trying one."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference import choosing, services
from inference.engine import openai
from inference.engine.chat import parts_of
from inference.errors import GateNotPassed
from inference.forms import ChoiceForm, KeyForm, LocalForm, ServerForm, TryForm
from inference.models import ModelChannel, ModelEngine, ModelKind, RegisteredModel
from inference.types import (
    Channel,
    Goal,
    Language,
    Slot,
    Tone,
    WriterRef,
    WritingContext,
    WritingRequest,
)
from tenants.access import action
from tenants.errors import DomainError

PAGE = {"nav": "settings", "tab": "models"}
TRIED_SLOTS = frozenset({Slot.FEATURE, Slot.BENEFIT})


@action("workspace.view")
@require_safe
def model_list(request: HttpRequest, workspace: str) -> HttpResponse:
    models = choosing.writers()
    rows = [_choice_row(key, word, models) for key, word in ModelChannel.choices]
    context = {**PAGE, "models": models, "rows": rows, "built_in": _built_in_title()}
    return render(request, "inference/model_list.html", context)


def _built_in_title() -> str:
    """The name of what writes where nothing is chosen, whatever state its files are in."""
    try:
        return str(_(services.describe_model(settings.INFERENCE_MODEL).title))
    except DomainError:
        return settings.INFERENCE_MODEL


def _choice_row(channel: str, word: Any, models: list[RegisteredModel]) -> dict[str, Any]:
    live = services.live_model(channel)
    writer = services.live_writer(channel) if channel else None
    return {
        "channel": channel,
        "word": word,
        "live": live,
        "writer": "" if writer is None or writer.is_built_in else writer.name,
        "options": models,
    }


@action("workspace.manage")
@require_POST
def model_choose(request: HttpRequest, workspace: str) -> HttpResponse:
    """Have a model write a channel. One that has not passed its gate is sent there."""
    form = ChoiceForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose a model of the list."))
        return redirect("inference:model-list", workspace)
    channel, chosen = form.cleaned_data["channel"], form.cleaned_data["model"]
    writers = RegisteredModel.objects.filter(kind=ModelKind.WRITER)
    model = get_object_or_404(writers, public_id=chosen) if chosen else None
    try:
        version = choosing.version_for(channel, model) if model else None
        live = choosing.choose_writer(channel, version)
    except GateNotPassed as error:
        messages.warning(request, error.message)
        return redirect("campaigns:model-gate", workspace, version.public_id)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        words = _("“%s” writes from now on.") % live.name if live else _("Saved.")
        messages.success(request, words)
    return redirect("inference:model-list", workspace)


@action("workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def server_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _create(request, workspace, ServerForm, choosing.add_server, "server")


@action("workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def local_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _create(request, workspace, LocalForm, choosing.add_local, "local")


def _create(
    request: HttpRequest, workspace: str, kind: type[forms.Form], add: Any, what: str
) -> HttpResponse:
    form = kind(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            model = add(**form.cleaned_data)
        except DomainError as error:
            _show(form, error)
        else:
            messages.success(request, _("Added. Try it, then let it prove itself in the gate."))
            return redirect("inference:model-detail", workspace, model.public_id)
    return render(request, "inference/model_form.html", {**PAGE, "form": form, "what": what})


@action("workspace.view")
@require_safe
def model_detail(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    return _detail(request, model)


@action("workspace.manage")
@require_POST
def model_key(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    form = KeyForm(request.POST)
    if model.engine != ModelEngine.OPENAI:
        messages.error(request, _("This model is at no server, so it needs no key."))
    elif form.is_valid():
        choosing.change_key(model, api_key=form.cleaned_data["api_key"])
        messages.success(request, _("Saved."))
    return redirect("inference:model-detail", workspace, public_id)


@action("workspace.manage")
@require_POST
def model_retire(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    try:
        services.retire(model)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("“%s” is retired.") % model.name)
    return redirect("inference:model-list", workspace)


@action("workspace.manage")
@require_POST
def model_try(
    request: HttpRequest, workspace: str, public_id: UUID
) -> HttpResponse | StreamingHttpResponse:
    """Stream what the server writes, and then what the checks say of it.

    The server is asked while the answer streams, so that no transaction is open meanwhile.
    """
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    form = TryForm(request.POST, model=model)
    if model.engine != ModelEngine.OPENAI or not form.is_valid():
        return _detail(request, model, try_form=form)
    try:
        writer = services.writer_of(model)
    except DomainError as error:
        return HttpResponse(error.message, content_type="text/plain; charset=utf-8")
    sentences = {
        "passed": _("The checks passed."),
        "stopped": _("The server does not write."),
        "no_parts": _("This is not the JSON object that was asked for. It would be written again."),
    }
    stream = _tried(writer, _trial(form.cleaned_data), sentences)
    return StreamingHttpResponse(
        stream,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
    )


def _trial(fields: dict[str, str]) -> WritingRequest:
    return WritingRequest(
        language=Language(fields["language"]),
        channel=Channel(fields["channel"]),
        goal=Goal.LAUNCH,
        tone=Tone.WARM,
        slots=TRIED_SLOTS,
        context=WritingContext(message=fields["about"]),
    )


def _tried(writer: WriterRef, request: WritingRequest, sentences: dict[str, str]) -> Iterator[str]:
    said = ""
    allow_private = settings.INFERENCE_PRIVATE_SERVERS
    try:
        for piece in openai.stream(request, writer=writer, allow_private=allow_private):
            said += piece
            yield piece
        findings = services.check_writing(request, parts_of(said))
    except DomainError as error:
        yield f"\n\n{sentences['stopped']} {error.message}"
        return
    except ValueError:
        yield f"\n\n{sentences['no_parts']}"
        return
    wrong = [services.describe_finding(row) for row in findings if row.level != "passed"]
    yield "\n\n" + ("\n".join(wrong) or sentences["passed"])


def _detail(request: HttpRequest, model: RegisteredModel, **context: Any) -> HttpResponse:
    page = {
        **PAGE,
        "model": model,
        "key_form": KeyForm(),
        "try_form": TryForm(model=model),
        "is_server": model.engine == ModelEngine.OPENAI,
        **context,
    }
    return render(request, "inference/model_detail.html", page)


def _show(form: forms.Form, error: DomainError) -> None:
    for name, text in error.fields.items():
        form.add_error(name if name in form.fields else None, text)
    if not error.fields:
        form.add_error(None, error.message)
