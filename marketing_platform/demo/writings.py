"""What the customers of a shop write about what they bought: reviews, posts and chat turns.

Drawn with a seed from a small grammar in the shop's language (`…_says.toml` beside this file);
the same year gives the same texts. A few authors do not agree that their text is read.
"""

import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marketing_platform.demo.behaviour import Customer, Line, Year
from marketing_platform.demo.shop import FOLDER, Item

LEAST, ONE_IN = 60, 25
"""How many texts there are: so many, and one for each so many items that were bought."""

CONTENT, CONTENT_LEFT = 0.8, 0.4
"""The chance that a text is a kind one; that of somebody who stopped coming."""

DISAGREES = 0.04
KINDS = {"review": 0.7, "chat": 0.22, "post": 0.08}


@dataclass(frozen=True)
class Writing:
    """One text. `kind` is review, chat or post; `rating` 1 to 5, of reviews only."""

    id: str
    kind: str
    customer: Customer
    at: datetime
    item: Item
    title: str
    text: str
    rating: int | None
    source: str
    consent: bool


def draw_writings(year: Year) -> Iterator[Writing]:
    """Yield the texts of a year in the order in which they were bought for."""
    draw = random.Random(f"{year.shop.slug} says {year.end}")  # noqa: S311 - a drawing
    says = _grammar(year.shop.slug)
    bought = [line for line in year.lines if line.quantity > 0]
    count = min(len(bought), LEAST + len(bought) // ONE_IN)
    for number, at in enumerate(sorted(draw.sample(range(len(bought)), count)), 1):
        yield _write(f"{year.shop.slug}-says-{number}", bought[at], year, draw, says)


def _grammar(slug: str) -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / f"{slug}_says.toml").read_text(encoding="utf-8"))


def _write(
    number: str, line: Line, year: Year, draw: random.Random, says: Mapping[str, Any]
) -> Writing:
    left = line.customer.leaves_after < year.end
    is_good = draw.random() < (CONTENT_LEFT if left else CONTENT)
    (kind,) = draw.choices(list(KINDS), list(KINDS.values()))
    at = min(line.at + timedelta(days=draw.uniform(3, 30)), year.end - timedelta(hours=1))
    mood = "good" if is_good else "bad"
    is_review = kind == "review"
    return Writing(
        id=number,
        kind=kind,
        customer=line.customer,
        at=at.replace(microsecond=0),
        item=line.item,
        title=draw.choice(says[f"titles_{mood}"]) if is_review else "",
        text=_text(kind, mood, line.item, draw, says),
        rating=draw.choice((4, 5, 5) if is_good else (1, 2, 3)) if is_review else None,
        source=says["sources"][kind],
        consent=draw.random() >= DISAGREES,
    )


def _text(kind: str, mood: str, item: Item, draw: random.Random, says: Mapping[str, Any]) -> str:
    if kind == "chat":
        return _of(item, [draw.choice(says["chat"]["any"])])
    about = [row for row in says["opinions"] if item.category in row.get("for", [item.category])]
    told = draw.sample(about, 2)
    other = "bad" if mood == "good" else "good"
    moods = [mood, mood if draw.random() < 0.7 else other]
    parts = [draw.choice(says["openings"])]
    parts += [draw.choice(row[one]) for row, one in zip(told, moods, strict=True)]
    if draw.random() < 0.3:
        parts.append(draw.choice(says["asides"]["any"]))
    parts.append(draw.choice(says["endings"][mood]))
    return _of(item, parts)


def _of(item: Item, parts: Sequence[str]) -> str:
    """Join sentences, with blanks where the language has them; name the product in short."""
    said = [part for part in parts if part]
    blank = " " if said[0].isascii() else ""
    name = item.title.partition(",")[0].lower()
    return blank.join(said).replace("{item}", name)
