"""Audiences, micro-segments and creatives in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import contents, prompts
from campaigns.audience import Group
from campaigns.models import Campaign, Creative, Place, Variant
from campaigns.services import briefs
from catalogue import services as catalogue
from catalogue.models import Product, TextLanguage
from inference import services as inference
from inference.types import FIELDS, Channel
from profiles.models import MotiveChoice, StageChoice


@dataclass(frozen=True, kw_only=True)
class PlaceLine:
    """One part of the bar: how many of those who match have this place, and why."""

    key: str
    label: str
    count: int
    note: str


def places_of(places: dict[str, int], campaign: Campaign) -> list[PlaceLine]:
    """Return what becomes of everybody who matches; the counts add up. Empty ones are left out,
    but for those who get it and the holdout."""
    notes = {
        Place.RECIPIENT: "",
        Place.HOLDOUT: _("To measure the effect"),
        Place.NO_CONSENT: _("For email marketing"),
        Place.NO_ADDRESS: _("Nothing to send to"),
        Place.SUPPRESSED: _("Unsubscribed, bounced, complained"),
        Place.OTHER_LANGUAGE: _("Not among the languages of the brief"),
    }
    return [
        PlaceLine(
            key=str(place),
            label=_place_label(place, campaign),
            count=places[place],
            note=note,
        )
        for place, note in notes.items()
        if places[place] or place in (Place.RECIPIENT, Place.HOLDOUT)
    ]


def _place_label(place: Place, campaign: Campaign) -> str:
    if place == Place.HOLDOUT:
        return _("Holdout, %(percent)s%%") % {"percent": campaign.holdout_percent}
    return str(place.label)


@dataclass(frozen=True, kw_only=True)
class GroupLine:
    common: str
    language: str
    may_use: str
    size: int


def describe_groups(groups: Sequence[Group], campaign: Campaign) -> list[GroupLine]:
    """Return each micro-segment as the list shows it. One query for all products."""
    products = Product.objects.in_bulk({group.product_id for group in groups if group.product_id})
    first = next(iter(briefs.products_of(campaign)), None)
    return [
        GroupLine(
            common=describe_facts(group.facts, group.detail),
            language=str(dict(TextLanguage.choices).get(group.language, group.language)),
            may_use=_may_use(group, campaign, products.get(group.product_id or 0, first)),
            size=group.size,
        )
        for group in groups
    ]


def describe_facts(facts: dict[str, Any], detail: int) -> str:
    """Return what the people have in common: “Shoes · Lapsed · Price”."""
    if detail == 0:
        return _("Anything · no personal facts used")
    pieces = [
        contents.interests_in_words(facts),
        _choice(StageChoice, facts.get("stage", "")),
        _choice(MotiveChoice, facts.get("motive", "")) if facts.get("motive") != "none" else "",
        _("first name known") if facts.get("has_name") else "",
        _("last purchase known") if prompts.tells_last_purchase(facts) else "",
    ]
    return " · ".join(piece for piece in pieces if piece)


def _may_use(group: Group, campaign: Campaign, product: Product | None) -> str:
    if product is None:
        return ""
    texts = catalogue.texts_of(product, group.language)
    pieces = [texts["title"], *texts["features"][:1]]
    if campaign.offer:
        pieces.append(catalogue.offer_phrase(campaign.offer, group.language))
    return (", " if group.language == "en" else "，").join(pieces)


def _choice(choices: Any, value: str) -> str:
    return str(dict(choices.choices).get(value, ""))


@dataclass(frozen=True, kw_only=True)
class Card:
    """A creative as the page shows it. `tone` and `verdict` say what the checks found."""

    creative: Creative
    label: str
    size: int
    variant: str
    parts: list[tuple[str, str]]
    title_part: str
    facts: dict[str, str]
    tone: str
    icon: str
    verdict: str


def describe_creative(creative: Creative) -> Card:
    group = creative.micro_segment
    tone, icon, verdict = _verdict(creative)
    names = {"email": "subject", "ad": "headline", "article": "title"}
    return Card(
        creative=creative,
        label=describe_facts(group.facts, group.detail) if group else _for_everybody(creative),
        size=group.size if group else 0,
        variant=variant_label(creative.variant),
        parts=_in_order(creative),
        title_part=names[creative.channel],
        facts=creative.snapshot.facts if creative.snapshot else {},
        tone=tone,
        icon=icon,
        verdict=verdict,
    )


def _in_order(creative: Creative) -> list[tuple[str, str]]:
    """The parts as they are read; JSON in the database keeps no order."""
    known = FIELDS[Channel(creative.channel)]
    names = [*known, *(name for name in creative.parts if name not in known)]
    return [(name, creative.parts[name]) for name in names if name in creative.parts]


def _for_everybody(creative: Creative) -> str:
    if creative.variant == Variant.BASE:
        return _("Everybody without a text of their own")
    product = creative.snapshot and creative.snapshot.product
    return f"{creative.get_channel_display()} · {product}" if product else str(creative.channel)


def variant_label(variant: str) -> str:
    return {
        Variant.REASON: _("Variant A"),
        Variant.PRODUCT: _("Variant B"),
        Variant.QUESTION: _("Variant C"),
        Variant.BENEFIT: _("Variant D"),
        Variant.BASE: _("Base text"),
    }[Variant(variant)]


def describe_variants(campaign: Campaign) -> list[tuple[str, str, str]]:
    """Return (letter, name, what it opens with) of the variants that a campaign writes."""
    opens = {
        Variant.REASON: _("Starts from why you write"),
        Variant.PRODUCT: _("Starts from the product"),
        Variant.QUESTION: _("Starts with a question"),
        Variant.BENEFIT: _("Starts from what this kind of customer gets out of it"),
    }
    return [
        (letter, str(variant.label), opens[variant])
        for letter, variant in zip("ABCD", campaign.written_variants, strict=False)
    ]


def _verdict(creative: Creative) -> tuple[str, str, str]:
    levels = [row["level"] for row in creative.findings]
    blocked, look = levels.count("blocked"), levels.count("look")
    if creative.state == "fallback":
        return "neutral", "ban", _("Base text instead")
    if blocked:
        words = ngettext("%(count)s blocked", "%(count)s blocked", blocked)
        return "error", "octagon-x", words % {"count": blocked}
    if look:
        words = ngettext("%(count)s to look at", "%(count)s to look at", look)
        return "warning", "triangle-alert", words % {"count": look}
    words = ngettext("%(count)s check", "%(count)s checks", len(levels))
    return "success", "check", words % {"count": len(levels)}


def duration(seconds: float) -> str:
    """Return “5 s”, “2 min”, “1 h 18 min”."""
    if seconds < 60:
        return _("%(count)s s") % {"count": max(1, round(seconds)) if seconds else 0}
    minutes = round(seconds / 60)
    if minutes < 60:
        return _("%(count)s min") % {"count": minutes}
    return _("%(hours)s h %(minutes)s min") % {"hours": minutes // 60, "minutes": minutes % 60}


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """What one model did, or will do, for a campaign. `money` is "" where it writes on the
    operator's own machine; `energy` is an estimate, "" for a server of somebody else. `short` is
    all of it in a line."""

    model: str
    texts: str
    tokens: str
    time: str
    money: str
    energy: str

    @property
    def short(self) -> str:
        pieces = (
            self.model,
            _("texts: %(count)s") % {"count": self.texts},
            _("tokens: %(count)s") % {"count": self.tokens},
            _("time: %(duration)s") % {"duration": self.time},
            self.money,
            self.energy,
        )
        return " · ".join(piece for piece in pieces if piece)


LITTLE_ENERGY = 0.1
"""Watt-hours that are not told apart from less."""


def describe_costs(costs: Sequence[inference.Cost]) -> list[CostLine]:
    return [_describe_cost(cost) for cost in costs]


def _describe_cost(cost: inference.Cost) -> CostLine:
    return CostLine(
        model=cost.model,
        texts=number_format(cost.texts),
        tokens=number_format(cost.tokens),
        time=duration(cost.seconds),
        money="" if cost.money is None else f"{number_format(cost.money, 2)} {cost.currency}",
        energy="" if cost.watt_hours is None else _describe_energy(cost.watt_hours),
    )


def _describe_energy(watt_hours: float) -> str:
    little = number_format(LITTLE_ENERGY, 1)
    is_little = 0 < watt_hours < LITTLE_ENERGY
    count = f"< {little}" if is_little else number_format(watt_hours, 1)
    return _("%(count)s Wh") % {"count": count}
