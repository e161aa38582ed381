"""Let the app's role, which owns no table, have PostgreSQL count a table anew."""

from django.db import migrations

CREATE = """
CREATE FUNCTION tenants_analyze(tables text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY tables LOOP
        EXECUTE format('ANALYZE public.%I', name);
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION tenants_analyze(text[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_workspaces_of")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION tenants_analyze(text[])")]
