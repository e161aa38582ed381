"""The event table, partitioned by month (see profiles/partitions.py)."""

from django.db import migrations

from profiles import partitions
from tenants.postgresql.base import protection_sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [partitions.CREATE_TABLE, *protection_sql("profiles_event"), partitions.ENSURE_FUNCTION],
            partitions.DROP,
        )
    ]
