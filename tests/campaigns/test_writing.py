"""From a brief to texts in review."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from campaigns.models import Campaign, CampaignState, CreativeState, Place
from campaigns.services import batches, writing
from inference.engine import fake
from inference.types import WritingRequest
from profiles.models import Customer
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db


def test_every_text_is_written_and_the_campaign_goes_to_review(written: Campaign) -> None:
    assert written.state == CampaignState.IN_REVIEW
    progress = writing.progress(written)
    assert progress.is_done
    assert progress.fallback == 0, _faults(written)
    assert progress.total == written.creatives.count() > 4
    assert progress.passed + progress.look + progress.fallback == progress.written


def test_each_language_has_a_base_text_that_a_person_must_read(written: Campaign) -> None:
    base = written.creatives.filter(variant="base").order_by("language")
    assert [(row.language, row.must_read) for row in base] == [
        ("en", "base_text"),
        ("zh-hans", "base_text"),
    ]
    assert "{{ offer.phrase }}" in base[0].parts["body"]


def test_each_recipient_has_exactly_one_text(written: Campaign) -> None:
    texts = {
        (row.micro_segment_id, row.variant)
        for row in written.creatives.filter(micro_segment__isnull=False)
    }
    people = written.audience.filter(place=Place.RECIPIENT)
    assert people.count() > 0
    for person in people:
        assert person.variant == "base" or (person.micro_segment_id, person.variant) in texts


def _faults(campaign: Campaign) -> list[object]:
    return [
        (row.parts, [f for f in row.findings if f["level"] == "blocked"])
        for row in campaign.creatives.filter(state=CreativeState.FALLBACK)
    ]


def test_a_stop_is_heard_in_the_middle_of_a_batch(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written stays, what is not waits untouched, and both are there after going on."""
    monkeypatch.setattr("campaigns.services.batches.ASK_SECONDS", 0)
    writing.start_writing(campaign)
    asked = []

    def stop_at_the_third(request: WritingRequest) -> Mapping[str, str]:
        asked.append(request)
        if len(asked) == 3:
            writing.stop_writing(campaign)
        return fake.compose(request)

    with fake.scripted(stop_at_the_third):
        write_all(campaign)
    assert len(asked) == 3
    texts = campaign.creatives.exclude(variant="base")
    assert texts.filter(state=CreativeState.WRITTEN).count() == 3
    waiting = texts.filter(state=CreativeState.WAITING)
    assert {(row.attempts, row.starts, row.lease_until) for row in waiting} == {(0, 0, None)}
    writing.go_on_writing(campaign)
    write_all(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.IN_REVIEW
    assert {row.attempts for row in texts} == {1}


def test_the_same_row_is_written_in_the_same_words_again(campaign: Campaign) -> None:
    writing.start_writing(campaign)
    write_all(campaign)
    first = dict(campaign.creatives.values_list("public_id", "parts"))
    campaign.creatives.exclude(variant="base").update(state="waiting", attempts=0, parts={})
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.GENERATING)
    write_all(campaign)
    assert dict(campaign.creatives.values_list("public_id", "parts")) == first


def test_a_prompt_holds_no_word_of_a_customer(campaign: Campaign) -> None:
    Customer.objects.filter(first_name="Name1").update(first_name="CANARY", city="CANARY")
    seen = []

    def script(request: WritingRequest) -> Mapping[str, str]:
        seen.append(repr(request))
        return fake.compose(request)

    writing.start_writing(campaign)
    with fake.scripted(script):
        write_all(campaign)
    assert seen
    assert not any("CANARY" in words or "@" in words for words in seen)


def test_provenance_is_kept_with_each_text(written: Campaign) -> None:
    for row in written.creatives.exclude(variant="base"):
        assert (row.engine, row.model, row.prompt_version) == ("fake", "fake", "fake-1")
        assert len(row.prompt_hash) == 64
        assert row.written_at is not None
        assert row.snapshot is not None


@pytest.mark.parametrize(("seconds_per_text", "texts"), [(0.001, 768), (0.1, 150), (9.0, 16)])
def test_a_batch_is_as_long_as_the_model_is_quick(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch, seconds_per_text: float, texts: int
) -> None:
    """A slow model saves what it wrote as often as a quick one, so progress is seen."""
    known = batches.inference.describe_model("fake")
    slow = replace(known, seconds_per_text=seconds_per_text)
    monkeypatch.setattr(batches.inference, "describe_model", lambda writer: slow)
    assert batches._batch_size(campaign) == texts
