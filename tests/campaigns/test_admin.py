"""Administrators see every row of a chosen workspace and free what is stuck."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, CampaignState
from tenants.models import Tenant, User

pytestmark = pytest.mark.django_db

MODELS = (
    "campaign",
    "campaignproduct",
    "microsegment",
    "audiencemember",
    "creative",
    "approval",
)


@pytest.fixture
def administrator(in_acme: Tenant) -> Client:
    user = User.objects.create_superuser("ada@example.com", "correct horse")
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post(reverse("admin-workspace"), {"workspace": "acme"})
    return client


def test_every_model_has_a_list(administrator: Client, written: Campaign) -> None:
    for model in MODELS:
        answer = administrator.get(reverse(f"admin:campaigns_{model}_changelist"))
        assert answer.status_code == 200, model
    row = written.creatives.first()
    page = reverse("admin:campaigns_creative_change", args=[row.pk])
    assert administrator.get(page).status_code == 200


def test_an_action_calls_the_service(administrator: Client, campaign: Campaign) -> None:
    url = reverse("admin:campaigns_campaign_changelist")
    administrator.post(url, {"action": "write_texts", "_selected_action": [campaign.pk]})
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.GENERATING
    administrator.post(url, {"action": "stop_writing", "_selected_action": [campaign.pk]})
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT
