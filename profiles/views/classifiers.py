"""Settings → Models → Classifiers: labels of the workspace's own, their figures, going live."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inference import services as inference
from inference.models import ModelStage, RegisteredModel
from profiles.services import classifier_runs, topics
from tenants.access import action
from tenants.errors import DomainError

PAGE = {"nav": "settings", "tab": "models"}
RETIRED_SHOWN = 50
LABELS_NAMED = 4


@action("workspace.view")
@require_safe
def classifier_list(request: HttpRequest, workspace: str) -> HttpResponse:
    rows = list(inference.classifier_rows().defer("card"))
    known = {row.pk: row for row in rows}
    told = [_tell(row, known.get(row.before_id)) for row in rows]
    stages = {stage: [one for one in told if one["model"].stage == stage] for stage in ModelStage}
    context = {
        **PAGE,
        "live": stages[ModelStage.LIVE],
        "candidates": stages[ModelStage.CANDIDATE],
        "retired": stages[ModelStage.RETIRED][:RETIRED_SHOWN],
        "retired_count": len(stages[ModelStage.RETIRED]),
        "runs": classifier_runs.shown_runs(),
        "least": inference.LEAST_TEXTS,
    }
    return render(request, "profiles/classifier_list.html", context)


@action("workspace.view")
@require_safe
def classifier_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    rows = inference.classifier_rows()
    model = get_object_or_404(rows.select_related("created_by"), public_id=public_id)
    before = rows.filter(pk=model.before_id).first()
    context = {
        **PAGE,
        "row": _tell(model, before),
        "figures": _figures(model),
        "of_hundred": _of_hundred(model),
    }
    return render(request, "profiles/classifier_detail.html", context)


@action("workspace.manage")
@require_POST
def classifier_promote(
    request: HttpRequest, workspace: str, public_id: str
) -> HttpResponseRedirect:
    said = _("“%s” is live. Workers read customers’ texts for its labels.")
    return _change(request, public_id, topics.promote_classifier, said)


@action("workspace.manage")
@require_POST
def classifier_back(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    """Bring back what was live before this classifier."""
    said = _("“%s” is retired; what was live before is live again.")
    return _change(request, public_id, topics.roll_back_classifier, said)


@action("workspace.manage")
@require_POST
def classifier_retire(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    return _change(request, public_id, topics.retire_classifier, _("“%s” is retired."))


def _change(
    request: HttpRequest, public_id: str, act: Callable[[RegisteredModel], Any], said: str
) -> HttpResponseRedirect:
    model = get_object_or_404(inference.classifier_rows(), public_id=public_id)
    try:
        act(model)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, said % _name(model))
    return redirect("profiles:classifier-list", request.tenant.slug)


def _tell(model: Any, before: Any) -> dict[str, Any]:
    """A version as its reader sees it. `before` is what a step back would bring back."""
    labels = model.figures.get("labels", [])
    return {
        "model": model,
        "name": _name(model),
        "before": _name(before) if before else "",
        "labels": labels,
        "named": labels[:LABELS_NAMED],
        "more": len(labels[LABELS_NAMED:]),
        "languages": [language_name(code) for code in model.figures.get("languages", [])],
        "accuracy": _share(model.figures.get("accuracy")),
        "macro_f1": _share(model.figures.get("macro_f1")),
        "abstained": _share(model.figures.get("abstained")),
        "sure_from": _share(model.figures.get("sure_from")),
        "gate": model.figures.get("gate"),
    }


def _figures(model: RegisteredModel) -> list[tuple[str, str, str]]:
    """What was measured on the texts held out: what, of this classifier, of the live one then."""
    gate = model.figures.get("gate") or {}
    live = gate.get("figures", {}).get("live", {})
    rows = [
        (_("Accuracy"), "accuracy", live.get("accuracy")),
        (_("Macro-F1"), "macro_f1", None),
        (_("Accuracy of the commonest label alone"), "majority", None),
        (_("Texts that get no label"), "abstained", None),
        (_("Accuracy of the others"), "accuracy_where_sure", None),
        (_("Texts of no label that were refused"), "foreign_refused", None),
        (_("Calibration error"), "ece", None),
    ]
    return [
        (what, _share(model.figures[name]), _share(other))
        for what, name, other in rows
        if name in model.figures
    ]


def _of_hundred(model: RegisteredModel) -> dict[str, int] | None:
    """Of a hundred texts how many get a label, and of a hundred labels how many are right."""
    right = model.figures.get("accuracy_where_sure")
    if right is None:
        return None
    return {"labelled": round(100 * (1 - model.figures["abstained"])), "right": round(100 * right)}


def _name(model: Any) -> str:
    return f"{model.name} v{model.version}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace(".0%", "%")


def language_name(code: str) -> str:
    known = {"zh-hans": _("Chinese"), "en": _("English"), "other": _("Another language")}
    return known.get(code, code)
