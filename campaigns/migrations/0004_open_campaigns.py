"""The other question that spans workspaces: where is a launched campaign not over yet?"""

from django.db import migrations

CREATE = """
CREATE FUNCTION campaigns_tenants_with_open_mailings()
RETURNS TABLE (tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT c.tenant_id
    FROM campaigns_campaign c JOIN tenants_tenant t ON t.id = c.tenant_id
    WHERE c.state IN ('scheduled', 'sending', 'paused') AND t.is_active
$$;
REVOKE ALL ON FUNCTION campaigns_tenants_with_open_mailings() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_waiting_campaigns")]

    operations = [
        migrations.RunSQL(CREATE, "DROP FUNCTION campaigns_tenants_with_open_mailings()"),
    ]
