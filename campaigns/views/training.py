"""Settings → Models → Training: runs, their loss curve, the gate, and learning from edits."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.models import ChannelChoice, GoalChoice
from campaigns.services import training
from catalogue.models import TextLanguage, ToneChoice
from inference import services as inference
from inference.models import (
    EditPair,
    ModelChannel,
    ModelEngine,
    ModelKind,
    ModelStage,
    RegisteredModel,
    RunState,
    TrainingRun,
)
from inference.types import FIELDS, Channel, Finding
from tenants.access import action
from tenants.context import current_tenant_id, scope
from tenants.errors import DomainError

SHOWN_RUNS = 50
WIDTH, HEIGHT = 560, 160
"""The loss curve's drawing, in units of its view box."""


class TrainingForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the new model"), max_length=120)
    base = forms.ModelChoiceField(
        label=gettext_lazy("Base model"),
        queryset=RegisteredModel.objects.none(),
        required=False,
        empty_label=gettext_lazy("Starter model"),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Writes"), choices=ModelChannel.choices, required=False
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes at most"), min_value=1, max_value=600, initial=10
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bases: Any = self.fields["base"]
        bases.queryset = RegisteredModel.objects.filter(
            kind=ModelKind.WRITER, engine=ModelEngine.LOCAL, base=None, adapter=""
        ).exclude(source="starter")


@action("workspace.view", write="workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def training_list(request: HttpRequest, workspace: str) -> HttpResponse:
    form = TrainingForm(request.POST or None, initial={"name": _("Brand voice")})
    if request.method == "POST" and form.is_valid():
        try:
            run = training.start(**form.cleaned_data)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            return redirect("campaigns:training-detail", workspace, run.public_id)
    versions = inference.distances_by_version()
    context = {
        "form": form,
        "runs": _runs().order_by("-pk")[:SHOWN_RUNS],
        "approved": training.count_approved(),
        "candidates": _models(ModelStage.CANDIDATE),
        "live": [(model, inference.previous(model)) for model in _models(ModelStage.LIVE)],
        "consent": inference.has_consent(),
        "pairs": EditPair.objects.count(),
        "versions": versions,
        "bars": [{**row, "share": round(row["median"] * 100)} for row in versions],
        "nav": "settings",
        "tab": "models",
    }
    return render(request, "campaigns/training_list.html", context)


@require_safe
@action("workspace.view")
def training_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """One run: how far it is, what was left out, the loss curve, the gate's rows."""
    run = get_object_or_404(_runs(), public_id=public_id)
    return render(request, "campaigns/training_detail.html", _run_context(run))


@require_safe
@action("workspace.view")
def training_progress(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The panel that moves. It stops asking once the run is over."""
    run = get_object_or_404(_runs(), public_id=public_id)
    context = _run_context(run)
    response = render(request, "campaigns/_training_progress.html", context)
    if not context["is_open"]:
        response.headers["HX-Refresh"] = "true"
    return response


@action("workspace.manage")
@require_POST
def training_stop(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    run = get_object_or_404(_runs(), public_id=public_id)
    _try(request, lambda: inference.stop_run(run))
    return redirect("campaigns:training-detail", workspace, public_id)


@action("workspace.manage")
@require_POST
def training_resume(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    run = get_object_or_404(_runs(), public_id=public_id)
    _try(request, lambda: training.resume(run))
    return redirect("campaigns:training-detail", workspace, public_id)


@require_safe
@action("workspace.view")
def model_gate(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """What the gate found: each brief, written by the candidate and by what was live."""
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    gate = model.figures.get("gate")
    context = {
        "model": model,
        "gate": gate,
        "faults": _faults(gate),
        "figures": _figures(model, gate),
        "rows": [_gate_row(row) for row in gate["rows"]] if gate else [],
        "nav": "settings",
        "tab": "models",
    }
    return render(request, "campaigns/model_gate.html", context)


@action("workspace.manage")
@require_POST
def model_judge(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    """Have the gate run again."""
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    training.judge(model)
    messages.success(request, _("The gate is being run. This page shows what it finds."))
    return redirect("campaigns:model-gate", workspace, public_id)


@action("workspace.manage")
@require_POST
def model_promote(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    if _try(request, lambda: inference.promote(model)):
        messages.success(request, _("“%s” writes from now on.") % model.name)
    return redirect("campaigns:training-list", workspace)


@action("workspace.manage")
@require_POST
def model_back(request: HttpRequest, workspace: str, public_id: str) -> HttpResponseRedirect:
    """Bring back what was live before this model, or the starter."""
    model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
    if _try(request, lambda: inference.roll_back(model)):
        messages.success(
            request, _("“%s” is retired; what wrote before writes again.") % model.name
        )
    return redirect("campaigns:training-list", workspace)


@action("workspace.manage")
@require_POST
def learning_set(request: HttpRequest, workspace: str) -> HttpResponseRedirect:
    """Give or withdraw the consent to keep edits."""
    if request.POST.get("consent") == "yes":
        inference.give_consent()
        messages.success(request, _("Edits are kept from now on."))
    else:
        gone = inference.withdraw_consent()
        messages.success(request, _("Nothing is kept any more. Deleted: %s.") % gone)
    return redirect("campaigns:training-list", workspace)


@require_safe
@action("workspace.manage")
def learning_export(request: HttpRequest, workspace: str) -> StreamingHttpResponse:
    """All pairs as JSON lines: prompt, chosen, rejected. Streamed."""
    tenant_id = current_tenant_id()

    def lines() -> Any:
        with scope(tenant_id):
            yield from inference.preference_lines()

    response = StreamingHttpResponse(lines(), content_type="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="preferences.jsonl"'
    return response


def _try(request: HttpRequest, act: Any) -> bool:
    try:
        act()
    except DomainError as error:
        messages.error(request, error.message)
        return False
    return True


def _runs() -> Any:
    rows = TrainingRun.objects.filter(kind=ModelKind.WRITER)
    return rows.select_related("base", "result")


def _models(stage: str) -> Any:
    return RegisteredModel.objects.filter(kind=ModelKind.WRITER, stage=stage).order_by("-pk")


def _run_context(run: TrainingRun) -> dict[str, Any]:
    lost = run.state == RunState.RUNNING and run.lease_until and run.lease_until < timezone.now()
    is_open = run.state in (RunState.WAITING, RunState.RUNNING) and not lost
    gate = run.result.figures.get("gate") if run.result else None
    return {
        "run": run,
        "is_open": is_open,
        "is_lost": lost,
        "percent": round(run.share * 100),
        "curve": draw_curve(run.curve),
        "removed": [(_reasons().get(name, name), count) for name, count in run.removed.items()],
        "gate": gate,
        "faults": _faults(gate),
        "nav": "settings",
        "tab": "models",
    }


def draw_curve(points: list[list[float]]) -> dict[str, Any] | None:
    """Return the loss curve as the points of a line in a box of WIDTH × HEIGHT, and its ends."""
    if len(points) < 2:
        return None
    steps, losses = zip(*points, strict=True)
    low, high = min(losses), max(losses)
    span, reach = (high - low) or 1.0, (steps[-1] - steps[0]) or 1
    line = " ".join(
        f"{(step - steps[0]) / reach * WIDTH:.1f},{(high - loss) / span * HEIGHT:.1f}"
        for step, loss in points
    )
    return {
        "line": line,
        "low": low,
        "high": high,
        "steps": steps[-1],
        "last": losses[-1],
        "rows": points[:: max(1, len(points) // 12)],
    }


def _faults(gate: dict[str, Any] | None) -> list[dict[str, Any]]:
    """One line for each language and family: how many texts of each model fail."""
    if not gate:
        return []
    families = {
        "facts": _("Facts"),
        "format": _("Format and language"),
        "brand": _("Brand"),
        "safety": _("Safety and law"),
    }
    languages = {"en": _("English"), "zh-hans": _("Chinese")}
    return [
        {
            "language": languages.get(language, language),
            "family": families.get(family, family),
            "texts": gate["briefs"][language],
            "candidate": counts[0],
            "live": counts[1],
        }
        for language, table in gate["faults"].items()
        for family, counts in sorted(table.items(), key=lambda row: [*families].index(row[0]))
    ]


def _figures(model: RegisteredModel, gate: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What speaks for the candidate and for the live model, side by side."""
    if not gate or not gate.get("figures"):
        return []
    mine, live = gate["figures"]["candidate"], gate["figures"]["live"]
    rival = RegisteredModel.objects.filter(public_id=gate["against_key"] or None).first()
    rows = [
        (_("Texts without a fault"), *(f"{one['clean']} / {one['texts']}" for one in (mine, live))),
        (_("Seconds for a text"), *(f"{one['seconds']:.2f}" for one in (mine, live))),
        (_("Tokens of a text"), *(f"{one['new_tokens']:.0f}" for one in (mine, live))),
    ]
    perplexities = [one.figures.get("perplexity") if one else None for one in (model, rival)]
    if any(perplexities):
        rows.append((_("Held-out perplexity"), *(value or "–" for value in perplexities)))
    return [{"what": what, "candidate": one, "live": other} for what, one, other in rows]


def _gate_row(row: dict[str, Any]) -> dict[str, Any]:
    """One brief and its two texts, in the reader's words."""
    kinds = {"channel": ChannelChoice, "goal": GoalChoice, "tone": ToneChoice}
    return {
        "lang": row["language"],
        "language": dict(TextLanguage.choices).get(row["language"], row["language"]),
        **{name: dict(kind.choices).get(row[name], row[name]) for name, kind in kinds.items()},
        "texts": [
            {
                "parts": [
                    (inference.describe_part(name), row[who][name])
                    for name in _in_order(row["channel"], row[who])
                ],
                "faults": [
                    inference.describe_finding(Finding(**one))
                    for one in row.get(f"{who}_findings", [])
                ],
            }
            for who in ("candidate", "live")
        ],
    }


def _in_order(channel: str, parts: dict[str, str]) -> list[str]:
    """The parts as a reader meets them; a stored object has them in no order."""
    known = FIELDS.get(Channel(channel), ())
    return [*(name for name in known if name in parts), *sorted(set(parts) - set(known))]


def _reasons() -> dict[str, str]:
    return {
        "blocked": _("a check would block them"),
        "personal_data": _("they hold an address or a number of a person"),
        "other_language": _("they are in another language"),
        "too_long": _("they are too long"),
        "duplicate": _("the same words came before"),
    }
