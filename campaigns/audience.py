"""The audience of a campaign and its micro-segments, grouped in SQL.

Every customer who matches the segment gets exactly one place. Recipients with the same writing
facts form a micro-segment. How many facts count is the marketer's dial (`Detail`):

    coarse      language, stage
    broad       + motive, whether they have a first name
    balanced    + the product that fits them best (what is recommended to them among the
                campaign's products, else one of their favourite category), their interest
    fine        + what they bought last
    one each    every recipient alone

Which interest, and what was bought last, does not count: a slot tells it to each person when the
message is sent, so that groups that differ in that alone get the same text and are one.

A group smaller than the campaign's minimum is merged with the others that share its coarser
facts, again and again, down to no facts at all. So no text is written for fewer people than the
minimum, except where the marketer chose one text for each. People who did not agree to a profile
and to texts written for them are in the groups without facts, and get the base text.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, IntegerField, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from campaigns.cells import (
    CELL_KEYS,
    OWN_PRODUCT_GOALS,
    coarsen,
    gathered_sql,
    groups_sql,
    make_cells,
)
from campaigns.models import AudienceMember, Campaign, Detail, MicroSegment, Place
from profiles.services import forecasts, segments
from tenants.context import current_tenant_id
from tenants.database import refresh_statistics

BUCKETS = 10_000


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """What a position of the dial would give: counts, before a word is written."""

    detail: int
    recipients: int
    micro_segments: int
    texts: int  # that a model writes
    base_texts: int  # that are made without one: one for each language
    smallest: int  # people in the smallest group that texts are written for
    merged: int  # groups that were made one with another, because only slots would differ

    @property
    def creatives(self) -> int:
        return self.texts + self.base_texts


@dataclass(frozen=True, kw_only=True)
class Group:
    """A micro-segment to be: what its people have in common, and how many they are."""

    language: str
    product_id: int | None
    detail: int
    size: int
    facts: dict[str, Any]


def place_counts(campaign: Campaign) -> dict[str, int]:
    """Return how many people have which place. The counts add up to those who match."""
    rows = campaign.audience.order_by().values_list("place").annotate(people=Count("id"))
    return dict.fromkeys(Place.values, 0) | dict(rows)


def preview_groupings(
    campaign: Campaign, largest: int = 20
) -> tuple[dict[str, int], list[Grouping], list[Group]]:
    """Return the places, what each position of the dial would give, and the largest groups.

    Changes nothing.
    """
    with _audience_table(campaign) as cursor:
        cursor.execute("SELECT place, count(*) FROM audience GROUP BY place")
        places = dict.fromkeys(Place.values, 0) | dict(cursor.fetchall())
        make_cells(cursor)
        groupings = [_try_grouping(cursor, campaign, detail) for detail in Detail]
        if campaign.detail == Detail.ONE_EACH:
            make_cells(cursor, one_each=True)
        return places, groupings, _largest_groups(cursor, campaign, largest)


def as_grouped(
    campaign: Campaign, groupings: list[Grouping], largest: int = 20
) -> tuple[dict[str, int], list[Grouping], list[Group]]:
    """Return the audience that the texts were written for, in the shape of a preview.

    Who matches the segment today may differ: people order, leave and arrive after the launch.
    """
    places = place_counts(campaign)
    rows = campaign.micro_segments.order_by("-size", "id")
    groups = [
        Group(
            language=row.language,
            product_id=row.product_id,
            detail=row.detail,
            size=row.size,
            facts=row.facts,
        )
        for row in rows[:largest]
    ]
    chosen = replace(
        groupings[campaign.detail - 1],
        recipients=places[Place.RECIPIENT],
        micro_segments=rows.count(),
        texts=campaign.creatives.filter(channel="email").exclude(variant="base").count(),
        merged=rows.aggregate(more=Sum(Cast(KT("facts__alike"), IntegerField()) - 1))["more"] or 0,
    )
    others = [chosen if row.detail == campaign.detail else row for row in groupings]
    return places, others, groups


def group_audience(campaign: Campaign) -> None:
    """Place every customer of the segment and make the micro-segments, anew."""
    with _audience_table(campaign) as cursor:
        make_cells(cursor, one_each=campaign.detail == Detail.ONE_EACH)
        coarsen(cursor, campaign, campaign.detail)
        campaign.creatives.exclude(micro_segment=None)._raw_delete(using="default")
        campaign.audience.all()._raw_delete(using="default")
        campaign.micro_segments.all()._raw_delete(using="default")
        _insert_micro_segments(cursor, campaign)
        _insert_members(cursor, campaign)
        refresh_statistics(MicroSegment, AudienceMember)


@contextmanager
def _audience_table(campaign: Campaign) -> Iterator[Any]:
    """Make the temporary table `audience`: one row for each customer of the segment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS audience, cells")
        sql, params = _audience_sql(campaign)
        cursor.execute(f"CREATE TEMPORARY TABLE audience ON COMMIT DROP AS {sql}", params)
        yield cursor
        cursor.execute("DROP TABLE IF EXISTS audience, cells")


