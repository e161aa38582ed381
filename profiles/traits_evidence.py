"""How sure each trait is, and what it comes from: two objects by trait, over a row of `traits` of
`traits_sql`, which says how they are computed. `traits.SENTENCES` puts the evidence into words."""

CONFIDENCE = """
jsonb_strip_nulls(jsonb_build_object(
    'stage', CASE WHEN orders = 0 THEN 0.9 ELSE round(orders::numeric / (orders + 1)
             * (0.5 + 0.5 * least(1, abs(idle - lapse_after) / (0.5 * lapse_after))), 2) END,
    'order_count', CASE WHEN orders > 0 THEN 1 END,
    'total_spent', CASE WHEN orders > 0 THEN 1 END,
    'last_order_at', CASE WHEN orders > 0 THEN 1 END,
    'last_product', CASE WHEN product_id IS NOT NULL THEN 1 END,
    'top_category', round(taste * taste_total / (taste_total + 1), 2),
    'price_band', CASE WHEN price_band <> '' THEN round(lines::numeric / (lines + 3), 2) END,
    'discount_affinity',
        CASE WHEN affinity <> '' THEN round(orders::numeric / (orders + 3), 2) END,
    'motive', round(motive_score, 2),
    'preferred_hour', round(near / moments * moments / (moments + 3), 2),
    'top_brand', round(brand_orders / branded * brand_orders / (brand_orders + 1), 2),
    'cadence_days', CASE WHEN cadence >= 1 THEN round(orders::numeric / (orders + 3), 2) END,
    'next_due_at', CASE WHEN due IS NOT NULL THEN round(orders::numeric / (orders + 5), 2) END,
    'season', round(season_orders / seasoned * seasoned / (seasoned + 4), 2),
    'basket_value', round(baskets::numeric / (baskets + 2), 2),
    'top_channel', round(channel_orders / channelled * channelled / (channelled + 2), 2),
    'engagement', CASE WHEN engagement <> '' THEN round(all_events::numeric / (all_events + 3), 2)
        END,
    'language', CASE WHEN language <> '' THEN 1
        ELSE coalesce(round(spoken_share * spoken_total / (spoken_total + 5) * 0.9, 2), 0.3) END))
"""

EVIDENCE = """
jsonb_strip_nulls(jsonb_build_object(
    'stage', jsonb_build_object('orders', orders, 'last', last_at::date, 'since', first_at::date,
        'days', %(now)s::date - last_at::date, 'usual_gap', round(cadence::numeric),
        'lapse_after', CASE WHEN orders > 0 THEN round(lapse_after) END),
    'order_count', CASE WHEN orders > 0 THEN
        jsonb_build_object('orders', orders, 'since', first_at::date) END,
    'total_spent', CASE WHEN orders > 0 THEN
        jsonb_build_object('orders', orders, 'since', first_at::date) END,
    'last_order_at', CASE WHEN orders > 0 THEN
        jsonb_build_object('days', %(now)s::date - last_at::date) END,
    'last_product', CASE WHEN product_id IS NOT NULL THEN
        jsonb_build_object('last', last_at::date) END,
    'top_category', CASE WHEN favourite IS NOT NULL THEN jsonb_build_object(
        'category_orders', category_orders, 'orders', orders, 'category_views', category_views,
        'views', all_views, 'since', least(first_at, %(since)s)::date) END,
    'price_band', CASE WHEN price_band <> '' THEN jsonb_build_object('lines', lines,
        'average', round(paid, 2), 'low', round(low::numeric, 2), 'high', round(high::numeric, 2),
        'since', first_at::date) END,
    'discount_affinity', CASE WHEN affinity <> '' THEN jsonb_build_object(
        'on_offer', on_offer, 'orders', orders, 'since', first_at::date) END,
    'motive', CASE WHEN motive IS NOT NULL THEN jsonb_build_object('counted', motive_counted,
        'of', CASE WHEN motive = 'price' THEN orders ELSE lines END, 'since', first_at::date) END,
    'preferred_hour', CASE WHEN hour IS NOT NULL THEN jsonb_build_object(
        'near', near, 'moments', moments, 'zone', zone) END,
    'top_brand', CASE WHEN brand IS NOT NULL THEN jsonb_build_object(
        'brand_orders', brand_orders, 'orders', branded, 'since', first_at::date) END,
    'cadence_days', CASE WHEN cadence >= 1 THEN jsonb_build_object(
        'orders', orders, 'since', first_at::date) END,
    'next_due_at', CASE WHEN due IS NOT NULL THEN jsonb_build_object(
        'last', last_at::date, 'usual_gap', round(cadence::numeric)) END,
    'season', CASE WHEN season IS NOT NULL THEN jsonb_build_object(
        'season_orders', season_orders, 'orders', seasoned, 'since', first_at::date) END,
    'basket_value', CASE WHEN baskets IS NOT NULL THEN jsonb_build_object(
        'items', round(items, 1), 'orders', baskets, 'since', first_at::date) END,
    'top_channel', CASE WHEN channel IS NOT NULL THEN jsonb_build_object(
        'channel_orders', channel_orders, 'orders', channelled, 'since', first_at::date) END,
    'engagement', CASE WHEN engagement <> '' THEN jsonb_build_object(
        'days', active_days, 'views', all_events) END,
    'language', jsonb_build_object('from', CASE WHEN language <> '' THEN 'own'
        WHEN spoken_total IS NOT NULL THEN 'country' ELSE 'workspace' END,
        'country', CASE WHEN language = '' THEN nullif(country, '') END,
        'share', round(spoken_share, 2), 'people', spoken_total)))
"""
