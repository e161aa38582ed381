"""How good recommendations and predictions are, and what may be recommended."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from profiles.models import ForecastKind, ForecastReport
from profiles.services import forecasts
from profiles.services.forecasts import LONGEST_REST, MOST_PER_CATEGORY
from tenants.access import action
from tenants.permissions import allows

ROWS = (
    ("blend", gettext_lazy("What goes with what a customer bought")),
    ("mixture", gettext_lazy("The same, and in which order it was bought")),
    ("popularity", gettext_lazy("What sells most")),
)


class PolicyForm(forms.Form):
    repeats = forms.BooleanField(
        label=gettext_lazy("Also what the customer bought before"),
        required=False,
        help_text=gettext_lazy("For goods that are bought again and again, such as food."),
    )
    only_in_stock = forms.BooleanField(label=gettext_lazy("Only what is in stock"), required=False)
    most_per_category = forms.IntegerField(
        label=gettext_lazy("At most so many of a category"),
        min_value=1,
        max_value=MOST_PER_CATEGORY,
    )
    rest_days = forms.IntegerField(
        label=gettext_lazy("Days until a product makes room"),
        min_value=0,
        max_value=LONGEST_REST,
        help_text=gettext_lazy("One that was recommended so long rests as long. 0 means never."),
    )
    show_new = forms.BooleanField(
        label=gettext_lazy("Keep a place for new products"),
        required=False,
        help_text=gettext_lazy(
            "The last of the five goes to a product of the last 60 days that hardly anybody "
            "bought yet, where it is much like what the customer bought."
        ),
    )


@action("catalogue.view", write="catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def forecast_report(request: HttpRequest, workspace: str) -> HttpResponse:
    policy = forecasts.read_recommendation_policy()
    names = ("repeats", "only_in_stock", "most_per_category", "rest_days", "show_new")
    form = PolicyForm(request.POST or None, initial={name: getattr(policy, name) for name in names})
    if request.method == "POST" and form.is_valid():
        forecasts.save_recommendation_policy(**form.cleaned_data)
        messages.success(request, _("Saved. It counts from the next night on."))
        return redirect("profiles:forecast-report", workspace)
    recommended = forecasts.read_report(ForecastKind.RECOMMENDATIONS)
    foretold = forecasts.read_report(ForecastKind.PREDICTIONS)
    context = {
        "nav": "catalogue",
        "tab": "forecasts",
        "form": form,
        "may_edit": allows(request.role, "catalogue.edit"),
        "recommended": recommended,
        "rows": _rows(recommended),
        "foretold": foretold,
        "tests": _tests(foretold),
    }
    return render(request, "profiles/forecast_report.html", context)


def _rows(report: ForecastReport | None) -> list[dict[str, Any]]:
    """A line for ours and one for popularity: hits among ten, place, and share of the catalogue."""
    figures = report.figures if report else {}
    if "blend" not in figures:
        return []
    return [
        {
            "label": label,
            "is_used": figures["used"] == name,
            "hits": _percent(figures[name]["hr@10"]),
            "ndcg": f"{figures[name]['ndcg@10']:.3f}",
            "coverage": _percent(figures[name]["coverage"]),
        }
        for name, label in ROWS
        if name in figures
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def _tests(report: ForecastReport | None) -> list[dict[str, Any]]:
    """A line for each prediction: its error, that of the simple rule, and whether it is shown."""
    found = report.figures if report else {}
    if not found:
        return []
    lines = (
        ("orders", _("Orders: mean error"), "mae", "heuristic_mae"),
        ("value", _("Value: mean error"), "value_mae", "value_heuristic_mae"),
        ("next_order", _("Next order: mean error in days"), "days_error", "days_heuristic_error"),
        ("again", _("Who orders again: right of two"), "auc", "heuristic_auc"),
    )
    return [
        {
            "label": label,
            "ours": _figure(found[ours], name),
            "simple": _figure(found[simple], name),
            "is_shown": found["shown"][name],
        }
        for name, label, ours, simple in lines
    ]


def _figure(value: float | None, name: str) -> str:
    if value is None:
        return "–"
    return _percent(value) if name == "again" else f"{value:.2f}"