AUDIENCE = """
WITH matched AS ({matched}),
offered AS (
    SELECT DISTINCT ON (p.category) p.category, p.id
    FROM campaigns_campaignproduct cp JOIN catalogue_product p ON p.id = cp.product_id
    WHERE cp.campaign_id = %(campaign)s AND p.category <> ''
    ORDER BY p.category, cp.position, p.id
),
first_offered AS (
    SELECT product_id AS id FROM campaigns_campaignproduct
    WHERE campaign_id = %(campaign)s ORDER BY position, id LIMIT 1
),
recommended AS (
    SELECT DISTINCT ON (r.customer_id) r.customer_id, r.product_id AS id
    FROM campaigns_campaignproduct cp
    JOIN profiles_recommendation r ON r.tenant_id = %(tenant)s AND r.product_id = cp.product_id
         AND r.rank < %(resting)s
    WHERE cp.tenant_id = %(tenant)s AND cp.campaign_id = %(campaign)s
    ORDER BY r.customer_id, r.rank
),
people AS (
    SELECT c.id AS customer_id, c.email, c.may_email, c.first_name,
           CASE WHEN c.language = '' THEN %(default_language)s
                WHEN c.language ILIKE 'zh%%' THEN 'zh-hans'
                ELSE lower(split_part(c.language, '-', 1)) END AS language,
           coalesce(c.may_profile AND c.may_write, false) AS personal,
           hashint8extended(c.id, %(seed)s) AS draw,
           t.stage, t.motive, t.top_category, t.last_product_id
    FROM matched m
    JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = m.id
    LEFT JOIN profiles_traitset t ON t.tenant_id = %(tenant)s AND t.customer_id = c.id
)
SELECT p.customer_id, p.language, p.personal,
       CASE WHEN p.email = '' THEN 'no_address'
            WHEN p.may_email IS NOT TRUE THEN 'no_consent'
            WHEN EXISTS (
                SELECT FROM delivery_suppression s WHERE s.tenant_id = %(tenant)s
                AND s.address_hash = encode(sha256(convert_to(p.email, 'UTF8')), 'hex')
            ) THEN 'suppressed'
            WHEN p.language <> ALL (%(languages)s) THEN 'other_language'
            WHEN abs(p.draw %% 10000) < %(holdout)s THEN 'holdout'
            ELSE 'recipient' END AS place,
       CASE WHEN NOT p.personal
              OR abs((p.draw / 10000) %% 10000) < %(base)s THEN 'base'
            ELSE (%(variants)s)[1 + abs((p.draw / 100000000) %% %(count)s)] END AS drawn,
       coalesce(nullif(p.stage, ''), 'prospect') AS stage,
       coalesce(nullif(p.motive, ''), 'none') AS motive,
       p.first_name <> '' AS has_name,
       coalesce({own}r.id, o.id, f.id, 0) AS product_id,
       coalesce(p.top_category, '') AS interest,
       coalesce(f.id, 0) AS first_product_id,
       p.last_product_id IS NOT NULL AND NOT %(own_product)s AS has_last
FROM people p
LEFT JOIN recommended r ON r.customer_id = p.customer_id
LEFT JOIN offered o ON o.category = p.top_category
LEFT JOIN catalogue_product own ON own.tenant_id = %(tenant)s
     AND own.id = p.last_product_id AND own.is_active
LEFT JOIN first_offered f ON true
"""


def _audience_sql(campaign: Campaign) -> tuple[str, dict[str, Any]]:
    """Return the query of the audience: place, variant and the finest facts of each customer."""
    if campaign.segment is None:
        raise ValueError("A campaign without a segment has no audience.")
    matched_sql, matched_params = segments.segment_sql(campaign.segment)
    languages = campaign.languages or ["en"]
    with_own = campaign.goal in OWN_PRODUCT_GOALS
    # The segment's parameters are positional; all others are written by name into the text.
    with connection.cursor() as cursor:
        matched = cursor.mogrify(matched_sql, matched_params).decode()
    sql = AUDIENCE.format(matched=matched.replace("%", "%%"), own="own.id, " if with_own else "")
    return sql, {
        "campaign": campaign.pk,
        "tenant": current_tenant_id(),
        "seed": campaign.public_id.int % 2**62,
        "default_language": languages[0],
        "languages": list(languages),
        "holdout": campaign.holdout_percent * BUCKETS // 100,
        "base": campaign.base_percent * BUCKETS // 100,
        "variants": [variant.value for variant in campaign.written_variants],
        "count": campaign.variants,
        "resting": forecasts.RESTING,
        "own_product": with_own,
    }


