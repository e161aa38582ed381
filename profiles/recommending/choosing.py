"""From scores to what each customer is shown: filters, rests, a place for what is new, reasons."""

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.recommending.histories import Numbers
from profiles.recommending.mixing import Mixture
from profiles.recommending.newcomers import link_newcomers
from profiles.recommending.recommender import Recommender
from profiles.recommending.shops import Shop

KEPT = 5  # recommendations of a customer
LOOKED_AT = 40  # from which the filters choose
OFFERED_NEW = 5  # young products, from which the filters choose one
NEW_REST = 14  # days after which a young one that a customer leaves makes room for the next
REASONS = 2
RESTING = 100  # ranks from here on rest: kept, so that they do not come back at once

Row = tuple[int, int, int, float, str, date]
Offer = tuple[int, float]  # an item number and its score
Offers = tuple[Numbers, NDArray[np.float32]]  # of everybody, best first; -1 where there is none


def choose(shop: Shop, recommender: Recommender, mixture: Mixture | None, today: date) -> list[Row]:
    """Return what all customers are shown, and what rests.

    A young product that nobody bought yet is shown in the place for it, or not at all.
    """
    usual = shop.allowed & ~(shop.is_young & (shop.bought == 0))
    offers = recommender.recommend(shop.histories, LOOKED_AT, allowed=usual)
    if mixture:
        offers = mixture.sort(shop.histories, *offers)
    newcomers = link_newcomers(shop.about, shop.is_young) if shop.policy.show_new else None
    if newcomers:
        young = newcomers.recommend(shop.histories, OFFERED_NEW, allowed=shop.allowed)
    rows: list[Row] = []
    for number, customer in enumerate(shop.people.tolist()):
        choice = Choice(shop, customer, shop.histories.of(number), today)
        choice.take(recommender, _of(offers, number))
        if newcomers:
            choice.make_room(newcomers, _of(young, number))
        rows.extend(choice.rows())
    return rows


def _of(offers: Offers, number: int) -> list[Offer]:
    items, scores = offers
    pairs = zip(items[number].tolist(), scores[number].tolist(), strict=True)
    return [(item, score) for item, score in pairs if item >= 0]


@dataclass(frozen=True)
class Shown:
    item: int
    score: float
    because: str
    since: date


@dataclass
class Choice:
    """What one customer is shown, put together offer by offer."""

    shop: Shop
    customer: int
    history: Numbers
    today: date
    shown: list[Shown] = field(default_factory=list)
    resting: list[Shown] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)

    def take(self, recommender: Recommender, offers: list[Offer]) -> None:
        """Choose from the best: few of a category, nothing that was shown too long."""
        for item, score in offers:
            category = self.shop.categories[item]
            most = self.shop.policy.most_per_category
            if self._must_rest(item, score, self.shop.policy.rest_days):
                continue
            if len(self.shown) == KEPT or self.taken.get(category, 0) >= most:
                continue
            self.taken[category] = self.taken.get(category, 0) + 1
            self._show(recommender, item, score, self.shop.policy.rest_days)

    def make_room(self, newcomers: Recommender, offers: list[Offer]) -> None:
        """Give the last place to the young product that is most like what was bought, if any."""
        if any(self.shop.is_young[one.item] for one in self.shown):
            return
        rest = min(self.shop.policy.rest_days, NEW_REST)
        kept = {one.item for one in self.resting}
        for item, score in offers:
            if score <= 0 or item in kept or self._must_rest(item, score, rest):
                continue
            del self.shown[KEPT - 1 :]
            self._show(newcomers, item, score, rest)
            return

    def rows(self) -> list[Row]:
        """Return the rows to be written: ranks from 1, what rests from `RESTING`."""
        ranked = [*enumerate(self.shown, 1), *enumerate(self.resting, RESTING)]
        return [
            (
                self.customer,
                int(self.shop.products[one.item]),
                rank,
                one.score,
                one.because,
                one.since,
            )
            for rank, one in ranked
        ]

    def _since(self, item: int) -> date:
        return self.shop.since.get((self.customer, int(self.shop.products[item])), self.today)

    def _must_rest(self, item: int, score: float, rest: int) -> bool:
        since = self._since(item)
        if rest and rest <= (self.today - since).days < 2 * rest:
            self.resting.append(Shown(item, score, "[]", since))
            return True
        return False

    def _show(self, recommender: Recommender, item: int, score: float, rest: int) -> None:
        since = self._since(item)
        begun = self.today if rest and (self.today - since).days >= 2 * rest else since
        reasons = because(self.shop, recommender, self.history, item)
        self.shown.append(Shown(item, score, json.dumps(reasons), begun))


def because(
    shop: Shop, recommender: Recommender, history: Numbers, item: int
) -> list[dict[str, Any]]:
    """Return the customer's products that add the most to the score, with their share of it.

    What nobody bought yet is linked by what is said of it, and by nothing else.
    """
    parts = recommender.explain(history, item)
    total = parts[parts > 0].sum()
    best = [place for place in np.argsort(-parts, kind="stable")[:REASONS] if parts[place] > 0]
    by = {} if shop.bought[item] else {"by": "new" if shop.is_young[item] else "likeness"}
    return [
        {
            "product": int(shop.products[history[place]]),
            "share": round(float(parts[place] / total), 2),
            **by,
        }
        for place in best
    ]
