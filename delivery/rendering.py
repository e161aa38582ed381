"""Fill the customer's slots of an approved text: Liquid without tags, filters or other variables.

A customer may have lost a value since the text was approved (a name that was deleted). Then the
sentence is sent without it, by fixed rules: "Hello {{ name }}," becomes "Hello,", and "your last
order" stands for what was bought last. It is never left half ("Hello ,").
"""

import functools
import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from liquid import BoundTemplate, Environment, FalsyStrictUndefined
from liquid.exceptions import LiquidError

from delivery.models import Content
from delivery.types import ContentDraft, Rendered
from inference.types import Slot
from tenants.errors import BadInput

CUSTOMER_SLOTS = tuple(slot.value for slot in Slot if slot.value.startswith("customer."))
LONGEST_VALUE = 200
_LINK = re.compile(r"link_[0-9]{1,3}|unsubscribe")
_CUSTOMER = re.compile(r"\{\{\s*(customer\.[a-z_]+)\s*\}\}")
_NAME = r"\{\{ customer\.first_name \}\}"
# In this order. What is dropped with the name is what would hang in the air without it.
_WITHOUT_NAME: tuple[tuple[str, str], ...] = (
    (rf"亲爱的\s*{_NAME}\s*[，,]\s*您好", "您好"),
    (rf"亲爱的\s*{_NAME}", "您好"),
    (rf"\bDear {_NAME}", "Hello"),
    (rf"((?:^|>|\n)\s*){_NAME}\s*[,，、:：!！]\s*", r"\1"),
    (rf"\s*[,，]?\s*{_NAME}(?=\s*[,.!?;:，。！？；：<\n]|$)", ""),
    (rf"{_NAME}\s*", ""),
)
_NEUTRAL = {
    ("customer.last_product", "en"): "your last order",
    ("customer.last_product", "zh-hans"): "您上次购买的商品",
    ("customer.interest", "en"): "what you like",
    ("customer.interest", "zh-hans"): "您喜欢的商品",
}


def _environment(*, escape: bool) -> Environment:
    environment = Environment(autoescape=escape, undefined=FalsyStrictUndefined)
    environment.tags = {
        name: tag
        for name, tag in environment.tags.items()
        if name in ("content", "output", "illegal")
    }
    environment.filters.clear()
    return environment


_HTML, _TEXT = _environment(escape=True), _environment(escape=False)


def render(content: Content, values: Mapping[str, str], *, preview: bool = True) -> Rendered:
    """Return the text as the customer with these values sees it.

    `values` maps "customer.first_name" and the like to plain text; a missing key is a value that
    is not known. In a preview the links lead to their targets and unsubscribing leads nowhere;
    else they are left empty, because only a message has links of its own.
    """
    links = {"unsubscribe": "#"}
    if preview:
        links |= {f"link_{link.number}": link.url for link in content.links.all()}
    return fill(content, values, links)


def render_draft(draft: ContentDraft, values: Mapping[str, str]) -> Rendered:
    """Return a draft as the customer with these values would see it, before it is saved."""
    content = Content(
        subject=draft.subject,
        preheader=draft.preheader,
        html=draft.html,
        text=draft.text,
        language=draft.language,
    )
    links = {f"link_{link.number}": link.url for link in draft.links}
    return fill(content, values, {"unsubscribe": "#", **links})


def fill(content: Content, values: Mapping[str, str], links: Mapping[str, str]) -> Rendered:
    """Fill slots and links. Raises BadInput if the text asks for anything else."""
    known = {
        key: line for key, value in values.items() if (line := _one_line(value)[:LONGEST_VALUE])
    }
    missing = frozenset(set(CUSTOMER_SLOTS) - set(known))
    context: dict[str, object] = dict(links)
    context["customer"] = {key.partition(".")[2]: value for key, value in known.items()}

    def filled(source: str, *, escape: bool) -> str:
        template = _template(source, missing, content.language, escape=escape)
        return template.render(**context)

    try:
        return Rendered(
            subject=_one_line(filled(content.subject, escape=False)),
            preheader=_one_line(filled(content.preheader, escape=False)),
            html=filled(content.html, escape=True),
            text=filled(content.text, escape=False),
        )
    except LiquidError as error:
        raise BadInput(_("The text cannot be filled in: %(why)s") % {"why": error}) from error


@functools.lru_cache(maxsize=2048)
def _template(
    source: str, missing: frozenset[str], language: str, *, escape: bool
) -> BoundTemplate:
    environment = _HTML if escape else _TEXT
    template = environment.from_string(without_missing(source, missing, language))
    asked = template.analyze()
    paths = {str(variable) for variables in asked.variables.values() for variable in variables}
    strange = {path for path in paths if path not in CUSTOMER_SLOTS and not _LINK.fullmatch(path)}
    if strange:
        raise BadInput(
            _("The text asks for %(what)s, which a text may not cite.")
            % {"what": ", ".join(sorted(strange))}
        )
    return template


def without_missing(source: str, missing: frozenset[str], language: str) -> str:
    """Return the text with the slots that cannot be filled taken out, whole sentences left."""
    cited = set(_CUSTOMER.findall(source)) & missing
    for slot in cited:
        if slot == Slot.FIRST_NAME:
            source = _without_name(source)
        else:
            phrase = _NEUTRAL.get((slot, language), _NEUTRAL[(slot, "en")])
            source = re.sub(rf"\{{\{{ {re.escape(slot)} \}}\}}", phrase, source)
    return source


def _without_name(source: str) -> str:
    for pattern, instead in _WITHOUT_NAME:
        source = re.sub(pattern + r"(\w?)", functools.partial(_instead, instead), source)
    return source


def _instead(instead: str, match: re.Match[str]) -> str:
    """The words instead, and the letter after them: a capital where the sentence now begins."""
    letter = match[match.re.groups]
    return match.expand(instead) + (letter.upper() if instead == r"\1" else letter)


def _one_line(text: str) -> str:
    """One line without control characters: what may stand in a header."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
