"""Sentences one after the other, as the reader's language puts them."""

from collections.abc import Iterable

from django.utils.translation import get_language


def join_sentences(sentences: Iterable[object]) -> str:
    """Put a space between sentences, and none in Chinese, whose full stop has its own."""
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(map(str, sentences))
