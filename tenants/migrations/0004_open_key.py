"""One question opens the scope of an API key's workspace and finds the key."""

from django.db import migrations

# With the caller's rights: the key is read under the row security of the workspace that it names.
CREATE = """
CREATE FUNCTION tenants_open_key(workspace text, named text)
RETURNS TABLE (id bigint, tenant_id bigint, name varchar, key_hash varchar, scopes varchar[],
    expires_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    this_tenant bigint := (
        SELECT t.id FROM tenants_tenant t WHERE t.slug = workspace AND t.is_active);
BEGIN
    PERFORM set_config('app.tenant_id', coalesce(this_tenant::text, ''), true);
    RETURN QUERY
    SELECT k.id, k.tenant_id, k.name, k.key_hash, k.scopes, k.expires_at, k.last_used_at
    FROM tenants_apikey k
    WHERE k.tenant_id = this_tenant AND k.prefix = named AND k.revoked_at IS NULL;
END $$;
REVOKE ALL ON FUNCTION tenants_open_key(text, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("tenants", "0003_analyze")]

    operations = [migrations.RunSQL(CREATE, "DROP FUNCTION tenants_open_key(text, text)")]
