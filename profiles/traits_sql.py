"""Traits of all customers of a workspace in one statement. How each is computed:

Orders that were cancelled or returned do not count, nor do lines with a negative quantity. A
return that came as an order of its own, with a negative total, is taken off what was spent.
Behaviour on the site counts for a year (`WINDOW_DAYS`). `sure(n, k) = n / (n + k)` is how a
confidence grows with what was counted: one half at n = k, and never 1.

stage       prospect: no order. lapsed: longer without an order than `lapse_after` days, which is
            2.5 times the customer's own usual gap (median, from 3 days with orders on; 30…720
            days), else 180 days. first: one order. loyal: 5 orders or more. active: the others.
            confidence: sure(orders, 1) × (½ + ½ × distance from `lapse_after`, up to 1 at half of
            it); a prospect 0.9.
categories  score of a category = orders with it + a tenth of its views; the best one is the
            favourite if it has a third of the sum. confidence: its share × sure(sum, 1).
price band  the customer's average price paid per piece against the tertiles of all that were
            paid in the workspace; from 2 lines on. confidence: sure(lines, 3).
on offer    share of orders with a discount or a code, with 2 imagined orders of the workspace's
            share added: high from ½, low up to ⅕; from 2 orders on, and only where the workspace
            has any order on offer. confidence: sure(orders, 3).
motive      which share is largest, with 2 imagined purchases that show nothing added: orders on
            offer (price), lines in the upper third of prices when seldom on offer (quality), lines
            of products first sold in the last 60 days before (novelty), lines of a product bought
            on an earlier day (habit), lines of gifts (gift; the product's category or a tag says
            so). It must reach 0.4 and lead by 0.1, else "none". confidence: the share.
hour        the hour with most orders and events within one hour of it, in the customer's time
            zone, else the workspace's; from 3 moments on. A moment at exactly midnight is a date
            without a time and not counted. confidence: share within the hour × sure(moments, 3).
brand       the one in most orders, if in 2 or more and in a third of all orders with a brand.
            confidence: its share × sure(orders with it, 1).
cadence     the median gap, from 3 days with orders on: sure(orders, 3). The next order is due that
            long after the last one, unless the customer has lapsed: sure(orders, 5).
season      the three months of the calendar with half of the orders or more; from 4 orders on that
            span 270 days. confidence: its share × sure(orders, 4).
basket      items and value of an order on average. confidence: sure(orders, 2).
channel     the one of half of the orders or more; from 2 orders on that name one. confidence: its
            share × sure(orders, 2).
engagement  days with events in the last 90: high from 6, medium from 2, else low; empty without
            any event in a year. confidence: sure(events in a year, 3).
language    the customer's own: 1. Else that of most customers of the country, from 5 known on:
            its share × sure(known, 5) × 0.9. Else the workspace's: 0.3.

Who refused a profile (`may_profile` false) has no traits, and is in no sum but those over prices
paid, first sales and languages, which name nobody. Who was never asked has traits, for counting
and choosing; a text is only written about them with a true `may_profile` and `may_write`.
"""

from profiles.rules.fields import LANGUAGE_SQL
from profiles.traits_evidence import CONFIDENCE, EVIDENCE

WINDOW_DAYS = 365

DELETE_REFUSED = """
DELETE FROM {table} t USING profiles_customer c
WHERE t.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND c.id = t.customer_id
  AND c.may_profile IS FALSE
"""

