"""The short way for batches of events, and fewer indexes and keys on what it writes."""

import django.db.models.deletion
from django.db import migrations, models

from profiles import intake_sql

# The key to the customer, made of workspace and id, says already that the workspace exists.
DROP_TENANT_KEY = "ALTER TABLE profiles_event DROP CONSTRAINT profiles_event_tenant_id_fkey"
MAKE_TENANT_KEY = """
    ALTER TABLE profiles_event ADD CONSTRAINT profiles_event_tenant_id_fkey
    FOREIGN KEY (tenant_id) REFERENCES tenants_tenant DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [("profiles", "0008_order_period")]

    operations = [
        migrations.RunSQL(intake_sql.STORE_FUNCTION, intake_sql.DROP_STORE_FUNCTION),
        migrations.RunSQL(DROP_TENANT_KEY, MAKE_TENANT_KEY),
        migrations.AlterField(
            model_name="touchedcustomer",
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
        migrations.AlterField(
            model_name="touchedcustomer",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="profiles.customer",
            ),
        ),
    ]
