"""The starter model itself writes a campaign in both languages, and its texts pass the checks."""

import pytest
from django.test import override_settings

from campaigns import checks
from campaigns.findings import to_json
from campaigns.models import Campaign, CampaignState, CreativeState
from campaigns.services import audience, briefs, writing
from inference import services as inference
from inference.types import Channel, Goal, Language, Tone, WritingRequest
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
    for row in texts:  # what the engine found need not be looked for again, and is the same
        assert row.findings == [to_json(finding) for finding in checks.check_creative(row)]


@pytest.mark.parametrize(
    ("said", "is_other"),
    [
        ("Our alpine shell pro, for the hills.", "alpine shell pro"),
        ("Made for the Alpine.", ""),
        ("The Cascade 4, once more.", ""),
        ("这件雪山防风外套很轻。", "雪山防风外套"),
        ("这件防风的外套很轻。", ""),
    ],
)
def test_a_text_names_no_product_but_its_own(said: str, is_other: str) -> None:
    names = {"alpine shell pro", "cascade 4", "雪山防风外套"}
    request = WritingRequest(
        language=Language.ENGLISH, channel=Channel.EMAIL, goal=Goal.WINBACK, tone=Tone.WARM
    )
    found = checks.check_parts(
        request,
        {"body": said},
        facts={"product.name": "Cascade 4"},
        rules=checks.Rules(product_names=frozenset(names)),
    )
    quoted = [finding.quote for finding in found if finding.code == "other_product"]
    assert quoted == ([is_other] if is_other else [])


def _faults(texts: list) -> list[object]:
    return [
        (row.parts, [finding for finding in row.findings if finding["level"] == "blocked"])
        for row in texts
        if row.state == CreativeState.FALLBACK
    ]
