"""Why a text reads as it does: asked for by a person, computed by a writer, kept with the text."""

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import previews
from campaigns.explanations import is_stale, read
from campaigns.models import Creative, CreativeState, ExplanationState, TextExplanation, Variant
from campaigns.tasks import explain_text
from tenants.context import current_tenant_id
from tenants.errors import Conflict

__all__ = ["ask", "is_stale", "of", "read"]


def ask(creative: Creative) -> TextExplanation:
    """Have the text explained, unless its words already are. Returns the row, perhaps waiting.

    Raises Conflict for a text that no model wrote, or that is not written yet.
    """
    if creative.variant == Variant.BASE or not creative.model:
        raise Conflict(_("No model wrote this text, so there is nothing to explain."))
    if creative.state in (CreativeState.WAITING, CreativeState.WRITING):
        raise Conflict(_("This text is not written yet. Ask again once it is."))
    with transaction.atomic():
        Creative.objects.select_for_update().get(pk=creative.pk)
        found = of(creative)
        if found and not is_stale(found, creative) and found.state == ExplanationState.DONE:
            return found
        row = found or TextExplanation(creative=creative)
        row.state, row.reason = ExplanationState.WAITING, ""
        row.words = previews.version(creative)
        row.save()
        explain_text.delay_on_commit(current_tenant_id(), row.pk)
    return row


def of(creative: Creative) -> TextExplanation | None:
    """Return the explanation that is kept with the text, None if nobody asked."""
    return TextExplanation.objects.filter(creative=creative).first()
