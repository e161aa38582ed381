"""Background work of this room."""

from celery import shared_task

from profiles.models import Segment
from profiles.services import imports, segments, traits
from tenants.models import Tenant
from tenants.tasks import SteppedTenantTask, SystemTask, TenantTask


@shared_task(base=TenantTask)
def refresh_traits(tenant_id: int) -> int:
    """Compute all traits of a workspace anew, and count its segments. After imports and nightly."""
    refreshed = traits.refresh_traits()
    for segment in Segment.objects.order_by("pk"):
        segments.recount(segment)
    return refreshed


@shared_task(base=SystemTask)
def refresh_all_traits() -> None:
    """Ring once for each workspace. Nightly, and safe to run twice."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        refresh_traits.delay(tenant_id)


@shared_task(base=SteppedTenantTask, time_limit=6 * 3600, soft_time_limit=6 * 3600 - 60)
def run_import(tenant_id: int, import_id: int) -> None:
    """Read a file that waits. Safe to run again: the row says what is left to do."""
    imports.run_import(import_id, tenant_id=tenant_id)


@shared_task(base=TenantTask)
def resume_imports(tenant_id: int) -> None:
    """Ring for the imports of a workspace that wait, or whose worker died."""
    for import_id in imports.find_unfinished():
        run_import.delay_on_commit(tenant_id, import_id)


@shared_task(base=SystemTask)
def resume_all_imports() -> None:
    """Ring once for each workspace: a lost bell or a killed worker delays an import, no more."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        resume_imports.delay(tenant_id)
