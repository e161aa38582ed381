"""The two questions of sending that span workspaces. They answer with ids and counts alone."""

from django.db import migrations

CREATE = """
CREATE FUNCTION delivery_due_mailings()
RETURNS TABLE (tenant_id bigint, mailing_id bigint, due bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.tenant_id, g.id, d.due
    FROM delivery_mailing g
    JOIN delivery_sender s ON s.tenant_id = g.tenant_id AND s.id = g.sender_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS due FROM (
            SELECT FROM delivery_message m
            WHERE m.tenant_id = g.tenant_id AND m.mailing_id = g.id
              AND m.state IN ('queued', 'retry_wait') AND m.due_at <= statement_timestamp()
            LIMIT 2000
        ) waiting
    ) d
    WHERE g.state = 'running' AND g.due_at <= statement_timestamp() AND s.state = 'ready' AND d.due > 0
    ORDER BY g.due_at, g.id
$$;
REVOKE ALL ON FUNCTION delivery_due_mailings() FROM PUBLIC;

CREATE FUNCTION delivery_unsettled_tenants()
RETURNS TABLE (tenant_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT g.tenant_id FROM delivery_mailing g WHERE g.state IN ('running', 'paused')
    UNION
    SELECT m.tenant_id FROM delivery_message m
    WHERE m.state IN ('claimed', 'attempting') AND m.lease_until < statement_timestamp()
$$;
REVOKE ALL ON FUNCTION delivery_unsettled_tenants() FROM PUBLIC;
"""
DROP = "DROP FUNCTION delivery_due_mailings(); DROP FUNCTION delivery_unsettled_tenants();"


class Migration(migrations.Migration):
    dependencies = [("delivery", "0002_pace")]

    operations = [migrations.RunSQL(CREATE, DROP)]
