"""The cells of an audience: recipients who are alike, counted, and grouped as finely as may be.

Which interest somebody has, and what they bought last, are filled in for each person when the
message is sent: the text knows only that there is something to fill in. So groups that differ in
these alone would get the same text, and are one (`MASKED`). A text that tells the last purchase
does not tell the interest, and one about the customer's own product tells no other purchase.
"""

from typing import Any

from campaigns.models import Campaign, Detail
from inference.types import Goal

OWN_PRODUCT_GOALS = (Goal.REPLENISHMENT, Goal.REVIEW)
"""Goals whose text is about what the customer bought last, not about what is to be sold."""

# What counts at each step of the dial, coarsest first. The value stands in for "not used".
FACTS: tuple[tuple[int, str, str], ...] = (
    (Detail.COARSE, "stage", "''"),
    (Detail.BROAD, "motive", "'none'"),
    (Detail.BROAD, "has_name", "false"),
    (Detail.BALANCED, "product_id", "CASE WHEN detail > 0 THEN first_product_id ELSE 0 END"),
    (Detail.BALANCED, "has_interest", "false"),
    (Detail.FINE, "has_last", "false"),
    (Detail.ONE_EACH, "customer_id", "0"),
)
MASKED = {"has_interest": f"has_interest AND NOT (has_last AND detail >= {Detail.FINE})"}

CELL_KEYS = (
    *("language", "personal", "drawn", "stage", "motive", "has_name", "product_id"),
    *("first_product_id", "interest", "has_last"),
)
"""What recipients of one cell have in common, and the variant that was drawn for them."""


def make_cells(cursor: Any, *, one_each: bool = False) -> None:
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
        SELECT {keys}, {person} AS customer_id, interest <> '' AS has_interest,
               count(*) AS people, 0 AS detail, 'base' AS variant
        FROM audience WHERE place = 'recipient' GROUP BY {keys}, {person}
        """
    )
    cursor.execute("ANALYZE cells")


def facts_of(campaign: Campaign) -> tuple[tuple[int, str, str], ...]:
    """Return what counts at each step of the dial, coarsest first.

    A text that is about what the customer bought last needs the product at every step.
    """
    if campaign.goal not in OWN_PRODUCT_GOALS:
        return FACTS
    return tuple((1 if name == "product_id" else step, name, empty) for step, name, empty in FACTS)


def coarsen(cursor: Any, campaign: Campaign, detail: int) -> None:
    """Set `detail` and `variant` of the cells: too small groups get coarser, step by step.

    Who is left in a group without facts that is still too small gets the base text, so that
    nothing is written for fewer people than the minimum.
    """
    cursor.execute("UPDATE cells SET detail = %s, variant = drawn WHERE personal", [detail])
    smallest = 1 if detail == Detail.ONE_EACH else max(1, campaign.smallest_group)
    for step in range(detail, 0, -1) if smallest > 1 else ():
        names = [name for first, name, _empty in facts_of(campaign) if first <= step]
        alike = ", ".join(["language", *(MASKED.get(name, name) for name in names)])
        cursor.execute(
            f"""
            UPDATE cells SET detail = %(step)s - 1 WHERE ctid IN (
                SELECT row FROM (
                    SELECT ctid AS row, sum(people) OVER (PARTITION BY {alike}) AS size
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


def groups_sql(campaign: Campaign) -> str:
    """Return the query of the cells, each with the facts that its text may know.

    Cells with the same `facts_hash` share their texts: the request to the model is the same.
    """
    facts = facts_of(campaign)
    masked = ", ".join(
        f"CASE WHEN detail >= {step} THEN {MASKED.get(name, name)} ELSE {empty} END AS {name}"
        for step, name, empty in facts
    )
    own = ", ".join(f"{name} AS own_{name}" for name in CELL_KEYS)
    names = ", ".join(name for _step, name, _empty in facts)
    return f"""
        SELECT a.*, md5(jsonb_build_array(detail > 0, language, {names})::text) AS facts_hash
        FROM (SELECT customer_id AS own_customer_id, {own}, people, language, variant, detail,
                     {masked}
              FROM cells) a
    """


def gathered_sql(campaign: Campaign) -> str:
    """Return the query of the micro-segments: facts, size, and the interests, largest first.

    `alike` is how many groups it would be if it mattered which interest somebody has.
    """
    return f"""
        SELECT facts_hash, language, product_id, max(detail) AS detail, sum(people) AS size,
               stage, motive, has_name, has_last,
               coalesce((array_agg(own_interest ORDER BY people DESC, own_interest)
                         FILTER (WHERE has_interest))[1:{MOST_INTERESTS}], '{{}}') AS interests,
               count(*) AS alike
        FROM (SELECT facts_hash, language, product_id, stage, motive, has_name, has_interest,
                     has_last, customer_id, max(detail) AS detail, sum(people) AS people,
                     CASE WHEN detail >= {Detail.BALANCED} THEN own_interest ELSE '' END
                         AS own_interest
              FROM ({groups_sql(campaign)}) g
              GROUP BY facts_hash, language, product_id, stage, motive, has_name, has_interest,
                       has_last, customer_id,
                       CASE WHEN detail >= {Detail.BALANCED} THEN own_interest ELSE '' END) c
        GROUP BY facts_hash, language, product_id, stage, motive, has_name, has_interest, has_last
    """


MOST_INTERESTS = 12
"""Interests of a micro-segment that are remembered by name, for reading."""
