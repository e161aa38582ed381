"""What a check found: how it is kept in a row, and how it is said to a reader."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from inference import services as inference
from inference.types import Finding


def to_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as it is kept in a row."""
    return {
        "code": finding.code,
        "level": finding.level,
        "part": finding.part,
        "quote": inference.storable(finding.quote),
        "params": dict(finding.params),
    }


def from_json(row: Mapping[str, Any]) -> Finding:
    return Finding(
        code=row["code"],
        level=row["level"],
        part=row.get("part", ""),
        quote=row.get("quote", ""),
        params=row.get("params", {}),
    )


def describe(finding: Finding) -> str:
    """Return the finding as a full sentence in the language of the reader."""
    sentence = _sentences().get(finding.code)
    if sentence is None:
        return inference.describe_finding(finding)
    part = inference.describe_part(finding.part)
    return sentence % {"part": part, "quote": finding.quote, **finding.params}


def title(finding: Finding) -> str:
    """Return the fault in a few words; for what is in order, the whole sentence."""
    return _titles().get(finding.code) or describe(finding)


def _titles() -> dict[str, str]:
    return {
        "not_in_facts": _("A figure that no fact supports"),
        "price_not_in_facts": _("Price does not match the catalogue"),
        "code_not_in_facts": _("A code that is not the offer’s"),
        "link_in_words": _("A link in the words"),
        "too_long_filled": _("Too long once it is filled"),
        "never_say": _("A word that the brief forbids"),
        "dont_word": _("A word that the brand never uses"),
        "other_product": _("Another product"),
        "person_named": _("A person’s name in the words"),
        "check_failed": _("A check could not be made"),
        "write_failed": _("The model gave no text"),
        "writer_died": _("Three writers stopped at this text"),
        "damaged": _("The text cannot be stored as it is"),
        "line_break": _("A line break where none may be"),
        "part_missing": _("A part is missing"),
        "part_unknown": _("A part too many"),
        "slot_unknown": _("An unknown slot"),
        "slot_not_allowed": _("A slot that cannot be filled"),
        "slot_syntax": _("Braces that are no slot"),
        "slot_missing": _("A fact is not told"),
        "stray_number": _("A figure outside a slot"),
        "stray_code": _("A code outside its slot"),
        "link": _("A link in the words"),
        "markup": _("Markup in the words"),
        "control_character": _("An invisible character"),
        "emoji": _("A picture sign"),
        "language_wrong": _("The wrong language"),
        "too_long": _("Too long"),
        "promise": _("A promise beyond the offer"),
        "offer_unknown": _("An offer that the brief has not"),
        "superlative": _("Superlative without proof"),
    }


def _sentences() -> dict[str, str]:
    return {
        "not_in_facts": _(
            "The %(part)s says “%(quote)s”. No price, percentage, date or number of the snapshot "
            "says so. Figures are filled in from the catalogue, never written."
        ),
        "price_not_in_facts": _(
            "The %(part)s says “%(quote)s”. %(product)s costs %(price)s. Prices are filled in from "
            "the catalogue, never written."
        ),
        "code_not_in_facts": _(
            "The %(part)s names the code “%(quote)s”, which is not the offer’s."
        ),
        "link_in_words": _(
            "The %(part)s holds a link: “%(quote)s”. Links come from the catalogue only."
        ),
        "too_long_filled": _(
            "With its facts filled in, the %(part)s is %(width)s wide; %(limit)s fit."
        ),
        "never_say": _("The %(part)s says “%(quote)s”, which the brief forbids."),
        "dont_word": _("The %(part)s says “%(quote)s”, which the brand voice never uses."),
        "other_product": _("The %(part)s names “%(quote)s”, which this text is not about."),
        "person_named": _(
            "The %(part)s names a person: “%(quote)s”. Names come from slots when it is sent."
        ),
        "check_failed": _("A check could not be made, so the text is held back."),
        "write_failed": _("The model gave no text: %(quote)s"),
        "writer_died": _("The worker stopped three times at this text. It is not tried again."),
        "damaged": _("The text holds signs that cannot be stored."),
        "facts_match": _("Every figure stands in the facts."),
        "fits_filled": _("Every part fits with its facts filled in."),
        "words_allowed": _("No word that the brief or the brand forbids."),
        "no_other_product": _("No other product is named."),
        "nobody_named": _("Nobody is named."),
        "base_text": _("Your own words: a person reads them once."),
    }
