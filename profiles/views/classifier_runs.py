"""Settings → Models → Classifiers → Train: a file, what was read of it, and the training."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference import services as inference
from inference.models import ModelKind, RunState, TrainingRun
from profiles.forms import LabelChoiceForm, LabelFileForm
from profiles.services import classifier_runs
from profiles.views.classifiers import PAGE, language_name
from tenants.access import action
from tenants.errors import BadInput, DomainError
from tenants.permissions import allows

LABELS_SHOWN = 200


@action("workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def classifier_train(request: HttpRequest, workspace: str) -> HttpResponse:
    """Take a file in."""
    form = LabelFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = classifier_runs.take_in(file, file.name)
        except BadInput as error:
            form.add_error("file", error.message)
        else:
            return redirect("profiles:classifier-run-detail", workspace, run.public_id)
    context = {**PAGE, "form": form, "least": inference.LEAST_TEXTS}
    status = 422 if form.errors else 200
    return render(request, "profiles/classifier_train.html", context, status=status)


@action("workspace.view", write="workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def run_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The file as long as it waits for somebody, then the progress, then the classifier."""
    run = get_object_or_404(_runs(), public_id=public_id)
    if run.state == RunState.UPLOADED and allows(request.role, "workspace.manage"):
        return _check(request, run)
    if request.htmx:  # another tab has started or discarded what this one looks at
        return _show_anew()
    if run.result is not None:
        return redirect("profiles:classifier-detail", workspace, run.result.public_id)
    return render(request, "profiles/classifier_run.html", {**PAGE, **_how_far(run)})


@action("workspace.view")
@require_safe
def run_progress(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The bar that the page asks for; when the run is over, the page itself."""
    run = get_object_or_404(_runs(), public_id=public_id)
    context = _how_far(run)
    if not context["is_open"]:
        return _show_anew()
    return render(request, "profiles/_classifier_progress.html", context)


@action("workspace.manage")
@require_POST
def run_stop(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    run = get_object_or_404(_runs(), public_id=public_id)
    try:
        classifier_runs.stop(run)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Stopped. The file is deleted."))
    return redirect("profiles:classifier-list", workspace)


def _check(request: HttpRequest, run: TrainingRun) -> HttpResponse:
    """What was read. `do` of a POST: "look" reads by other columns, "start" starts."""
    try:
        looked = classifier_runs.look(run, _chosen(request))
    except BadInput as error:
        if request.htmx:
            return _show_anew()
        messages.error(request, error.message)
        return redirect("profiles:classifier-train", request.tenant.slug)
    form = LabelChoiceForm(_start_data(request), looked=looked)
    if form.is_valid() and _start(run, form):
        return redirect(request.path)
    context = {
        **PAGE,
        "run": run,
        "form": form,
        "looked": looked,
        "labels": looked.labels[:LABELS_SHOWN],
        "more": len(looked.labels[LABELS_SHOWN:]),
        "languages": [language_name(code) for code in looked.languages],
        "names": sorted(set(inference.classifier_rows().values_list("name", flat=True))),
    }
    status = 422 if form.errors else 200
    return render(request, "profiles/classifier_check.html", context, status=status)


def _show_anew() -> HttpResponse:
    return HttpResponse(headers={"HX-Refresh": "true"})


def _chosen(request: HttpRequest) -> classifier_runs.Choice | None:
    if request.method != "POST":
        return None
    given = {
        name: inference.storable(request.POST.get(name, ""))
        for name in ("text", "label", "oos", "language", "name")
    }
    return classifier_runs.Choice(**given)


def _start_data(request: HttpRequest) -> Any:
    return request.POST if request.POST.get("do") == "start" else None


def _start(run: TrainingRun, form: LabelChoiceForm) -> bool:
    try:
        classifier_runs.start(run, form.choice)
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    return True


def _runs() -> Any:
    rows = TrainingRun.objects.filter(kind=ModelKind.CLASSIFIER)
    return rows.select_related("result", "created_by")


def _how_far(run: TrainingRun) -> dict[str, Any]:
    return {
        "run": run,
        "is_open": run.state in (RunState.WAITING, RunState.RUNNING),
        "percent": round(run.share * 100),
    }
