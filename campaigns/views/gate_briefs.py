"""Settings → Models → Test briefs: what every candidate must write, seen and changed."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.forms import Lines
from campaigns.models import ChannelChoice, GateBrief, GoalChoice, Variant
from campaigns.services import gate_briefs
from catalogue.models import BrandVoice, Offer, Product, TextLanguage, ToneChoice
from profiles.models import MotiveChoice, StageChoice
from tenants.access import action
from tenants.errors import DomainError

PAGE = {"nav": "settings", "tab": "models"}
OPENINGS = [(value, label) for value, label in Variant.choices if value != Variant.BASE]


class GateBriefForm(forms.Form):
    """A test brief. Choices that belong to the workspace are filled when the form is made."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=TextLanguage)
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), choices=ChannelChoice)
    goal = forms.ChoiceField(label=gettext_lazy("What we want"), choices=GoalChoice)
    tone = forms.ChoiceField(label=gettext_lazy("Tone"), choices=ToneChoice)
    lead = forms.ChoiceField(label=gettext_lazy("Opens with"), choices=OPENINGS)
    motive = forms.ChoiceField(label=gettext_lazy("Motive"), choices=MotiveChoice)
    stage = forms.ChoiceField(
        label=gettext_lazy("Life cycle"), choices=StageChoice, initial=StageChoice.ACTIVE
    )
    with_name = forms.BooleanField(label=gettext_lazy("Greets by first name"), required=False)
    message = Lines(
        label=gettext_lazy("What we say"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    occasion = forms.CharField(label=gettext_lazy("Occasion"), required=False, max_length=40)
    product = forms.ModelChoiceField(
        label=gettext_lazy("Product"),
        queryset=Product.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("No product"),
    )
    offer = forms.ModelChoiceField(
        label=gettext_lazy("Offer"),
        queryset=Offer.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("No offer"),
    )
    voice = forms.ModelChoiceField(
        label=gettext_lazy("Brand voice"),
        queryset=BrandVoice.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("None"),
    )

    def __init__(self, *args: Any, brief: GateBrief | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(brief), **kwargs)
        own: dict[str, Any] = {
            "product": Product.objects.filter(is_active=True).order_by("title"),
            "offer": Offer.objects.filter(is_active=True).order_by("name"),
            "voice": BrandVoice.objects.order_by("-is_default", "name"),
        }
        for name, rows in own.items():
            field: Any = self.fields[name]
            kept = getattr(brief, f"{name}_id", None)
            field.queryset = rows | rows.model.objects.filter(pk=kept) if kept else rows


def _initial(brief: GateBrief | None) -> dict[str, Any]:
    if brief is None:
        return {}
    values = {name: getattr(brief, name) for name in gate_briefs.FIELDS}
    for name in ("product", "offer", "voice"):
        values[name] = getattr(values[name], "public_id", None)
    return values


@action("workspace.view")
@require_safe
def brief_list(request: HttpRequest, workspace: str) -> HttpResponse:
    languages, channels = dict(TextLanguage.choices), dict(ChannelChoice.choices)
    context = {
        **PAGE,
        "briefs": gate_briefs.briefs(),
        "is_own": gate_briefs.has_own(),
        "least": gate_briefs.EACH,
        "too_few": [
            f"{languages[language]}, {channels[channel]}"
            for language, channel in gate_briefs.too_few()
        ],
    }
    return render(request, "campaigns/gate_brief_list.html", context)


@action("workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def brief_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _edit(request, None)


@action("workspace.view", write="workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def brief_detail(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    rows = GateBrief.objects.select_related("product", "offer", "voice")
    return _edit(request, get_object_or_404(rows, public_id=public_id))


def _edit(request: HttpRequest, brief: GateBrief | None) -> HttpResponse:
    form = GateBriefForm(request.POST or None, brief=brief)
    if request.method == "POST" and form.is_valid():
        try:
            gate_briefs.save_brief(brief, **form.cleaned_data)
        except DomainError as error:
            for name, text in error.fields.items() or [(None, error.message)]:
                form.add_error(name, text)
        else:
            messages.success(request, _("Saved. The next gate asks for it."))
            return redirect("campaigns:brief-list", request.tenant.slug)
    context = {**PAGE, "form": form, "brief": brief}
    return render(request, "campaigns/gate_brief_edit.html", context)


@action("workspace.manage")
@require_POST
def brief_delete(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    gate_briefs.delete_brief(get_object_or_404(GateBrief, public_id=public_id))
    messages.success(request, _("The test brief is deleted."))
    return redirect("campaigns:brief-list", workspace)


@action("workspace.manage")
@require_POST
def brief_keep(request: HttpRequest, workspace: str) -> HttpResponse:
    """Make the briefs the workspace's own; or give up its own, to have them made anew."""
    if request.POST.get("anew"):
        gate_briefs.make_anew()
        messages.success(request, _("The test briefs are made from your campaigns and catalogue."))
    else:
        gate_briefs.keep_made()
        messages.success(request, _("The test briefs are yours now. Change them as you like."))
    return redirect("campaigns:brief-list", workspace)
