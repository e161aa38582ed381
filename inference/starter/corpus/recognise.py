"""Judge whether a text kept to its controls: the grammar read backwards.

Every line of the grammar is a regular expression of what it can say, so a text shows which goals,
tones, motives and stages it speaks of. A line that two values of a control share counts for both.
The score on texts of the grammar itself is printed beside a model's wherever it is used.
"""

import re
from collections.abc import Mapping
from functools import cache

from inference.starter.corpus.compose import (
    WORDS,
    speaks_of_motive,
    speaks_of_stage,
)
from inference.starter.corpus.grammar import parse, pattern
from inference.types import Channel, Language, Motive, WritingRequest

CONTROLS = ("goal", "tone", "motive", "stage")
Hit = tuple[str, int, int, str]
"""Part, where the match begins and ends, the value it speaks of."""

TABLES: Mapping[str, Mapping[Channel, tuple[tuple[str, str], ...]]] = {
    "goal": {
        Channel.EMAIL: (
            ("subject", "SUBJECT_GOAL"),
            ("subject", "SUBJECT_QUESTION"),
            ("preheader", "AD_GOAL"),
            ("body", "OPENING"),
            ("body", "QUESTION"),
        ),
        Channel.AD: (
            ("headline", "HEADLINE_GOAL"),
            ("headline", "HEADLINE_QUESTION"),
            ("description", "AD_GOAL"),
        ),
        Channel.ARTICLE: (
            ("title", "TITLE_GOAL"),
            ("title", "TITLE_QUESTION"),
            ("body", "ARTICLE_OPENING"),
            ("body", "QUESTION"),
        ),
    },
    "tone": {
        Channel.EMAIL: (
            ("preheader", "PREHEADER"),
            *(
                ("body", name)
                for name in ("GREETING", "SIGN_OFF", "TONE_LINE", "PITCH_TONE", "INVITE")
            ),
        ),
        Channel.AD: (("description", "AD_CALL"), ("description", "AD_CALL_SHORT")),
        Channel.ARTICLE: tuple(
            ("body", name) for name in ("ARTICLE_TONE", "ARTICLE_CLOSING", "PITCH_TONE")
        ),
    },
    "motive": {
        Channel.EMAIL: (("body", "MOTIVE"), ("body", "BENEFIT")),
        Channel.AD: (("headline", "HEADLINE_MOTIVE"), ("description", "AD_MOTIVE")),
        Channel.ARTICLE: (("body", "MOTIVE"), ("body", "BENEFIT"), ("title", "TITLE_BENEFIT")),
    },
    "stage": {Channel.EMAIL: (("body", "STAGE"),), Channel.AD: (), Channel.ARTICLE: ()},
}
"""Tables of the grammar whose lines belong to one value of a control, and the part they are in."""


def expected(request: WritingRequest) -> dict[str, str]:
    """Return the controls that a text of the request must show, with their values."""
    wanted = {"goal": str(request.goal), "tone": str(request.tone)}
    if speaks_of_motive(request):
        wanted["motive"] = str(request.motive)
    if speaks_of_stage(request):
        wanted["stage"] = str(request.stage)
    return wanted


def is_faithful(request: WritingRequest, parts: Mapping[str, str], control: str) -> bool:
    """Whether the text speaks of the value asked for, and of no other that it must not."""
    spoken = recognise(request.language, request.channel, control, parts)
    wanted = expected(request)[control]
    return spoken - {str(Motive.NONE)} == {wanted} - {str(Motive.NONE)}


def recognise(
    language: Language, channel: Channel, control: str, parts: Mapping[str, str]
) -> frozenset[str]:
    """Return the values of `control` that the text speaks of.

    What several values can say counts for none of them while anything else speaks, and a longer
    match hides the shorter ones inside it.
    """
    found: list[Hit] = []
    for part, value, expression in _expressions(language, channel, control):
        text = parts.get(part, "")
        found += [(part, *match.span(), value) for match in expression.finditer(text)]
    clear = [hit for hit in found if not any(_hides(other, hit) for other in found)]
    certain = _without_shared(clear)
    return frozenset(hit[3] for hit in (certain or clear))


def _hides(other: Hit, hit: Hit) -> bool:
    """Whether `other` is a longer match around `hit`, of another value."""
    if other[0] != hit[0] or other[3] == hit[3]:
        return False
    return other[1] <= hit[1] and hit[2] <= other[2] and other[1:3] != hit[1:3]


def _without_shared(hits: list[Hit]) -> list[Hit]:
    """Drop stretches of text that lines of several values can say."""
    values: dict[tuple[str, int, int], set[str]] = {}
    for part, start, end, value in hits:
        values.setdefault((part, start, end), set()).add(value)
    return [hit for hit in hits if len(values[hit[:3]]) == 1]


@cache
def _expressions(
    language: Language, channel: Channel, control: str
) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """(part, value, expression) of every table: one expression per value and part."""
    lines: dict[tuple[str, str], list[str]] = {}
    for part, name in TABLES[control][channel]:
        for value, templates in getattr(WORDS[language], name).items():
            every = (templates,) if isinstance(templates, str) else templates
            start = r"\A" if name == "GREETING" else ""
            lines.setdefault((part, str(value)), []).extend(start + _pattern(x) for x in every)
    before, after = ("(?<![A-Za-z])", "(?![A-Za-z])") if language == Language.ENGLISH else ("", "")
    return tuple(
        (part, value, re.compile(f"{before}(?:{'|'.join(found)}){after}", re.IGNORECASE))
        for (part, value), found in lines.items()
    )


def _pattern(line: str) -> str:
    """The line as an expression, without the mark that ends it: a joined sentence lacks it."""
    return pattern(parse(line.replace("¶", "\n").rstrip(".。")))
