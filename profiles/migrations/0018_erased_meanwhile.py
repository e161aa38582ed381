"""Events of somebody who is being erased wait for that, and are then refused."""

from django.db import migrations

from profiles import intake_sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0017_one_key_of_customers")]

    operations = [migrations.RunSQL(intake_sql.STORE_FUNCTION, migrations.RunSQL.noop)]
