"""A year of believable behaviour, drawn with a seed: who comes, looks, buys, sends back, leaves.

The same shop, number of people, last day and seed give the same rows. Nothing here touches the
database: the rows go into CSV files, as those of any newcomer would.
"""

import bisect
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from marketing_platform.demo.shop import Item, Sale, Shop

YEAR = 365
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Kind:
    """A way of being a customer.

    `share` of all people; `orders` a year while they stay; `leaves` is the chance that they stop
    coming some months before the end; `basket` items an order; `looks` visits without an order
    a year; `sale` the chance that an order waits for a sale; `gift` that it is a present;
    `loyal_to` how strongly they prefer one category; `returns` the chance to send one back.
    """

    name: str
    share: float
    orders: float
    leaves: float
    basket: float = 1.5
    looks: float = 4.0
    sale: float = 0.1
    gift: float = 0.05
    loyal_to: float = 4.0
    returns: float = 0.04


KINDS = (
    Kind("loyal", 0.12, 7.0, 0.10, basket=1.9, looks=9, loyal_to=6.0),
    Kind("regular", 0.24, 3.0, 0.35, looks=6),
    Kind("once", 0.18, 0.9, 0.75, basket=1.2, looks=3),
    Kind("discount", 0.13, 3.0, 0.40, basket=2.2, looks=7, sale=0.9, loyal_to=2.0, returns=0.08),
    Kind("gift", 0.10, 2.0, 0.30, basket=1.7, looks=3, gift=0.9, loyal_to=1.5),
    Kind("curious", 0.09, 2.6, 0.45, looks=9, loyal_to=1.0, returns=0.10),
    Kind("prospect", 0.14, 0.0, 0.30, looks=5),
)


