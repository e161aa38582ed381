"""Recommendations of a whole workspace: read in a scope, fit with none open, write in another."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from catalogue.models import Product
from inference import services as inference
from profiles.models import ForecastKind, ForecastReport, Recommendation, RecommendationPolicy
from profiles.recommending.histories import Histories, Matrix, Numbers, make_histories
from profiles.recommending.mixing import Mixture, fit_mixture
from profiles.recommending.ranking import Ranking, rank_all
from profiles.recommending.recommender import Recommender, combine, tune
from profiles.recommending.similarities import alike, attribute_matrix, near, parts_of
from profiles.recommending.transformer import train
from tenants.context import current_tenant_id, scope

KEPT = 5  # recommendations of a customer
LOOKED_AT = 40  # from which the filters choose
LINKS = 300
POPULAR_DAYS = 90
TOP = 10
JUDGED = 20_000  # people at most whose newest purchase judges
FEWEST = 50  # people with two products; fewer say nothing
LONGEST = 100  # newest products of a history
REASONS = 2
RESTING = 100  # ranks from here on rest: kept, so that they do not come back at once
BATCH = 5_000

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
WRITE = """
    INSERT INTO profiles_recommendation
        (tenant_id, customer_id, product_id, rank, score, because, since, computed_at)
    SELECT c.tenant_id, c.id, u.product_id, u.rank, u.score, u.because::jsonb, u.since, %s
    FROM unnest(%s::int8[], %s::int8[], %s::int2[], %s::float8[], %s::text[], %s::date[])
         u(customer_id, product_id, rank, score, because, since)
    JOIN profiles_customer c ON c.id = u.customer_id
    WHERE c.tenant_id = %s AND c.may_profile IS NOT FALSE
    ON CONFLICT (tenant_id, customer_id, rank) DO UPDATE SET
        product_id = excluded.product_id, score = excluded.score, because = excluded.because,
        since = excluded.since, computed_at = excluded.computed_at
