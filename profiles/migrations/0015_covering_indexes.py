"""Indexes that answer rules by themselves (docs/decisions/0018-rules-from-indexes.md)."""

import django.db.models.deletion
from django.db import migrations, models

COVERS = "INCLUDE (tenant_id, merged_into_id, anonymised_at, may_email, may_profile)"
SWAP = """
    ALTER TABLE profiles_customer DROP CONSTRAINT profiles_customer_pkey,
        ADD CONSTRAINT profiles_customer_pkey PRIMARY KEY (id) {covers}
"""


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_snapshot_sources"),
        ("profiles", "0014_products_of_events"),
        ("tenants", "0003_analyze"),
    ]

    operations = [
        migrations.RunSQL(SWAP.format(covers=COVERS), SWAP.format(covers="")),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("email", ""), ("may_email", True)),
                fields=["tenant", "id"],
                name="profiles_customer_no_address",
            ),
        ),
        migrations.RemoveIndex(model_name="order", name="profiles_order_customer"),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["tenant", "customer", "-placed_at"],
                include=("id", "status", "total"),
                name="profiles_order_customer",
            ),
        ),
        migrations.AlterField(
            model_name="order",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="orders",
                to="profiles.customer",
            ),
        ),
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                fields=["tenant", "product"],
                include=("order", "quantity"),
                name="profiles_orderline_product",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="order",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="lines",
                to="profiles.order",
            ),
        ),
        migrations.AlterField(
            model_name="orderline",
            name="product",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="catalogue.product",
            ),
        ),
    ]
