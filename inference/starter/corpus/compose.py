"""From a request to a text: draw sentences from the grammar, join them, lay out the parts.

Sentences of one paragraph are joined in pairs or led in by words of the tone now and then, so
most sentences of a text are put together for it. `is_held_out` sets two of three sentences
aside: the training corpus never holds them, and a model that writes one has composed it.
"""

import re
import zlib
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from random import Random
from types import ModuleType

from inference.checks import LONG_NAME, display_width
from inference.starter.corpus import chinese, english
from inference.starter.corpus.grammar import count, draw, parse
from inference.types import (
    LIMITS,
    Channel,
    Goal,
    Language,
    Lead,
    Motive,
    Slot,
    Stage,
    WritingRequest,
)

WORDS: dict[Language, ModuleType] = {Language.ENGLISH: english, Language.CHINESE: chinese}

STAGES_OF_GOAL = {
    Goal.WELCOME: {Stage.PROSPECT, Stage.FIRST},
    Goal.WINBACK: set(),
    Goal.REPLENISHMENT: {Stage.FIRST, Stage.ACTIVE, Stage.LOYAL},
    Goal.REVIEW: set(),
    Goal.LOYALTY: {Stage.ACTIVE, Stage.LOYAL},
}
"""Stages that a text of the goal may speak of, where not all: nobody lapsed is welcomed."""

JOINED = 0.8
LED_IN = 0.4
LED_IN_AT_MOST = 3
LONGEST_JOIN = 170
STATEMENT = re.compile(r"(?:[^?:!;–？：！；.。]|(?<=[a-z0-9_])\.(?=[a-z]))+[.。]")
"""One sentence with nothing inside but commas, and the full stops of slots."""

ORDER: dict[Lead, tuple[str, ...]] = {
    Lead.REASON: (
        "motive",
        Slot.INTEREST,
        Slot.LAST_PRODUCT,
        Slot.CATEGORY,
        Slot.SECOND_PRODUCT,
        Slot.OCCASION,
    ),
    Lead.PRODUCT: (
        Slot.CATEGORY,
        Slot.INTEREST,
        "motive",
        Slot.OCCASION,
        Slot.LAST_PRODUCT,
        Slot.SECOND_PRODUCT,
    ),
    Lead.QUESTION: (
        Slot.LAST_PRODUCT,
        Slot.CATEGORY,
        "motive",
        Slot.SECOND_PRODUCT,
        Slot.INTEREST,
        Slot.OCCASION,
    ),
    Lead.BENEFIT: (
        "motive",
        Slot.OCCASION,
        Slot.CATEGORY,
        Slot.LAST_PRODUCT,
        Slot.INTEREST,
        Slot.SECOND_PRODUCT,
    ),
}
"""In which order the arguments for a product come."""

Sentence = tuple[str, ...]
"""Templates one of which is drawn."""


def compose(request: WritingRequest, random: Random, *, training: bool = False) -> dict[str, str]:
    """Return the parts of one text of `request`. `training` keeps held-out sentences away."""
    writer = Writer(request, random, training)
    if request.channel == Channel.EMAIL:
        return writer.email()
    return writer.ad() if request.channel == Channel.AD else writer.article()


def speaks_of_stage(request: WritingRequest) -> bool:
    """Whether a text of the request has a line about the customer's stage."""
    stages = STAGES_OF_GOAL.get(request.goal, set(Stage))
    return request.channel == Channel.EMAIL and request.stage in stages


def speaks_of_motive(request: WritingRequest) -> bool:
    return request.motive != Motive.NONE and (
        request.channel == Channel.AD or request.goal != Goal.REVIEW
    )


def is_held_out(sentence: str) -> bool:
    """Whether the training corpus must not hold this sentence: two of three, by their own words."""
    return zlib.crc32(sentence.strip().lower().encode()) % 3 > 0


def capitalise(text: str) -> str:
    """Put a capital where a sentence begins. Slots are filled with capitals of their own."""
    return re.sub(r"(^|[.?!] |\n)([a-z])", lambda m: m.group(1) + m.group(2).upper(), text)


