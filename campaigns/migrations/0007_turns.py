"""Whose turn it is to be written for: the question of the writers that spans workspaces.

The workspace that was served longest ago comes first, and of its campaigns the one that was; what
was served is known by the rows of usage. A campaign whose texts are all written, but which nobody
has moved on, has a turn too. The other question: which workspaces wait at all?
"""

from django.db import migrations

CREATE = """
CREATE FUNCTION campaigns_waiting()
RETURNS TABLE (tenant_id bigint, campaign_id bigint, source uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id, c.public_id
    FROM campaigns_campaign c JOIN tenants_tenant t ON t.id = c.tenant_id
    WHERE c.state = 'generating' AND t.is_active
      AND (EXISTS (
            SELECT FROM campaigns_creative w
            WHERE w.tenant_id = c.tenant_id AND w.campaign_id = c.id
              AND (w.state = 'waiting' OR (w.state = 'writing' AND w.lease_until < now())))
        OR NOT EXISTS (
            SELECT FROM campaigns_creative w
            WHERE w.tenant_id = c.tenant_id AND w.campaign_id = c.id
              AND w.state IN ('waiting', 'writing')))
$$;
REVOKE ALL ON FUNCTION campaigns_waiting() FROM PUBLIC;

CREATE FUNCTION campaigns_next_turn()
RETURNS TABLE (tenant_id bigint, campaign_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.campaign_id
    FROM campaigns_waiting() c
    ORDER BY
        (SELECT max(u.created_at) FROM inference_usage u
         WHERE u.tenant_id = c.tenant_id) NULLS FIRST,
        (SELECT max(u.created_at) FROM inference_usage u
         WHERE u.tenant_id = c.tenant_id AND u.source = c.source) NULLS FIRST,
        c.campaign_id
    LIMIT 1
$$;
REVOKE ALL ON FUNCTION campaigns_next_turn() FROM PUBLIC;
"""
DROP = "DROP FUNCTION campaigns_next_turn(); DROP FUNCTION campaigns_waiting()"


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_explanations"), ("inference", "0003_usage")]

    operations = [migrations.RunSQL(CREATE, DROP)]
