"""Writers claim the texts that were started least often: from an index, not from all that wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0010_pending")]

    operations = [
        migrations.AddIndex(
            "creative",
            models.Index(
                fields=["tenant", "campaign", "starts", "id"],
                condition=models.Q(state__in=["waiting", "writing"]),
                name="campaigns_creative_claim",
            ),
        ),
        migrations.RemoveIndex("creative", "campaigns_creative_to_write"),
    ]
