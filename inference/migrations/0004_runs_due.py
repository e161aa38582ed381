"""The one question of training that spans workspaces: which runs wait, or lost their worker?"""

from django.db import migrations

CREATE = """
CREATE FUNCTION inference_runs_due()
RETURNS TABLE (tenant_id bigint, run_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT r.tenant_id, r.id
    FROM inference_trainingrun r JOIN tenants_tenant t ON t.id = r.tenant_id
    WHERE t.is_active
      AND (r.state = 'waiting' OR (r.state = 'running' AND r.lease_until < now()))
    ORDER BY r.id
$$;
REVOKE ALL ON FUNCTION inference_runs_due() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("inference", "0003_usage")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION inference_runs_due()")]