# What is true of the whole workspace.
_WORKSPACE = f"""
zones AS MATERIALIZED (SELECT name FROM pg_timezone_names),
sold AS MATERIALIZED (
    SELECT l.product_id, o.placed_at, l.unit_price - l.discount / l.quantity AS paid
    FROM profiles_order o
    JOIN profiles_orderline l ON l.tenant_id = %(tenant)s AND l.order_id = o.id AND l.quantity > 0
    WHERE o.tenant_id = %(tenant)s AND o.status = 'placed' AND o.placed_at <= %(now)s
),
tertiles AS MATERIALIZED (
    SELECT bounds[1] AS low, bounds[2] AS high FROM (
        SELECT percentile_cont(ARRAY[1 / 3.0, 2 / 3.0]) WITHIN GROUP (ORDER BY paid) AS bounds
        FROM sold) b
    WHERE bounds[1] < bounds[2]
),
offers AS MATERIALIZED (
    SELECT avg((discount > 0 OR code <> '')::int) AS share FROM profiles_order
    WHERE tenant_id = %(tenant)s AND status = 'placed'
),
newcomers AS MATERIALIZED (
    SELECT product_id, first_sold FROM (
        SELECT product_id, min(placed_at) AS first_sold, min(min(placed_at)) OVER () AS opened
        FROM sold WHERE product_id IS NOT NULL GROUP BY product_id) f
    WHERE first_sold > opened + interval '60 days'
),
spoken AS MATERIALIZED (
    SELECT country, {LANGUAGE_SQL.format("language")} AS language, count(*) AS people
    FROM profiles_customer WHERE tenant_id = %(tenant)s AND language <> '' GROUP BY 1, 2
),
spoken_in AS MATERIALIZED (
    SELECT DISTINCT ON (country) country, language, people / total AS share, total FROM (
        SELECT *, sum(people) OVER (PARTITION BY country) AS total FROM spoken
        WHERE country <> '') s
    WHERE total >= 5 ORDER BY country, people DESC, language
),
"""

