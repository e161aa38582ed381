"""Background work of this room."""

from celery import shared_task

from profiles.models import Segment
from profiles.services import segments, traits
from tenants.models import Tenant
from tenants.tasks import SystemTask, TenantTask


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
