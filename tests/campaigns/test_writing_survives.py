"""Workers die while they write. Nothing is lost, and the texts are the same as without a death."""

import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns import checks
from campaigns.models import Campaign, CampaignState, Creative, CreativeState, Variant
from campaigns.services import audience, batches, briefs, writing
from campaigns.tasks import ring_writers, write_batch_of, write_texts
from delivery.crash import worker_environment
from inference.engine import fake
from profiles.services import segments
from tenants.context import scope
from tenants.models import Tenant
from tests.campaigns.conftest import EVERYBODY, make_people, make_product, make_voice
from tests.campaigns.slow_writer import text_of
from tests.conftest import make_user, make_workspace

OPEN = (CreativeState.WAITING, CreativeState.WRITING)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing rings: tests run tasks at once, and here the workers are processes."""
    monkeypatch.setattr("campaigns.services.writing.ring", lambda campaign: None)


def start() -> Campaign:
    """A committed workspace with a campaign whose texts are to be written."""
    tenant = make_workspace("acme", make_user("Olga"))
    with scope(tenant.pk):
        make_voice()
        make_people(300)
        products = [
            make_product("cascade-4", "Cascade 4", "Shoes", "120.00"),
            make_product("fell-shell", "Fell Shell", "Jackets", "180.00"),
        ]
        campaign = briefs.create_campaign(name="Winter", goal="winback", products=products)
        everybody = segments.create_segment(name="Everybody", rules=EVERYBODY)
        audience.set_audience(campaign, segment=everybody, detail=5, base_percent=20)
        writing.start_writing(campaign)
    return campaign


def worker(campaign: Campaign, *more: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.campaigns.slow_writer"]
    return subprocess.Popen(  # noqa: S603 - our own program
        [*command, str(campaign.tenant_id), str(campaign.pk), *map(str, more)],
        env=worker_environment() | {"INFERENCE_MODEL": "fake"},
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )


def count(campaign: Campaign, *states: str) -> int:
    with scope(campaign.tenant_id):
        return Creative.objects.filter(campaign=campaign, state__in=states).count()


def finish(campaign: Campaign) -> None:
    """Write what is left here, as soon as the leases of the dead have run out."""
    with fake.scripted(text_of):
        while count(campaign, *OPEN):
            if not batches.write_batch(campaign.tenant_id, campaign.pk):
                time.sleep(0.1)
    with scope(campaign.tenant_id):
        batches.finish_if_done(campaign)


def test_killed_writers_change_nothing(committed: None, silent: None) -> None:
    campaign = start()
    with scope(campaign.tenant_id):
        rows = set(campaign.creatives.values_list("public_id", flat=True))
    for _night in range(2):
        # One is in the middle of its third batch, the other wherever it is by then.
        first, second = worker(campaign, "--held-after", 20), worker(campaign, "--held-after", 60)
        assert first.stdout.readline() == "held\n"
        for process in (first, second):
            process.kill()  # -9
            process.communicate()
    assert count(campaign, CreativeState.WRITTEN) > 0
    assert count(campaign, CreativeState.WRITING) > 0, "they died in the middle of it"
    finish(campaign)
    with scope(campaign.tenant_id):
        creatives = campaign.creatives.select_related("campaign", "micro_segment", "snapshot")
        assert {row.public_id for row in creatives} == rows
        assert {row.state for row in creatives} == {CreativeState.WRITTEN}
        for row in creatives.exclude(variant=Variant.BASE):
            _is_what_it_would_have_been(row)
        campaign.refresh_from_db()
        assert campaign.state == CampaignState.IN_REVIEW


def _is_what_it_would_have_been(row: Creative) -> None:
    draws = 2 if row.public_id.int % 2**31 % 4 == 0 else 1
    assert row.attempts == draws
    row.attempts = draws - 1
    assert row.parts == text_of(checks.request_of(row))


def test_a_text_that_kills_its_writer_is_given_up_and_its_neighbours_are_not(
    committed: None, silent: None
) -> None:
    campaign = start()
    with scope(campaign.tenant_id):
        poison = campaign.creatives.exclude(variant=Variant.BASE).order_by("id")[5]
        seed = poison.public_id.int % 2**31
    deaths = 0
    while count(campaign, *OPEN):
        process = worker(campaign, "--poison", seed)
        process.communicate(timeout=300)
        deaths += process.returncode != 0
        time.sleep(0.3)
        assert deaths <= 3
    with scope(campaign.tenant_id):
        given_up = campaign.creatives.filter(state=CreativeState.FALLBACK)
        assert [(row.pk, row.findings[0]["code"]) for row in given_up] == [
            (poison.pk, "writer_died")
        ]
    assert deaths == 3


@pytest.mark.django_db
def test_a_lost_bell_is_rung_again(campaign: Campaign) -> None:
    writing.start_writing(campaign)  # the test's transaction never commits, so nothing rings
    ring_writers()
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.IN_REVIEW


@pytest.mark.django_db
def test_a_task_that_runs_twice_changes_nothing(written: Campaign, in_acme: Tenant) -> None:
    before = list(written.creatives.order_by("id").values_list("id", "parts", "attempts"))
    write_batch_of(in_acme.pk, written.pk)
    write_batch_of(in_acme.pk, written.pk)
    assert before == list(written.creatives.order_by("id").values_list("id", "parts", "attempts"))


@pytest.mark.django_db
def test_a_writer_whose_lease_ran_out_cannot_overwrite_a_newer_one(campaign: Campaign) -> None:
    writing.start_writing(campaign)
    late = batches._claim(campaign.pk)
    campaign.creatives.filter(pk__in=[item.id for item in late]).update(lease_until=timezone.now())
    newer = batches._claim(campaign.pk)
    assert {item.id for item in newer} <= {item.id for item in late}
    writings = fake.write([item.request for item in late])
    batches._save(campaign.pk, late, writings, stopped=False)
    assert not campaign.creatives.filter(
        pk__in=[item.id for item in newer], state=CreativeState.WRITTEN
    ).exists()


@pytest.mark.django_db
def test_a_model_that_cannot_be_loaded_says_so_and_loses_nothing(
    campaign: Campaign, settings: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inference.errors import ModelMissing

    def missing(*args: object, **kwargs: object) -> None:
        raise ModelMissing("The weights are not there. Run `make starter`.")

    writing.start_writing(campaign)
    monkeypatch.setattr("campaigns.services.batches.inference.write", missing)
    write_texts()
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.FAILED
    assert "make starter" in campaign.state_reason
    waiting = campaign.creatives.exclude(variant=Variant.BASE)
    assert {(row.state, row.starts) for row in waiting} == {(CreativeState.WAITING, 0)}