"""
Row = tuple[int, int, int, float, str, date]


@dataclass(frozen=True)
class Shop:
    """What a workspace sells and who bought what, read at one moment.

    `products` are ids by item number, `histories` those of `people` (ids), `recent` counts what
    was bought in the last `POPULAR_DAYS`, `since` says since when a product has been recommended.
    """

    products: Numbers
    categories: list[str]
    allowed: NDArray[np.bool_]
    about: dict[str, Matrix]
    people: Numbers
    histories: Histories
    recent: NDArray[np.float32]
    since: dict[tuple[int, int], date]
    policy: RecommendationPolicy

    @cached_property
    def bought(self) -> NDArray[np.float32]:
        """How often each product was bought."""
        return self.histories.counts()


def refresh_recommendations(tenant_id: int, *, at: datetime | None = None) -> int:
    """Recommend products to all customers of a workspace who bought; return how many rows.

    The blend is used where it foretold the newest purchases better than popularity did.
    """
    now = at or timezone.now()
    with scope(tenant_id):
        shop = _read(now)
    recommender, mixture, figures = fit_shop(shop)
    rows = _choose(shop, recommender, mixture, now.date()) if len(shop.people) else []
    return _write(tenant_id, now, rows, figures, len(shop.people))


def _read(now: datetime) -> Shop:
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
    about = {"alike": alike(attribute_matrix(found, len(products)))}
    texts = [f"{one.title}. {one.category}. {one.description}" for one in products]
    if (vectors := inference.vectors(texts)) is not None:
        about["meaning"] = near(vectors)
    return about


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


def fit_shop(shop: Shop) -> tuple[Recommender, Mixture | None, dict[str, Any]]:
    """Fit, and judge by the newest purchase of each: links, the mix with a Transformer, popularity.

    Nothing of the judged purchases is in what judges them. Where popularity did as well, the
    recommender that comes back knows popularity alone; where the mix did no better than links
    alone, or there is too little for it, there is none.
    """
    repeats, histories = shop.policy.repeats, shop.histories
    earlier, asked, chosen = _held_out(histories)
    popular = _only_popular(shop, histories)
    if (histories.lengths > 2).sum() < FEWEST:
        return popular, None, {}
    weights = tune(earlier.without_newest(1), earlier, shop.about, repeats=repeats)
    judged = combine(earlier, weights, shop.about, repeats=repeats)
    plain = _only_popular(shop, earlier)
    ours = rank_all(judged.scores, asked, chosen, top=TOP, repeats=repeats)
    theirs = rank_all(plain.scores, asked, chosen, top=TOP, repeats=repeats)
    is_better = ours.ndcg(TOP) > theirs.ndcg(TOP)
    figures = {
        "blend": _figures(ours),
        "popularity": _figures(theirs),
        "people": len(chosen),
        "used": "blend" if is_better else "popularity",
    }
    if not is_better:
        return popular, None, figures
    final = combine(histories, weights, shop.about, repeats=repeats).thinned(LINKS)
    known = Recommender(final.links, popular.popularity, weights, repeats)
    links = known.with_new(shop.about, shop.bought == 0)
    mixture = fit_mixture(earlier, judged, shop.about)
    if mixture is None:
        return links, None, figures
    mixed = rank_all(mixture.among(LOOKED_AT), asked, chosen, top=TOP, repeats=repeats)
    figures["mixture"] = _figures(mixed)
    if mixed.ndcg(TOP) <= ours.ndcg(TOP):
        return links, None, figures
    final_mixture = Mixture(links, train(histories), mixture.weights)
    return links, final_mixture, figures | {"used": "mixture"}


def _held_out(histories: Histories) -> tuple[Histories, Histories, Numbers]:
    people = np.flatnonzero(histories.lengths > 1)
    if len(people) > JUDGED:
        people = people[np.linspace(0, len(people) - 1, JUDGED).astype(np.int64)]
    earlier = histories.without_newest(1)
    return earlier, earlier.take(people), histories.newest(1).take(people).flat


def _only_popular(shop: Shop, histories: Histories) -> Recommender:
    """What sold in the last months first; before that, and where nothing did, of all time."""
    counts = histories.counts()
    recent = shop.recent if histories is shop.histories else np.zeros_like(counts)
    score = recent + counts / max(1.0, 2 * counts.max(initial=0))
    return Recommender({}, score / max(1e-9, score.max(initial=0)), {}, shop.policy.repeats)


def _figures(ranking: Ranking) -> dict[str, float]:
    return {
        f"hr@{TOP}": ranking.hit_rate(TOP),
        f"ndcg@{TOP}": ranking.ndcg(TOP),
        "coverage": ranking.coverage,
    }


def _choose(
    shop: Shop, recommender: Recommender, mixture: Mixture | None, today: date
) -> list[Row]:
    items, scores = recommender.recommend(shop.histories, LOOKED_AT, allowed=shop.allowed)
    if mixture:
        items, scores = mixture.sort(shop.histories, items, scores)
    rows: list[Row] = []
    for number, customer in enumerate(shop.people.tolist()):
        history = shop.histories.of(number)
        pairs = [
            (int(item), float(score))
            for item, score in zip(items[number], scores[number], strict=True)
            if item >= 0
        ]
        rows.extend(_pick(shop, recommender, customer, history, pairs, today))
    return rows


def _pick(
    shop: Shop,
    recommender: Recommender,
    customer: int,
    history: Numbers,
    pairs: list[tuple[int, float]],
    today: date,
) -> list[Row]:
    """Choose from the best: few of a category, nothing that was shown too long."""
    rest = shop.policy.rest_days
    taken: dict[str, int] = {}
    rows: list[Row] = []
    resting = 0
    for item, score in pairs:
        product, category = int(shop.products[item]), shop.categories[item]
        since = shop.since.get((customer, product), today)
        days = (today - since).days
        if rest and rest <= days < 2 * rest:
            rows.append((customer, product, RESTING + resting, score, "[]", since))
            resting += 1
            continue
        if len(rows) - resting == KEPT or taken.get(category, 0) >= shop.policy.most_per_category:
            continue
        taken[category] = taken.get(category, 0) + 1
        begun = today if rest and days >= 2 * rest else since
        because = json.dumps(_because(shop, recommender, history, item))
        rows.append((customer, product, len(rows) - resting + 1, score, because, begun))
    return rows


def _because(
    shop: Shop, recommender: Recommender, history: Numbers, item: int
) -> list[dict[str, Any]]:
    """The products of the customer that add the most to the score, with their share of it."""
    parts = recommender.explain(history, item)
    total = parts[parts > 0].sum()
    best = [place for place in np.argsort(-parts, kind="stable")[:REASONS] if parts[place] > 0]
    # What nobody bought yet is linked by what is said of it, and by nothing else.
    likeness = {} if shop.bought[item] else {"by": "likeness"}
    return [
        {
            "product": int(shop.products[history[place]]),
            "share": round(float(parts[place] / total), 2),
            **likeness,
        }
        for place in best
    ]


def _write(
    tenant_id: int, now: datetime, rows: list[Row], figures: dict[str, Any], people: int
) -> int:
    written = 0
    with scope(tenant_id):
        for start in range(0, len(rows), BATCH):
            columns = [list(column) for column in zip(*rows[start : start + BATCH], strict=True)]
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(WRITE, [now, *columns, tenant_id])
                written += int(cursor.rowcount)
        Recommendation.objects.exclude(computed_at=now).delete()
        ForecastReport.objects.update_or_create(
            kind=ForecastKind.RECOMMENDATIONS,
            defaults={"figures": figures, "people": people, "computed_at": now},
        )
    return written