@dataclass
class Customer:
    """A person as the shop's own system knows them. `may_…` None means never asked."""

    number: str
    email: str
    first_name: str
    last_name: str
    language: str
    country: str
    city: str
    joined: datetime
    kind: Kind
    favourite: str
    hour: int
    leaves_after: datetime
    consents: dict[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    order: str
    customer: Customer
    at: datetime
    item: Item
    quantity: int
    unit_price: Decimal
    code: str
    status: str


@dataclass(frozen=True)
class Event:
    id: str
    customer: Customer
    at: datetime
    name: str
    item: Item | None


class Year:
    """The year of one shop that ends on `last_day`."""

    def __init__(self, shop: Shop, people: int, last_day: date, seed: int = 1) -> None:
        self.shop = shop
        self.random = random.Random(f"{shop.slug} {seed} {last_day}")  # noqa: S311 - a drawing
        self.zone = ZoneInfo(shop.timezone)
        self.end = datetime.combine(last_day, datetime.min.time(), UTC) + timedelta(days=1)
        self.start = self.end - timedelta(days=YEAR)
        self._order_numbers = itertools.count(10_001)
        self._event_numbers = itertools.count(1)
        self._weights: dict[tuple[str, int, float], tuple[list[float], float]] = {}
        self.customers = [self._person(number) for number in range(1, people + 1)]
        self.lines: list[Line] = []
        self.events: list[Event] = []
        for customer in self.customers:
            self._live(customer)
        self.lines.sort(key=lambda line: line.at)
        self.events.sort(key=lambda event: event.at)

    # People

    def _person(self, number: int) -> Customer:
        draw, shop = self.random, self.shop
        first, last = draw.choice(shop.first_names), draw.choice(shop.last_names)
        kind = draw.choices(KINDS, [kind.share for kind in KINDS])[0]
        host = draw.choice(("example.com", "example.org", "example.net", "mail.example"))
        joined = self.start + timedelta(days=draw.uniform(0, 1) ** 1.5 * 300, hours=draw.random())
        left = self.end
        if draw.random() < kind.leaves:
            left -= timedelta(days=draw.uniform(75, 260))
        language = shop.language if draw.random() > 0.04 else draw.choice(shop.other_languages)
        return Customer(
            number=f"C{number:05}",
            email=f"{first.address}.{last.address}{number}@{host}",
            first_name="" if draw.random() < 0.06 else first.text,
            last_name=last.text,
            language=language,
            country=shop.country,
            city=draw.choice(shop.cities),
            joined=joined,
            kind=kind,
            favourite=draw.choices(
                [item.category for item in shop.items], [item.popularity for item in shop.items]
            )[0],
            hour=draw.choice((7, 8, 9, 12, 12, 13, 17, 18, 19, 20, 20, 21, 21, 22)),
            leaves_after=max(left, joined + timedelta(days=20)),
            consents=self._consents(),
        )

    def _consents(self) -> dict[str, bool | None]:
        """Most people said yes to everything, some only to email, some no, some nobody asked."""
        answers: tuple[tuple[float, Sequence[bool | None]], ...] = (
            (0.70, (True, True, True, True)),
            (0.08, (True, True, True, False)),
            (0.07, (True, False, False, False)),
            (0.08, (False, False, False, False)),
            (0.07, (None, None, None, None)),
        )
        (answer,) = self.random.choices(
            [answer for _share, answer in answers], [share for share, _answer in answers]
        )
        return dict(zip(("email", "profiling", "writing", "tracking"), answer, strict=True))

    # What they do

    def _live(self, customer: Customer) -> None:
        kind = customer.kind
        stay = (min(customer.leaves_after, self.end) - customer.joined).days / YEAR
        orders = self._poisson(kind.orders * stay)
        if kind.orders:
            orders = max(1, orders)  # a customer of these kinds has bought at least once
        for _ in range(orders):
            self._order(customer)
        for _ in range(self._poisson(kind.looks * stay)):
            self._visit(customer, self._moment(customer))

    def _order(self, customer: Customer) -> None:
        kind, draw = customer.kind, self.random
        at = self._moment(customer)
        if draw.random() < kind.gift:
            at = self._within(customer, self.shop.gift_months, at)
        sale = self._sale_at(at)
        if sale is None and draw.random() < kind.sale:
            at, sale = self._next_sale(customer, at)
        if at > min(customer.leaves_after, self.end) or at < customer.joined:
            return
        number = f"{self.shop.slug[:1].upper()}-{next(self._order_numbers)}"
        uses_code = sale is not None and draw.random() < (0.95 if kind.sale > 0.5 else 0.4)
        status = "cancelled" if draw.random() < 0.015 else "placed"
        for item in self._basket(customer, at):
            self._look_before(customer, at, item)
            price = item.price
            if sale and uses_code:
                price = (price * (100 - sale.percent) / 100).quantize(CENT, ROUND_HALF_UP)
            quantity = 2 if draw.random() < 0.1 else 1
            code = sale.code if sale and uses_code else ""
            self.lines.append(Line(number, customer, at, item, quantity, price, code, status))
            if draw.random() < kind.returns:
                back = at + timedelta(days=draw.randint(4, 20))
                if back < self.end:
                    self.lines.append(
                        Line(f"{number}-R", customer, back, item, -1, price, "", "returned")
                    )

    def _look_before(self, customer: Customer, at: datetime, item: Item) -> None:
        for minutes in sorted((self.random.randint(2, 4000) for _ in range(2)), reverse=True):
            self._event(customer, at - timedelta(minutes=minutes), "product_viewed", item)
        self._event(customer, at - timedelta(minutes=1), "product_added", item)

    def _visit(self, customer: Customer, at: datetime) -> None:
        for index in range(self.random.randint(1, 3)):
            item = self._draw_item(customer, at)
            moment = at + timedelta(minutes=3 * index)
            self._event(customer, moment, "product_viewed", item)
            if self.random.random() < 0.12:
                self._event(customer, moment + timedelta(minutes=1), "product_added", item)

    def _event(self, customer: Customer, at: datetime, name: str, item: Item | None) -> None:
        if customer.joined <= at < self.end:
            number = f"{self.shop.slug}-{next(self._event_numbers)}"
            self.events.append(Event(number, customer, at, name, item))

    # Draws

    def _moment(self, customer: Customer) -> datetime:
        """Draw a moment of their stay: in months when the shop is busy, at their usual hour."""
        last = min(customer.leaves_after, self.end)
        busiest = max(self.shop.months)
        while True:
            day = customer.joined + (last - customer.joined) * self.random.random()
            if self.random.random() < self.shop.months[day.month - 1] / busiest:
                return self._at_their_hour(customer, day)

    def _at_their_hour(self, customer: Customer, day: datetime) -> datetime:
        hour = min(23, max(0, round(self.random.gauss(customer.hour, 1.5))))
        local = day.astimezone(self.zone).replace(
            hour=hour,
            minute=self.random.randrange(60),
            second=self.random.randrange(60),
            microsecond=0,
        )
        return local.astimezone(UTC)

    def _within(self, customer: Customer, months: Sequence[int], at: datetime) -> datetime:
        """Move to the same day of one of these months of the year, if they were there by then."""
        month = self.random.choice(months)
        for year in (self.end.year, self.end.year - 1):
            moved = at.replace(year=year, month=month, day=min(at.day, 28))
            if customer.joined < moved < min(self.end, customer.leaves_after):
                return moved
        return at

    def _sale_at(self, at: datetime) -> Sale | None:
        for sale in self.shop.sales:
            if at.month == sale.month and sale.first_day <= at.day <= sale.last_day:
                return sale
        return None

    def _next_sale(self, customer: Customer, at: datetime) -> tuple[datetime, Sale | None]:
        for sale in sorted(self.shop.sales, key=lambda sale: (sale.month < at.month, sale.month)):
            day = self.random.randint(sale.first_day, sale.last_day)
            year = at.year + (sale.month < at.month)
            moved = at.replace(year=year, month=sale.month, day=day)
            if customer.joined < moved < min(self.end, customer.leaves_after):
                return moved, sale
        return at, None

    def _basket(self, customer: Customer, at: datetime) -> list[Item]:
        size = 1 + self._poisson(customer.kind.basket - 1)
        drawn = [self._draw_item(customer, at) for _ in range(size)]
        return list({item.handle: item for item in drawn}.values())

    def _draw_item(self, customer: Customer, at: datetime) -> Item:
        """Draw by popularity and season, with a preference for the favourite category."""
        key = (customer.favourite, at.month, customer.kind.loyal_to)
        if key not in self._weights:
            weights = [
                item.popularity
                * item.season[at.month - 1]
                * (1 + (customer.kind.loyal_to if item.category == customer.favourite else 0) * 3)
                for item in self.shop.items
            ]
            self._weights[key] = list(itertools.accumulate(weights)), sum(weights)
        bounds, total = self._weights[key]
        return self.shop.items[
            min(bisect.bisect(bounds, self.random.random() * total), len(bounds) - 1)
        ]

    def _poisson(self, mean: float) -> int:
        """Draw a count with this mean (Knuth's method: fine for small means)."""
        limit, product, count = math.exp(-max(0.0, mean)), 1.0, 0
        while True:
            product *= self.random.random()
            if product <= limit:
                return count
            count += 1


def order_numbers(lines: Sequence[Line]) -> Iterator[str]:
    """Yield the numbers of the orders, each once."""
    yield from dict.fromkeys(line.order for line in lines)
