"""The starter model itself writes a campaign in both languages, and its texts pass the checks."""

import pytest
from django.test import override_settings

from campaigns.models import Campaign, CampaignState, CreativeState
from campaigns.services import audience, briefs, writing
from inference import services as inference
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db


def test_the_starter_writes_a_campaign(campaign: Campaign) -> None:
    starter = inference.describe_model("starter")
    shares = {"smallest_group": 2, "holdout_percent": 0, "base_percent": 0}
    audience.set_audience(campaign, segment=campaign.segment, detail=1, **shares)
    briefs.save_brief(campaign, channels=["email", "ad"])
    with override_settings(INFERENCE_MODEL="starter"):
        writing.start_writing(campaign)
        write_all(campaign)
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.IN_REVIEW
    texts = list(campaign.creatives.exclude(variant="base"))
    assert len(texts) >= 18
    passed = [row for row in texts if row.state == CreativeState.WRITTEN]
    assert len(passed) >= 0.9 * len(texts), _faults(texts)
    assert {row.language for row in passed} == {"en", "zh-hans"}
    assert {(row.model, row.prompt_version) for row in texts} == {
        (f"starter@{starter.revision}", starter.prompt_version)
    }
    assert all(row.new_tokens > 0 for row in texts)


def _faults(texts: list) -> list[object]:
    return [
        (row.parts, [finding for finding in row.findings if finding["level"] == "blocked"])
        for row in texts
        if row.state == CreativeState.FALLBACK
    ]
