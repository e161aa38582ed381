"""What a workspace sells and who bought what, read at one moment."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from catalogue.models import Product
from inference import services as inference
from profiles.models import Recommendation, RecommendationPolicy
from profiles.recommending.histories import Histories, Matrix, Numbers, make_histories
from profiles.recommending.newcomers import find_young
from profiles.recommending.similarities import alike, attribute_matrix, near, parts_of
from tenants.context import current_tenant_id

POPULAR_DAYS = 90
LONGEST = 100  # newest products of a history

# Only people who did not refuse a profile, here and again when the rows are written.
BOUGHT = """
    SELECT customer_id, product_id, at FROM (
        SELECT o.customer_id, l.product_id, min(o.placed_at) AS at, min(l.id) AS line
        FROM profiles_order o
        JOIN profiles_customer c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
        JOIN profiles_orderline l ON l.tenant_id = o.tenant_id AND l.order_id = o.id
        WHERE o.tenant_id = %(tenant)s AND c.may_profile IS NOT FALSE AND o.status = 'placed'
          AND l.quantity > 0 AND l.product_id IS NOT NULL AND o.placed_at <= %(now)s
        GROUP BY o.id, o.customer_id, l.product_id
    ) bought ORDER BY customer_id, at, line
"""


@dataclass(frozen=True)
class Shop:
    """What a workspace sells and who bought what, read at one moment.

    `products` are ids by item number, `histories` those of `people` (ids), `recent` counts what
    was bought in the last `POPULAR_DAYS`, `since` says since when a product has been recommended,
    `is_young` which ones came lately and sold little.
    """

    products: Numbers
    categories: list[str]
    allowed: NDArray[np.bool_]
    about: dict[str, Matrix]
    people: Numbers
    histories: Histories
    recent: NDArray[np.float32]
    since: dict[tuple[int, int], date]
    is_young: NDArray[np.bool_]
    policy: RecommendationPolicy

    @cached_property
    def bought(self) -> NDArray[np.float32]:
        """How often each product was bought."""
        return self.histories.counts()


def read_shop(now: datetime) -> Shop:
    """Read it in the scope of the workspace."""
    products = list(Product.objects.order_by("pk"))
    policy = RecommendationPolicy.objects.first() or RecommendationPolicy()
    numbers = {product.pk: number for number, product in enumerate(products)}
    people, histories, recent = _read_histories(numbers, now)
    since = Recommendation.objects.values_list("customer_id", "product_id", "since")
    return Shop(
        products=np.array(list(numbers), np.int64),
        categories=[product.category for product in products],
        allowed=np.array([_may_show(product, policy) for product in products], bool),
        about=_about(products),
        people=people,
        histories=histories,
        recent=recent,
        since={(customer, product): day for customer, product, day in since.iterator()},
        is_young=find_young([product.created_at for product in products], histories.counts(), now),
        policy=policy,
    )


def _may_show(product: Product, policy: RecommendationPolicy) -> bool:
    """On sale, with a price, and, unless the workspace says otherwise, in stock."""
    in_stock = product.stock is None or product.stock > 0 or not policy.only_in_stock
    return product.is_active and product.price is not None and in_stock


def _about(products: list[Product]) -> dict[str, Matrix]:
    """Likenesses of products by what is said of them, for one that nobody bought yet too.

    Category, brand and tags as they are, the title in its parts; and the meaning of it all where
    the encoder knows the language.
    """
    found = {}
    for number, product in enumerate(products):
        named = [f"{kind}:{name}" for kind, name in _names(product) if name]
        found[number] = [*parts_of(product.title), *named]
    about = {"alike": alike(attribute_matrix(_shared(found), len(products)))}
    texts = [f"{one.title}. {one.category}. {one.description}" for one in products]
    if (vectors := inference.vectors(texts)) is not None:
        about["meaning"] = near(vectors)
    return about


def _shared(named: dict[int, list[str]]) -> dict[int, list[str]]:
    """Leave out what only one product has: it makes nothing alike, and all a little less."""
    counts = Counter(name for names in named.values() for name in set(names))
    return {number: [name for name in names if counts[name] > 1] for number, names in named.items()}


def _names(product: Product) -> list[tuple[str, str]]:
    tags = [("tag", tag) for tag in product.tags]
    return [("category", product.category), ("brand", product.brand), *tags]


def _read_histories(
    numbers: dict[int, int], now: datetime
) -> tuple[Numbers, Histories, NDArray[np.float32]]:
    people: list[int] = []
    rows: list[list[int]] = []
    recent = np.zeros(len(numbers), np.float32)
    window = now - timedelta(days=POPULAR_DAYS)
    with connection.cursor() as cursor:
        cursor.execute(BOUGHT, {"tenant": current_tenant_id(), "now": now})
        for customer, product, at in cursor:
            if not people or people[-1] != customer:
                people.append(customer)
                rows.append([])
            rows[-1].append(numbers[product])
            recent[numbers[product]] += at > window
    histories = make_histories([row[-LONGEST:] for row in rows], len(numbers))
    return np.array(people, np.int64), histories, recent
