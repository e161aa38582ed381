"""Why a text reads as it does, in words: reasons, the clauses they drove, what is behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import Any

from django.utils.translation import gettext as _

from campaigns import contents, previews, prompts
from campaigns.models import Approval, Creative, ExplanationState, GoalChoice, Variant
from campaigns.services import explaining
from catalogue.models import ToneChoice
from inference.services import describe_part
from inference.types import Explanation, Influence
from profiles.models import Customer, MotiveChoice, StageChoice, TraitSet
from profiles.services import traits

LEAST = 1.0
"""Nats below which a fact is not named as a reason: less than three times as likely."""
NAMED = 4
MOST_TIMES = 1_000_000
"""Beyond this a figure says no more than a word does."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """One fact and what it did. `share` is of the strongest fact; `times` is for its clause, ""
    where the model would hardly have written it otherwise."""

    label: str
    effect: float
    share: float
    clause: str
    times: str
    is_named: bool
    against: str


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A clause as it is read, the fact that drove it most, and how much: 0 to 1."""

    part: str
    text: str
    reason: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What of one person's behaviour put them among those who get this text."""

    number: int
    customer: Customer
    lines: list[traits.TraitLine]


def reasons_of(creative: Creative, explanation: Explanation) -> list[Reason]:
    """Return every fact, the strongest first; those that matter are marked as named."""
    most = max((line.effect for line in explanation.influences), default=0) or 1
    return [
        Reason(
            label=label_of(line.fact, line.value),
            effect=line.effect,
            share=min(1.0, max(0.0, line.effect / most)),
            clause=_clause(creative, explanation, line),
            times=_times(line.by_clause[line.strongest]),
            is_named=place < NAMED and line.effect >= LEAST,
            against=_against(line),
        )
        for place, line in enumerate(explanation.influences)
    ]


def named_reasons(creative: Creative) -> list[Reason]:
    """Return the reasons that matter of a text that was measured as it stands, else none."""
    row = explaining.of(creative)
    if row is None or row.state != ExplanationState.DONE or explaining.is_stale(row, creative):
        return []
    return [one for one in reasons_of(creative, explaining.read(row)) if one.is_named]


def passages_of(creative: Creative, explanation: Explanation) -> list[Passage]:
    """Return the text clause by clause, each with its strongest fact."""
    strongest = max((max(line.by_clause) for line in explanation.influences), default=0) or 1
    found = []
    for at, clause in enumerate(explanation.clauses):
        line = max(explanation.influences, key=lambda one: one.by_clause[at], default=None)
        effect = line.by_clause[at] if line else 0.0
        found.append(
            Passage(
                part=describe_part(clause.part),
                text=_read(creative, clause.text),
                reason=label_of(line.fact, line.value) if line and effect >= LEAST else "",
                share=min(1.0, max(0.0, effect / strongest)),
            )
        )
    return found


def label_of(fact: str, value: str) -> str:
    """Return a fact as a marketer knows it."""
    choices: dict[str, tuple[str, Any]] = {
        "goal": (_("Goal: %(value)s"), GoalChoice),
        "lead": (_("Opens with: %(value)s"), Variant),
        "tone": (_("Tone: %(value)s"), ToneChoice),
        "motive": (_("Motive: %(value)s"), MotiveChoice),
        "stage": (_("Life cycle: %(value)s"), StageChoice),
    }
    if fact in choices:
        sentence, kind = choices[fact]
        return sentence % {"value": dict(kind.choices).get(value, value)}
    return previews.fact_label(fact)


def evidence_of(creative: Creative, limit: int = 3) -> list[Evidence]:
    """Return, for some who get the text, the traits that the request was made of."""
    group = creative.micro_segment
    if group is None or not group.detail:
        return []
    people = previews.people_for(creative, limit)
    known = {row.customer_id: row for row in TraitSet.objects.filter(customer__in=people)}
    names = list(_traits_used(group.facts))
    return [
        Evidence(
            number=number,
            customer=person,
            lines=[
                line
                for name in names
                if name in known[person.pk].evidence
                and (line := traits.explain_trait(known[person.pk], name)).value
            ],
        )
        for number, person in enumerate(people, start=1)
        if person.pk in known
    ]


def approved_by(creative: Creative) -> Approval | None:
    """Return the approval under which the text may be sent, None if there is none."""
    return creative.campaign.approvals.filter(voided_at=None).order_by("-id").first()


def _traits_used(facts: dict[str, Any]) -> Iterator[str]:
    yield "stage"
    if facts.get("motive", "none") != "none":
        yield "motive"
    if facts.get("interest"):
        yield "top_category"
    if prompts.tells_last_purchase(facts):
        yield "last_product"


def _clause(creative: Creative, explanation: Explanation, line: Influence) -> str:
    return _read(creative, explanation.clauses[line.strongest].text).rstrip(",;:–，；：")


def _read(creative: Creative, text: str) -> str:
    facts = creative.snapshot.facts if creative.snapshot else {}
    filled = contents.fill_facts(text, facts)
    return contents.SLOT.sub(lambda match: f"[{match[1].rpartition('.')[2]}]", filled)


def _times(nats: float) -> str:
    """Return how many times likelier, rounded as an estimate should be; "" for beyond counting."""
    times = exp(min(max(nats, 0.0), 20.0))
    if times >= MOST_TIMES:
        return ""
    if times >= 100:
        digits = len(str(int(times))) - 2
        return f"{round(times, -digits):,.0f}"
    return f"{times:.1f}"


def _against(line: Influence) -> str:
    if not line.value:
        return _("against the same request without it")
    return _("against %(count)s other values") % {"count": line.alternatives}
