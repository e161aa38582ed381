"""How fast an audience becomes texts that a person can review. Run by `manage.py bench NAME`."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

from campaigns import checks
from campaigns.models import (
    AudienceMember,
    Campaign,
    CampaignState,
    Creative,
    CreativeState,
    MicroSegment,
)
from campaigns.services import audience, batches, briefs, writing
from catalogue.models import BrandVoice, FactSnapshot, Product
from inference import services as inference
from profiles.models import Customer, Segment, TraitSet
from profiles.services import segments
from tenants import services as tenants
from tenants.context import scope
from tenants.database import refresh_statistics
from tenants.models import Tenant, User

Progress = Callable[[int, int], None]
ROUNDS = 5
ALONE = 200
"""So many recipients are written one by one; the time of all is extrapolated from them."""

PEOPLE = """
WITH people AS (
    INSERT INTO profiles_customer (tenant_id, external_id, email, first_name, last_name, phone,
        language, timezone, country, city, may_email, may_profile, may_write, updated_at)
    SELECT %(tenant)s, n::text, 'person' || n || '@example.org',
           CASE WHEN n %% 5 = 0 THEN '' ELSE 'Elena' END, '', '',
           CASE WHEN n %% 3 = 0 THEN 'zh-CN' ELSE 'en' END, '', '', '', true,
           n %% 50 > 0, true, now()
    FROM generate_series(1, %(people)s) n
    RETURNING id, external_id::bigint AS n)
INSERT INTO profiles_traitset (tenant_id, customer_id, stage, order_count, total_spent,
    top_category, top_categories, price_band, discount_affinity, motive, language, confidence,
    evidence, computed_at)
SELECT %(tenant)s, id, (ARRAY['prospect', 'first', 'active', 'loyal', 'lapsed'])[1 + n / 7 %% 5],
       n %% 9, 10 * (n %% 9), 'Category ' || chr(65 + (n / 11 %% 12)::int), '[]', '', '',
       (ARRAY['none', 'price', 'quality', 'novelty', 'habit', 'gift'])[1 + n / 13 %% 6],
       '', '{}', '{}', now()
