"""The one question of the sweeper that spans workspaces: whose texts is nobody writing?"""

from django.db import migrations

CREATE = """
CREATE FUNCTION campaigns_with_texts_to_write()
RETURNS TABLE (tenant_id bigint, campaign_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id
    FROM campaigns_campaign c JOIN tenants_tenant t ON t.id = c.tenant_id
    WHERE c.state = 'generating' AND t.is_active
      AND NOT EXISTS (
        SELECT FROM campaigns_creative w
        WHERE w.tenant_id = c.tenant_id AND w.campaign_id = c.id
          AND w.state = 'writing' AND w.lease_until > now())
    ORDER BY c.id
$$;
REVOKE ALL ON FUNCTION campaigns_with_texts_to_write() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0002_creative_snapshot")]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION campaigns_with_texts_to_write()"),
    ]
