"""Whether a text may be sent: the checks of `inference` and those that need the campaign.

`inference` checks the words as the model wrote them. Here the text is filled with the facts of
its snapshot, as the customer will read it, and checked again: every figure must stand in the
snapshot, nothing may be said that the brief or the brand forbids, no other product and no
customer may be named, and it must still fit.

Checks fail closed: what cannot be checked is blocked.
"""

import logging
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import CharField, Q, Value
from django.db.models.functions import Concat, Lower

from campaigns import claims, prompts
from campaigns.models import Campaign, Creative, Variant
from catalogue import services as catalogue
from catalogue.models import Product
from inference import services as inference
from inference.types import LIMITS, Finding, Language, WritingRequest
from profiles.models import Customer

logger = logging.getLogger(__name__)

LONGEST = 4_000
"""A part longer than this is blocked unread; see `inference`, which limits a body to half."""

STAND_INS: Mapping[str, Mapping[str, str]] = {
    Language.ENGLISH: {
        "customer.first_name": "Margaret",
        "customer.last_product": "what you chose last",
        "customer.interest": "what you like",
    },
    Language.CHINESE: {
        "customer.first_name": "欧阳晓雯",
        "customer.last_product": "您上次选购的商品",
        "customer.interest": "您喜欢的",
    },
}
"""What the customer's slots are filled with while a text is checked: nobody's data, long."""

HUMAN_WORDS = frozenset({"stray_number", "stray_code", "slot_missing"})
"""Faults of a model that a person's text is free to have: its figures are compared with the
snapshot, and it need not cite every fact."""

ORDER = {"blocked": 0, "look": 1, "passed": 2}


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a campaign's texts may not say. Loaded once for a batch of texts."""

    never_say: tuple[str, ...] = ()
    dont_words: tuple[str, ...] = ()
    product_names: frozenset[str] = field(default_factory=frozenset)
    people: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """How products' names begin, by their first word and their first `RUN` characters: what
        begins otherwise is none, and few phrases of a text are left to be looked up."""
        words = {name.split(" ", 1)[0] for name in self.product_names}
        return frozenset(words | {name[:RUN] for name in self.product_names})


def load_rules(campaign: Campaign, texts: Iterable[str] = ()) -> Rules:
    """Return the rules for these texts. One query for products, one for customers' names."""
    names = {name.casefold() for name in Product.objects.values_list("title", flat=True)}
    voice = campaign.voice
    return Rules(
        never_say=tuple(campaign.never_say),
        dont_words=tuple(voice.dont_words) if voice else (),
        product_names=frozenset(name for name in names if _is_telling(name)),
        people=_people_named(texts),
    )


def check_creative(
    creative: Creative,
    *,
    parts: Mapping[str, str] | None = None,
    rules: Rules | None = None,
    request: WritingRequest | None = None,
    words: Sequence[Finding] | None = None,
) -> list[Finding]:
    """Return what is wrong with a text, worst first, then what was found in order.

    `parts` None means the creative's own. What the caller has at hand need not be made anew: the
    `request` that the parts were written from, and `words`, what `inference` found in them for
    it. A text with a "blocked" finding must not be sent.
    """
    parts = creative.parts if parts is None else parts
    try:
        rules = rules or load_rules(creative.campaign, _texts(parts))
        return check_parts(
            request or request_of(creative),
            parts,
            facts=creative.snapshot.facts if creative.snapshot else {},
            rules=rules,
            words=words,
            by_person=creative.variant == Variant.BASE or creative.edited_by_id is not None,
        )
    except Exception:  # a check that fails lets nothing through
        logger.exception("check.failed", extra={"creative": str(creative.public_id)})
        return [Finding(code="check_failed", level="blocked")]


def request_of(creative: Creative) -> WritingRequest:
    """Return the request that the creative was, or would be, written from."""
    campaign, group = creative.campaign, creative.micro_segment
    known = catalogue.snapshot_slots(creative.snapshot) if creative.snapshot else frozenset()
    request = prompts.build_request(
        public_id=creative.public_id,
        attempt=creative.attempts,
        channel=creative.channel,
        language=creative.language,
        goal=campaign.goal,
        tone=campaign.tone,
        variant=creative.variant,
        known=known,
        words=creative.snapshot.facts if creative.snapshot else {},
        facts=group.facts if group else None,
        detail=group.detail if group else 0,
    )
    return prompts.for_everybody(request, known) if creative.variant == Variant.BASE else request


