"""Checks of a text that need no campaign: its parts, slots, words and lengths.

A text is hostile input until it has passed. Every part is cut to `SCANNED` characters before a
regular expression sees it (a longer part is blocked for its length anyhow), and no expression
has nested repetition, so a megabyte of anything is checked in milliseconds.

What a family of checks finds becomes one `Finding` each; a family that finds nothing gives one
`Finding` of level "passed", so that a page can list what was looked at.

Not covered: whether a sentence is true, whether filled slots fit (see `campaigns`, which checks
the rendered text against the fact snapshot), grammar, taste.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from inference.types import (
    FIELDS,
    LIMITS,
    Channel,
    Finding,
    Language,
    Slot,
    WritingRequest,
)

BODY_LIMIT = 2_000
"""Longest body in characters, slots unfilled. A longer one is no email that anybody reads."""
SCANNED = 4_000
QUOTED = 80

FAMILIES = (
    "parts_complete",
    "slots_valid",
    "slots_cited",
    "no_stray_number",
    "no_link",
    "plain_text",
    "language_right",
    "length_right",
    "no_promise",
    "no_superlative",
)
"""Codes of the "passed" findings, one per family, in the order of the page."""

TYPICAL_WIDTH: Mapping[Language, Mapping[Slot, int]] = {
    Language.ENGLISH: {
        Slot.FIRST_NAME: 7,
        Slot.LAST_PRODUCT: 22,
        Slot.INTEREST: 14,
        Slot.BRAND: 14,
        Slot.PRODUCT: 22,
        Slot.CATEGORY: 14,
        Slot.FEATURE: 24,
        Slot.BENEFIT: 26,
        Slot.PRICE: 7,
        Slot.SECOND_PRODUCT: 22,
        Slot.OFFER: 13,
        Slot.CODE: 9,
        Slot.ENDS: 12,
        Slot.OCCASION: 14,
    },
    Language.CHINESE: {
        Slot.FIRST_NAME: 6,
        Slot.LAST_PRODUCT: 16,
        Slot.INTEREST: 8,
        Slot.BRAND: 8,
        Slot.PRODUCT: 16,
        Slot.CATEGORY: 8,
        Slot.FEATURE: 16,
        Slot.BENEFIT: 18,
        Slot.PRICE: 6,
        Slot.SECOND_PRODUCT: 16,
        Slot.OFFER: 8,
        Slot.CODE: 9,
        Slot.ENDS: 10,
        Slot.OCCASION: 8,
    },
}
"""Display width at which an unfilled slot is counted. The filled text is measured again later."""

TAG = re.compile(r"\{\{ ?([a-z_0-9.]{1,60}) ?\}\}")
BRACES = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
SLOT_OF_PATH = {slot.value: slot for slot in Slot}

DIGIT = re.compile(r"[\d０-９½¼¾⅓%％‰$€£¥￥₹]+")
NUMBER_WORDS = re.compile(
    r"\b(?:per ?cent|percentage|dollars?|euros?|pounds?|cents|half[- ]price|half off|"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundred|thousand)(?:[- ](?:hours?|days?|weeks?|months?|years?|"
    r"times|items|pieces|left|off))?|"
    r"january|february|april|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|midnight)\b"
    r"|[一二两三四五六七八九十百千万零半]{1,8} ?"
    r"(?:折|成(?!不变)|元|块|美元|欧元|人民币|倍|个百分点)"
    r"|百分之|半价|[二两三四五六七八九十百千万]{1,8} ?(?:小时|分钟|天|日|周|个月|月|年|号|件|份)"
    r"|(?:周|星期|礼拜)[一二三四五六日天]|[一二三四五六七八九十]{1,3}月|[美欧日]元|明天|后天|今晚",
    re.IGNORECASE,
)
STRAY_CODE = re.compile(r"(?:[Cc]ode|[Cc]oupon|[Vv]oucher|优惠码|折扣码|券码)[:： ]{0,3}[A-Z]{3,}")
LINK = re.compile(
    r"https?:|www\.|mailto:|javascript:|data:|\btel:|[\w-]{1,60}@[\w-]{1,60}\.|"
    r"\b[a-z0-9-]{2,60}\.(?:com|net|org|io|cn|co|shop|store|info|biz|ru|xyz|top|ly|me|app|dev)\b",
    re.IGNORECASE,
)
MARKUP = re.compile(r"[<>`\\|~^]|&[a-zA-Z#][a-zA-Z0-9]{1,8};|\*\*|__|\]\(|(?m:^ {0,3}#{1,6} )|\[\[")

PROMISE = re.compile(
    r"\b(?:(?<!feel )(?<!-)free\b(?!-)|freebies?|free of charge|complimentary|guarantee[sd]?|"
    r"warranty|refunds?|refunded|money[- ]back|cash ?back|risk[- ]free|no cost|at no charge|"
    r"no questions asked|bonus|giveaway|prize|win a|rebates?|last chance|while stocks? lasts?|"
    r"almost gone|selling out|sold out|only a few left|"
    r"(?:your|our|a|with) gift (?:from|in the|inside|with|when|on)|lifetime)\b"
    r"|免费|赠送|附赠|赠品|随单礼|送您|包邮|免运费|免邮|保证|承诺|退款|无理由|返现|返券|抽奖|大奖|"
    r"中奖|质保|终身|零风险|售罄|仅剩|断货|最后机会|手慢无",
    re.IGNORECASE,
)
OFFER_WORDS = re.compile(
    r"\b(?:discount(?:s|ed)?|coupons?|vouchers?|special offers?|offers?|on sale|price cut|"
    r"reduced|savings?)\b|优惠|折扣|打折|特价|降价|立减|满减|促销|礼券|让利|红包",
    re.IGNORECASE,
)
"""Words that are true only where the brief has an offer."""

SUPERLATIVE = {
    Language.ENGLISH: re.compile(
        r"(?<!all the )(?<!at )\bbest\b(?! (?:regards|wishes|before))|\b(?:number one|no\. ?1|"
        r"unbeatable|unrivall?ed|unmatched|world'?s|world[- ]class|cheapest|lowest|finest|greatest|"
        r"ultimate|top[- ]rated|market[- ]leading|most (?:advanced|popular|powerful|trusted)|"
        r"perfect|always works|miracle)\b",
        re.IGNORECASE,
    ),
    Language.CHINESE: re.compile(
        r"最(?![近后初终爱])|第一(?![次眼时步口杯回])|唯一|顶级|极致|顶尖|极品|国家级|世界级|全球|首选|"
        r"独一无二|万能|史上|全网|绝对|完美|特效|根治|冠军|王牌|遥遥领先|绝佳|空前|史无前例"
    ),
}
SUPERLATIVE_LEVEL = {Language.ENGLISH: "look", Language.CHINESE: "blocked"}
"""China's advertising law (art. 9) forbids them outright; elsewhere a person must judge."""


