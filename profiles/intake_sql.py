"""SQL of the short way for events that come as records: one call stores a batch (`intake.py`).

Most batches name customers by numbers that are known. Such a batch needs no temporary table, no
lock that other batches wait for, and, as the function keeps its plans, no planning.
"""

from profiles.event_keys import SHARE

INSERT = """
                INSERT INTO profiles_event
                    (tenant_id, customer_id, event_id, name, at, product_id, properties)
                SELECT this_tenant, r.customer_id, r.event_id, r.name, r.at,
                    CASE WHEN r.sku IS NOT NULL THEN coalesce(
                        (SELECT g.id FROM catalogue_product g
                         WHERE g.tenant_id = this_tenant AND g.external_id = r.sku),
                        (SELECT v.product_id FROM catalogue_productvariant v
                         WHERE v.tenant_id = this_tenant AND v.sku = r.sku AND v.sku <> ''
                         LIMIT 1)) END,
                    coalesce(r.properties, '{}')::jsonb
                FROM unnest(people, names, moments, ids, skus, details)
                    AS r (customer_id, name, at, event_id, sku, properties)
                ORDER BY r.event_id, r.at"""
NOTE = """INSERT INTO profiles_touchedcustomer (tenant_id, customer_id)
    SELECT DISTINCT this_tenant, n FROM unnest(people) n"""
STORE_FUNCTION = f"""
CREATE OR REPLACE FUNCTION profiles_store_events(
    numbers text[], names text[], moments timestamptz[], ids uuid[], skus text[], details text[])
RETURNS integer LANGUAGE plpgsql
-- A plan is kept while tables grow: one that reads a small table whole would soon read a big one.
SET enable_seqscan = off AS $$
-- Store events of customers that are known by number; return how many are new. Return NULL, and
-- store nothing, if one is unknown or was erased, or if a month has no partition yet.
DECLARE
    this_tenant bigint := nullif(current_setting('app.tenant_id', true), '')::bigint;
    people bigint[];
    stored integer;
BEGIN
    -- Who is being erased meanwhile is looked for when that is done: they are refused, or go too.
    PERFORM {SHARE.format("this_tenant")};
    SELECT array_agg((
        SELECT coalesce(c.merged_into_id, c.id) FROM profiles_customer c
        WHERE c.tenant_id = this_tenant AND c.external_id = n AND c.external_id <> '')) INTO people
    FROM unnest(numbers) n;
    IF array_position(people, NULL) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM profiles_erasedkey k WHERE k.tenant_id = this_tenant) THEN
        IF EXISTS (
            SELECT FROM profiles_erasedkey k WHERE k.tenant_id = this_tenant AND k.key_hash IN (
                SELECT encode(sha256(convert_to(this_tenant || ':number:' || n, 'UTF8')), 'hex')
                FROM unnest(numbers) n))
        THEN
            RETURN NULL;
        END IF;
    END IF;
    -- First as if all were new, since nearly all are: to look for each in its index beforehand
    -- costs more than to try again where one was known. In the order of their keys, since two
    -- batches with the same events wait for each other's: neither then has what the other wants.
    FOR attempt IN 1..2 LOOP
        BEGIN
            IF attempt = 1 THEN{INSERT};
            ELSE{INSERT}
                ON CONFLICT DO NOTHING;
            END IF;
            GET DIAGNOSTICS stored = ROW_COUNT;
            EXIT;
        EXCEPTION
            WHEN unique_violation THEN NULL;
            WHEN check_violation THEN RETURN NULL;  -- a month without a partition
            WHEN foreign_key_violation THEN RETURN NULL;  -- a customer who was just deleted
        END;
    END LOOP;
    {NOTE};
    RETURN stored;
END $$;
"""  # noqa: S608 - our own words
DROP_STORE_FUNCTION = (
    "DROP FUNCTION profiles_store_events(text[], text[], timestamptz[], uuid[], text[], text[])"
)
