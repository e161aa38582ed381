"""No workspace keeps the writers to itself."""

from collections.abc import Mapping

import pytest
from django.db import connection

from campaigns import turns
from campaigns.models import Campaign, CampaignState
from campaigns.services import audience, batches, briefs, writing
from campaigns.tasks import write_batch_of, write_texts
from inference.engine import fake
from inference.models import Usage
from inference.types import WritingRequest
from profiles.services import segments
from tenants.context import scope
from tenants.models import Tenant
from tests.campaigns.conftest import EVERYBODY, make_people, make_product, make_voice

pytestmark = pytest.mark.django_db


def campaign_of(tenant: Tenant, people: int) -> Campaign:
    """A campaign of a workspace with a text to write for each of so many people: none is held out
    or gets the base text, so that no draw changes how many there are."""
    with scope(tenant.pk):
        make_voice()
        product = make_product("cascade-4", "Cascade 4", "Shoes", "120.00")
        make_people(people, start=tenant.pk * 10_000)
        row = briefs.create_campaign(name="Big", goal="winback", products=[product])
        segment = segments.create_segment(name="Everybody", rules=EVERYBODY)
        everybody = {"smallest_group": 1, "holdout_percent": 0, "base_percent": 0}
        audience.set_audience(row, segment=segment, detail=5, **everybody)
        writing.start_writing(row)
    return row


