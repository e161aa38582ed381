"""Which kinds of script texts are written in. Light enough for a page."""

from collections.abc import Sequence

FEW = 0.05
"""A share of texts in another script below which they are exceptions."""


def languages_of(texts: Sequence[str]) -> list[str]:
    """Return what a sample is written in: "zh-hans" for a script without blanks, and "en", or
    "other" for another language with them. An empty sample says "other"."""
    sample = [text[:200] for text in texts[:: max(1, len(texts) // 500)]]
    unspaced = [_is_unspaced(text) for text in sample]
    share = sum(unspaced) / max(1, len(unspaced))
    if share > 1 - FEW:
        return ["zh-hans"]
    spaced = [text for text, is_one in zip(sample, unspaced, strict=True) if not is_one]
    letters = [letter for text in (spaced if share > FEW else sample) for letter in text]
    letters = [letter for letter in letters if letter.isalpha()]
    plain = sum(letter.isascii() for letter in letters)
    rest = "en" if plain > 0.97 * len(letters) else "other"
    return ["zh-hans", rest] if share > FEW else [rest]


def _is_unspaced(text: str) -> bool:
    """Whether more than three letters in ten are signs of a script without blanks."""
    letters = [letter for letter in text if letter.isalpha()]
    return 10 * sum(letter >= "\u2e80" for letter in letters) > 3 * len(letters)
