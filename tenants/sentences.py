"""Sentences one after the other, and days, as the reader's language puts them."""

from collections.abc import Iterable

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _


def join_sentences(sentences: Iterable[object]) -> str:
    """Put a space between sentences, and none in Chinese, whose full stop has its own."""
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(map(str, sentences))


def days_ago(days: int) -> str:
    """Return “today”, “yesterday” or “5 days ago”."""
    if days < 1:
        return _("today")
    if days == 1:
        return _("yesterday")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {"count": days}
