"""Which tenant this code works for.

`scope(tenant_id)` is the only way to say it; `scope_of` finds the tenant first. It opens a
transaction, tells PostgreSQL (row level security reads `app.tenant_id`) and tells Python (the
default managers read `current_tenant_id`). The setting is transaction-local, so a pooled connection
never carries it to the next user.
"""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from django.db import connection, transaction

from tenants.errors import NoTenant

_tenant_id: ContextVar[int | None] = ContextVar("tenant_id", default=None)


def current_tenant_id() -> int:
    """Return the id of the tenant in scope. Raises NoTenant outside a scope."""
    tenant_id = _tenant_id.get()
    if tenant_id is None:
        raise NoTenant("Tenant data is only reached inside tenants.context.scope(tenant_id).")
    return tenant_id


def has_tenant() -> bool:
    return _tenant_id.get() is not None


@contextlib.contextmanager
def scope(tenant_id: int) -> Iterator[None]:
    """Work for one tenant, in one transaction (a savepoint if there is one already).

    Scopes nest: leaving the inner one restores the outer tenant, in Python and in PostgreSQL.
    """

    def enter() -> int:
        _tell_database(tenant_id)
        return tenant_id

    with scope_of(enter):
        yield


@contextlib.contextmanager
def scope_of(enter: Callable[[], int]) -> Iterator[None]:
    """The scope of a tenant that `enter` finds: it tells PostgreSQL, in the transaction.

    What `enter` raises ends the transaction and leaves the outer scope as it was.
    """
    outer = _tenant_id.get()
    nested = connection.in_atomic_block
    with transaction.atomic():
        token = _tenant_id.set(enter())
        try:
            yield
        finally:
            _tenant_id.reset(token)
        # A released savepoint keeps the inner setting. A rolled back one restores it by itself,
        # and so does the end of the transaction.
        if nested and not connection.needs_rollback:
            _tell_database(outer)


def _tell_database(tenant_id: int | None) -> None:
    value = "" if tenant_id is None else str(tenant_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [value])
