"""Base classes of every Celery task. A test refuses a task that has neither.

What a task of a workspace has to say stays on a page, so it is said in the workspace's language.

@shared_task(base=TenantTask)
def refresh(tenant_id: int, …): …      runs inside scope(tenant_id)

@shared_task(base=SteppedTenantTask)
def write(tenant_id: int, …): …        opens scope(tenant_id) itself, step by step: for work
                                       that must not hold a transaction while it waits

@shared_task(base=SystemTask)
def sweep(): …                         works for no tenant; lists Tenant and enqueues
"""

import contextvars
from typing import Any

from celery.contrib.django.task import DjangoTask as Task
from django.utils import translation

from tenants.context import scope
from tenants.models import Tenant


class TenantTask(Task):
    """A task whose first argument is the tenant's id. Context never leaks to the next task."""

    abstract = True

    def __call__(self, tenant_id: int, *args: Any, **kwargs: Any) -> Any:
        return contextvars.copy_context().run(self._run_for, tenant_id, *args, **kwargs)

    def _run_for(self, tenant_id: int, *args: Any, **kwargs: Any) -> Any:
        with scope(tenant_id), _speaking(tenant_id):
            return self.run(tenant_id, *args, **kwargs)


class SteppedTenantTask(TenantTask):
    abstract = True

    def _run_for(self, tenant_id: int, *args: Any, **kwargs: Any) -> Any:
        with scope(tenant_id):
            speaking = _speaking(tenant_id)
        with speaking:
            return self.run(tenant_id, *args, **kwargs)


class SystemTask(Task):
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.copy_context().run(self.run, *args, **kwargs)


def _speaking(tenant_id: int) -> translation.override:
    """Return a context in the language of the workspace."""
    languages = Tenant.objects.filter(pk=tenant_id).values_list("language", flat=True)
    return translation.override(languages.first())
