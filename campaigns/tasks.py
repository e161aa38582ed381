"""The writers, and the state of what was launched. The rows are the truth; a task only starts a
worker on them."""

import time

from celery import shared_task
from django.db import connection

from campaigns import explanations, judging, turns
from campaigns.models import Campaign, CampaignState
from campaigns.services import batches, sending, training
from inference import services as inference
from inference.models import RegisteredModel
from tenants.context import scope
from tenants.tasks import SteppedTenantTask, SystemTask, TenantTask

SLICE_SECONDS = 50
"""A task goes on for so long and then queues behind others: no campaign keeps the writers."""

MOST_BELLS = 16
BELL_SECONDS = 55
"""A bell for training that nobody heard is dropped: the sweeper rings again each minute."""


@shared_task(base=SystemTask)
def write_texts() -> None:
    """Write for whoever's turn it is, a batch at a time. Several workers may do so at once."""
    deadline = time.monotonic() + SLICE_SECONDS
    while turn := turns.next_turn():
        if not write_batch_of(*turn):
            return
        if time.monotonic() > deadline:
            write_texts.delay()
            return


def write_batch_of(tenant_id: int, campaign_id: int) -> bool:
    """Write one batch; move the campaign on when it was the last. Returns whether it did any."""
    wrote = _write_some(tenant_id, campaign_id)
    with scope(tenant_id):
        campaign = Campaign.objects.filter(pk=campaign_id).first()
        if campaign is None:
            return bool(wrote)
        done = batches.finish_if_done(campaign) or campaign.state != CampaignState.GENERATING
        return bool(wrote) or done


@shared_task(base=SteppedTenantTask)
def settle_pending(tenant_id: int, campaign_id: int) -> None:
    """Prepare the texts of a big campaign, or approve it. Twice is once: the row is locked."""
    from campaigns.services import pending  # it rings this task

    pending.work_on(tenant_id, campaign_id)


@shared_task(base=SystemTask)
def ring_pending() -> None:
    """Ring for each campaign that waits for a worker, or whose worker died."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id, campaign_id FROM campaigns_pending()")
        rows = cursor.fetchall()
    for tenant_id, campaign_id in rows:
        settle_pending.apply_async((tenant_id, campaign_id), expires=BELL_SECONDS)


def _write_some(tenant_id: int, campaign_id: int) -> int:
    """Write one batch; return how many texts it had. Of a few texts, those that are blocked are
    written again in the same turn: they would wait behind whole batches of other workspaces."""
    written = first = batches.write_batch(tenant_id, campaign_id)
    for _draw in range(1, judging.MAX_ATTEMPTS):
        if not 0 < written <= batches.SMALLEST_BATCH:
            break
        written = batches.write_batch(tenant_id, campaign_id)
    return first


@shared_task(base=SteppedTenantTask)
def explain_text(tenant_id: int, explanation_id: int) -> None:
    """Measure which facts drove one text. A bell that is lost is rung when somebody asks again."""
    explanations.compute(tenant_id, explanation_id)


@shared_task(base=SteppedTenantTask)
def train_model(tenant_id: int, run_id: int) -> None:
    """Fine-tune a model on approved texts, then run its gate. Twice is once: the row is claimed.

    Texts that wait are written first: the run keeps what it has learnt and queues behind them.
    """
    waits = inference.work_on(
        tenant_id,
        run_id,
        training.material_of,
        write=inference.write,
        should_give_way=lambda: bool(turns.waiting_workspaces()),
    )
    if waits:
        train_model.delay(tenant_id, run_id)


@shared_task(base=SystemTask)
def ring_trainers() -> None:
    """Ring for each training run that waits, or whose worker died."""
    for tenant_id, run_id in inference.runs_due():
        train_model.apply_async((tenant_id, run_id), expires=BELL_SECONDS)


@shared_task(base=SteppedTenantTask)
def judge_model(tenant_id: int, model_id: int) -> None:
    """Run the gate of a model. Twice gives the same answer."""
    with scope(tenant_id):
        if not RegisteredModel.objects.filter(pk=model_id).exists():
            return
        material = training.material_of()
    inference.judge(tenant_id, model_id, material, write=inference.write)


@shared_task(base=SystemTask)
def ring_writers() -> None:
    """Ring for each campaign whose writing nobody is at. Each bell serves whoever's turn it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM campaigns_with_texts_to_write()")
        (count,) = cursor.fetchone()
    for _campaign in range(min(count, MOST_BELLS)):
        write_texts.delay()


@shared_task(base=TenantTask)
def follow_mailings(tenant_id: int) -> None:
    """Let the workspace's campaigns follow their mailings; pause one whose facts have changed."""
    sending.sync_open_campaigns()


@shared_task(base=SystemTask)
def follow_all_mailings() -> None:
    """Ring for each workspace that has a launched campaign which is not over yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM campaigns_tenants_with_open_mailings()")
        tenants = [row[0] for row in cursor.fetchall()]
    for tenant_id in tenants:
        follow_mailings.delay(tenant_id)
