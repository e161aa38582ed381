"""Django's PostgreSQL backend, with two of the three tenancy nets in the schema editor.

A table with a `tenant` column gets forced row level security and `UNIQUE (tenant_id, id)` when a
migration creates it; a foreign key between two such tables is made on `(tenant_id, column)`.
So no migration can forget them, and PostgreSQL itself refuses a row that points at another
tenant's row. (Foreign keys and unique checks bypass row level security; hence both.)
"""

from typing import Any

from django.db import models
from django.db.backends.ddl_references import Columns, Statement, Table
from django.db.backends.postgresql import base, features, schema

POLICY = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::bigint"
PROTECT = (
    "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY tenant_isolation ON {{table}} USING ({POLICY}) WITH CHECK ({POLICY})",
)


def is_tenant_model(model: type[models.Model]) -> bool:
    return any(field.name == "tenant" for field in model._meta.local_fields)


def protection_sql(table: str) -> list[str]:
    """Return the statements that put a table (its quoted name) under row level security."""
    return [statement.format(table=table) for statement in PROTECT]


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    # Foreign keys are always made by _create_fk_sql.
    sql_create_column_inline_fk = None  # type: ignore[assignment]

    def create_model(self, model: type[models.Model]) -> None:
        super().create_model(model)
        if not is_tenant_model(model):
            return
        table = self.quote_name(model._meta.db_table)
        name = self.quote_name(f"{model._meta.db_table}_tenant_id_id_key")
        self.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE (tenant_id, id)")
        for statement in protection_sql(table):
            self.execute(statement)

    def _create_fk_sql(
        self, model: type[models.Model], field: models.ForeignKey[Any, Any], suffix: str
    ) -> Statement:
        statement: Statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        target = field.remote_field.model
        if is_tenant_model(model) and is_tenant_model(target) and field.name != "tenant":
            table, to_table = model._meta.db_table, target._meta.db_table
            statement.parts["column"] = Columns(table, ["tenant_id", field.column], self.quote_name)
            statement.parts["to_table"] = Table(to_table, self.quote_name)
            statement.parts["to_column"] = Columns(
                to_table, ["tenant_id", str(field.target_field.column)], self.quote_name
            )
        return statement


class DatabaseFeatures(features.DatabaseFeatures):
    def allows_group_by_selected_pks_on_model(self, model: type[models.Model]) -> bool:
        """Not where the key may be `(tenant_id, id)`: it alone lets PostgreSQL infer the others."""
        infers: bool = super().allows_group_by_selected_pks_on_model(model)
        return infers and not is_tenant_model(model)


class DatabaseWrapper(base.DatabaseWrapper):
    features_class = DatabaseFeatures
    SchemaEditorClass = DatabaseSchemaEditor
