"""What a worker is to do with a campaign, and the sweeper's question for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

CREATE = """
CREATE FUNCTION campaigns_pending()
RETURNS TABLE (tenant_id bigint, campaign_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id
    FROM campaigns_campaign c JOIN tenants_tenant t ON t.id = c.tenant_id
    WHERE c.pending <> '' AND t.is_active ORDER BY c.id
$$;
REVOKE ALL ON FUNCTION campaigns_pending() FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0009_members_of_a_group"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="pending",
            field=models.CharField(
                blank=True,
                choices=[
                    ("writing", "The writing is being prepared"),
                    ("approval", "The approval is being prepared"),
                ],
                db_default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="pending_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="pending_by_name",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="campaign",
            name="pending_tries",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.RunSQL(CREATE, "DROP FUNCTION campaigns_pending()"),
    ]