# What each customer did.
_PEOPLE = f"""
people AS MATERIALIZED (
    SELECT c.id, c.country, {LANGUAGE_SQL.format("c.language")} AS language,
           coalesce(z.name, %(zone)s) AS zone
    FROM profiles_customer c LEFT JOIN zones z ON z.name = c.timezone
    WHERE c.tenant_id = %(tenant)s AND c.may_profile IS NOT FALSE
      AND c.merged_into_id IS NULL {{only_c}}
),
orders AS MATERIALIZED (
    SELECT o.id, o.customer_id, o.placed_at, o.total, o.channel,
           o.discount > 0 OR o.code <> '' OR EXISTS (
               SELECT FROM profiles_orderline l
               WHERE l.tenant_id = %(tenant)s AND l.order_id = o.id
                 AND l.discount >= 0.01 * greatest(1, l.quantity)  -- less is a rounded total
           ) AS on_offer
    FROM profiles_order o
    WHERE o.tenant_id = %(tenant)s AND o.status = 'placed' AND o.placed_at <= %(now)s {{only_o}}
),
order_facts AS (
    SELECT customer_id, count(*) AS orders, sum(total) AS spent, min(placed_at) AS first_at,
           max(placed_at) AS last_at, count(*) FILTER (WHERE on_offer) AS on_offer
    FROM orders GROUP BY customer_id
),
refunds AS (
    SELECT o.customer_id, sum(o.total) AS total FROM profiles_order o
    WHERE o.tenant_id = %(tenant)s AND o.status = 'returned' AND o.total < 0
      AND o.placed_at <= %(now)s {{only_o}}
    GROUP BY o.customer_id
),
cadence AS (
    SELECT customer_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS days FROM (
        SELECT customer_id, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap
        FROM (SELECT DISTINCT customer_id, placed_at::date AS day FROM orders) d) g
    WHERE gap IS NOT NULL GROUP BY customer_id HAVING count(*) >= 2
),
lines AS MATERIALIZED (
    SELECT o.customer_id, o.id AS order_id, o.placed_at, l.product_id, l.quantity, p.category,
           p.brand,
           l.unit_price - l.discount / l.quantity AS paid,
           p.category ILIKE '%%gift%%' OR p.category LIKE '%%礼%%'
               OR lower(p.tags::text) ~ 'gift|礼' AS is_gift,
           o.placed_at < n.first_sold + interval '60 days' AS is_new,
           o.placed_at::date > min(o.placed_at::date)
               OVER (PARTITION BY o.customer_id, coalesce(l.product_id, -l.id)) AS is_repeat
    FROM orders o
    JOIN profiles_orderline l ON l.tenant_id = %(tenant)s AND l.order_id = o.id AND l.quantity > 0
    LEFT JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = l.product_id
    LEFT JOIN newcomers n ON n.product_id = l.product_id
),
line_facts AS (
    SELECT customer_id, count(*) AS lines, avg(paid) AS paid,
           count(*) FILTER (WHERE paid >= (SELECT high FROM tertiles)) AS dear,
           count(*) FILTER (WHERE is_gift) AS gifts,
           count(*) FILTER (WHERE is_new) AS new,
           count(*) FILTER (WHERE is_repeat) AS repeats
    FROM lines GROUP BY customer_id
),
brands AS (
    SELECT DISTINCT ON (customer_id) customer_id, brand, orders AS brand_orders, total AS branded
    FROM (SELECT customer_id, brand, count(DISTINCT order_id) AS orders,
                 sum(count(DISTINCT order_id)) OVER (PARTITION BY customer_id) AS total
          FROM lines WHERE brand <> '' GROUP BY customer_id, brand) b
    WHERE orders >= 2 AND orders * 3 >= total ORDER BY customer_id, orders DESC, brand
),
baskets AS (
    SELECT customer_id, count(*) AS baskets, avg(items) AS items, avg(total) AS value FROM (
        SELECT l.customer_id, o.total, sum(l.quantity) AS items FROM lines l
        JOIN orders o ON o.id = l.order_id GROUP BY l.customer_id, o.id, o.total) o
    GROUP BY customer_id
),
channels AS (
    SELECT DISTINCT ON (customer_id) customer_id, channel, orders AS channel_orders,
           total AS channelled
    FROM (SELECT customer_id, channel, count(*) AS orders,
                 sum(count(*)) OVER (PARTITION BY customer_id) AS total
          FROM orders WHERE channel <> '' GROUP BY customer_id, channel) c
    WHERE total >= 2 AND orders * 2 >= total ORDER BY customer_id, orders DESC, channel
),
seasons AS (
    SELECT DISTINCT ON (customer_id) customer_id, season, orders AS season_orders,
           total AS seasoned
    FROM (SELECT o.customer_id,
                 CASE WHEN extract(month FROM o.placed_at) IN (12, 1, 2) THEN '12-02'
                      WHEN extract(month FROM o.placed_at) <= 5 THEN '03-05'
                      WHEN extract(month FROM o.placed_at) <= 8 THEN '06-08'
                      ELSE '09-11' END AS season,
                 count(*) AS orders,
                 sum(count(*)) OVER (PARTITION BY o.customer_id) AS total
          FROM orders o JOIN order_facts f ON f.customer_id = o.customer_id
          WHERE f.last_at - f.first_at >= interval '270 days' GROUP BY 1, 2) s
    WHERE total >= 4 AND orders * 2 >= total ORDER BY customer_id, orders DESC, season
),
engaged AS (
    SELECT e.customer_id, count(*) AS events,
           count(DISTINCT e.at::date) FILTER (WHERE e.at > %(now)s - interval '90 days') AS days
    FROM profiles_event e
    WHERE e.tenant_id = %(tenant)s AND e.at > %(since)s AND e.at <= %(now)s {{only_e}}
    GROUP BY e.customer_id
),
latest AS (
    SELECT DISTINCT ON (customer_id) customer_id, product_id FROM lines
    WHERE product_id IS NOT NULL
    ORDER BY customer_id, placed_at DESC, paid * quantity DESC, product_id
),
bought AS (
    SELECT customer_id, category, count(DISTINCT order_id) AS orders FROM lines
    WHERE category <> '' GROUP BY customer_id, category
),
viewed AS (
    SELECT e.customer_id, p.category, count(*) AS views
    FROM profiles_event e
    JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = e.product_id
    WHERE e.tenant_id = %(tenant)s AND e.name = 'product_viewed' AND p.category <> ''
      AND e.at > %(since)s AND e.at <= %(now)s {{only_e}}
    GROUP BY e.customer_id, p.category
),
interests AS (
    SELECT customer_id, category, orders, views, score,
           sum(score) OVER person AS total, sum(views) OVER person AS all_views,
           row_number() OVER (PARTITION BY customer_id ORDER BY score DESC, category) AS rank
    FROM (SELECT customer_id, category, coalesce(orders, 0) AS orders, coalesce(views, 0) AS views,
                 coalesce(orders, 0) + coalesce(views, 0) / 10.0 AS score
          FROM bought FULL JOIN viewed USING (customer_id, category)) s
    WINDOW person AS (PARTITION BY customer_id)
),
tastes AS (
    SELECT customer_id,
           jsonb_agg(jsonb_build_object('category', category, 'orders', orders, 'views', views,
                                        'share', round(score / total, 2)) ORDER BY rank) AS best
    FROM interests WHERE rank <= 3 GROUP BY customer_id
),
hours AS (
    SELECT m.customer_id, extract(hour FROM m.at AT TIME ZONE p.zone)::int AS hour,
           sum(m.times) FILTER (WHERE (m.at AT TIME ZONE %(zone)s)::time <> '00:00'
                                  AND (m.at AT TIME ZONE 'UTC')::time <> '00:00') AS times,
           max(m.at) AS last_at
    FROM (SELECT customer_id, placed_at AS at, 1 AS times FROM orders
          UNION ALL
          SELECT e.customer_id, e.at, 1 FROM profiles_event e
          WHERE e.tenant_id = %(tenant)s AND e.at > %(since)s AND e.at <= %(now)s {{only_e}}) m
    JOIN people p ON p.id = m.customer_id
    GROUP BY 1, 2
),
seen AS (SELECT customer_id, max(last_at) AS last_at FROM hours GROUP BY customer_id),
habits AS (
    SELECT DISTINCT ON (customer_id) customer_id, hour, near, total FROM (
        SELECT h.customer_id, h.hour, h.times, sum(n.times) AS near,
               sum(h.times) OVER (PARTITION BY h.customer_id) AS total
        FROM hours h JOIN hours n ON n.customer_id = h.customer_id
                                 AND mod(n.hour - h.hour + 24, 24) IN (0, 1, 23)
        WHERE h.times > 0 GROUP BY h.customer_id, h.hour, h.times) a
    WHERE total >= 3 ORDER BY customer_id, near DESC, times DESC, hour
),
"""

