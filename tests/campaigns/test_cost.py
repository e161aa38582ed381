"""What writing costs, and what a quota refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis.exceptions import ConnectionError as NoRedis

from campaigns import words
from campaigns.models import Campaign, CampaignState
from campaigns.services import audience, batches, briefs, costs, writing
from catalogue.models import Product
from inference import services as inference
from inference.errors import QuotaUsedUp
from inference.models import Quota, Usage
from inference.types import WriterRef
from tenants.models import Tenant
from tests.campaigns.conftest import write_all
from tests.queries import at_most_queries

pytestmark = pytest.mark.django_db


COUNTING = "Counting who gets it."


def page(client: Client, step: str, campaign: Campaign) -> str:
    """The page as a browser shows it in the end: it asks at once for what takes long."""
    body = first_look(client, step, campaign)
    return (
        first_look(client, step, campaign, **{"HX-Request": "true"}) if COUNTING in body else body
    )


def first_look(client: Client, step: str, campaign: Campaign, **headers: str) -> str:
    path = reverse(f"campaigns:campaign-{step}", args=["acme", campaign.public_id])
    return client.get(path, headers=headers).content.decode()


# ---- Cost --------------------------------------------------------------------------------------


def test_the_cost_is_foretold_before_and_counted_after(as_olga: Client, campaign: Campaign) -> None:
    assert "What the writing will cost" in page(as_olga, "audience", campaign)

    writing.start_writing(campaign)
    write_all(campaign)
    texts = campaign.creatives.exclude(variant="base").count()
    [line] = costs.spent(campaign)
    assert (line.model, line.texts) == ("fake", texts)
    assert "What the writing cost" in page(as_olga, "content", campaign)


def test_the_button_that_has_texts_written_says_first_what_it_takes(
    as_olga: Client, campaign: Campaign
) -> None:
    campaign.channels = ["email", "ad", "article"]
    campaign.save()
    body = page(as_olga, "content", campaign)
    assert "What the writing will cost" in body
    assert "Write the texts" in body
    foretold = costs.foretell(campaign)
    writing.start_writing(campaign)
    write_all(campaign)
    [line] = costs.spent(campaign)
    assert foretold.texts == sum(cost.texts for cost in foretold.costs) == line.texts


def test_where_writing_was_stopped_the_rest_is_foretold(
    as_olga: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH_AFTER_STARTS", (10, 16, 1))
    every = costs.foretell(campaign).texts
    writing.start_writing(campaign)
    batches.write_batch(campaign.tenant_id, campaign.pk)
    writing.stop_writing(campaign)
    assert costs.foretell(campaign).texts == every - 10
    assert f"What is left will take: fake · texts: {every - 10}" in page(
        as_olga, "content", campaign
    )


def test_texts_that_are_out_of_date_are_foretold_anew(as_olga: Client, written: Campaign) -> None:
    every = costs.foretell(written).texts
    audience.set_audience(written, segment=written.segment, detail=1)
    assert 0 < costs.foretell(written).texts < every
    body = page(as_olga, "content", written)
    assert f"Writing them anew will take: fake · texts: {costs.foretell(written).texts}" in body


def test_what_is_sent_is_foretold_no_more(as_olga: Client, written: Campaign) -> None:
    Campaign.objects.update(state=CampaignState.SENT)
    written.refresh_from_db()
    assert (costs.foretell(written).texts, costs.foretell(written).costs) == (0, [])
    for step in ("audience", "content"):
        assert "What the writing will cost" not in page(as_olga, step, written)
        assert "What the writing cost" in page(as_olga, step, written)


def test_the_forecast_costs_the_page_few_questions(as_olga: Client, campaign: Campaign) -> None:
    page(as_olga, "audience", campaign)  # where a marketer comes from; it counts
    Quota.objects.create(texts_per_day=1_000)
    with at_most_queries(22):
        page(as_olga, "content", campaign)


def test_a_page_does_not_wait_until_the_audience_is_counted(
    as_olga: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so, and asks for the rest, which tells the head too; then every page knows."""
    with monkeypatch.context() as patch:
        patch.setattr(audience, "preview", lambda _campaign: pytest.fail("It was counted."))
        body = first_look(as_olga, "content", campaign)
    path = reverse("campaigns:campaign-content", args=["acme", campaign.public_id])
    assert f'hx-get="{path}" hx-trigger="load" hx-target="#content"' in body
    assert "Audience not counted yet" in body
    assert "Write the texts" in body

    body = page(as_olga, "content", campaign)
    people = f"{audience.preview(campaign).recipients} people"
    for shown in (body, *(first_look(as_olga, step, campaign) for step in ("content", "brief"))):
        assert people in shown
        assert COUNTING not in shown
        assert "Audience not counted yet" not in shown
    assert "What the writing will cost" in body


