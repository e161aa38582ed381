"""Review, approve, launch and stop through the REST API."""

import pytest
from django.test import Client

from campaigns.models import CampaignState
from campaigns.services import review
from delivery.models import Mailing, Message, MessageState
from tenants import services
from tenants.context import scope


def client_of(key):
    return Client(headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def shop(api_key):
    return client_of(api_key)


def post(client, path, data=None):
    return client.post(f"/api/v1/{path}", data or {}, content_type="application/json")


def test_the_whole_way_from_review_to_the_last_message(shop, written):
    base = f"campaigns/{written.public_id}"

    refused = post(shop, f"{base}/approve/")
    assert (refused.status_code, refused.json()["code"]) == (409, "unread")
    while ids := shop.get(f"/api/v1/{base}/review/").json()["to_read"]:
        for one in ids:
            answer = post(shop, f"creatives/{one}/verdict/", {"verdict": "approve"})
            assert answer.json()["verdict"] == "approved"
    approval = post(shop, f"{base}/approve/").json()
    assert approval["approved_by_name"] == "API key Shop"
    assert len(approval["content_hash"]) == 64

    first = post(shop, f"{base}/launch/")
    second = post(shop, f"{base}/launch/")
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["audience"] == approval["audience_size"]
    assert Mailing.objects.count() == 1

    assert post(shop, f"{base}/pause/").json()["state"] == "paused"
    assert post(shop, f"{base}/resume/").json()["state"] == "sending"
    assert post(shop, f"{base}/cancel/").json()["cancelled"] == approval["audience_size"]
    assert not Message.objects.exclude(state=MessageState.CANCELLED).exists()
    results = shop.get(f"/api/v1/{base}/results/").json()
    assert results["recipients"]["sent"] == 0
    assert results["verdict"]["kind"] == "early"


def test_an_edit_is_checked_and_unknown_parts_are_refused(shop, written):
    text = review.creatives_to_review(written).sample[0]

    edited = post(shop, f"creatives/{text.public_id}/edit/", {"parts": {"subject": "Just $5"}})
    assert any(finding["level"] == "blocked" for finding in edited.json()["findings"])
    blocked = post(shop, f"creatives/{text.public_id}/verdict/", {"verdict": "approve"})
    assert blocked.status_code == 409
    unknown = post(shop, f"creatives/{text.public_id}/edit/", {"parts": {"footer": "x"}})
    assert unknown.status_code == 422


def test_each_verb_needs_its_scope(written, acme):
    with scope(acme.pk):
        reader = client_of(
            services.create_api_key(tenant=acme, name="R", scopes=["campaigns:read"])[1]
        )
        approver = client_of(
            services.create_api_key(tenant=acme, name="A", scopes=["campaigns:approve"])[1]
        )
    base = f"campaigns/{written.public_id}"

    for verb in ("approve", "launch", "pause", "resume", "cancel"):
        assert post(reader, f"{base}/{verb}/").status_code == 403
    assert post(approver, f"{base}/launch/").status_code == 403
    assert post(approver, f"{base}/approve/").status_code == 409
    written.refresh_from_db()
    assert written.state == CampaignState.IN_REVIEW
    assert not Mailing.objects.exists()


def test_another_workspace_finds_nothing(written, globex):
    with scope(globex.pk):
        key = services.create_api_key(
            tenant=globex, name="G", scopes=["campaigns:read", "campaigns:send"]
        )[1]
    eve = client_of(key)

    assert eve.get(f"/api/v1/campaigns/{written.public_id}/results/").status_code == 404
    assert post(eve, f"campaigns/{written.public_id}/launch/").status_code == 404
