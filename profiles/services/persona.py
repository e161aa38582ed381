"""A customer in a few plain sentences, made from traits and from nothing else.

No name, no address, no words of their own: whoever reads it reads what the traits say. Sentences
are put together from the product's own words, so that nothing can be invented.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from profiles.models import StageChoice, TraitSet, WordTrait
from profiles.services import traits
from profiles.services.words import LIKES
from profiles.word_labels import label_of
from tenants.sentences import join_sentences

MOST_NAMED = 3


def describe(traitset: TraitSet, words: Sequence[WordTrait] = ()) -> list[str]:
    """Return one to four sentences, in the language that is active."""
    sentences = [_stage(traitset), _buys(traitset), _rhythm(traitset), _says(words)]
    return [sentence for sentence in sentences if sentence]


def _value(traitset: TraitSet, name: str) -> str:
    return traits.explain_trait(traitset, name).value if name in traitset.confidence else ""


def _stage(traitset: TraitSet) -> str:
    if traitset.stage == StageChoice.PROSPECT:
        return _("Has not bought yet.")
    text = _("%(stage)s: %(orders)s, spent %(spent)s.")
    return text % {
        "stage": traitset.get_stage_display(),
        "orders": traits.say_orders(traitset.order_count),
        "spent": _value(traitset, "total_spent"),
    }


def _buys(traitset: TraitSet) -> str:
    named = [one for one in (traitset.top_category, traitset.top_brand) if one]
    parts = [_("mostly %(what)s") % {"what": _(" and ").join(named)}] if named else []
    habits = {
        "low": _("at low prices"),
        "medium": _("at middling prices"),
        "high": _("at high prices"),
    }
    if traitset.price_band:
        parts.append(habits[traitset.price_band])
    if traitset.discount_affinity == "high":
        parts.append(_("often on offer"))
    if traitset.motive not in ("", "none"):
        parts.append(_("for: %(motive)s") % {"motive": traitset.get_motive_display()})
    return _("Buys %(what)s.") % {"what": _(", ").join(parts)} if parts else ""


def _rhythm(traitset: TraitSet) -> str:
    parts = []
    if traitset.cadence_days:
        parts.append(_("orders every %(days)s") % {"days": _value(traitset, "cadence_days")})
    if traitset.next_due_at and "next_due_at" in traitset.confidence:
        parts.append(_("the next one is due %(day)s") % {"day": _value(traitset, "next_due_at")})
    if traitset.preferred_hour is not None:
        parts.append(_("is active around %(hour)s") % {"hour": _value(traitset, "preferred_hour")})
    if not parts:
        return ""
    text = _(", ").join(parts)
    return _("%(sentence)s.") % {"sentence": text[:1].upper() + text[1:]}


def _says(words: Sequence[WordTrait]) -> str:
    def named(kept: Sequence[WordTrait]) -> str:
        surest = sorted(kept, key=lambda one: -one.mentions)[:MOST_NAMED]
        return _(", ").join(label_of(one.name).lower() for one in surest)

    opinions = [one for one in words if one.kind == "aspect" and one.polarity is not None]
    likes = named([one for one in opinions if (one.polarity or 0) > LIKES])
    dislikes = named([one for one in opinions if (one.polarity or 0) < -LIKES])
    needs = named([one for one in words if one.kind == "need"])
    topics = named([one for one in words if one.kind == "topic"])
    parts = [
        text % {"what": what}
        for text, what in (
            (_("Praises %(what)s."), likes),
            (_("Finds fault with %(what)s."), dislikes),
            (_("Needs %(what)s."), needs),
            (_("Writes about %(what)s."), topics),
        )
        if what
    ]
    return join_sentences(parts)
