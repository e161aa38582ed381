"""Fewer checks for each new customer (docs/decisions/0015-import-in-columns.md)."""

import django.db.models.deletion
from django.db import migrations, models

# The schema editor looks for a key of one column; this one has the workspace in it too.
DROP_MERGED_KEY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT conname FROM pg_constraint
            WHERE conrelid = 'profiles_customer'::regclass AND contype = 'f'
        LOOP EXECUTE format('ALTER TABLE profiles_customer DROP CONSTRAINT %I', name); END LOOP;
    END $$
"""
MAKE_KEYS = """
    ALTER TABLE profiles_customer
    ADD CONSTRAINT profiles_customer_merged_into_fk FOREIGN KEY (tenant_id, merged_into_id)
        REFERENCES profiles_customer (tenant_id, id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT profiles_customer_tenant_fk FOREIGN KEY (tenant_id)
        REFERENCES tenants_tenant DEFERRABLE INITIALLY DEFERRED;
    CREATE INDEX profiles_customer_tenant ON profiles_customer (tenant_id)
"""
DROP_TENANT_INDEX = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT indexrelid::regclass::text FROM pg_index
            WHERE indrelid = 'profiles_customer'::regclass AND indnatts = 1 AND NOT indisunique
              AND indkey[0] = (SELECT attnum FROM pg_attribute
                               WHERE attrelid = indrelid AND attname = 'tenant_id')
        LOOP EXECUTE format('DROP INDEX %s', name); END LOOP;
    END $$
"""
# A changed row stays on its page, and no index must learn of it, if the page has room: half of it,
# as files change all rows. A file that does would leave a table without room twice as big anyway.
LEAVE_ROOM = "ALTER TABLE profiles_customer SET (fillfactor = 50)"
FILL = "ALTER TABLE profiles_customer RESET (fillfactor)"


class Migration(migrations.Migration):
    dependencies = [("profiles", "0011_topic_sentences"), ("tenants", "0003_analyze")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(DROP_MERGED_KEY, MAKE_KEYS),
                migrations.RunSQL(DROP_TENANT_INDEX, migrations.RunSQL.noop),
                migrations.RunSQL(LEAVE_ROOM, FILL),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="customer",
                    name="merged_into",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="merged",
                        to="profiles.customer",
                    ),
                ),
                migrations.AlterField(
                    model_name="customer",
                    name="tenant",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tenants.tenant",
                    ),
                ),
            ],
        )
    ]
