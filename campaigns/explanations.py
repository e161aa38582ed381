"""Explanations of texts as rows: computed by a writer, stored, read back.

The row is the truth, the task only rings. What is kept can be computed again, bit for bit, from
the creative: `compute` on an unchanged text gives the same figures. A model that reads words was
shown approved texts as examples; it is explained with those that it would be shown today.
"""

import zlib
from dataclasses import asdict, replace
from typing import Any

from django.utils import timezone

from campaigns import checks, previews
from campaigns.models import Creative, ExplanationState, TextExplanation
from campaigns.writing_context import Contexts
from inference import services as inference
from inference.types import Attention, Clause, Explanation, Influence
from tenants.context import scope
from tenants.errors import DomainError


def is_stale(row: TextExplanation, creative: Creative) -> bool:
    """Whether the words or the facts have changed since the row was computed."""
    return row.words != previews.version(creative)


def compute(tenant_id: int, explanation_id: int) -> None:
    """Explain one text. To be called outside a scope: no transaction is open meanwhile."""
    with scope(tenant_id):
        row = (
            TextExplanation.objects.filter(pk=explanation_id, state=ExplanationState.WAITING)
            .select_related(
                "creative__campaign__voice", "creative__micro_segment", "creative__snapshot"
            )
            .first()
        )
        if row is None:
            return
        creative, words = row.creative, row.words
        context = Contexts().of(creative)
        request, parts = replace(checks.request_of(creative), context=context), dict(creative.parts)
    try:
        with scope(tenant_id):
            writer = inference.writer_that_wrote(creative.model, creative.engine)
        values = stored(inference.explain_writing(request, parts, model=writer))
    except DomainError as error:
        values = {"state": ExplanationState.FAILED, "reason": error.message}
    with scope(tenant_id):
        TextExplanation.objects.filter(pk=explanation_id, words=words).update(
            **values, computed_at=timezone.now()
        )


def stored(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as the fields of its row."""
    attention = explanation.attention
    return {
        "state": ExplanationState.DONE,
        "reason": "",
        "model": explanation.model[:200],
        "prompt_version": explanation.prompt_version[:40],
        "seconds": explanation.seconds,
        "data": {
            "clauses": [asdict(clause) for clause in explanation.clauses],
            "influences": [asdict(influence) for influence in explanation.influences],
            "attention": attention
            and {
                "tokens": attention.tokens,
                "prompt_tokens": attention.prompt_tokens,
                "layers": attention.layers,
                "heads": attention.heads,
            },
        },
        "attention": zlib.compress(attention.weights) if attention else None,
    }


def read(row: TextExplanation) -> Explanation:
    """Return the explanation that a row keeps."""
    kept = row.data["attention"]
    return Explanation(
        clauses=tuple(Clause(**clause) for clause in row.data["clauses"]),
        influences=tuple(
            Influence(**(line | {"by_clause": tuple(line["by_clause"])}))
            for line in row.data["influences"]
        ),
        model=row.model,
        prompt_version=row.prompt_version,
        seconds=row.seconds,
        attention=Attention(
            **(kept | {"tokens": tuple(kept["tokens"])}),
            weights=zlib.decompress(bytes(row.attention or b"")),
        )
        if kept
        else None,
    )
