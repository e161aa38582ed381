"""What writing uses, the quotas of workspaces, and whose turn it is to be written for."""

import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def shared() -> list[tuple[str, models.Field]]:
    """The fields that every row of a workspace has."""
    return [
        (
            "id",
            models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        (
            "public_id",
            models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
            ),
        ),
        (
            "created_at",
            models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(),
                editable=False,
                verbose_name="created",
            ),
        ),
        (
            "tenant",
            models.ForeignKey(
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tenants.tenant",
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0002_training_runs"),
        ("tenants", "0003_analyze"),
    ]

    operations = [
        migrations.CreateModel(
            name="Quota",
            fields=[
                *shared(),
                (
                    "texts_per_day",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="texts a day"),
                ),
                (
                    "texts_per_month",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="texts a month"
                    ),
                ),
                (
                    "tokens_per_day",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="tokens a day"
                    ),
                ),
                (
                    "tokens_per_month",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="tokens a month"
                    ),
                ),
            ],
            options={
                "verbose_name": "quota",
                "verbose_name_plural": "quotas",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("public_id"),
                        name="inference_quota_public_id",
                    ),
                    models.UniqueConstraint(fields=("tenant",), name="inference_one_quota"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Usage",
            fields=[
                *shared(),
                ("source", models.UUIDField(verbose_name="written for")),
                ("writer", models.CharField(max_length=120, verbose_name="model")),
                ("engine", models.CharField(max_length=20, verbose_name="engine")),
                ("key", models.CharField(blank=True, max_length=40)),
                ("texts", models.PositiveIntegerField(verbose_name="texts")),
                (
                    "prompt_tokens",
                    models.PositiveIntegerField(default=0, verbose_name="tokens read"),
                ),
                (
                    "new_tokens",
                    models.PositiveIntegerField(default=0, verbose_name="tokens written"),
                ),
                ("seconds", models.FloatField(default=0, verbose_name="seconds")),
            ],
            options={
                "verbose_name": "usage",
                "verbose_name_plural": "usage",
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        models.F("tenant"),
                        models.F("public_id"),
                        name="inference_usage_public_id",
                    )
                ],
                "indexes": [
                    models.Index(
                        models.F("tenant"), models.F("created_at"), name="inference_usage_when"
                    ),
                    models.Index(
                        models.F("tenant"), models.F("source"), name="inference_usage_source"
                    ),
                ],
            },
        ),
    ]