# What follows from it.
_DERIVED = """
facts AS (
    SELECT p.id AS customer_id, p.zone, p.country, p.language,
           coalesce(o.orders, 0) AS orders, coalesce(o.on_offer, 0) AS on_offer,
           coalesce(o.spent, 0) + coalesce(b.total, 0) AS spent, o.first_at, o.last_at,
           c.days AS cadence,
           CASE WHEN c.days IS NULL THEN 180
                ELSE least(720, greatest(30, 2.5 * c.days)) END::numeric AS lapse_after,
           extract(epoch FROM %(now)s - o.last_at)::numeric / 86400 AS idle,
           l.lines, l.paid, l.dear, l.gifts, l.new, l.repeats, s.last_at AS seen_at,
           f.share AS offer_share, (o.on_offer + 2 * f.share) / (o.orders + 2) AS offer_affinity
    FROM people p CROSS JOIN offers f
    LEFT JOIN order_facts o ON o.customer_id = p.id
    LEFT JOIN refunds b ON b.customer_id = p.id
    LEFT JOIN cadence c ON c.customer_id = p.id
    LEFT JOIN line_facts l ON l.customer_id = p.id
    LEFT JOIN seen s ON s.customer_id = p.id
),
levels AS (
    SELECT f.*, CASE WHEN f.orders = 0 THEN 'prospect' WHEN f.idle > f.lapse_after THEN 'lapsed'
                     WHEN f.orders = 1 THEN 'first' WHEN f.orders >= 5 THEN 'loyal'
                     ELSE 'active' END AS stage,
           CASE WHEN f.lines < 2 OR t.low IS NULL THEN '' WHEN f.paid <= t.low THEN 'low'
                WHEN f.paid >= t.high THEN 'high' ELSE 'medium' END AS price_band,
           CASE WHEN f.orders < 2 OR f.offer_share = 0 THEN ''
                WHEN f.offer_affinity >= 0.5 THEN 'high' WHEN f.offer_affinity <= 0.2 THEN 'low'
                ELSE 'medium' END AS affinity,
           t.low, t.high
    FROM facts f LEFT JOIN tertiles t ON true
),
motives AS (
    SELECT f.customer_id, m.names[1] AS name, m.counted[1] AS counted, m.scores[1] AS score
    FROM facts f CROSS JOIN LATERAL (
        SELECT array_agg(name ORDER BY score DESC, name) AS names,
               array_agg(counted ORDER BY score DESC, name) AS counted,
               array_agg(score ORDER BY score DESC, name) AS scores
        FROM (SELECT name, counted, counted::numeric / (of + 2) AS score FROM (VALUES
            ('price', f.on_offer, f.orders),
            ('quality', CASE WHEN f.on_offer * 3 < f.orders THEN f.dear ELSE 0 END, f.lines),
            ('novelty', f.new, f.lines),
            ('habit', f.repeats, f.lines),
            ('gift', f.gifts, f.lines)) v(name, counted, of)) s) m
    WHERE f.lines > 0 AND m.scores[1] >= 0.4 AND m.scores[1] - m.scores[2] >= 0.1
),
"""

