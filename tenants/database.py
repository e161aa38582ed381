"""Two database roles: the owner migrates, the app serves. What the app's role may do."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

APPEND_ONLY = ("tenants_auditentry", "tenants_systemauditentry")


def grant_to_app_role(using: str, **kwargs: Any) -> None:
    """Let the app role read and write rows, and nothing else. The audit log only grows."""
    connection = connections[using]
    quote: Callable[[str], str] = connection.ops.quote_name
    role = str(settings.DATABASES["default"]["USER"])
    if connection.settings_dict["USER"] == role:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {quote(role)}"
        )
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quote(role)}")
        cursor.execute(f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {quote(role)}")
        for table in set(APPEND_ONLY) & set(connection.introspection.table_names(cursor)):
            cursor.execute(f"REVOKE UPDATE, DELETE ON {quote(table)} FROM {quote(role)}")


def refresh_statistics(*models: type[Model]) -> None:
    """Have PostgreSQL count these tables anew, as after loading many rows.

    With the counts of an empty table it plans loops inside loops, until autovacuum comes by.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT tenants_analyze(%s)", [[model._meta.db_table for model in models]])


def refuse_role_without_row_security(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Refuse every new connection of the app as a role that row level security does not bind."""
    if connection.alias != "default":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        (bypasses,) = cursor.fetchone()
    if bypasses:
        connection.close()
        raise ImproperlyConfigured(
            "DATABASE_URL names a role that bypasses row level security. Use a role that is "
            "neither superuser nor BYPASSRLS (docs/operations.md)."
        )