LONG_NAME = 8
"""Columns kept for a product whose name is longer than the typical one, in lines with a limit."""
LIMITED_SLOTS: Mapping[Channel, frozenset[Slot]] = {
    Channel.EMAIL: frozenset({Slot.BRAND, Slot.PRODUCT, Slot.OFFER, Slot.OCCASION}),
    Channel.AD: frozenset({Slot.BRAND, Slot.PRODUCT, Slot.OCCASION}),
    Channel.ARTICLE: frozenset({Slot.BRAND, Slot.PRODUCT, Slot.OCCASION}),
}
"""Slots that a line with a limit may need to cite. An ad does without its other facts."""


def check_text(request: WritingRequest, parts: Mapping[str, str]) -> list[Finding]:
    """Return what is wrong with `parts` and, per family without a fault, one "passed"."""
    cut = {name: parts[name][:SCANNED] for name in FIELDS[request.channel] if parts.get(name)}
    wrong = {
        "parts_complete": list(_missing_parts(request.channel, parts)),
        "slots_valid": [f for name, text in cut.items() for f in _bad_slots(request, name, text)],
        "slots_cited": list(_uncited(request, cut)),
        "no_stray_number": _matches(cut, "stray_number", "blocked", DIGIT, NUMBER_WORDS)
        + _matches(cut, "stray_code", "blocked", STRAY_CODE),
        "no_link": _matches(cut, "link", "blocked", LINK),
        "plain_text": [f for name, text in cut.items() for f in _not_plain(name, text)],
        "language_right": [
            f for name, text in cut.items() for f in _wrong_language(request.language, name, text)
        ],
        "length_right": list(_too_long(request.language, parts)),
        "no_promise": _promises(request, cut),
        "no_superlative": _matches(
            cut,
            "superlative",
            SUPERLATIVE_LEVEL[request.language],
            SUPERLATIVE[request.language],
        ),
    }
    findings = [finding for found in wrong.values() for finding in found]
    return findings + [Finding(code=code, level="passed") for code in FAMILIES if not wrong[code]]


