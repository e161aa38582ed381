"""The audience of a campaign and its micro-segments, grouped in SQL.

Every customer who matches the segment gets exactly one place. Recipients with the same writing
facts form a micro-segment. How many facts count is the marketer's dial (`Detail`):

    coarse      language, stage
    broad       + motive, whether they have a first name
    balanced    + the product that fits them best (what is recommended to them among the
                campaign's products, else one of their favourite category), their interest
    fine        + what they bought last
    one each    every recipient alone

A group smaller than the campaign's minimum is merged with the others that share its coarser
facts, again and again, down to no facts at all. So no text is written for fewer people than the
minimum, except where the marketer chose one text for each. People who did not agree to a profile
and to texts written for them are in the groups without facts, and get the base text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from campaigns.models import AudienceMember, Campaign, Detail, MicroSegment, Place
from inference.types import Goal
from profiles.services import forecasts, segments
from tenants.context import current_tenant_id
from tenants.database import refresh_statistics

# What counts at each step of the dial, coarsest first. The value stands in for "not used".
FACTS: tuple[tuple[int, str, str], ...] = (
    (Detail.COARSE, "stage", "''"),
    (Detail.BROAD, "motive", "''"),
    (Detail.BROAD, "has_name", "false"),
    (Detail.BALANCED, "product_id", "0"),
    (Detail.BALANCED, "interest", "''"),
    (Detail.FINE, "last_product_id", "0"),
    (Detail.ONE_EACH, "customer_id", "0"),
)

CELL_KEYS = (
    "language",
    "personal",
    "drawn",
    *(name for _step, name, _empty in FACTS if name != "customer_id"),
)
"""What recipients of one cell have in common, and the variant that was drawn for them."""

BUCKETS = 10_000
OWN_PRODUCT_GOALS = (Goal.REPLENISHMENT, Goal.REVIEW)
"""Goals whose text is about what the customer bought last, not about what is to be sold."""


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """What a position of the dial would give: counts, before a word is written."""

    detail: int
    recipients: int
    micro_segments: int
    creatives: int
    smallest: int  # people in the smallest group that texts are written for


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
        _make_cells(cursor)
        groupings = [_try_grouping(cursor, campaign, detail) for detail in Detail]
        if campaign.detail == Detail.ONE_EACH:
            _make_cells(cursor, one_each=True)
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
        creatives=campaign.creatives.count(),
    )
    others = [chosen if row.detail == campaign.detail else row for row in groupings]
    return places, others, groups


def group_audience(campaign: Campaign) -> None:
    """Place every customer of the segment and make the micro-segments, anew."""
    with _audience_table(campaign) as cursor:
        _make_cells(cursor, one_each=campaign.detail == Detail.ONE_EACH)
        _coarsen(cursor, campaign, campaign.detail)
        campaign.creatives.exclude(micro_segment=None)._raw_delete(using="default")
        campaign.audience.all()._raw_delete(using="default")
        campaign.micro_segments.all()._raw_delete(using="default")
        _insert_micro_segments(cursor, campaign)
        _insert_members(cursor, campaign)
        refresh_statistics(MicroSegment, AudienceMember)


def _smallest(campaign: Campaign, detail: int) -> int:
    return 1 if detail == Detail.ONE_EACH else max(1, campaign.smallest_group)


@contextmanager
def _audience_table(campaign: Campaign) -> Iterator[Any]:
    """Make the temporary table `audience`: one row for each customer of the segment."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS audience, cells")
        sql, params = _audience_sql(campaign)
        cursor.execute(f"CREATE TEMPORARY TABLE audience ON COMMIT DROP AS {sql}", params)
        yield cursor
        cursor.execute("DROP TABLE IF EXISTS audience, cells")


def _make_cells(cursor: Any, *, one_each: bool = False) -> None:
    """Make the temporary table `cells`: recipients who are alike in everything, counted.

    There are some thousand of them however large the audience is, so trying the positions of the
    dial costs little. `one_each` makes one for each recipient who may have a text of their own.
    """
    person = "CASE WHEN personal THEN customer_id ELSE 0 END" if one_each else "0::bigint"
    keys = ", ".join(CELL_KEYS)
    cursor.execute("DROP TABLE IF EXISTS cells")
    cursor.execute(
        f"""
        CREATE TEMPORARY TABLE cells ON COMMIT DROP AS
        SELECT {keys}, {person} AS customer_id, count(*) AS people,
               0 AS detail, 'base' AS variant
        FROM audience WHERE place = 'recipient' GROUP BY {keys}, {person}
        """
    )
    cursor.execute("ANALYZE cells")


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
       coalesce(p.last_product_id, 0) AS last_product_id
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
    }


def _facts(campaign: Campaign) -> tuple[tuple[int, str, str], ...]:
    """Return what counts at each step of the dial, coarsest first.

    A text that is about what the customer bought last needs the product at every step.
    """
    if campaign.goal not in OWN_PRODUCT_GOALS:
        return FACTS
    return tuple((1 if name == "product_id" else step, name, empty) for step, name, empty in FACTS)


