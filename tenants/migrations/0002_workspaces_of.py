"""The one question that spans workspaces: which of them does a person belong to?"""

from django.db import migrations

CREATE = """
CREATE FUNCTION tenants_workspaces_of(person bigint)
RETURNS TABLE (slug varchar, name varchar, role varchar)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.slug, t.name, m.role
    FROM tenants_membership m JOIN tenants_tenant t ON t.id = m.tenant_id
    WHERE m.user_id = person AND t.is_active
    ORDER BY lower(t.name), t.id
$$;
REVOKE ALL ON FUNCTION tenants_workspaces_of(bigint) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION tenants_workspaces_of(bigint)")]
