"""A creative as the reviewer sees it: the mail with its facts numbered, and where each comes from.

The marked version is composed like the mail itself, from facts whose values carry a mark of this
request. What a text says can therefore not pass for a mark, and what is shown is the layout that
will be sent.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from campaigns import contents, prompts
from campaigns.models import Campaign, Creative, Variant
from catalogue import services as catalogue
from catalogue.models import FactSnapshot
from delivery import services as delivery
from inference.types import FIELDS, Channel, Slot
from profiles.models import Customer, MotiveChoice, StageChoice
from profiles.services import slots
from tenants.models import Tenant

IN_THE_LAYOUT = ("product.name", "product.price_before", "product.price", "offer.phrase")
"""Facts that the layout shows beside the text."""
SHOWN_AS_ITS_OWN = frozenset({slot.value for slot in Slot} | {"product.price_before"})

STYLE = """<style>
mark.fact { background: #dff3ee; color: inherit; border-bottom: 1.5px solid #0c7a6b; }
mark.fact sup { color: #0c7a6b; font-size: 10px; line-height: 0; }
mark.changed { background: #fdf1da; border-color: #8f5200; }
mark.changed sup { color: #8f5200; }
mark.fact:target { outline: 2px solid #0c7a6b; outline-offset: 2px; scroll-margin: 40vh; }
.slot { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; background: #edf0fd;
  color: #2b44c4; border-radius: 5px; padding: 1px 4px; }
</style>"""
CUSTOMER_SLOT = re.compile(r"\{\{ customer\.([a-z_]+) \}\}")
LINK_SLOT = re.compile(r"\{\{ (?:link_\d+|unsubscribe) \}\}")
IN_TAG = re.compile(r"<[^>]*>|<title>.*?</title>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A fact that the message cites. `number` is its mark; `changed` means no longer true."""

    number: int
    path: str
    value: str
    source: str
    origin: str
    is_slot: bool
    changed: bool


def facts_of(creative: Creative) -> list[Fact]:
    """Return the facts of the text in the order in which they appear, then the layout's."""
    snapshot = contents.snapshot_of(creative)
    stale = set(catalogue.is_current(snapshot))
    taken = date_format(timezone.localtime(snapshot.taken_at), "SHORT_DATETIME_FORMAT")
    return [
        Fact(
            number=number,
            path=path,
            value=path.removeprefix("customer.") if _is_slot(path) else snapshot.facts[path],
            source=_source(path, snapshot),
            origin=_origin(path, taken),
            is_slot=_is_slot(path),
            changed=path in stale,
        )
        for number, path in enumerate(_cited(creative, snapshot), start=1)
    ]


def _cited(creative: Creative, snapshot: FactSnapshot) -> list[str]:
    text = "\n".join(creative.parts.get(part, "") for part in FIELDS[Channel(creative.channel)])
    layout = IN_THE_LAYOUT if creative.channel == Channel.EMAIL else ()
    paths = [*contents.SLOT.findall(text), *layout]
    return [path for path in dict.fromkeys(paths) if _is_slot(path) or path in snapshot.facts]


def _is_slot(path: str) -> bool:
    return path.startswith("customer.")


def _source(path: str, snapshot: FactSnapshot) -> str:
    """Return what the fact is, in words."""
    facts = snapshot.facts
    if path == "product.price" and "product.price_before" in facts and "offer.phrase" in facts:
        return _("%(before)s with %(offer)s") % {
            "before": facts["product.price_before"],
            "offer": facts["offer.phrase"],
        }
    return fact_label(path)


def fact_label(path: str) -> str:
    """Return what a fact is called, whatever its value."""
    return {
        "product.name": _("Name of the product"),
        "product.price": _("Price of the product"),
        "product.price_before": _("Price before the offer"),
        "product.feature": _("What it has"),
        "product.benefit": _("What it lets people do"),
        "product.category": _("Category of the product"),
        "product2.name": _("Name of the second product"),
        "offer.phrase": _("What the offer gives"),
        "offer.code": _("Code of the offer"),
        "offer.ends": _("Last day of the offer"),
        "brand.name": _("Name of the brand"),
        "brief.occasion": _("Occasion"),
        "brief.message": _("What the brief says"),
        "voice.words": _("Words of the brand voice"),
        "voice.samples": _("Sample texts of the brand voice"),
        "examples": _("Approved texts as examples"),
        "customer.first_name": _("Slot: each person’s own first name"),
        "customer.last_product": _("Slot: what each person bought last"),
        "customer.interest": _("Slot: what each person buys most"),
    }.get(path, path)


def _origin(path: str, taken: str) -> str:
    """Return where the fact comes from, and when it was taken."""
    room = path.partition(".")[0]
    if room == "customer":
        return _("Filled in when each message is sent")
    words = {
        "product": _("Catalogue, %(taken)s"),
        "product2": _("Catalogue, %(taken)s"),
        "offer": _("Offer, %(taken)s"),
        "brand": _("Brand voice, %(taken)s"),
        "brief": _("Brief, %(taken)s"),
    }
    return words[room] % {"taken": taken}


def marked_html(creative: Creative, tenant: Tenant) -> str:
    """Return the mail with numbered facts and slots as chips. Safe: composed and escaped."""
    snapshot = contents.snapshot_of(creative)
    numbers = {fact.path: fact for fact in facts_of(creative)}
    key = secrets.token_hex(6)
    facts = {
        path: f"⟦{key}{numbers[path].number}⟧{value}⟦/{key}⟧"
        if path in numbers and path in SHOWN_AS_ITS_OWN
        else value
        for path, value in snapshot.facts.items()
    }
    copy = FactSnapshot(facts=facts, language=snapshot.language)
    draft = contents.draft_content(creative, tenant, facts=copy)
    changed = {str(fact.number) for fact in numbers.values() if fact.changed}
    return _show(_put_marks(draft.html, key, changed))


def _put_marks(page: str, key: str, changed: set[str]) -> str:
    """Turn the marks of this request into elements; inside a tag they are taken out."""
    start, end = re.compile(rf"⟦{key}(\d+)⟧"), f"⟦/{key}⟧"
    page = IN_TAG.sub(lambda tag: start.sub("", tag[0]).replace(end, ""), page)
    open_numbers: list[str] = []
    seen: set[str] = set()

    def element(match: re.Match[str]) -> str:
        if match[0] == end:
            number = open_numbers.pop() if open_numbers else ""
            return f"<sup>{number}</sup></mark>"
        number = match[1]
        open_numbers.append(number)
        name = "" if number in seen else f' id="fact-{number}"'
        seen.add(number)
        tone = "fact changed" if number in changed else "fact"
        return f'<mark class="{tone}"{name}>'

    return re.sub(rf"{start.pattern}|{re.escape(end)}", element, page)


def typical_html(creative: Creative, tenant: Tenant) -> str:
    """Return the mail without marks, the customer's slots as chips."""
    return _show(contents.draft_content(creative, tenant).html)


def html_as(creative: Creative, customer: Customer, tenant: Tenant) -> str:
    """Return the mail as this customer would get it: the only view with a person's own data."""
    draft = contents.draft_content(creative, tenant)
    values = slots.slot_values(customer, creative.language)
    return _always_light(delivery.render_draft(draft, values).html)


def _show(page: str) -> str:
    page = IN_TAG.sub(lambda tag: CUSTOMER_SLOT.sub("", LINK_SLOT.sub("#", tag[0])), page)
    page = CUSTOMER_SLOT.sub(r'<span class="slot">\1</span>', page)
    page = page.replace('{{ "{" }}', "{")
    return _always_light(page.replace("</head>", f"{STYLE}</head>", 1))


def _always_light(page: str) -> str:
    """The preview shows the mail on white, whatever the reviewer's own theme is."""
    return page.replace("(prefers-color-scheme: dark)", "not all")


def plain_html(creative: Creative) -> str:
    """Return an ad or article, which has no mail layout, as a small page of its parts."""
    facts = contents.snapshot_of(creative).facts
    blocks = [
        format_html(
            '<p style="font:16px/1.6 system-ui;white-space:pre-line">{}</p>',
            contents.fill_facts(text, facts),
        )
        for text in creative.parts.values()
    ]
    body = CUSTOMER_SLOT.sub(r'<span class="slot">\1</span>', "".join(blocks))
    return f"<!doctype html><html><head>{STYLE}</head><body>{body}</body></html>"


def version(creative: Creative) -> str:
    """Return what changes whenever the preview would, for the browser's cache."""
    known = [creative.parts, creative.snapshot_id]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:10]


def inputs_of(creative: Creative) -> list[tuple[str, str]]:
    """Return what the text was written from, as (what, value). No measure of influence."""
    campaign, group = creative.campaign, creative.micro_segment
    lines = [(_("Goal"), str(campaign.get_goal_display()))]
    if creative.variant != Variant.BASE:
        lines += [
            (_("Opens with"), str(creative.get_variant_display())),
            (_("Tone"), str(campaign.get_tone_display())),
        ]
    if group and group.detail:
        lines += _traits(group.facts)
    return lines


def _traits(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    stage, motive = str(facts.get("stage", "")), str(facts.get("motive", "none"))
    lines = []
    if stage in StageChoice.values:
        lines.append((_("Life cycle"), str(StageChoice(stage).label)))
    if motive in MotiveChoice.values and motive != MotiveChoice.NONE:
        lines.append((_("Motive"), str(MotiveChoice(motive).label)))
    if facts.get("interest"):
        lines.append((_("Buys most"), contents.interests_in_words(facts)))
    if prompts.tells_last_purchase(facts):
        lines.append((_("Last purchase"), _("Known")))
    lines.append((_("First name"), _("Known") if facts.get("has_name") else _("Not used")))
    return lines


def people_for(creative: Creative, limit: int = 5) -> list[Customer]:
    """Return some customers who get this text, the same ones each time."""
    members = creative.campaign.audience.filter(place="recipient", variant=creative.variant)
    if creative.micro_segment_id:
        members = members.filter(micro_segment=creative.micro_segment_id)
    else:
        members = members.filter(micro_segment__language=creative.language)
    ids = members.order_by("customer_id").values("customer_id")[:limit]
    return list(Customer.objects.filter(pk__in=ids).order_by("id"))


def people_of(creative: Creative) -> int:
    """Return how many people get this text as things stand."""
    return contents.people_by_creative(creative.campaign).get(creative.pk, 0)


def title_of(creative: Creative) -> str:
    """Return the first line of a text as a reader would know it."""
    return line_of(creative, FIELDS[Channel(creative.channel)][0])


def line_of(creative: Creative, part: str) -> str:
    """Return one part, its facts filled in, the customer's slots in brackets."""
    facts = creative.snapshot.facts if creative.snapshot else {}
    text = contents.fill_facts(creative.parts.get(part, ""), facts)
    return contents.SLOT.sub(lambda match: f"[{match[1].rpartition('.')[2]}]", text)


def campaign_people(campaign: Campaign) -> int:
    return campaign.audience.filter(place="recipient").count()