def _coarsen(cursor: Any, campaign: Campaign, detail: int) -> None:
    """Set `detail` and `variant` of the cells: too small groups get coarser, step by step.

    Who is left in a group without facts that is still too small gets the base text, so that
    nothing is written for fewer people than the minimum.
    """
    cursor.execute("UPDATE cells SET detail = %s, variant = drawn WHERE personal", [detail])
    smallest = _smallest(campaign, detail)
    for step in range(detail, 0, -1) if smallest > 1 else ():
        names = [name for first, name, _empty in _facts(campaign) if first <= step]
        cursor.execute(
            f"""
            UPDATE cells SET detail = %(step)s - 1 WHERE ctid IN (
                SELECT row FROM (
                    SELECT ctid AS row, sum(people) OVER (
                        PARTITION BY {", ".join(["language", *names])}) AS size
                    FROM cells WHERE detail = %(step)s) sized
                WHERE size < %(smallest)s)
            """,
            {"step": step, "smallest": smallest},
        )
    _give_base_text(cursor, campaign, smallest)


def _give_base_text(cursor: Any, campaign: Campaign, smallest: int) -> None:
    """Let the groups without facts have the base text where no text of theirs may be written."""
    if campaign.goal in OWN_PRODUCT_GOALS:
        cursor.execute("UPDATE cells SET variant = 'base' WHERE detail = 0")
        return
    cursor.execute(
        """
        UPDATE cells SET variant = 'base' WHERE detail = 0 AND language IN (
            SELECT language FROM cells WHERE detail = 0 GROUP BY language
            HAVING coalesce(sum(people) FILTER (WHERE variant <> 'base'), 0) < %s)
        """,
        [smallest],
    )


def _groups(campaign: Campaign) -> str:
    """Return the query of the cells, each with the facts as far as its own `detail` goes."""
    facts = _facts(campaign)
    masked = ", ".join(
        f"CASE WHEN detail >= {step} THEN {name} ELSE {empty} END AS {name}"
        for step, name, empty in facts
    )
    own = ", ".join(f"{name} AS own_{name}" for name in CELL_KEYS)
    return f"""
        SELECT a.*, md5(jsonb_build_array(detail, language,
                        {", ".join(name for _step, name, _empty in facts)})::text) AS facts_hash
        FROM (SELECT customer_id AS own_customer_id, {own}, people, language, variant, detail,
                     {masked}
              FROM cells) a
    """


def _try_grouping(cursor: Any, campaign: Campaign, detail: int) -> Grouping:
    if detail == Detail.ONE_EACH:
        return _one_each(cursor, campaign)
    _coarsen(cursor, campaign, detail)
    cursor.execute(
        f"""
        SELECT coalesce(sum(size), 0), count(*), coalesce(sum(texts), 0),
               coalesce(min(size) FILTER (WHERE texts > 0), 0)
        FROM (SELECT sum(people) AS size,
                     count(DISTINCT variant) FILTER (WHERE variant <> 'base') AS texts
              FROM ({_groups(campaign)}) g GROUP BY facts_hash) sizes
        """
    )
    return _grouping(campaign, detail, *cursor.fetchone())


def _one_each(cursor: Any, campaign: Campaign) -> Grouping:
    """Everybody who may have a text of their own is alone; the others share a base text."""
    cursor.execute(
        """
        SELECT coalesce(sum(people), 0),
               coalesce(sum(people) FILTER (WHERE personal), 0)
                 + count(DISTINCT language) FILTER (WHERE NOT personal),
               coalesce(sum(people) FILTER (WHERE personal AND drawn <> 'base'), 0),
               least(1, coalesce(sum(people) FILTER (WHERE personal AND drawn <> 'base'), 0))
        FROM cells
        """
    )
    return _grouping(campaign, Detail.ONE_EACH, *cursor.fetchone())


def _grouping(
    campaign: Campaign, detail: int, recipients: int, groups: int, texts: int, smallest: int
) -> Grouping:
    return Grouping(
        detail=detail,
        recipients=int(recipients),
        micro_segments=int(groups),
        creatives=int(texts) + len(campaign.languages),  # a base text for each language
        smallest=int(smallest),
    )


def _largest_groups(cursor: Any, campaign: Campaign, limit: int) -> list[Group]:
    _coarsen(cursor, campaign, campaign.detail)
    cursor.execute(
        f"""
        SELECT language, product_id, detail, sum(people), stage, motive, has_name, interest,
               last_product_id
        FROM ({_groups(campaign)}) g
        GROUP BY facts_hash, language, product_id, detail, stage, motive, has_name, interest,
                 last_product_id
        ORDER BY 4 DESC, facts_hash LIMIT %s
        """,
        [limit],
    )
    names = ("stage", "motive", "has_name", "interest", "last_product_id")
    return [
        Group(
            language=row[0],
            product_id=row[1] or None,
            detail=row[2],
            size=int(row[3]),
            facts=dict(zip(names, row[4:], strict=True)),
        )
        for row in cursor.fetchall()
    ]


def _insert_micro_segments(cursor: Any, campaign: Campaign) -> None:
    cursor.execute(
        f"""
        INSERT INTO campaigns_microsegment
            (tenant_id, campaign_id, facts_hash, facts, detail, language, product_id, size)
        SELECT %s, %s, facts_hash,
               jsonb_build_object('stage', stage, 'motive', motive, 'has_name', has_name,
                                  'interest', interest, 'last_product_id', last_product_id),
               detail, language, nullif(product_id, 0), sum(people)
        FROM ({_groups(campaign)}) g
        GROUP BY facts_hash, detail, language, stage, motive, has_name, product_id, interest,
                 last_product_id
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
            FROM ({_groups(campaign)}) g JOIN campaigns_microsegment m
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
