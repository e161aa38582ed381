"""The layout of every mail: one column of 600 px, one idea, one product, one button.

The words of the layout are in the mail's language, not in the interface's; so they stand here
and not in the translations. Colours are the brand's; none of the interface's appear.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from delivery.types import LinkTarget

INK, SOFT, LINE, PAPER, FOOT = "#1f2421", "#5c625e", "#e4e2dc", "#eeebe4", "#f5f3ee"
DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width:479px) { .wide-button table, .wide-button a { width: 100% !important;
  box-sizing: border-box; } }
@media (prefers-color-scheme: dark) {
  body, .page { background: #131513 !important; }
  .sheet, .sheet > table { background: #1c1f1d !important; }
  .foot, .foot > table { background: #171a18 !important; }
  .ink div, .ink a { color: #eceee9 !important; }
  .soft div, .soft a, .ink span { color: #b4b9b3 !important; }
  .head div { color: #dfe6e0 !important; }
  .card, .card td { border-color: #3a3f3b !important; }
}
"""
# Only fonts that devices have. For the names that MJML knows (Roboto, Lato, Ubuntu, Open Sans …) it
# would add a style sheet from another company's server to every mail.
FONTS = {
    "en": "Inter, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif",
    "zh-hans": "'PingFang SC', 'Hiragino Sans GB', 'Microsoft YaHei', 'Noto Sans CJK SC',"
    " sans-serif",
}
LINE_HEIGHT = {"en": "1.6", "zh-hans": "1.8"}
HTML_LANGUAGE = {"en": "en", "zh-hans": "zh-Hans"}
WORDS = {
    "en": {
        "why": "You get this because you asked {brand} for news and offers.",
        "until": "{offer} until {ends}",
        "leave": "Unsubscribe",
        "reason": "Why this message?",
        "exit": "Not what you need? Look around at {brand}.",
        "ai": "Written with the help of AI and checked by our team.",
        "before": "was {price}",
    },
    "zh-hans": {
        "why": "您收到这封邮件，是因为您同意接收{brand}的资讯和优惠。",
        "until": "{offer}，至{ends}",
        "leave": "退订",
        "reason": "为什么收到这封邮件？",
        "exit": "暂时不需要？去{brand}逛逛。",
        "ai": "本邮件由 AI 辅助撰写，并经人工审核。",
        "before": "原价 {price}",
    },
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What stands in a mail: clean text with marks for the customer's slots, not escaped yet."""

    language: str
    brand: str
    colour: str
    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    button: str
    facts: Mapping[str, str]
    image_url: str
    links: tuple[LinkTarget, ...]
    postal_address: str
    machine_written: bool

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS.get(self.language, WORDS["en"])

    @property
    def accent(self) -> str:
        """The brand's colour, if it is one; it goes into a style."""
        return self.colour if re.fullmatch(r"#[0-9a-fA-F]{6}", self.colour) else "#215043"

    @property
    def offer_line(self) -> str:
        offer, ends = self.facts.get("offer.phrase", ""), self.facts.get("offer.ends", "")
        if offer and ends:
            return self.words["until"].format(offer=offer, ends=ends)
        return offer


def on_colour(colour: str) -> str:
    """Return black or white, whichever reads better on the colour (WCAG relative luminance)."""

    def linear(value: int) -> float:
        share = value / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[at : at + 2], 16)) for at in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if luminance < 0.1833 else "#111111"


def mjml_of(page: Page, escape: Callable[[str], str]) -> str:
    """Return the MJML of the page. `escape` makes text safe inside an element or attribute."""
    language = HTML_LANGUAGE.get(page.language, page.language)
    font = FONTS.get(page.language, FONTS["en"])
    height = LINE_HEIGHT.get(page.language, "1.6")
    meta = '<meta name="color-scheme" content="light dark" />'
    meta += '<meta name="supported-color-schemes" content="light dark" />'
    if page.machine_written:
        meta += '<meta name="ai-disclosure" content="ai-assisted, checked by a person" />'
    return f"""<mjml lang="{escape(language)}" dir="ltr"><mj-head>
<mj-title>{escape(_attribute(page.brand))}</mj-title>
<mj-preview>{escape(page.preheader)}</mj-preview>
<mj-attributes><mj-all font-family="{font}" />
<mj-text font-size="16px" line-height="{height}" color="{INK}" padding="0 36px 14px" />
<mj-section background-color="#ffffff" padding="0" css-class="sheet" /></mj-attributes>
<mj-raw>{meta}</mj-raw><mj-style>{DARK}</mj-style></mj-head>
<mj-body width="600px" background-color="{PAPER}" css-class="page">
{_heading(page, escape)}{_body(page, escape)}{_card(page, escape)}{_button(page, escape)}
{_footer(page, escape)}</mj-body></mjml>"""


def _heading(page: Page, escape: Callable[[str], str]) -> str:
    spacing = "0" if page.language.startswith("zh") else "1.5px"
    return f"""<mj-section padding="24px 0 18px"><mj-column><mj-text css-class="head"
 font-size="15px" font-weight="700" letter-spacing="{spacing}" color="{page.accent}"
 padding="0 36px">{escape(page.brand)}</mj-text></mj-column></mj-section>
<mj-section padding="12px 0 4px"><mj-column><mj-text css-class="head" font-size="30px"
 font-weight="700" line-height="1.25" color="{page.accent}" padding="0 36px 16px"
 >{escape(page.subject)}</mj-text></mj-column></mj-section>"""


