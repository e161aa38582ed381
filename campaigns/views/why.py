"""Why this text: reasons in sentences, bars, evidence, and the model's attention for experts."""

import base64

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import previews, whys
from campaigns.models import Creative, ExplanationState, TextExplanation
from campaigns.services import explaining
from campaigns.views.review import _get_creative
from tenants.access import action
from tenants.errors import DomainError


@action("campaigns.view", write="creatives.review")
@require_http_methods(["GET", "HEAD", "POST"])
def creative_why(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Show what drove the text; POST has it measured. Asks for itself while it waits."""
    creative = _get_creative(public_id)
    if request.method == "POST":
        try:
            explaining.ask(creative)
        except DomainError as error:
            messages.error(request, error.message)
        return redirect("campaigns:creative-why", workspace, creative.public_id)
    part = request.htmx and not request.htmx.history_restore_request
    name = "_why" if part else "creative_why"
    return render(request, f"campaigns/{name}.html", _context(creative))


@action("campaigns.view")
@require_safe
def creative_attention(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The attention weights as JSON: bytes in base64, 255 = 1, layer by layer, head by head."""
    row = explaining.of(_get_creative(public_id))
    attention = explaining.read(row).attention if row and row.state == "done" else None
    if attention is None:
        raise Http404(_("There is no map of attention for this text."))
    return JsonResponse(
        {
            "tokens": attention.tokens,
            "prompt_tokens": attention.prompt_tokens,
            "layers": attention.layers,
            "heads": attention.heads,
            "weights": base64.b64encode(attention.weights).decode(),
        }
    )


def _context(creative: Creative) -> dict[str, object]:
    row = explaining.of(creative)
    context = {
        "creative": creative,
        "campaign": creative.campaign,
        "title": previews.title_of(creative),
        "row": row,
        "is_stale": row is not None and explaining.is_stale(row, creative),
        "is_waiting": row is not None and row.state == ExplanationState.WAITING,
        "inputs": previews.inputs_of(creative),
        "evidence": whys.evidence_of(creative),
        "approval": whys.approved_by(creative),
        "people": previews.people_of(creative),
        "nav": "review",
    }
    return context | (_measured(creative, row) if row and row.state == "done" else {})


def _measured(creative: Creative, row: TextExplanation) -> dict[str, object]:
    explanation = explaining.read(row)
    reasons = whys.reasons_of(creative, explanation)
    attention = explanation.attention
    return {
        "reasons": reasons,
        "named": [reason for reason in reasons if reason.is_named],
        "passages": whys.passages_of(creative, explanation),
        "layers": range(1, attention.layers + 1) if attention else (),
        "heads": range(1, attention.heads + 1) if attention else (),
        "is_same_model": row.model == creative.model,
    }