FROM people
"""


def bench_personalise(progress: Progress, *, people: int = 100_000) -> dict[str, Any]:
    """Group `people`, have their texts written and checked; compare with a text for each alone."""
    tenant = _make_workspace(people)
    try:
        campaign = _make_campaign(tenant)
        start = time.monotonic()
        with scope(tenant.pk):
            writing.start_writing(campaign)
        grouped = time.monotonic() - start
        _write(campaign, progress)
        ours = time.monotonic() - start
        with scope(tenant.pk):
            figures = _figures(campaign)
        alone = _time_alone(tenant, campaign)
    finally:
        _remove_workspace(tenant)
    reference = alone * figures["recipients"]
    return {
        "figures": {
            **figures,
            "messages_per_s": round(figures["recipients"] / ours, 1),
            "seconds": round(ours, 1),
            "grouping_seconds": round(grouped, 1),
        },
        "reference": {"messages_per_s": round(1 / alone, 2), "seconds": round(reference)},
        "ratio": round(reference / ours, 1),
        "people": people,
        "model": settings.INFERENCE_MODEL,
    }


def _make_workspace(people: int) -> Tenant:
    name = f"bench-{uuid4().hex[:8]}"
    owner = User.objects.create_user(f"{name}@example.org", None)
    tenant = tenants.create_workspace(name="Bench", slug=name, owner=owner)
    with scope(tenant.pk):
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE, {"tenant": tenant.pk, "people": people})
        BrandVoice.objects.create(
            name="House", brand_name="Tarnfield", languages=["en", "zh-hans"], is_default=True
        )
        for letter in "ABCDEFGHIJKL":
            _make_product(letter)
    refresh_statistics(Customer, TraitSet)
    return tenant


def _make_product(letter: str) -> None:
    chinese = {"features": ["五毫米鞋钉"], "benefits": ["在湿滑的岩石上站稳"]}
    Product.objects.create(
        external_id=letter,
        title=f"Cascade {letter}",
        category=f"Category {letter}",
        features=["5 mm lugs"],
        benefits=["keep your grip on wet rock"],
        price=120,
        currency="USD",
        translations={"zh-hans": chinese},
    )


def _make_campaign(tenant: Tenant) -> Campaign:
    with scope(tenant.pk):
        everybody = Segment.objects.filter(name="Everybody").first()
        everybody = everybody or segments.create_segment(name="Everybody", rules={"all": []})
        campaign = briefs.create_campaign(
            name="Bench", goal="winback", products=list(Product.objects.order_by("title"))
        )
        audience.set_audience(campaign, segment=everybody, detail=3)
    return campaign


def _write(campaign: Campaign, progress: Progress) -> None:
    with scope(campaign.tenant_id):
        total = campaign.creatives.count()
    done = 0
    while claimed := batches.write_batch(campaign.tenant_id, campaign.pk):
        done += claimed
        progress(min(done, total), total)
    with scope(campaign.tenant_id):
        batches.finish_if_done(campaign)


def _figures(campaign: Campaign) -> dict[str, Any]:
    counts = writing.progress(campaign)
    if Campaign.objects.get(pk=campaign.pk).state != CampaignState.IN_REVIEW:
        raise RuntimeError("The campaign did not get to review.")
    return {
        "recipients": campaign.audience.filter(place="recipient").count(),
        "micro_segments": campaign.micro_segments.count(),
        "creatives": counts.total,
        "fallback": counts.fallback,
    }


def _time_alone(tenant: Tenant, campaign: Campaign) -> float:
    """Return the seconds that one text takes that is written and checked on its own."""
    with scope(tenant.pk):
        rows = list(
            Creative.objects.filter(campaign=campaign)
            .exclude(variant="base")
            .select_related("campaign__voice", "micro_segment", "snapshot")[:ALONE]
        )
    start = time.monotonic()
    for row in rows:
        with scope(tenant.pk):
            request = checks.request_of(row)
        (text,) = inference.write([request], model=settings.INFERENCE_MODEL)
        with scope(tenant.pk):
            checks.check_creative(row, parts=text.parts)
    return (time.monotonic() - start) / len(rows)


def _remove_workspace(tenant: Tenant) -> None:
    """Delete what the measurement made. Only the audit log, which nobody may delete, stays."""
    with scope(tenant.pk):
        Campaign.objects.update(segment=None)
        for model in (Creative, AudienceMember, MicroSegment):
            model.objects.all()._raw_delete(using="default")
        Campaign.objects.all().delete()
        for model in (FactSnapshot, Segment, TraitSet, Customer, Product, BrandVoice):
            model.objects.all()._raw_delete(using="default")
    Tenant.objects.filter(pk=tenant.pk).update(is_active=False)


# ---- Through Celery, PostgreSQL and Redis ------------------------------------------------------

WAIT_SECONDS = 0.1


def bench_worker(
    progress: Progress, *, people: int = 20_000, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Have a worker write a campaign; alternate with the engine called with the same requests.

    The worker is the platform's: a Celery process that is rung by Redis, claims its rows from
    PostgreSQL, checks and saves the texts. Its time runs from the ring until the campaign is in
    review. A first round, not counted, lets both load the model. Both compute on one thread. The
    median of the rounds' ratios counts.
    """
    tenant = _make_workspace(people)
    pairs: list[tuple[float, float, int]] = []
    try:
        with _writing_worker():
            for number in range(rounds + 1):
                pairs.append(_worker_round(tenant))
                progress(number + 1, rounds + 1)
    finally:
        _remove_workspace(tenant)
    counted = pairs[1:]
    return {
        "figures": {
            "messages_per_s": round(median(count / ours for ours, _, count in counted), 2),
            "rounds": [round(count / ours, 2) for ours, _, count in counted],
        },
        "reference": {
            "messages_per_s": round(median(count / bare for _, bare, count in counted), 2),
            "rounds": [round(count / bare, 2) for _, bare, count in counted],
            "what": "the engine called with the same requests",
        },
        "ratio": round(median(bare / ours for ours, bare, _ in counted), 3),
        "texts": counted[0][2],
        "model": settings.INFERENCE_MODEL,
    }


def _worker_round(tenant: Tenant) -> tuple[float, float, int]:
    """Return the seconds of the worker and of the engine alone, and how many texts they wrote."""
    campaign = _make_campaign(tenant)
    with scope(tenant.pk):
        writing.start_writing(campaign)
        rows = Creative.objects.filter(campaign=campaign, state=CreativeState.WAITING)
        rows = rows.select_related("campaign", "micro_segment", "snapshot").order_by("pk")
        requests = [checks.request_of(row) for row in rows]
        start = time.monotonic()
    # The transaction of the scope is over: now the worker is rung.
    _wait_for_review(campaign)
    ours = time.monotonic() - start
    start = time.monotonic()
    with override_settings(INFERENCE_THREADS=1):
        inference.write(requests, model=settings.INFERENCE_MODEL)
    return ours, time.monotonic() - start, len(requests)


def _wait_for_review(campaign: Campaign) -> None:
    while True:
        with scope(campaign.tenant_id):
            state = Campaign.objects.values_list("state", flat=True).get(pk=campaign.pk)
        if state == CampaignState.IN_REVIEW:
            return
        if state != CampaignState.GENERATING:
            raise RuntimeError(f"The campaign is {state} and did not get to review.")
        time.sleep(WAIT_SECONDS)


@contextlib.contextmanager
def _writing_worker() -> Iterator[None]:
    """A worker of the queue `inference`, as the platform runs it; it ends with the block."""
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "marketing_platform", "worker"]
    command += ["--queues", "inference", "--pool", "solo", "--loglevel", "ERROR"]
    command += ["--without-gossip", "--without-mingle"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=settings.BASE_DIR,
        env=os.environ | {"INFERENCE_THREADS": "1"},
        stdout=sys.stderr,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


BENCHES = {"personalise": bench_personalise, "worker": bench_worker}