def test_a_small_workspace_is_served_after_one_batch_of_a_large_one(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_AFTER_STARTS", (20, 16, 1))
    large = campaign_of(acme, 120)
    assert turns.next_turn() == (acme.pk, large.pk)
    batches.write_batch(acme.pk, large.pk)
    small = campaign_of(globex, 6)
    order: list[int] = []
    monkeypatch.setattr(
        "campaigns.tasks.batches.write_batch",
        lambda tenant, campaign: order.append(tenant) or _write(tenant, campaign),
    )
    write_texts()
    assert order[0] == globex.pk
    last = max(place for place, tenant in enumerate(order) if tenant == globex.pk)
    assert last <= 3, "in turn with the large one, not after it"
    assert order.count(acme.pk) > 3
    for tenant, row in ((acme, large), (globex, small)):
        with scope(tenant.pk):
            row.refresh_from_db()
            assert row.state == CampaignState.IN_REVIEW


_write = batches.write_batch


MANY = 100_000
MORE_TEXTS = f"""
    WITH one AS (
        SELECT * FROM campaigns_microsegment
        WHERE tenant_id = %(tenant)s AND campaign_id = %(campaign)s ORDER BY id LIMIT 1),
    m AS (
        INSERT INTO campaigns_microsegment
            (tenant_id, campaign_id, facts_hash, facts, detail, language, product_id, snapshot_id,
             size)
        SELECT tenant_id, campaign_id, md5(n::text), facts, detail, language, product_id,
               snapshot_id, size
        FROM one CROSS JOIN generate_series(1, %(more)s) n
        RETURNING *)
    INSERT INTO campaigns_creative ({writing.COLUMNS})
    SELECT m.tenant_id, m.campaign_id, m.id, 'reason', 'email', m.language, m.snapshot_id,
           {writing.EMPTY}
    FROM m"""  # noqa: S608


def let_wait(campaign: Campaign, texts: int) -> None:
    """Give the campaign more micro-segments, until so many texts wait to be written."""
    with scope(campaign.tenant_id), connection.cursor() as cursor:
        more = texts - campaign.creatives.filter(state="waiting").count()
        ids = {"tenant": campaign.tenant_id, "campaign": campaign.pk, "more": more}
        cursor.execute(MORE_TEXTS, ids)
        cursor.execute("SELECT tenants_analyze(%s)", [["campaigns_creative"]])
        assert campaign.creatives.filter(state="waiting").count() == texts


def test_ten_texts_are_written_in_twice_their_time_while_100_000_wait(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come while a batch of the large workspace is being written, once as a workspace that
    was never served and once as one that was. From then until the ten are done the engine may
    write no more than ten texts of the large one: that is the factor of two, whatever a text
    takes. One call of the engine is the large one's, and it ends at the next question."""
    monkeypatch.setattr(batches, "ASK_SECONDS", 0)
    large, small = campaign_of(acme, 3), campaign_of(globex, 3)
    let_wait(large, MANY)
    let_wait(small, 10)
    with scope(globex.pk):
        ten = small.creatives.exclude(variant="base")
        Campaign.objects.filter(pk=small.pk).update(state=CampaignState.DRAFT)
    calls: list[int] = []
    texts: list[int] = []

    def come() -> None:
        with scope(globex.pk):
            ten.update(state="waiting", attempts=0, starts=0, parts={})
            Campaign.objects.filter(pk=small.pk).update(state=CampaignState.GENERATING)

    def script(request: WritingRequest) -> Mapping[str, str]:
        texts.append(calls[-1])
        if texts.count(acme.pk) == 5 and globex.pk not in texts:
            come()
        return fake.compose(request)

    monkeypatch.setattr(
        "campaigns.tasks.batches.write_batch",
        lambda tenant, campaign: calls.append(tenant) or _write(tenant, campaign),
    )
    for _arrival in range(2):
        calls.clear()
        texts.clear()
        with fake.scripted(script):
            write_batch_of(acme.pk, large.pk)
            write_batch_of(*turns.next_turn())
        assert texts.count(globex.pk) == 10
        assert texts.count(acme.pk) - 5 <= 10
        assert calls.count(acme.pk) == 1
        with scope(globex.pk):
            assert not ten.exclude(state="written").exists()
            small.refresh_from_db()
            assert small.state == CampaignState.IN_REVIEW
    with scope(acme.pk):
        assert large.creatives.filter(state="waiting").count() > MANY - 2 * 200


def test_a_batch_is_broken_off_for_a_workspace_that_comes(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its unwritten texts go back; those that were written stay; nothing is counted twice."""
    monkeypatch.setattr(batches, "ASK_SECONDS", 0)
    large = campaign_of(acme, 60)
    came: list[Campaign] = []

    def write(requests, *, model, on_progress, should_stop):
        def come() -> bool:
            if not came:
                came.append(campaign_of(globex, 4))
            return should_stop()

        return fake.write(requests, on_progress=on_progress, should_stop=come)

    monkeypatch.setattr("campaigns.services.batches.inference.write", write)
    batches.write_batch(acme.pk, large.pk)
    with scope(acme.pk):
        written = large.creatives.filter(state="written").exclude(variant="base").count()
        assert written == 0
        assert not large.creatives.filter(state="writing").exists()
        assert sum(Usage.objects.values_list("texts", flat=True)) == written
    assert turns.next_turn() == (globex.pk, came[0].pk)


def test_a_few_texts_that_are_blocked_do_not_queue_behind_a_large_workspace(
    acme: Tenant, globex: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_AFTER_STARTS", (20, 16, 1))
    large, small = campaign_of(acme, 120), campaign_of(globex, 6)
    batches.write_batch(acme.pk, large.pk)
    order: list[int] = []
    monkeypatch.setattr(
        "campaigns.tasks.batches.write_batch",
        lambda tenant, campaign: order.append(tenant) or _write(tenant, campaign),
    )

    def evil_at_first(request: WritingRequest) -> Mapping[str, str]:
        parts = fake.compose(request)
        return parts if request.attempt else parts | {"body": "See https://evil.example"}

    with fake.scripted(evil_at_first):
        assert turns.next_turn() == (globex.pk, small.pk)
        write_batch_of(*turns.next_turn())
    assert set(order) == {globex.pk}
    with scope(globex.pk):
        rows = small.creatives.exclude(variant="base")
        assert {(row.state, row.attempts) for row in rows} == {("written", 2)}
