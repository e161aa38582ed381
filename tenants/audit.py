"""The audit log: one line for each thing that somebody may have to answer for."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models

from tenants.context import current_tenant_id
from tenants.models import AuditEntry, SystemAuditEntry, User


@dataclass(frozen=True)
class Actor:
    """Who acts: a person, an API key (name only), or the system."""

    name: str
    user: User | None = None


SYSTEM = Actor("system")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def current_actor() -> Actor:
    return _actor.get()


@contextlib.contextmanager
def acting(actor: Actor) -> Iterator[None]:
    token = _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(token)


def describe(target: models.Model | str) -> str:
    """Name a row in the log by kind and public id. Never by personal data."""
    if isinstance(target, str):
        return target
    return f"{target._meta.model_name} {getattr(target, 'public_id', target.pk)}"


def record(action: str, target: models.Model | str = "", **data: Any) -> AuditEntry:
    """Write an entry for the workspace in scope. `data` is JSON without personal data."""
    actor = current_actor()
    return AuditEntry.objects.create(
        tenant_id=current_tenant_id(),
        actor=actor.user,
        actor_name=actor.name,
        action=action,
        target=describe(target),
        data=data,
    )


def record_system(action: str, target: models.Model | str = "", **data: Any) -> SystemAuditEntry:
    """Write an entry that belongs to no workspace."""
    actor = current_actor()
    return SystemAuditEntry.objects.create(
        actor=actor.user,
        actor_name=actor.name,
        action=action,
        target=describe(target),
        data=data,
    )
