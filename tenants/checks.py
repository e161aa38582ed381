"""System checks that refuse a start in which row level security would not hold.

A role that bypasses it is refused at every connection (see `database.py`).
"""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections, models
from django.db.models import ManyToManyField

OWNED_SQL = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND pg_get_userbyid(c.relowner) = current_user LIMIT 1
"""
OPEN_SQL = """
    SELECT c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
"""


@register(Tags.database)
def check_role(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """The app's role must not own tables, and every tenant table must be protected."""
    if "default" not in (databases or ()):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(OWNED_SQL)
        owned = cursor.fetchone()
        cursor.execute(OPEN_SQL)
        unprotected = [row[0] for row in cursor.fetchall()]
    errors: list[CheckMessage] = []
    if owned:
        errors.append(
            Error(
                f"DATABASE_URL names the owner of the table {owned[0]}. Migrate with "
                "DATABASE_OWNER_URL and serve with another role (docs/operations.md).",
                id="tenants.E002",
            )
        )
    if unprotected:
        names = ", ".join(sorted(unprotected))
        errors.append(
            Error(f"Tables without forced row level security: {names}.", id="tenants.E003")
        )
    return errors


@register(Tags.models)
def check_many_to_many(**kwargs: Any) -> list[CheckMessage]:
    """A many-to-many table that Django makes has no tenant: name a through model instead."""
    from tenants.models import TenantModel

    return [
        Error(f"{field} needs a through model that is a TenantModel.", obj=model, id="tenants.E004")
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        for field in model._meta.local_many_to_many
        if isinstance(field, ManyToManyField)
        and not issubclass(field.remote_field.through or models.Model, TenantModel)
    ]