def check_parts(
    request: WritingRequest,
    parts: Mapping[str, str],
    *,
    facts: Mapping[str, str],
    rules: Rules,
    words: Sequence[Finding] | None = None,
    by_person: bool = False,
) -> list[Finding]:
    """Check a text as it stands and as it will be read. May raise on a text that is no text."""
    findings = inference.check_writing(request, parts) if words is None else list(words)
    if by_person:
        findings = [_forgive(finding) for finding in findings if finding.code not in HUMAN_WORDS]
    if all(len(text) <= LONGEST for text in parts.values()):
        findings = _without_echoes(findings, list(_check_filled(request, parts, facts, rules)))
    return sorted(findings, key=lambda finding: ORDER[finding.level])


def _without_echoes(findings: list[Finding], filled: list[Finding]) -> list[Finding]:
    """Leave out what the filled text shows better: the same figure, link or break once more."""
    said = {(row.part, word) for row in filled if row.level == "blocked" for word in [row.quote]}
    echoes = {"stray_number", "stray_code", "link", "line_break"}
    kept = [
        finding
        for finding in findings
        if finding.code not in echoes
        or not any(part == finding.part and finding.quote in word for part, word in said)
    ]
    return kept + filled


def _forgive(finding: Finding) -> Finding:
    """A promise in a person's own words is not forbidden, but somebody must stand up for it."""
    if finding.code != "promise":
        return finding
    return Finding(
        code=finding.code,
        level="look",
        part=finding.part,
        quote=finding.quote,
        params=finding.params,
    )


def _check_filled(
    request: WritingRequest, parts: Mapping[str, str], facts: Mapping[str, str], rules: Rules
) -> Iterator[Finding]:
    values = {**STAND_INS[request.language], **facts}
    final = {name: claims.fill(text, values) for name, text in parts.items()}
    wrong = {
        "facts_match": list(_foreign_figures(final, facts)),
        "fits_filled": list(_too_long(final)),
        "words_allowed": list(_forbidden_words(final, rules)),
        "no_other_product": list(_other_products(parts, facts, rules)),
        "nobody_named": list(_people(parts, rules)),
    }
    for code, findings in wrong.items():
        yield from findings or [Finding(code=code, level="passed")]


def _foreign_figures(final: Mapping[str, str], facts: Mapping[str, str]) -> Iterator[Finding]:
    codes = {"figure": "not_in_facts", "code": "code_not_in_facts", "link": "link_in_words"}
    for name, text in final.items():
        for kind, words in claims.figures_not_in(text, facts):
            yield _figure(codes[kind], name, words[:80], facts)
        if name != "body" and len(text.splitlines()) > 1:
            yield Finding(code="line_break", level="blocked", part=name)


def _figure(code: str, part: str, words: str, facts: Mapping[str, str]) -> Finding:
    """A claim that no fact holds; for an amount of money with what is true."""
    price, product = facts.get("product.price"), facts.get("product.name")
    if code == "not_in_facts" and price and product and MONEY.search(words):
        params = {"price": price, "product": product}
        return Finding(
            code="price_not_in_facts", level="blocked", part=part, quote=words, params=params
        )
    return Finding(code=code, level="blocked", part=part, quote=words)


def _too_long(final: Mapping[str, str]) -> Iterator[Finding]:
    for name, text in final.items():
        limit = LIMITS.get(name)
        if limit and (columns := inference.text_width(text)) > limit:
            params = {"width": str(columns), "limit": str(limit)}
            yield Finding(code="too_long_filled", level="blocked", part=name, params=params)


def _forbidden_words(final: Mapping[str, str], rules: Rules) -> Iterator[Finding]:
    lists = (("never_say", rules.never_say), ("dont_word", rules.dont_words))
    for name, text in final.items():
        for code, words in lists:
            for word in words:
                if claims.says(text, word):
                    yield Finding(code=code, level="blocked", part=name, quote=word)