def _try_grouping(cursor: Any, campaign: Campaign, detail: int) -> Grouping:
    if detail == Detail.ONE_EACH:
        return _one_each(cursor, campaign)
    coarsen(cursor, campaign, detail)
    cursor.execute(
        f"""
        SELECT coalesce(sum(size), 0), count(*), coalesce(sum(texts), 0),
               coalesce(min(size) FILTER (WHERE texts > 0), 0), coalesce(sum(alike), 0)
        FROM (SELECT sum(people) AS size,
                     count(DISTINCT variant) FILTER (WHERE variant <> 'base') AS texts,
                     count(DISTINCT CASE WHEN detail >= {Detail.BALANCED} THEN own_interest
                                    ELSE '' END) AS alike
              FROM ({groups_sql(campaign)}) g GROUP BY facts_hash) sizes
        """
    )
    return _grouping(campaign, detail, *cursor.fetchone())


def _one_each(cursor: Any, campaign: Campaign) -> Grouping:
    """Everybody who may have a text of their own is alone; the others share a base text."""
    cursor.execute(
        """
        SELECT people, alone + shared, texts, least(1, texts), alone + shared
        FROM (SELECT coalesce(sum(people), 0) AS people,
                     coalesce(sum(people) FILTER (WHERE personal), 0) AS alone,
                     count(DISTINCT language) FILTER (WHERE NOT personal) AS shared,
                     coalesce(sum(people) FILTER (WHERE personal AND drawn <> 'base'), 0) AS texts
              FROM cells) counted
        """
    )
    return _grouping(campaign, Detail.ONE_EACH, *cursor.fetchone())


def _grouping(
    campaign: Campaign,
    detail: int,
    recipients: int,
    groups: int,
    texts: int,
    smallest: int,
    alike: int,
) -> Grouping:
    return Grouping(
        detail=detail,
        recipients=int(recipients),
        micro_segments=int(groups),
        texts=int(texts),
        base_texts=len(campaign.languages),
        smallest=int(smallest),
        merged=int(alike) - int(groups),
    )


def _largest_groups(cursor: Any, campaign: Campaign, limit: int) -> list[Group]:
    coarsen(cursor, campaign, campaign.detail)
    cursor.execute(
        f"""
        SELECT language, product_id, detail, size::bigint, {FACTS_JSON}
        FROM ({gathered_sql(campaign)}) g ORDER BY size DESC, facts_hash LIMIT %s
        """,
        [limit],
    )
    return [
        Group(
            language=row[0],
            product_id=row[1] or None,
            detail=row[2],
            size=row[3],
            facts=json.loads(row[4]),
        )
        for row in cursor.fetchall()
    ]


FACTS_JSON = """jsonb_build_object('stage', stage, 'motive', motive, 'has_name', has_name,
    'interest', coalesce(interests[1], ''), 'interests', to_jsonb(interests), 'alike', alike,
    'has_last', has_last)"""


def _insert_micro_segments(cursor: Any, campaign: Campaign) -> None:
    cursor.execute(
        f"""
        INSERT INTO campaigns_microsegment
            (tenant_id, campaign_id, facts_hash, facts, detail, language, product_id, size)
        SELECT %s, %s, facts_hash, {FACTS_JSON}, detail, language, nullif(product_id, 0), size
        FROM ({gathered_sql(campaign)}) g
        """,
        [current_tenant_id(), campaign.pk],
    )


def _insert_members(cursor: Any, campaign: Campaign) -> None:
    same_cell = " AND ".join(f"g.own_{name} = a.{name}" for name in CELL_KEYS)
    if campaign.detail == Detail.ONE_EACH:
        same_cell += " AND g.own_customer_id = CASE WHEN a.personal THEN a.customer_id ELSE 0 END"
    cursor.execute(
        f"""
        WITH grouped AS MATERIALIZED (
            SELECT g.*, m.id AS micro_segment_id
            FROM ({groups_sql(campaign)}) g JOIN campaigns_microsegment m
              ON m.tenant_id = %(tenant)s AND m.campaign_id = %(campaign)s
             AND m.facts_hash = g.facts_hash)
        INSERT INTO campaigns_audiencemember
            (tenant_id, campaign_id, customer_id, micro_segment_id, place, variant)
        SELECT %(tenant)s, %(campaign)s, a.customer_id, g.micro_segment_id, a.place,
               CASE WHEN a.place = 'recipient' THEN g.variant ELSE '' END
        FROM audience a
        LEFT JOIN grouped g ON a.place = 'recipient' AND {same_cell}
        """,
        {"tenant": current_tenant_id(), "campaign": campaign.pk},
    )
