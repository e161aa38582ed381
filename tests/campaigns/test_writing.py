"""From a brief to texts in review."""

import pytest

from campaigns.models import Campaign, CampaignState, CreativeState, Place
from campaigns.services import writing

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
