"""What a demo shop is made of. Its catalogue and its names lie beside this file."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent

Season = tuple[float, ...]
"""How well something sells in each of the twelve months, 1 being usual."""

SEASONS: Mapping[str, Season] = {
    "all_year": (1.0,) * 12,
    "spring": (0.5, 0.7, 1.6, 2.2, 2.0, 1.3, 0.9, 0.7, 0.7, 0.6, 0.5, 0.5),
    "summer": (0.4, 0.5, 0.8, 1.2, 1.6, 1.8, 1.8, 1.5, 1.0, 0.6, 0.4, 0.5),
    "autumn": (0.8, 0.8, 0.7, 0.6, 0.6, 0.6, 0.7, 0.9, 1.5, 2.0, 1.8, 1.2),
    "winter": (1.6, 1.4, 0.9, 0.5, 0.3, 0.2, 0.2, 0.4, 0.9, 1.5, 1.9, 1.9),
    "walking": (0.7, 0.7, 1.0, 1.3, 1.4, 1.2, 1.1, 1.2, 1.3, 1.1, 0.8, 0.8),
    "festive": (2.2, 1.6, 0.5, 0.5, 0.8, 0.8, 0.5, 0.9, 2.4, 1.0, 0.8, 1.4),
}


@dataclass(frozen=True)
class Item:
    """A product. `features` are noun phrases, `benefits` verb phrases, as texts cite them."""

    handle: str
    title: str
    category: str
    price: Decimal
    price_before: Decimal | None
    features: str
    benefits: str
    season: Season
    popularity: float


@dataclass(frozen=True)
class Name:
    """A part of a name, and what stands for it in an email address."""

    text: str
    address: str


@dataclass(frozen=True)
class Sale:
    """Days on which everything is cheaper: what the discount hunters wait for."""

    month: int
    first_day: int
    last_day: int
    code: str
    percent: int


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The offer of a campaign: so many percent off, with a code."""

    name: str
    code: str
    percent: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A campaign of the demo: the brief and the audience as its marketer would fill them in.

    `rules` are those of its segment (see profiles/rules/fields.py).
    """

    name: str
    goal: str
    message: str
    segment: str
    rules: Mapping[str, Any]
    products: Sequence[str]
    offer: Promise | None = None
    holdout_percent: int = 10


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A workspace of the demo: its words, its rhythm, its people and its team.

    `people` is how many customers it has. `months` is the rhythm of the whole shop.
    `gift_months` are when presents are bought.
    `team` maps a role to the name of the person who has it. `plan` is the campaign that the
    demo sends, `earlier` one that was sent some weeks before, and there is a draft.
    """

    slug: str
    name: str
    people: int
    language: str
    currency: str
    timezone: str
    country: str
    postal_address: str
    website: str
    colour: str
    tone: str
    do_words: Sequence[str]
    dont_words: Sequence[str]
    samples: Sequence[str]
    months: Season
    gift_months: Sequence[int]
    sales: Sequence[Sale]
    cities: Sequence[str]
    other_languages: Sequence[str]
    team: Mapping[str, str]
    earlier: Plan
    plan: Plan
    draft_name: str
    draft_occasion: str

    @cached_property
    def items(self) -> list[Item]:
        with (FOLDER / f"{self.slug}_products.csv").open(encoding="utf-8", newline="") as lines:
            return [_item(row) for row in csv.DictReader(lines)]

    @cached_property
    def first_names(self) -> list[Name]:
        return self._names(0)

    @cached_property
    def last_names(self) -> list[Name]:
        return self._names(1)

    def _names(self, part: int) -> list[Name]:
        text = (FOLDER / f"{self.slug}_names.txt").read_text(encoding="utf-8")
        words = text.split("\n\n")[part].split()
        if self.language == "en":
            return [Name(word, word.lower()) for word in words]
        return [Name(*pair) for pair in zip(words[::2], words[1::2], strict=True)]

    def email_of(self, role: str) -> str:
        """The address with which the person of this role signs in."""
        return f"{role}@{self.slug}.example"


def _item(row: Mapping[str, str]) -> Item:
    return Item(
        handle=row["handle"],
        title=row["title"],
        category=row["category"],
        price=Decimal(row["price"]),
        price_before=Decimal(row["price before"]) if row["price before"] else None,
        features=row["features"],
        benefits=row["benefits"],
        season=SEASONS[row["season"]],
        popularity=float(row["popularity"]),
    )
