"""From counts to a conclusion in words: what was found, what was not, and what is too early.

Decided once, when the attribution window of the last message has ended, so looking often does
not make winners. Every sentence that names a difference names its interval.
"""

from collections.abc import Sequence
from datetime import datetime
from math import erfc, exp, pi, sqrt

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from campaigns.models import WRITTEN_VARIANTS, Variant
from insights.statistics import Interval, newcombe, wilson, winners
from insights.types import Count, Effect, VariantResult, Verdict
from tenants.sentences import join_sentences

PER = 10_000
UNEQUAL = 0.001
"""A draw this unlikely means that the groups are not what was drawn."""


def compare_variants(counts: dict[str, Count], *, is_final: bool) -> list[VariantResult]:
    """Return each variant's rate, its difference from the base text, and what follows."""
    base = counts.get(Variant.BASE, Count())
    control = (base.ordered, base.people)
    arms = {
        name: (count.ordered, count.people)
        for name, count in counts.items()
        if name != Variant.BASE and count.people
    }
    found = winners(control, arms) if base.people and is_final else {}
    results = []
    for variant in Variant:
        count = counts.get(variant, Count())
        if not count.people:
            continue
        compared = variant != Variant.BASE and base.people > 0
        results.append(
            VariantResult(
                variant=variant.value,
                label=str(variant.label),
                count=count,
                rate=wilson(count.ordered, count.people),
                difference=newcombe(*arms[variant], *control) if compared else None,
                verdict=_verdict_of(variant, found, is_final=is_final),
            )
        )
    return results


def _verdict_of(variant: str, found: dict[str, int], *, is_final: bool) -> str:
    if variant == Variant.BASE:
        return "control"
    if not is_final:
        return "early"
    return {1: "better", -1: "worse"}.get(found.get(variant, 0), "open")


def measure_effect(recipients: Count, holdout: Count) -> Effect | None:
    """Return what the campaign caused against its holdout; None without people in both."""
    if not (recipients.people and holdout.people):
        return None
    difference = newcombe(recipients.ordered, recipients.people, holdout.ordered, holdout.people)
    caused = difference.times(recipients.people)
    value = float(recipients.revenue) / recipients.ordered if recipients.ordered else 0.0
    return Effect(
        reached=wilson(recipients.ordered, recipients.people),
        held_out=wilson(holdout.ordered, holdout.people),
        difference=difference,
        caused=caused,
        revenue_caused=caused.times(value),
        is_clear=difference.excludes_zero,
    )


def is_lopsided(counts: dict[str, Count]) -> bool:
    """Whether the written variants have sizes that a fair draw would hardly give.

    A chi-square test against equal shares at 0.1 %; one variant alone is never lopsided.
    """
    sizes = [counts[name].people for name in WRITTEN_VARIANTS if name in counts]
    sizes = [size for size in sizes if size]
    if len(sizes) < 2:
        return False
    fair = sum(sizes) / len(sizes)
    distance = sum((size - fair) ** 2 for size in sizes) / fair
    return _chance_beyond(distance, len(sizes) - 1) < UNEQUAL


def _chance_beyond(distance: float, freedom: int) -> float:
    """Return the upper tail of the chi-square distribution for one to three degrees of freedom.

    Closed forms: Abramowitz and Stegun 26.4.4 and 26.4.5.
    """
    if freedom == 2:
        return exp(-distance / 2)
    tail = erfc(sqrt(distance / 2))
    if freedom == 3:
        tail += sqrt(2 * distance / pi) * exp(-distance / 2)
    return tail


def not_sent() -> Verdict:
    return Verdict(
        kind="none",
        badge=_("Not sent yet"),
        headline=_("Nothing has been sent yet."),
        detail=_("The report begins when the first message has left."),
    )


def conclude(
    *,
    variants: Sequence[VariantResult],
    effect: Effect | None,
    ordered: int,
    until: datetime | None,
    is_final: bool,
    lopsided: bool,
) -> Verdict:
    """Return the sentence that the report begins with."""
    if not is_final:
        return _too_early(until)
    if lopsided:
        return Verdict(
            kind="doubt",
            badge=_("Do not compare"),
            headline=_("The groups are not what was drawn, so the texts cannot be compared."),
            detail=_("Far more people got one text than the other. Look for a cause before use."),
        )
    compared = [result for result in variants if result.difference is not None]
    better = [result for result in compared if result.verdict == "better"]
    worse = [result for result in compared if result.verdict == "worse"]
    if better:
        best = max(better, key=lambda result: result.rate.value)
        return _clear(best, [result for result in compared if result is not best])
    if worse:
        return _base_is_better(worse)
    if compared:
        return _open(compared)
    return describe_effect(effect, ordered)


