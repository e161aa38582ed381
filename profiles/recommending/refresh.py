"""Recommendations of a whole workspace: read in a scope, fit with none open, write in another."""

from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from profiles.models import ForecastKind, ForecastReport, Recommendation
from profiles.recommending.choosing import LOOKED_AT, RESTING, Row, choose
from profiles.recommending.histories import Histories, Numbers
from profiles.recommending.mixing import Mixture, fit_mixture
from profiles.recommending.ranking import Ranking, rank_all
from profiles.recommending.recommender import Recommender, combine, prepare
from profiles.recommending.shops import Shop, read_shop
from profiles.recommending.transformer import train
from tenants.context import scope

LINKS = 300
TOP = 10
JUDGED = 20_000  # people at most whose newest purchase judges
FEWEST = 50  # people with two products; fewer say nothing
BATCH = 5_000

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


def refresh_recommendations(tenant_id: int, *, at: datetime | None = None) -> int:
    """Recommend products to all customers of a workspace who bought; return how many rows.

    The blend is used where it foretold the newest purchases better than popularity did.
    """
    now = at or timezone.now()
    with scope(tenant_id):
        shop = read_shop(now)
    recommender, mixture, figures = fit_shop(shop)
    rows = choose(shop, recommender, mixture, now.date()) if len(shop.people) else []
    if figures:
        figures["new"] = count_new(shop, rows)
    return _write(tenant_id, now, rows, figures, len(shop.people))


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
    lesson = prepare(earlier.without_newest(1), earlier, shop.about, repeats=repeats)
    weights = lesson.weights()
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
    mixture = fit_mixture(lesson, judged)
    del lesson  # its similarities are as large as those that are built next
    final = combine(histories, weights, shop.about, repeats=repeats).thinned(LINKS)
    links = Recommender(final.links, popular.popularity, weights, repeats)
    if mixture is None:
        return links, None, figures
    mixed = rank_all(mixture.among(LOOKED_AT), asked, chosen, top=TOP, repeats=repeats)
    figures["mixture"] = _figures(mixed)
    if mixed.ndcg(TOP) <= ours.ndcg(TOP):
        return links, None, figures
    final_mixture = Mixture(links, train(histories), mixture.share)
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


def count_new(shop: Shop, rows: list[Row]) -> dict[str, int]:
    """Return how many young products may be shown and are, and to how many people."""
    young = set(shop.products[shop.is_young & shop.allowed].tolist())
    found = [row for row in rows if row[1] in young and row[2] < RESTING]
    return {
        "products": len(young),
        "shown": len({row[1] for row in found}),
        "people": len({row[0] for row in found}),
    }


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
