"""From the parts of a text and a fact snapshot to a mail: HTML that mail programs show, and text.

What a model or a catalogue wrote is text, never markup. It is cut into literal words, facts and
the customer's slots. Literal words and facts are escaped before they enter the layout; an opening
brace in them becomes an entity, so Liquid never sees one that we did not write ourselves. While
MJML and the CSS inliner work, our own slots stand as private-use characters, which are taken out
of every input first.
"""

import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import css_inline
import mjml
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _

from catalogue.models import BrandVoice, FactSnapshot
from delivery import layout
from delivery.models import Content, Link
from delivery.types import ContentDraft, LinkTarget
from inference.types import Slot
from tenants.errors import BadInput
from tenants.models import Tenant

OPEN, CLOSE, BRACE = "\ue010", "\ue011", "\ue012"
SLOT = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
PARTS = ("subject", "preheader", "body", "call_to_action")
_inliner = css_inline.CSSInliner(
    keep_style_tags=True, load_remote_stylesheets=False, minify_css=True
)
_MARK = re.compile(f"{OPEN}([a-z0-9_.]+){CLOSE}")
_HREF = re.compile(r'href="urn:mp:([a-z0-9_]+)(#[a-z]+)?"')
_PRIVATE = {"Co", "Cs", "Cn"}


def compose(
    *,
    parts: Mapping[str, str],
    snapshot: FactSnapshot,
    language: str,
    voice: BrandVoice,
    tenant: Tenant,
    variant: str,
    label: str = "",
    provenance: Mapping[str, Any] | None = None,
) -> ContentDraft:
    """Lay out one text as a mail.

    `parts` has the keys subject, preheader, body (paragraphs separated by empty lines) and
    call_to_action; the texts may cite slots. Facts are taken from the snapshot now, so that
    they are approved with the text. Raises BadInput if a part is missing, or cites a fact that
    the snapshot does not hold.
    """
    facts = {key: str(value) for key, value in snapshot.facts.items() if value not in (None, "")}
    written = {name: _fill_facts(parts.get(name, ""), facts, name) for name in PARTS}
    for name in ("subject", "body", "call_to_action"):
        if not written[name].strip():
            raise BadInput(_("The text has no %(part)s.") % {"part": name}, fields={name: "empty"})
    provenance = dict(provenance or {})
    links = _links(facts, voice, written["call_to_action"])
    page = layout.Page(
        language=language,
        brand=_clean(facts.get("brand.name") or voice.brand_name or tenant.name),
        colour=facts.get("brand.colour") or voice.colour,
        subject=_one_line(written["subject"]),
        preheader=_one_line(written["preheader"]),
        paragraphs=_paragraphs(written["body"]),
        button=_one_line(written["call_to_action"]),
        facts={key: _clean(value) for key, value in facts.items()},
        image_url=_web_address(facts.get("product.image_url", "")),
        links=links,
        postal_address=_clean(tenant.postal_address),
        machine_written=variant != "base" or bool(provenance.get("model")),
    )
    draft = {
        "subject": _to_text(page.subject),
        "preheader": _to_text(page.preheader),
        "html": _to_html(layout.mjml_of(page, _escape)),
        "text": _to_text(layout.text_of(page)),
    }
    return ContentDraft(
        **draft,
        links=links,
        content_hash=_hash(draft, links, snapshot),
        snapshot_id=snapshot.pk,
        language=language,
        variant=variant,
        label=label[:300],
        provenance=provenance,
    )


def save_content(draft: ContentDraft) -> Content:
    """Return the content row of this text; the same text with the same facts is kept once."""
    return save_contents([draft])[draft.content_hash]


def save_contents(drafts: Sequence[ContentDraft]) -> dict[str, Content]:
    """Return the content rows of these texts by their hash, four statements for all of them.

    The same text with the same facts is kept once, with the links of its first time.
    """
    by_hash = {draft.content_hash: draft for draft in drafts}
    rows = Content.objects.filter(content_hash__in=list(by_hash))
    known = set(rows.values_list("content_hash", flat=True))
    new = [draft for key, draft in by_hash.items() if key not in known]
    Content.objects.bulk_create(
        [_content_of(draft) for draft in new], batch_size=500, ignore_conflicts=True
    )
    found = {content.content_hash: content for content in rows.all()}
    Link.objects.bulk_create(
        [
            Link(
                content=found[draft.content_hash],
                number=link.number,
                url=link.url,
                label=link.label[:200],
            )
            for draft in new
            for link in draft.links
        ],
        batch_size=1000,
        ignore_conflicts=True,
    )
    return found