def test_without_the_cache_the_audience_is_counted_each_time(
    as_olga: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise NoRedis

    monkeypatch.setattr(cache, "get", away)
    monkeypatch.setattr(cache, "set", away)
    for step in ("audience", "content"):
        assert "What the writing will cost" in page(as_olga, step, campaign)


def test_partners_are_told_the_same(api_key: str, campaign: Campaign) -> None:
    Quota.objects.create(texts_per_day=7)
    api = Client(headers={"Authorization": f"Bearer {api_key}"})
    url = f"/api/v1/campaigns/{campaign.public_id}/cost/"
    before = api.get(url).json()
    texts = costs.foretell(campaign).texts
    assert before["spent"] == []
    assert before["foretold"]["texts"] == before["foretold"]["costs"][0]["texts"] == texts > 7
    assert (before["foretold"]["quota_left"], before["foretold"]["is_short"]) == (7, True)
    writing.start_writing(campaign)
    write_all(campaign)
    after = api.get(url).json()
    assert after["spent"][0]["texts"] == 7
    assert after["foretold"]["texts"] == texts - 7
    assert "used up its 7 texts of today" in after["foretold"]["refusal"]


def test_partners_are_told_what_is_missing_as_by_the_writing(api_key: str, shoe: Product) -> None:
    bare = briefs.create_campaign(name="Bare", goal="launch", products=[shoe])
    api = Client(headers={"Authorization": f"Bearer {api_key}"})
    answer = api.get(f"/api/v1/campaigns/{bare.public_id}/cost/")
    assert (answer.status_code, answer.json()["code"]) == (422, "brief_incomplete")


def test_a_server_costs_by_its_price_list(in_acme: Tenant, settings: pytest.FixtureRequest) -> None:
    settings.INFERENCE_PRICE_IN, settings.INFERENCE_PRICE_OUT = 0.5, 2.0
    server = WriterRef(name="cluster", engine="openai")
    cost = inference.estimate({"email": 1_000}, server, seconds=60)
    assert (cost.prompt_tokens, cost.new_tokens) == (600_000, 150_000)
    assert cost.money == pytest.approx(0.6)
    assert cost.watt_hours is None


def test_our_own_machine_costs_energy_not_money(in_acme: Tenant) -> None:
    cost = inference.estimate({"email": 100}, WriterRef(name="starter", engine="starter"), 120)
    assert cost.money is None
    assert cost.watt_hours == pytest.approx(1.0)
    told = [replace(cost, watt_hours=used) for used in (1.0, 0.02, 0.0)]
    energies = [line.energy for line in words.describe_costs(told)]
    assert energies == ["1.0 Wh", "< 0.1 Wh", "0.0 Wh"]


def test_later_estimates_take_the_tokens_of_what_was_written(in_acme: Tenant) -> None:
    starter = WriterRef(name="starter", engine="starter")
    Usage.objects.create(
        source=in_acme.public_id, writer="starter", engine="starter", texts=10,
        prompt_tokens=210, new_tokens=1_000,
    )  # fmt: skip
    assert inference.estimate({"email": 40, "ad": 10}, starter, 1).new_tokens == 5_000


# ---- Quota -------------------------------------------------------------------------------------


def test_a_quota_that_will_not_do_is_told_before_the_button_is_pressed(
    as_olga: Client, campaign: Campaign
) -> None:
    counts = [stop.texts for stop in audience.preview(campaign).groupings]
    Quota.objects.create(texts_per_day=counts[0])
    assert counts[0] < counts[1], "only the coarsest stop would do"
    for step in ("audience", "content"):
        body = page(as_olga, step, campaign)
        assert f"It leaves {counts[0]} texts, and {counts[2]} are needed" in body
        assert "At the step Audience, “Coarse” would do" in body
    assert "Write the texts" in page(as_olga, "content", campaign)


def test_no_button_is_offered_where_nothing_can_be_written(
    as_olga: Client, campaign: Campaign
) -> None:
    Quota.objects.create(texts_per_day=0)
    body = page(as_olga, "content", campaign)
    assert "used up its 0 texts of today. Go on tomorrow" in body
    assert "Write the texts" not in body


def test_a_quota_that_is_used_up_refuses_with_a_sentence(campaign: Campaign) -> None:
    Quota.objects.create(texts_per_day=0)
    with pytest.raises(QuotaUsedUp, match="used up its 0 texts of today"):
        writing.start_writing(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
    assert not campaign.creatives.exists()


def test_no_text_is_written_beyond_the_quota(campaign: Campaign) -> None:
    Quota.objects.create(texts_per_day=7)
    writing.start_writing(campaign)
    write_all(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.FAILED
    assert "used up its 7 texts of today" in campaign.state_reason
    assert campaign.creatives.filter(state="written").exclude(variant="base").count() == 7
    assert sum(Usage.objects.values_list("texts", flat=True)) == 7


def test_on_the_next_day_the_writing_goes_on(campaign: Campaign) -> None:
    Quota.objects.create(texts_per_day=7)
    writing.start_writing(campaign)
    write_all(campaign)
    Usage.objects.update(created_at=timezone.now() - timedelta(days=1))
    Quota.objects.update(texts_per_day=1_000)
    campaign.refresh_from_db()
    writing.go_on_writing(campaign)
    write_all(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.IN_REVIEW


def test_a_quota_of_tokens_counts_those_read_and_written(in_acme: Tenant) -> None:
    Quota.objects.create(tokens_per_month=1_500)
    Usage.objects.create(
        source=in_acme.public_id, writer="x", engine="x", texts=10, prompt_tokens=500,
        new_tokens=500,
    )  # fmt: skip
    assert inference.texts_left() == 5
    assert inference.texts_allowed(100) == 5
    Usage.objects.update(new_tokens=1_000)
    assert inference.texts_left() == 0