class Writer:
    """One text on its way: the request, the words of its language, and the draws."""

    def __init__(self, request: WritingRequest, random: Random, training: bool) -> None:
        self.request = request
        self.random = random
        self.training = training
        self.words = WORDS[request.language]
        self.has = request.slots.__contains__
        self.lead_ins = 0

    # Parts

    def email(self) -> dict[str, str]:
        request, words = self.request, self.words
        greeting = words.GREETING[request.tone][0 if self.has(Slot.FIRST_NAME) else 1]
        reason = [self.opening(), *self.maybe(words.TONE_LINE[request.tone], 0.65)]
        stage = [words.STAGE[request.stage]] if speaks_of_stage(request) else []
        paragraphs = self.in_order(reason, self.pitch(), stage, self.arguments())
        paragraphs += [self.terms(), list(self.maybe(words.INVITE[request.tone], 0.6))]
        body = [self.draw(greeting), *self.paragraphs(paragraphs)]
        body.append(self.draw(*words.SIGN_OFF[request.tone]).replace("¶", "\n"))
        call = words.CALL[request.tone] if self.random.random() < 0.5 else self.goal_call()
        return {
            "subject": self.fit("subject", self.subject),
            "preheader": self.fit("preheader", self.preheader),
            "body": capitalise("\n\n".join(body)),
            "call_to_action": self.fit("call_to_action", lambda: self.draw(*call)),
        }

    def ad(self) -> dict[str, str]:
        request, words = self.request, self.words
        headline = {
            Lead.REASON: words.HEADLINE_GOAL[request.goal],
            Lead.QUESTION: words.HEADLINE_QUESTION[request.goal],
        }.get(request.lead, words.HEADLINE_MOTIVE[request.motive])
        first = words.AD_GOAL[request.goal]
        if request.lead in (Lead.REASON, Lead.QUESTION):
            first = words.AD_MOTIVE[request.motive]
        return {
            "headline": self.fit("headline", lambda: self.draw(*headline)),
            "description": self.fit("description", lambda: self.description(first)),
        }

    def article(self) -> dict[str, str]:
        request, words = self.request, self.words
        title = {
            Lead.REASON: words.TITLE_GOAL[request.goal],
            Lead.PRODUCT: words.TITLE_PRODUCT_SHORT if request.tight else words.TITLE_PRODUCT,
            Lead.QUESTION: words.TITLE_QUESTION[request.goal],
            Lead.BENEFIT: words.TITLE_BENEFIT[self.motive()],
        }[request.lead]
        reason = [
            words.ARTICLE_OPENING[request.goal],
            *self.maybe(words.ARTICLE_TONE[request.tone], 0.7),
        ]
        if self.has(Slot.FIRST_NAME):
            reason.append((words.ARTICLE_NAME,))
        paragraphs = self.in_order(reason, self.pitch(), [], self.arguments())
        paragraphs += [
            list(self.maybe(words.ARTICLE_ADVICE, 0.6)),
            [*self.terms(), words.ARTICLE_CLOSING[request.tone]],
        ]
        return {
            "title": self.fit("title", lambda: self.draw(*title)),
            "body": capitalise("\n\n".join(self.paragraphs(paragraphs))),
        }

    def in_order(
        self,
        reason: list[Sentence],
        product: list[Sentence],
        stage: list[Sentence],
        arguments: list[Sentence],
    ) -> list[list[Sentence]]:
        """The paragraphs of a body: what the text leads with stands first."""
        words, request = self.words, self.request
        if request.lead == Lead.REASON:
            return [reason, stage + product, arguments]
        if request.lead == Lead.PRODUCT:
            return [product, reason, stage + arguments]
        if request.lead == Lead.QUESTION:
            return [[words.QUESTION[request.goal], *reason], product, stage + arguments]
        return [[words.BENEFIT[self.motive()], *product], reason + stage, arguments]

    def motive(self) -> Motive:
        """Why the reader buys, where the text may speak of it."""
        return self.request.motive if speaks_of_motive(self.request) else Motive.NONE

    # Sentences, by what they speak of

    def opening(self) -> Sentence:
        lines: Sentence = self.words.OPENING[self.request.goal]
        return lines

    def pitch(self) -> list[Sentence]:
        key = "F" * self.has(Slot.FEATURE) + "V" * self.has(Slot.BENEFIT)
        if self.request.goal == Goal.REVIEW:
            return [self.words.PITCH_REVIEW[key]]
        return [self.words.PITCH[key], *self.maybe(self.words.PITCH_TONE[self.request.tone], 0.35)]

    def arguments(self) -> list[Sentence]:
        """Motive, interest, range, last product, companion, occasion: one order for each lead."""
        request, words = self.request, self.words
        review = request.goal == Goal.REVIEW
        lines = {
            "motive": words.MOTIVE.get(request.motive),
            Slot.INTEREST: words.INTEREST,
            Slot.CATEGORY: words.CATEGORY,
            Slot.LAST_PRODUCT: words.LAST_REVIEW if review else words.LAST,
            Slot.SECOND_PRODUCT: words.SECOND,
            Slot.OCCASION: words.OCCASION,
        }
        spoken = {slot for slot in lines if slot in request.slots}
        if request.goal == Goal.SEASONAL:
            spoken -= {Slot.OCCASION}  # the opening has said it
        if speaks_of_motive(request):
            spoken |= {"motive"}
        return [lines[key] for key in ORDER[request.lead] if key in spoken]

    def terms(self) -> list[Sentence]:
        """Price and offer."""
        words = self.words
        found: list[Sentence] = [words.PRICE] if self.has(Slot.PRICE) else []
        if self.has(Slot.OFFER):
            found.append(words.OFFER["K" * self.has(Slot.CODE) + "E" * self.has(Slot.ENDS)])
            found += self.maybe(words.OFFER_TONE[self.request.tone], 0.3)
        return found

    def subject(self) -> str:
        request, words = self.request, self.words
        often = 0.5 if request.goal == Goal.DISCOUNT else 0.15
        if self.has(Slot.OFFER) and not request.tight and self.random.random() < often:
            return self.draw(words.SUBJECT_OFFER)
        clause = {
            Lead.REASON: words.SUBJECT_GOAL[request.goal],
            Lead.PRODUCT: words.SUBJECT_PRODUCT_SHORT if request.tight else words.SUBJECT_PRODUCT,
            Lead.QUESTION: words.SUBJECT_QUESTION[request.goal],
            Lead.BENEFIT: words.SUBJECT_BENEFIT[self.motive()],
        }[request.lead]
        clause = self.draw(*clause)
        return self.draw(*words.SUBJECT_SHELL[request.tone]).replace("§", clause)

    def preheader(self) -> str:
        """Words of the tone, after words of what the subject leaves out as often as not."""
        request, words = self.request, self.words
        own = self.draw(*words.PREHEADER[request.tone])
        other = words.AD_MOTIVE[self.motive()]
        if request.lead in (Lead.PRODUCT, Lead.BENEFIT):
            other = words.AD_GOAL[request.goal]
        if self.random.random() < 0.4:
            return own
        return self.join([self.draw(*other), own])

    def goal_call(self) -> Sentence:
        return (self.words.CALL_GOAL[self.request.goal],)

    def description(self, first: Sentence) -> str:
        words, tone = self.words, self.request.tone
        calls = words.AD_CALL_SHORT[tone] if self.request.tight else words.AD_CALL[tone]
        sentences = [self.draw(*first), self.draw(*calls)]
        if self.request.lead == Lead.PRODUCT:
            sentences.reverse()
        if self.random.random() < 0.6:
            sentences = [self.join(sentences)]
        extras = {
            Slot.OFFER: (words.AD_OFFER, 0.9 if self.request.goal == Goal.DISCOUNT else 0.6),
            Slot.PRICE: (words.AD_PRICE, 0.5),
            Slot.FEATURE: (words.AD_FEATURE, 0.5),
        }
        for slot, (line, chance) in extras.items():
            cited = self.has(slot) and not self.request.tight
            if cited and len(sentences) < 2 and self.random.random() < chance:
                sentences.append(self.draw(line))
        return str(words.PAUSE.join(sentences))

    # Drawing

    def draw(self, *templates: str) -> str:
        template = self.random.choices(templates, cum_weights=weights(templates))[0]
        return draw(parse(template), self.random)

    def maybe(self, lines: Sentence, chance: float) -> Iterable[Sentence]:
        return [lines] if self.random.random() < chance else []

    def fit(self, part: str, make: Callable[[], str]) -> str:
        """Draw until the part fits its room."""
        for _ in range(300):
            text = capitalise(make())
            width = display_width(text, self.request.language, tight=self.request.tight)
            if width + LONG_NAME * (Slot.PRODUCT.tag in text) <= LIMITS[part]:
                return text
        raise ValueError(f"No {part} of {self.request} fits; the last was “{text}”.")

    def paragraphs(self, paragraphs: list[list[Sentence]]) -> list[str]:
        return [self.paragraph(lines) for lines in paragraphs if lines]

    def paragraph(self, lines: list[Sentence]) -> str:
        units: list[str] = []
        waiting = list(lines)
        while waiting:
            paired = len(waiting) > 1 and self.random.random() < JOINED
            unit = self.unit(waiting[: 2 if paired else 1])
            units.append(unit)
            del waiting[: 2 if paired else 1]
        return str(self.words.PAUSE.join(units))

    def unit(self, lines: list[Sentence]) -> str:
        """One sentence of the text, or two; in training, none that is held out."""
        led_in = self.lead_ins < LED_IN_AT_MOST and self.random.random() < LED_IN
        for _ in range(60):
            text = self.join([self.draw(*line) for line in lines], self.are_neutral(lines))
            if led_in and self.may_lead(lines[0], text):
                text = self.draw(self.words.LEAD_IN[self.request.tone]) + text
                self.lead_ins += 1
                led_in = False
            if not self.training or not any(map(is_held_out, sentences_of(text))):
                break
        return text

    def join(self, drawn: list[str], neutral: bool = False) -> str:
        if len(drawn) == 1:
            return drawn[0]
        first, second = drawn
        width = display_width(first + second, self.request.language)
        if width <= LONGEST_JOIN and all(map(STATEMENT.fullmatch, drawn)):
            marks: Sentence = self.words.JOIN[self.request.tone]
            if neutral and ", and" not in first + second:
                marks += self.words.JOIN_NEUTRAL
            return first[:-1] + marks[int(self.random.random() * len(marks))] + second
        return str(self.words.PAUSE.join(drawn))

    def are_neutral(self, lines: list[Sentence]) -> bool:
        return all(line in neutral_lines(self.request.language) for line in lines)

    def may_lead(self, line: Sentence, text: str) -> bool:
        """Whether words of the tone may stand before: statements that carry no tone yet."""
        first = sentences_of(text)[0]
        return self.are_neutral([line]) and bool(re.fullmatch(r"[^?:!？：！]+", first))


@cache
def weights(templates: Sentence) -> tuple[float, ...]:
    """Running sums of what each template weighs: the more it can say, the more often it does."""
    return tuple(accumulate(count(parse(template)) ** 0.5 for template in templates))


@cache
def neutral_lines(language: Language) -> frozenset[Sentence]:
    """Lines of arguments and terms: in every tone the same."""
    words = WORDS[language]
    tables = (words.STAGE, words.MOTIVE, words.PITCH, words.OFFER)
    single = (words.INTEREST, words.CATEGORY, words.LAST, words.SECOND, words.PRICE, words.OCCASION)
    return frozenset(line for table in tables for line in table.values()) | frozenset(single)


def sentences_of(text: str) -> list[str]:
    """Split at the marks that end a sentence, in both languages."""
    return [
        piece.strip()
        for piece in re.split(r"(?<=[。？！])\s*|(?<=[.?!])\s+|\n+", text)
        if piece.strip()
    ]
