"""What comes in leaves a note of its own, also of a customer who is noted already."""

from django.db import migrations, models

from profiles import intake_sql

DROP_SECOND_NOTES = """
    DELETE FROM profiles_touchedcustomer t USING profiles_touchedcustomer first
    WHERE first.tenant_id = t.tenant_id AND first.customer_id = t.customer_id AND first.id < t.id
"""
NOTE_ONCE = intake_sql.STORE_FUNCTION.replace(
    intake_sql.NOTE, f"{intake_sql.NOTE} ORDER BY n ON CONFLICT DO NOTHING"
)


class Migration(migrations.Migration):
    dependencies = [("profiles", "0018_erased_meanwhile")]

    operations = [
        migrations.RemoveConstraint(
            model_name="touchedcustomer", name="profiles_touchedcustomer_one"
        ),
        migrations.RunSQL(migrations.RunSQL.noop, DROP_SECOND_NOTES),
        migrations.AddIndex(
            model_name="touchedcustomer",
            index=models.Index(fields=["tenant", "id"], name="profiles_touchedcustomer_first"),
        ),
        migrations.RunSQL(intake_sql.STORE_FUNCTION, NOTE_ONCE),
    ]
