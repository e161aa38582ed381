"""A text as a page shows it: facts filled in and marked, the customer's slots as chips."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

TAG = re.compile(r"\{\{ ?([a-z_0-9.]{1,60}) ?\}\}")
TONES = {"blocked": "fact fact-blocked", "look": "fact fact-look"}


def marked(
    text: str, facts: Mapping[str, str], findings: Sequence[Mapping[str, Any]]
) -> SafeString:
    """Return safe HTML. Everything that is not a mark of ours is escaped.

    `findings` are those of this part of the text, as rows keep them; the first quote of each that
    is blocked or needs a look is marked where it stands.
    """
    pieces: list[str] = []
    last = 0
    for match in TAG.finditer(text):
        pieces.append(_words(text[last : match.start()], findings))
        pieces.append(_slot(match.group(1), facts))
        last = match.end()
    pieces.append(_words(text[last:], findings))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece is escaped


def _slot(path: str, facts: Mapping[str, str]) -> str:
    if path in facts:
        return format_html('<mark class="fact" title="{}">{}</mark>', path, facts[path])
    return format_html('<span class="slot">{}</span>', path.removeprefix("customer."))


def _words(text: str, findings: Sequence[Mapping[str, Any]]) -> str:
    quotes = {
        row["quote"]: row["level"]
        for row in findings
        if row.get("quote") and row["level"] in TONES and row["quote"] in text
    }
    if not quotes:
        return str(escape(text))
    pattern = re.compile("|".join(re.escape(quote) for quote in sorted(quotes, key=len)[::-1]))
    pieces: list[str] = []
    last = 0
    for match in pattern.finditer(text):
        pieces.append(str(escape(text[last : match.start()])))
        pieces.append(
            format_html(
                '<mark class="{}">{}<span class="sr-only"> ({})</span></mark>',
                TONES[quotes[match.group()]],
                match.group(),
                _("blocked") if quotes[match.group()] == "blocked" else _("needs a look"),
            )
        )
        last = match.end()
    return "".join([*pieces, str(escape(text[last:]))])