_TRAITS = """
traits AS (
    SELECT v.*, l.product_id, t.best,
           i.category AS favourite, i.orders AS category_orders, i.views AS category_views,
           i.all_views, i.score / i.total AS taste, i.total AS taste_total,
           m.name AS motive, m.counted AS motive_counted, m.score AS motive_score,
           h.hour, h.near, h.total AS moments,
           coalesce(nullif(v.language, ''), s.language, %(language)s) AS speaks,
           s.share AS spoken_share, s.total AS spoken_total,
           br.brand, br.brand_orders, br.branded, ba.baskets, ba.items, ba.value,
           ch.channel, ch.channel_orders, ch.channelled,
           se.season, se.season_orders, se.seasoned,
           en.events AS all_events, en.days AS active_days,
           CASE WHEN en.days >= 6 THEN 'high' WHEN en.days >= 2 THEN 'medium'
                WHEN en.days IS NOT NULL THEN 'low' ELSE '' END AS engagement,
           CASE WHEN v.cadence >= 1 AND v.idle <= v.lapse_after
                THEN (v.last_at + v.cadence * interval '1 day')::date END AS due
    FROM levels v
    LEFT JOIN brands br ON br.customer_id = v.customer_id
    LEFT JOIN baskets ba ON ba.customer_id = v.customer_id
    LEFT JOIN channels ch ON ch.customer_id = v.customer_id
    LEFT JOIN seasons se ON se.customer_id = v.customer_id
    LEFT JOIN engaged en ON en.customer_id = v.customer_id
    LEFT JOIN latest l ON l.customer_id = v.customer_id
    LEFT JOIN tastes t ON t.customer_id = v.customer_id
    LEFT JOIN interests i ON i.customer_id = v.customer_id AND i.rank = 1
         AND i.score * 3 >= i.total
    LEFT JOIN motives m ON m.customer_id = v.customer_id
    LEFT JOIN habits h ON h.customer_id = v.customer_id
    LEFT JOIN spoken_in s ON v.language = '' AND s.country = v.country
)
"""

_COLUMNS = {
    "stage": "stage",
    "order_count": "orders",
    "total_spent": "spent",
    "first_order_at": "first_at",
    "last_order_at": "last_at",
    "last_seen_at": "greatest(seen_at, last_at)",
    "top_category": "coalesce(favourite, '')",
    "top_categories": "coalesce(best, '[]')",
    "price_band": "price_band",
    "discount_affinity": "affinity",
    "motive": "coalesce(motive, 'none')",
    "preferred_hour": "hour",
    "top_brand": "coalesce(brand, '')",
    "cadence_days": "CASE WHEN cadence >= 1 THEN round(cadence::numeric) END",
    "next_due_at": "due",
    "season": "coalesce(season, '')",
    "basket_items": "least(round(items, 2), 999999)",
    "basket_value": "round(value, 2)",
    "top_channel": "coalesce(channel, '')",
    "engagement": "engagement",
    "language": "speaks",
    "last_product_id": "product_id",
    "confidence": CONFIDENCE,
    "evidence": EVIDENCE,
    "computed_at": "%(now)s",
}

ONLY = {
    "only_c": "AND c.id = ANY (%(ids)s)",
    "only_o": "AND o.customer_id = ANY (%(ids)s)",
    "only_e": "AND e.customer_id = ANY (%(ids)s)",
}
EVERYBODY = dict.fromkeys(ONLY, "")


def upsert_sql(*, everybody: bool) -> str:
    """Return the statement. Parameters: tenant, now, since, zone, language, and ids if chosen."""
    names = ", ".join(_COLUMNS)
    values = ", ".join(_COLUMNS.values())
    changes = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)
    people = _PEOPLE.format(**(EVERYBODY if everybody else ONLY))
    return f"""
        WITH {_WORKSPACE} {people} {_DERIVED} {_TRAITS}
        INSERT INTO profiles_traitset (tenant_id, customer_id, {names})
        SELECT %(tenant)s, customer_id, {values} FROM traits
        ON CONFLICT (tenant_id, customer_id) DO UPDATE SET {changes}
    """