def required_slots(request: WritingRequest) -> frozenset[Slot]:
    """Slots that the text must cite: those of the request; an ad has no room to be held to it."""
    if request.channel == Channel.AD:
        return frozenset()
    return request.slots | {Slot.PRODUCT}


def fit_request(request: WritingRequest, facts: Mapping[str, str]) -> WritingRequest:
    """Return the request as the lengths of its facts allow. `facts`: path → text.

    Where a name is longer than a line with a limit has room for, the request is tight. An ad,
    all of whose lines have limits, does without long facts that it may leave out.
    """
    widths = TYPICAL_WIDTH[request.language]
    room = {slot: width + LONG_NAME * (slot == Slot.PRODUCT) for slot, width in widths.items()}
    long = {slot for slot in Slot if text_width(facts.get(slot.value, "")) > room[slot]}
    limited = LIMITED_SLOTS[request.channel]
    slots = request.slots
    if request.channel == Channel.AD:
        slots -= long - limited
        slots -= {Slot.CODE, Slot.ENDS} if Slot.OFFER not in slots else set()
    return replace(request, slots=slots, tight=bool(long & limited & request.allowed))


def display_width(text: str, language: Language, *, tight: bool = False) -> int:
    """Columns that `text` takes with its slots filled by words of typical length.

    Where it is `tight`, a slot takes more than any line has.
    """
    widths = TYPICAL_WIDTH[language]
    total = 0
    for path in TAG.findall(text):
        if path in SLOT_OF_PATH:
            total += max(LIMITS.values()) + 1 if tight else widths[SLOT_OF_PATH[path]]
        else:
            total += len(path)
    return total + text_width(TAG.sub("", text))


def misfits(request: WritingRequest, parts: Mapping[str, str]) -> list[Finding]:
    """Return the lines of a starter's text that cite a fact although the request is tight."""
    return list(_too_long(request.language, parts, tight=True)) if request.tight else []


def storable(text: str) -> str:
    """Return the text without what PostgreSQL cannot hold: NUL and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def text_width(text: str) -> int:
    """Columns of `text` as it stands: a wide character counts 2, a combining mark 0."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(4_096)
def _columns(sign: str) -> int:
    wide = unicodedata.east_asian_width(sign) in "WF"
    return 2 if wide else 0 if unicodedata.combining(sign) else 1


@lru_cache(4_096)
def _script(sign: str) -> str:
    """Return "Han" or "Latin", "other" for a letter of neither, "" for what is no letter."""
    if not sign.isalpha():
        return ""
    if "\u3400" <= sign <= "\u9fff" or sign >= "\U00020000":
        return "Han"
    return "Latin" if sign.isascii() or "\u00c0" <= sign <= "\u024f" else "other"


