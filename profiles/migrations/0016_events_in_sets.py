"""Events are stored with fewer questions: keys in sets, no look at months and known ids first."""

import django.db.models.deletion
from django.db import migrations, models

from profiles import event_keys, intake_sql


class Migration(migrations.Migration):
    dependencies = [("profiles", "0015_covering_indexes")]

    operations = [
        migrations.RunSQL(
            event_keys.DROP_KEYS,
            [
                event_keys.DROP_STRAY_NOTES,
                *(
                    event_keys.MAKE_KEYS.format(table=table)
                    for table in ("profiles_event", "profiles_touchedcustomer")
                ),
            ],
        ),
        migrations.RunSQL(
            [event_keys.CHECK_NEW, event_keys.CHECK_CHANGED, event_keys.CHECK_GONE],
            event_keys.DROP_CHECKS,
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="touchedcustomer",
                    name="customer",
                    field=models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="profiles.customer",
                    ),
                )
            ]
        ),
        migrations.RunSQL(intake_sql.STORE_FUNCTION, migrations.RunSQL.noop),
    ]
