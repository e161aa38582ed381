"""Customers have one key, (tenant_id, id), instead of two (docs/decisions/0015).

Every question names the workspace, if not in its own words then by row level security; so nothing
looks a customer up by `id` alone, and each new row had to go into an index for it.
"""

from django.db import migrations

# Keys of other tables are of the index that goes: they are taken off, and put back as they were.
SWAP = """
DO $$ DECLARE statement text; drops text[]; adds text[]; BEGIN
    SELECT array_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)),
        array_agg(format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                         pg_get_constraintdef(oid)))
    INTO drops, adds FROM pg_constraint
    WHERE confrelid = 'profiles_customer'::regclass AND contype = 'f' AND conparentid = 0;
    FOREACH statement IN ARRAY drops LOOP EXECUTE statement; END LOOP;
    {change};
    FOREACH statement IN ARRAY adds LOOP EXECUTE statement; END LOOP;
END $$
"""
COVERS = "merged_into_id, anonymised_at, may_email, may_profile"
ONE = f"""
    ALTER TABLE profiles_customer DROP CONSTRAINT profiles_customer_tenant_id_id_key,
        DROP CONSTRAINT profiles_customer_pkey,
        ADD CONSTRAINT profiles_customer_pkey PRIMARY KEY (tenant_id, id) INCLUDE ({COVERS})
"""
TWO = f"""
    ALTER TABLE profiles_customer DROP CONSTRAINT profiles_customer_pkey,
        ADD CONSTRAINT profiles_customer_pkey PRIMARY KEY (id) INCLUDE (tenant_id, {COVERS}),
        ADD CONSTRAINT profiles_customer_tenant_id_id_key UNIQUE (tenant_id, id)
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0016_events_in_sets")]

    operations = [
        migrations.RunSQL(SWAP.replace("{change}", ONE), SWAP.replace("{change}", TWO)),
    ]
