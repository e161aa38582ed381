"""The default manager of tenant data: filtered by the tenant in scope, loud without one."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models

from tenants.context import current_tenant_id

M = TypeVar("M", bound=models.Model)


class TenantQuerySet(models.QuerySet[M]):
    """What every tenant queryset can do. `bulk_create` does not call `save`, so it fills here."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            fill_tenant(row)
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Raises NoTenant outside a scope, whatever is asked of it.

    A model with reading words of its own takes `TenantManager.from_queryset(ItsQuerySet)()`.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())

    def none(self) -> models.QuerySet[Any]:
        return super().get_queryset().none()


def fill_tenant(row: Any) -> None:
    """Give a new row the tenant in scope. Raises ValueError if it names another."""
    tenant_id = current_tenant_id()
    if row.tenant_id is None:
        row.tenant_id = tenant_id
    elif row.tenant_id != tenant_id:
        raise ValueError(f"This {type(row).__name__} belongs to another tenant than the scope.")
