"""Values that cross the door of `inference`: what to write, and what was written.

A `WritingRequest` holds enumerations, and a context of the brand's own words for the models that
read words. There is no field that could carry a name, an address or any other words of a
customer, so personal data cannot reach a model.
Commercial and personal facts are slots: the model emits `{{ product.price }}`, and `delivery`
fills it from a dated fact snapshot when the message is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Language(StrEnum):
    """Languages that the checks, the starter model and the UI know (BCP 47)."""

    ENGLISH = "en"
    CHINESE = "zh-hans"


class Channel(StrEnum):
    EMAIL = "email"
    AD = "ad"
    ARTICLE = "article"


class Goal(StrEnum):
    """What the brief wants to happen."""

    WELCOME = "welcome"
    WINBACK = "winback"
    LAUNCH = "launch"
    DISCOUNT = "discount"
    CART = "cart"
    REPLENISHMENT = "replenishment"
    REVIEW = "review"
    LOYALTY = "loyalty"
    SEASONAL = "seasonal"


class Tone(StrEnum):
    PLAIN = "plain"
    WARM = "warm"
    PLAYFUL = "playful"
    FORMAL = "formal"
    BRISK = "brisk"


class Lead(StrEnum):
    """What a text opens with. The variants of one micro-segment differ in this.

    Why we write, the product, a question, or what the reader gets out of it.
    """

    REASON = "reason"
    PRODUCT = "product"
    QUESTION = "question"
    BENEFIT = "benefit"


class Motive(StrEnum):
    """Why this kind of customer buys, derived from traits. `NONE` means not known."""

    NONE = "none"
    PRICE = "price"
    QUALITY = "quality"
    NOVELTY = "novelty"
    HABIT = "habit"
    GIFT = "gift"


class Stage(StrEnum):
    """Where the customer stands in the life cycle."""

    PROSPECT = "prospect"
    FIRST = "first"
    ACTIVE = "active"
    LOYAL = "loyal"
    LAPSED = "lapsed"


class Slot(StrEnum):
    """Facts that a text may cite. The value is the Liquid path that `delivery` fills."""

    FIRST_NAME = "customer.first_name"
    LAST_PRODUCT = "customer.last_product"
    INTEREST = "customer.interest"
    BRAND = "brand.name"
    PRODUCT = "product.name"
    CATEGORY = "product.category"
    FEATURE = "product.feature"
    BENEFIT = "product.benefit"
    PRICE = "product.price"
    SECOND_PRODUCT = "product2.name"
    OFFER = "offer.phrase"
    CODE = "offer.code"
    ENDS = "offer.ends"
    OCCASION = "brief.occasion"

    @property
    def tag(self) -> str:
        """The slot as it stands in a text: `{{ product.name }}`."""
        return "{{ " + self.value + " }}"


ALWAYS_AVAILABLE = frozenset({Slot.BRAND, Slot.PRODUCT})
"""Slots that every request has: a text is always by a brand and about a product."""

FIELDS: Mapping[Channel, tuple[str, ...]] = {
    Channel.EMAIL: ("subject", "preheader", "body", "call_to_action"),
    Channel.AD: ("headline", "description"),
    Channel.ARTICLE: ("title", "body"),
}
"""The parts of a text, in the order in which a model writes them."""

LIMITS: Mapping[str, int] = {
    "subject": 60,
    "preheader": 90,
    "call_to_action": 30,
    "headline": 30,
    "description": 90,
    "title": 80,
}
"""Longest display width of a part after its slots are filled. A Chinese, Japanese or Korean
character counts 2, as the advertising platforms count it. A body has no limit here."""


@dataclass(frozen=True, kw_only=True)
class WritingContext:
    """What a model that follows instructions may read beside the request.

    From the brief, the brand voice and the catalogue only, never a customer's words; all of it is
    untrusted and is marked so in the prompt. `facts` are pairs of a slot's path and its text,
    for the sense of it: the text itself must cite the slot. `examples` are texts that this
    workspace approved: each a tuple of pairs of part and text.
    """

    message: str = ""
    never_say: tuple[str, ...] = ()
    do_words: tuple[str, ...] = ()
    dont_words: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    examples: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class WritingRequest:
    """One text to write.

    `slots` are the facts at hand beside `ALWAYS_AVAILABLE`. An email or an article must cite
    every one of them, an ad may cite any of them, and no text may cite another.
    `tight` says that a fact is too long for a line with a limit (`services.fit`): subject,
    preview line, headline, description and title then cite none.
    `seed` makes the draw repeatable: 0 ≤ seed < 2**31. `attempt` counts rewrites of the same
    request, from 0; a rewrite draws anew.
    """

    language: Language
    channel: Channel
    goal: Goal
    tone: Tone
    lead: Lead = Lead.REASON
    motive: Motive = Motive.NONE
    stage: Stage = Stage.ACTIVE
    slots: frozenset[Slot] = frozenset()
    tight: bool = False
    seed: int = 0
    attempt: int = 0
    context: WritingContext | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed must be between 0 and 2**31 - 1, not {self.seed}.")
        if self.attempt < 0:
            raise ValueError(f"attempt must be 0 or more, not {self.attempt}.")
        if Slot.OFFER not in self.slots and self.slots & {Slot.CODE, Slot.ENDS}:
            raise ValueError("slots holds a code or an end date but no offer.phrase.")
        if self.goal == Goal.SEASONAL and Slot.OCCASION not in self.slots:
            raise ValueError("A seasonal text needs the slot brief.occasion.")

    @property
    def allowed(self) -> frozenset[Slot]:
        """Every slot that the text may cite."""
        return self.slots | ALWAYS_AVAILABLE


@dataclass(frozen=True, kw_only=True)
class ClassifierRef:
    """A registered classifier as values: `version` counts those of its name from 1, `revision` is
    the SHA-256 of its files in `folder`."""

    name: str
    version: int
    key: str
    folder: str
    revision: str
    labels: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TextLabel:
    """That text number `index` has a label, its chance, and the sentence that says it most."""

    index: int
    label: str
    chance: float
    sentence: str


@dataclass(frozen=True, kw_only=True)
class WriterRef:
    """Which model writes, as plain values: read in a scope, used once the scope is closed.

    `engine` is "starter" or "fake" for what is built in, else "local" or "openai". `folder` holds
    a local model's files, or is "" for a Hugging Face repository. `adapter` is a folder too.
    `key` tells the registered version; "" means built in.
    """

    name: str
    engine: str
    key: str = ""
    source: str = ""
    revision: str = ""
    folder: str = ""
    adapter: str = ""
    remote_name: str = ""
    api_key: str = field(default="", repr=False)
    channel: str = ""
    prompt_version: str = ""
    data_hash: str = ""
    seconds_per_text: float = 0.0

    @property
    def is_built_in(self) -> bool:
        return not self.key

    def label(self, what: str) -> str:
        """Return what a creative says of its model: what wrote, and which registered version."""
        words = "".join(char for char in what if char.isprintable())
        return f"{words[:191]}#{self.key[:8]}" if self.key else words[:200]


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One text as a model wrote it, slots unfilled.

    `parts` has the keys of `FIELDS[channel]`; a part that the model left out is absent.
    `finish_reason` is "stop" (the model ended the text), "length" (the token limit did) or
    "error". Times are seconds of wall clock for the batch in which the text was written.
    `findings` are what `check_text` says of the parts, where our own engine asked it already.
    """

    parts: Mapping[str, str]
    engine: str
    model: str
    prompt_version: str
    finish_reason: str
    prompt_tokens: int
    new_tokens: int
    seconds: float = 0.0
    error: str = ""
    findings: "tuple[Finding, ...] | None" = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a check says of a text.

    `level` is "blocked" (must not be sent), "look" (a person must look) or "passed".
    `code` is stable; `part` names the part of the text; `quote` is the words meant, as they
    stand in the part. `params` fill the translated sentence that the UI shows.
    """

    code: str
    level: str
    part: str = ""
    quote: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Clause:
    """A piece of a text between two marks. `logprob` is what the model gives it, in nats."""

    part: str
    text: str
    tokens: int
    logprob: float


@dataclass(frozen=True, kw_only=True)
class Influence:
    """How much one fact drove a text: nats by which the model finds it likelier with the fact.

    `fact` is "goal", "tone", "lead", "motive", "stage" with its `value`, or a slot's path with
    "". `effect` is the sum of `by_clause`, which has one figure for each clause, the mean over
    `alternatives` other values; for a slot there is one: that the fact is not at hand.
    """

    fact: str
    value: str
    effect: float
    by_clause: tuple[float, ...]
    alternatives: int

    @property
    def strongest(self) -> int:
        """Index of the clause that the fact drove most."""
        return max(range(len(self.by_clause)), key=self.by_clause.__getitem__)


@dataclass(frozen=True, kw_only=True)
class About:
    """That text `index` of some is about a topic, with the chance of it."""

    index: int
    topic: str
    chance: float


@dataclass(frozen=True, kw_only=True)
class Attention:
    """Where the model looked. `weights` are bytes (layers, heads, T, T), 255 = 1, row by row: the
    token that looks, then those before it. The first `prompt_tokens` of the T are the prompt."""

    tokens: tuple[str, ...]
    prompt_tokens: int
    layers: int
    heads: int
    weights: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Why a text reads as it does, the strongest fact first. See `inference.engine.explain`."""

    clauses: tuple[Clause, ...]
    influences: tuple[Influence, ...]
    model: str
    prompt_version: str
    seconds: float
    attention: Attention | None = None


@dataclass(frozen=True, kw_only=True)
class ModelInfo:
    """A model as its card states it; nothing here needs torch.

    `revision` is the beginning of the SHA-256 of the weights. `seconds_per_text` is what one text
    took on average on one core of the machine that the card names.
    """

    name: str
    revision: str
    title: str
    languages: tuple[Language, ...]
    channels: tuple[Channel, ...]
    parameters: int
    trained_on: str
    prompt_version: str
    seconds_per_text: float
