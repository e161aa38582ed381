"""Background work of this room."""

from celery import shared_task

from inference import services as inference
from inference.models import ModelKind
from profiles.models import Segment
from profiles.services import (
    classifier_runs,
    forecasts,
    identity,
    imports,
    membership,
    privacy,
    rule_wishes,
    segments,
    topics,
    traits,
    words,
)
from tenants.models import Tenant
from tenants.tasks import SteppedTenantTask, SystemTask, TenantTask

BELL_SECONDS = 55
"""A bell that nobody heard is dropped: the sweeper rings again each minute."""


@shared_task(base=TenantTask)
def refresh_traits(tenant_id: int) -> int:
    """Compute all traits of a workspace and its segments anew. After imports and nightly."""
    membership.take_turn(wait=True)
    refreshed = traits.refresh_traits()
    words.refresh_words()
    topics.ring()
    membership.refresh_all_members()
    for segment in Segment.objects.order_by("pk"):
        segments.recount(segment)
    return refreshed


@shared_task(base=SystemTask)
def refresh_all_traits() -> None:
    """Ring once for each workspace. Nightly, and safe to run twice."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        refresh_traits.delay(tenant_id)


@shared_task(base=SteppedTenantTask, time_limit=3600, soft_time_limit=3600 - 60)
def refresh_forecasts(tenant_id: int) -> tuple[int, int]:
    """Compute the predictions and recommendations of a workspace anew."""
    # Web processes ring for this task and have no numpy.
    from profiles.predictions.refresh import refresh_predictions
    from profiles.recommending.refresh import refresh_recommendations

    return refresh_predictions(tenant_id), refresh_recommendations(tenant_id)


@shared_task(base=SystemTask)
def refresh_all_forecasts() -> None:
    """Ring once for each workspace. Nightly, and safe to run twice."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        refresh_forecasts.delay(tenant_id)


@shared_task(base=TenantTask)
def begin_forecasts(tenant_id: int) -> None:
    """Ring for the forecasts of a workspace that has orders and was never looked at."""
    if forecasts.are_due():
        refresh_forecasts.delay_on_commit(tenant_id)


@shared_task(base=SystemTask)
def begin_all_forecasts() -> None:
    """Ring once for each workspace: the first forecasts need not wait for the night."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        begin_forecasts.delay(tenant_id)


@shared_task(base=SteppedTenantTask, time_limit=3600, soft_time_limit=3600 - 60)
def refresh_topics(tenant_id: int) -> int:
    """Find texts that are near the workspace's own topics or have a label of its classifiers. Safe
    to run twice."""
    return topics.refresh_topics(tenant_id)


@shared_task(base=SteppedTenantTask, time_limit=2 * 3600)
def train_classifier(tenant_id: int, run_id: int) -> None:
    """Learn a classifier from an uploaded file. Twice is once: the row is claimed."""
    classifier_runs.work_on(tenant_id, run_id)


@shared_task(base=SystemTask)
def ring_classifiers() -> None:
    """Ring for each classifier to be trained that waits, or whose worker died."""
    for tenant_id, run_id in inference.runs_due(ModelKind.CLASSIFIER):
        train_classifier.apply_async((tenant_id, run_id), expires=BELL_SECONDS)


@shared_task(base=SteppedTenantTask)
def read_wish(tenant_id: int, wish_id: int) -> None:
    """Have the workspace's model make rules of a sentence. Twice is once: the row says so."""
    rule_wishes.compute(tenant_id, wish_id)


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


@shared_task(base=TenantTask)
def refresh_touched(tenant_id: int) -> int:
    """Look again at traits and segments of customers of whom something came in."""
    refreshed = membership.refresh_touched()
    if refreshed == membership.MOST_AT_ONCE:
        refresh_touched.delay_on_commit(tenant_id)
    return refreshed


@shared_task(base=SystemTask)
def refresh_all_touched() -> None:
    """Ring once for each workspace."""
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        refresh_touched.delay(tenant_id)


@shared_task(base=TenantTask)
def find_duplicates(tenant_id: int) -> int:
    """Look for records of a workspace that may be one person."""
    return identity.find_duplicates()


@shared_task(base=TenantTask)
def apply_policy(tenant_id: int) -> tuple[int, int]:
    """Delete and make anonymous what a workspace does not keep any longer."""
    deleted, anonymised = privacy.apply_policy()
    if anonymised == privacy.AT_ONCE:
        apply_policy.delay_on_commit(tenant_id)
    return deleted, anonymised


@shared_task(base=SystemTask)
def keep_house() -> None:
    """Drop months that nobody keeps, then ring once for each workspace. Nightly."""
    privacy.drop_old_months()
    for tenant_id in Tenant.objects.filter(is_active=True).values_list("pk", flat=True):
        apply_policy.delay(tenant_id)
        find_duplicates.delay(tenant_id)