def is_intact(content: Content) -> bool:
    """Whether the row still holds, byte for byte, what its hash names. Reads its links."""
    draft = {name: getattr(content, name) for name in ("subject", "preheader", "html", "text")}
    links = [[link.number, link.url] for link in content.links.all()]
    return _sha256(draft, sorted(links), content.snapshot.content_hash) == content.content_hash


def _content_of(draft: ContentDraft) -> Content:
    return Content(
        content_hash=draft.content_hash,
        subject=draft.subject,
        preheader=draft.preheader,
        html=draft.html,
        text=draft.text,
        language=draft.language,
        variant=draft.variant,
        label=draft.label,
        snapshot_id=draft.snapshot_id,
        provenance=dict(draft.provenance),
    )


def _fill_facts(text: str, facts: Mapping[str, str], part: str) -> str:
    """Put the facts in; leave the customer's slots as marks. Raises BadInput for another slot."""

    def fill(match: re.Match[str]) -> str:
        path = match[1]
        if path in {slot.value for slot in Slot} and path.startswith("customer."):
            return f"{OPEN}{path}{CLOSE}"
        if path not in {slot.value for slot in Slot} or path not in facts:
            raise BadInput(
                _("The text cites %(slot)s, which is not among the facts at hand.")
                % {"slot": path},
                fields={part: path},
            )
        return _clean(facts[path])

    pieces = []
    end = 0
    for match in SLOT.finditer(text):
        pieces += [_clean(text[end : match.start()]), fill(match)]
        end = match.end()
    return "".join([*pieces, _clean(text[end:])])


def _clean(text: str) -> str:
    """Drop control, private-use and unassigned characters; keep line breaks and tabs."""
    kept = (
        char
        for char in text.replace("\r\n", "\n").replace("\r", "\n")
        if char in "\n\t" or not (unicodedata.category(char) in _PRIVATE or _is_control(char))
    )
    return "".join(kept).replace("urn:mp:", "urn-mp-").replace("{", BRACE)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" or char in "\u2028\u2029\ufeff"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _paragraphs(body: str) -> tuple[str, ...]:
    blocks = re.split(r"\n\s*\n", body.strip())
    return tuple("\n".join(_one_line(line) for line in block.split("\n")) for block in blocks)


def _web_address(url: str) -> str:
    """Return the address if it is one of the web, in ASCII; else nothing."""
    address = iri_to_uri(url.strip())
    return address if re.match(r"https?://[^\s\"'<>\\]+$", address, re.IGNORECASE) else ""


def _links(facts: Mapping[str, str], voice: BrandVoice, button: str) -> tuple[LinkTarget, ...]:
    """The button's target first: the product's page, else the brand's website. Then the website."""
    website = _web_address(facts.get("brand.website") or voice.website)
    product = _web_address(facts.get("product.url", ""))
    targets = [product or website]
    if product and website and website != product:
        targets.append(website)
    labels = [_MARK.sub("", button).replace(BRACE, "{").strip(), voice.brand_name]
    return tuple(
        LinkTarget(number=number, url=url, label=label)
        for number, (url, label) in enumerate(zip(targets, labels, strict=False), start=1)
        if url
    )


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


def _to_html(source: str) -> str:
    """MJML to inlined HTML, then the marks to Liquid."""
    page = _inliner.inline(mjml.mjml2html(source))
    page = _HREF.sub(r'href="{{ \1 }}\2"', page)
    return _MARK.sub(r"{{ \1 }}", page).replace(BRACE, "&#123;")


def _to_text(source: str) -> str:
    """The marks to Liquid in plain text, where an opening brace is a Liquid string."""
    return _MARK.sub(r"{{ \1 }}", source).replace(BRACE, '{{ "{" }}')


def _hash(draft: Mapping[str, str], links: tuple[LinkTarget, ...], snapshot: FactSnapshot) -> str:
    return _sha256(draft, [[link.number, link.url] for link in links], snapshot.content_hash)


def _sha256(draft: Mapping[str, str], links: Sequence[Sequence[Any]], facts: str) -> str:
    approved = {**draft, "links": links, "facts": facts}
    canonical = json.dumps(approved, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