def _missing_parts(channel: Channel, parts: Mapping[str, str]) -> Iterator[Finding]:
    for name in FIELDS[channel]:
        if not parts.get(name, "").strip():
            yield Finding(code="part_missing", level="blocked", part=name)
    for name in parts:
        if name not in FIELDS[channel]:
            yield Finding(code="part_unknown", level="blocked", part=name[:QUOTED])


def _bad_slots(request: WritingRequest, name: str, text: str) -> Iterator[Finding]:
    for path in dict.fromkeys(TAG.findall(text)):
        if path not in SLOT_OF_PATH:
            yield Finding(code="slot_unknown", level="blocked", part=name, quote=path)
        elif SLOT_OF_PATH[path] not in request.allowed:
            yield Finding(code="slot_not_allowed", level="blocked", part=name, quote=path)
    rest = TAG.sub("", text)
    if broken := BRACES.search(rest):
        quote = rest[broken.start() : broken.start() + QUOTED]
        yield Finding(code="slot_syntax", level="blocked", part=name, quote=quote)


def _uncited(request: WritingRequest, parts: Mapping[str, str]) -> Iterator[Finding]:
    cited = {path for text in parts.values() for path in TAG.findall(text)}
    for slot in sorted(required_slots(request)):
        if slot.value not in cited:
            yield Finding(code="slot_missing", level="blocked", quote=slot.value)


def _matches(
    parts: Mapping[str, str], code: str, level: str, *patterns: re.Pattern[str]
) -> list[Finding]:
    """One finding per part and pattern: the first match, quoted."""
    found = []
    for name, text in parts.items():
        words = TAG.sub(" ", text)
        for pattern in patterns:
            if match := pattern.search(words):
                quote = match.group()[:QUOTED].strip()
                found.append(Finding(code=code, level=level, part=name, quote=quote))
    return found


def _not_plain(name: str, text: str) -> Iterator[Finding]:
    words = TAG.sub("", text)
    if markup := MARKUP.search(words):
        quote = words[markup.start() : markup.start() + 20]
        yield Finding(code="markup", level="blocked", part=name, quote=quote)
    if name != "body" and "\n" in words:
        yield Finding(code="line_break", level="blocked", part=name)
    signs = reversed(dict.fromkeys(reversed(words)))  # each once, in the order of its last place
    kinds = {unicodedata.category(sign): sign for sign in signs if sign != "\n"}
    if hidden := kinds.keys() & {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}:
        point = f"U+{ord(kinds[min(hidden)]):04X}"
        yield Finding(code="control_character", level="blocked", part=name, quote=point)
    if "So" in kinds or "Sk" in kinds:
        sign = kinds.get("So") or kinds["Sk"]
        yield Finding(code="emoji", level="look", part=name, quote=sign)


def _wrong_language(language: Language, name: str, text: str) -> Iterator[Finding]:
    """By script: Chinese is mostly Han, English is Latin with no Han at all."""
    scripts = Counter(map(_script, TAG.sub("", text)))
    letters = scripts.total() - scripts[""]
    if language == Language.CHINESE:
        wrong = scripts["Han"] < 0.6 * letters
    else:
        wrong = scripts["Latin"] < letters
    if wrong:
        yield Finding(
            code="language_wrong", level="blocked", part=name, params={"language": language}
        )


def _too_long(
    language: Language, parts: Mapping[str, str], *, tight: bool = False
) -> Iterator[Finding]:
    for name, text in parts.items():
        if name == "body":
            limit, width = BODY_LIMIT, len(text)
        elif name in LIMITS:
            limit = LIMITS[name]
            width = len(text)
            if width <= SCANNED:
                width = display_width(text, language, tight=tight)
        else:
            continue
        if width > limit:
            params = {"width": str(width), "limit": str(limit)}
            yield Finding(code="too_long", level="blocked", part=name, params=params)


def _promises(request: WritingRequest, parts: Mapping[str, str]) -> list[Finding]:
    found = _matches(parts, "promise", "blocked", PROMISE)
    if Slot.OFFER not in request.allowed:
        found += _matches(parts, "offer_unknown", "blocked", OFFER_WORDS)
    return found