def _other_products(
    parts: Mapping[str, str], facts: Mapping[str, str], rules: Rules
) -> Iterator[Finding]:
    """Names of products in the words themselves. What the slots bring in is not looked at."""
    own = {value.casefold() for key, value in facts.items() if key.startswith("product")}
    for name, text in parts.items():
        for phrase in _phrases(claims.TAG.sub(" \n ", text).casefold(), rules.beginnings):
            if phrase in rules.product_names and phrase not in own:
                yield Finding(code="other_product", level="blocked", part=name, quote=phrase[:80])
                break


def _people(parts: Mapping[str, str], rules: Rules) -> Iterator[Finding]:
    if not rules.people:
        return
    for name, text in parts.items():
        named = _names_in(claims.TAG.sub(" \n ", text)) & rules.people
        if named:
            yield Finding(code="person_named", level="blocked", part=name, quote=min(named))


CAPITALISED = re.compile(r"[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+){1,3}")
GREETED = re.compile(r"\b(?:Dear|Hello|Hi|Hey|Welcome(?: back)?),? ([A-ZÀ-Þ][\w'’-]+)")
HAN_GREETED = re.compile(
    r"(?:亲爱的|尊敬的|你好，?|您好，?)([\u3400-\u9fff]{2,4}?)(?=先生|女士|小姐|[，,：:！!\s]|您好|你好|$)"
    r"|([\u3400-\u9fff]{2,4})(?:先生|女士|小姐)"
)
MONEY = re.compile(r"[$€£¥￥₹₩₽元块]|\b(?:USD|EUR|GBP|CNY|RMB|JPY|dollars?|euros?|pounds?|yuan)\b")
MOST_NAMES = 10_000
WORD = re.compile(r"[\u3400-\u9fff]+|[^\s,.;:!?，。；：！？“”\"()（）\u3400-\u9fff]+")
RUN = 4
RUNS = re.compile(r"[\u3400-\u9fffa-z0-9]{4,}")
HAN_RUNS = re.compile(r"[\u3400-\u9fff]{3,}")


def _is_telling(name: str) -> bool:
    """Whether a product's name cannot be mistaken for everyday words: two words, or Chinese."""
    return len(name) > 3 and (" " in name or bool(re.search(r"[\u3400-\u9fff]", name)))


def _phrases(text: str, beginnings: Container[str]) -> Iterator[str]:
    """Every run of two to eight words, and of four to twelve characters, that begins so."""
    for line in text.split("\n"):
        words = WORD.findall(line)
        for start, word in enumerate(words):
            if word in beginnings:
                for size in range(2, min(8, len(words) - start) + 1):
                    yield " ".join(words[start : start + size])
        for run in RUNS.findall(line):
            for start in range(len(run) - RUN + 1):
                if run[start : start + RUN] in beginnings:
                    for size in range(RUN, min(12, len(run) - start) + 1):
                        yield run[start : start + size]


def _names_in(text: str) -> set[str]:
    """Words that might be a person's name, in lower case: pairs of capitalised words, whoever is
    greeted, runs of three Chinese characters."""
    found = {match.group(1) for match in GREETED.finditer(text)}
    found |= {a or b for a, b in HAN_GREETED.findall(text)}
    for run in CAPITALISED.findall(text):
        words = run.split(" ")
        found |= {" ".join(pair) for pair in zip(words, words[1:], strict=False)}
    for run in HAN_RUNS.findall(text):
        found |= {run[start : start + 3] for start in range(len(run) - 2)}
    return {name.lower() for name in found}


def _people_named(texts: Iterable[str]) -> frozenset[str]:
    """Return which of the possible names in the texts are names of customers."""
    names: set[str] = set()
    for text in texts:
        names |= _names_in(claims.TAG.sub(" \n ", text[:LONGEST]))
    if not names:
        return frozenset()
    forms = {
        "alone": Lower("first_name"),
        "western": Lower(Concat("first_name", Value(" "), "last_name", output_field=CharField())),
        "chinese": Lower(Concat("last_name", "first_name", output_field=CharField())),
    }
    rows = Customer.objects.annotate(**forms).filter(
        Q(alone__in=names) | Q(western__in=names) | Q(chinese__in=names)
    )
    found = rows.values_list(*forms).distinct()[:MOST_NAMES]
    return frozenset(name for row in found for name in row) & names


def _texts(parts: Mapping[str, str]) -> list[str]:
    return [text for text in parts.values() if isinstance(text, str)]
