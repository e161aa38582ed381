"""The function that stores events looks up the product of each, instead of sorting them all."""

from django.db import migrations

from profiles import intake_sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0013_new_products")]

    operations = [migrations.RunSQL(intake_sql.STORE_FUNCTION, migrations.RunSQL.noop)]