def _body(page: Page, escape: Callable[[str], str]) -> str:
    texts = "".join(
        f'<mj-text css-class="ink">{escape(paragraph).replace(chr(10), "<br />")}</mj-text>'
        for paragraph in page.paragraphs
    )
    return f"<mj-section><mj-column>{texts}</mj-column></mj-section>"


def _card(page: Page, escape: Callable[[str], str]) -> str:
    """The product: picture if there is one, title, price, price before, offer."""
    name = page.facts.get("product.name", "")
    if not name:
        return ""
    picture = ""
    if page.image_url:
        target = ' href="urn:mp:link_1"' if page.links else ""
        picture = f"""<mj-column width="45%" vertical-align="middle"><mj-image padding="0"
 border-radius="11px" fluid-on-mobile="true" font-size="14px" align="left"
 src="{escape(page.image_url)}" alt="{escape(_attribute(name))}"{target} /></mj-column>"""
    lines = [
        f'<mj-text css-class="ink" font-size="18px" font-weight="600">{escape(name)}</mj-text>'
    ]
    if category := page.facts.get("product.category", ""):
        lines.append(_small(escape(category), SOFT))
    lines.append(_price(page, escape))
    if page.offer_line:
        lines.append(_small(f"<strong>{escape(page.offer_line)}</strong>", "#9a3b0c"))
    text = "".join(lines).replace("<mj-text ", '<mj-text padding="2px 20px" ')
    return f"""<mj-wrapper background-color="#ffffff" padding="6px 36px 14px" css-class="sheet">
<mj-section css-class="card sheet" border="1px solid {LINE}" border-radius="12px" padding="0">
{picture}<mj-column width="{"55%" if picture else "100%"}" vertical-align="middle"
 padding="14px 0">{text}
</mj-column></mj-section></mj-wrapper>"""


def _small(markup: str, colour: str) -> str:
    return f'<mj-text css-class="soft" font-size="13px" color="{colour}">{markup}</mj-text>'


def _price(page: Page, escape: Callable[[str], str]) -> str:
    price = page.facts.get("product.price", "")
    if not price:
        return ""
    before = page.facts.get("product.price_before", "")
    old = ""
    if before and before != price:
        title = page.words["before"].format(price=before)
        old = (
            f' &#160;<span style="color:{SOFT};font-size:14px;font-weight:400;'
            f'text-decoration:line-through" aria-label="{escape(_attribute(title))}">'
            f"{escape(before)}</span>"
        )
    style = 'css-class="ink" font-size="19px" font-weight="700"'
    return f"<mj-text {style}>{escape(price)}{old}</mj-text>"


def _button(page: Page, escape: Callable[[str], str]) -> str:
    if not page.links:
        return ""
    exit_line = ""
    if len(page.links) > 1:
        words = escape(page.words["exit"].format(brand=page.brand))
        exit_line = f"""<mj-text css-class="soft" font-size="14px" color="{SOFT}"
 padding="16px 36px 6px"><a href="urn:mp:link_2" target="_blank" style="color:{page.accent}"
>{words}</a></mj-text>"""
    return f"""<mj-section padding="6px 0 26px"><mj-column><mj-button align="left"
 css-class="wide-button" href="urn:mp:link_1" background-color="{page.accent}"
 color="{on_colour(page.accent)}" font-size="16px" font-weight="600" line-height="20px"
 border-radius="10px" inner-padding="13px 28px" padding="6px 36px"
 >{escape(page.button)}</mj-button>{exit_line}</mj-column></mj-section>"""


def _footer(page: Page, escape: Callable[[str], str]) -> str:
    words = page.words
    lines = [
        escape(words["why"].format(brand=page.brand)),
        " · ".join(
            f'<a href="urn:mp:unsubscribe{anchor}" target="_blank" '
            f'style="color:{page.accent};text-decoration:underline">{words[name]}</a>'
            for name, anchor in (("reason", "#why"), ("leave", ""))
        ),
    ]
    if page.machine_written:
        lines.append(words["ai"])
    if page.postal_address:
        lines.append(escape(page.postal_address).replace("\n", "<br />"))
    text = "<br />".join(lines)
    return f"""<mj-section css-class="foot" background-color="{FOOT}" padding="20px 0"><mj-column>
<mj-text css-class="soft" font-size="13px" color="{SOFT}" padding="0 36px">{text}</mj-text>
</mj-column></mj-section>"""


def text_of(page: Page) -> str:
    """Return the plain text part, with marks for slots and links."""
    blocks = list(page.paragraphs)
    if name := page.facts.get("product.name", ""):
        price = page.facts.get("product.price", "")
        blocks.append(
            "\n".join(filter(None, [" · ".join(filter(None, [name, price])), page.offer_line]))
        )
    if page.links:
        blocks.append(f"{page.button}\n\ue010link_1\ue011")
    words = page.words
    foot = [words["why"].format(brand=page.brand), f"{words['leave']}: \ue010unsubscribe\ue011"]
    if page.machine_written:
        foot.append(words["ai"])
    if page.postal_address:
        foot.append(page.postal_address)
    return "\n\n".join([*blocks, "-- \n" + "\n".join(foot)]) + "\n"


def _attribute(text: str) -> str:
    """Text for an attribute. The MJML writer spoils backslashes there, and the inliner leaves
    angle brackets bare, which is harmless but alarms filters; so there are none."""
    return " ".join(text.translate(str.maketrans("\\<>", "/‹›")).split())