def _too_early(until: datetime | None) -> Verdict:
    detail = _("Orders are counted for some days after each message. Nothing is compared before.")
    if until:
        day = date_format(timezone.localtime(until), "DATETIME_FORMAT")
        zone = timezone.get_current_timezone_name()
        detail = _("Orders are counted until %(day)s (%(zone)s). Nothing is compared before.") % {
            "day": day,
            "zone": zone,
        }
    return Verdict(
        kind="early",
        badge=_("Too early"),
        headline=_("It is too early for a verdict."),
        detail=detail,
    )


def _clear(best: VariantResult, others: Sequence[VariantResult]) -> Verdict:
    headlines = {
        Variant.REASON: _(
            "Write the reason first. It brought %(more)s more orders for every 10,000 people than "
            "your base text."
        ),
        Variant.PRODUCT: _(
            "Write the product first. It brought %(more)s more orders for every 10,000 people than "
            "your base text."
        ),
        Variant.QUESTION: _(
            "Begin with a question. It brought %(more)s more orders for every 10,000 people than "
            "your base text."
        ),
        Variant.BENEFIT: _(
            "Write the benefit first. It brought %(more)s more orders for every 10,000 people than "
            "your base text."
        ),
    }
    gain = _gain(best)
    sentences = [
        _("We are 95%% sure the true gain is between %(low)s and %(high)s.")
        % {"low": whole(gain.low), "high": whole(gain.high)}
    ]
    sentences += [
        _("%(variant)s did not differ clearly from the base text.") % {"variant": other.label}
        for other in others
        if other.verdict == "open"
    ]
    return Verdict(
        kind="clear",
        badge=_("Clear result"),
        headline=headlines[Variant(best.variant)] % {"more": whole(gain.value)},
        detail=join_sentences(sentences),
    )


def _base_is_better(worse: Sequence[VariantResult]) -> Verdict:
    sentences = [
        _(
            "%(variant)s brought %(fewer)s fewer orders for every 10,000 people, between %(low)s "
            "and %(high)s."
        )
        % {
            "variant": result.label,
            "fewer": whole(-_gain(result).value),
            "low": whole(-_gain(result).high),
            "high": whole(-_gain(result).low),
        }
        for result in worse
    ]
    return Verdict(
        kind="clear",
        badge=_("Clear result"),
        headline=_("Keep your base text. It brought more orders than a written text."),
        detail=join_sentences(sentences),
    )


def _open(compared: Sequence[VariantResult]) -> Verdict:
    sentences = [
        _(
            "%(variant)s against the base text: between %(low)s and %(high)s orders for every "
            "10,000 people."
        )
        % {
            "variant": result.label,
            "low": signed(_gain(result).low),
            "high": signed(_gain(result).high),
        }
        for result in compared
    ]
    return Verdict(
        kind="open",
        badge=_("Not told apart"),
        headline=_("The texts cannot be told apart: the difference may be chance."),
        detail=join_sentences(sentences),
    )


def describe_effect(effect: Effect | None, ordered: int) -> Verdict:
    """Return the conclusion where texts were not compared: what the campaign caused."""
    followed = _("%(count)s people ordered afterwards.") % {"count": f"{ordered:,}"}
    if effect is None:
        return Verdict(
            kind="open",
            badge=_("No comparison"),
            headline=followed,
            detail=_("Nobody was held out, so what the campaign caused cannot be known."),
        )
    values = {
        "caused": whole(effect.caused.value),
        "low": whole(effect.caused.low),
        "high": whole(effect.caused.high),
    }
    if effect.is_clear and effect.caused.value > 0:
        because = _("About %(caused)s of them because of the campaign (%(low)s to %(high)s).")
        return Verdict(
            kind="clear",
            badge=_("Clear result"),
            headline=f"{followed} {because % values}",
            detail=_("Measured against the people who were held out, 95% interval."),
        )
    because = _("Whether the campaign caused any of it cannot be told (%(low)s to %(high)s).")
    return Verdict(
        kind="open",
        badge=_("No effect found"),
        headline=f"{followed} {because % values}",
        detail=_("Measured against the people who were held out, 95% interval."),
    )


def _gain(result: VariantResult) -> Interval:
    assert result.difference is not None  # noqa: S101
    return result.difference.times(PER)


def whole(value: float) -> str:
    """A whole number as a reader sees it, with a true minus sign."""
    return f"{round(value):,}".replace("-", "−")


def signed(value: float) -> str:
    """A whole number with its sign, zero without."""
    rounded = round(value)
    return f"+{rounded:,}" if rounded > 0 else whole(rounded)
