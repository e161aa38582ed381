"""Partners make campaigns and have them written through the REST API."""

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, CampaignState
from catalogue.models import Offer, Product
from profiles.models import Segment
from tenants.models import Tenant
from tenants.services import create_api_key
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db
URL = "/api/v1/campaigns/"


@pytest.fixture
def api(api_key: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {api_key}"})


def send(client: Client, method: str, url: str, values: dict[str, Any] | None = None) -> Any:
    return getattr(client, method)(url, data=values or {}, content_type="application/json")


def test_a_campaign_is_created_written_and_read(
    api: Client, campaign: Campaign, shoe: Product, offer: Offer, segment: Segment
) -> None:
    answer = send(
        api,
        "post",
        URL,
        {
            "name": "From the shop",
            "goal": "launch",
            "offer": str(offer.public_id),
            "products": [str(shoe.public_id)],
        },
    )
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert made["product_ids"] == [str(shoe.public_id)]
    assert made["languages"] == ["en", "zh-hans"]
    url = f"{URL}{made['id']}/"
    assert send(api, "patch", url, {"tone": "warm"}).json()["tone"] == "warm"
    answer = send(api, "put", f"{url}audience/", {"segment": str(segment.public_id), "detail": 2})
    assert answer.json()["segment"] == str(segment.public_id)
    preview = api.get(f"{url}audience-preview/").json()
    assert sum(preview["places"].values()) == preview["matched"] == 90
    assert [stop["detail"] for stop in preview["stops"]] == [1, 2, 3, 4, 5]
    answer = send(api, "post", f"{url}generate/")
    assert answer.status_code == 202
    assert answer.json()["state"] == CampaignState.GENERATING
    write_all(Campaign.objects.get(public_id=made["id"]))
    progress = api.get(f"{url}progress/").json()
    assert progress["written"] == progress["total"] > 4
    texts = api.get(f"{url}creatives/").json()["results"]
    assert len(texts) == progress["total"]
    assert texts[0]["facts"]["product.name"] == "Cascade 4"
    assert {row["level"] for row in texts[0]["findings"]} == {"passed"}


def test_what_is_missing_is_said_and_nothing_is_written(api: Client, in_acme: Tenant) -> None:
    made = send(api, "post", URL, {"name": "Bare", "goal": "launch"}).json()
    answer = send(api, "post", f"{URL}{made['id']}/generate/")
    assert answer.status_code == 422
    assert answer.json()["code"] == "brief_incomplete"
    assert "brand voice" in answer.json()["message"]
    campaign = Campaign.objects.get()
    assert campaign.state == CampaignState.DRAFT
    assert campaign.creatives.count() == 0


def test_a_product_of_nobody_is_refused(api: Client, in_acme: Tenant) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    answer = send(api, "post", URL, {"name": "X", "goal": "launch", "products": [unknown]})
    assert answer.status_code == 422
    assert "products" in answer.json()["fields"]
    assert Campaign.objects.count() == 0


def test_a_key_that_may_only_read_writes_nothing(campaign: Campaign, in_acme: Tenant) -> None:
    _row, key = create_api_key(tenant=in_acme, name="Reader", scopes=["campaigns:read"])
    reader = Client(headers={"Authorization": f"Bearer {key}"})
    assert reader.get(URL).status_code == 200
    url = f"{URL}{campaign.public_id}/"
    assert send(reader, "post", f"{url}generate/").status_code == 403
    assert send(reader, "patch", url, {"name": "Stolen"}).status_code == 403
    campaign.refresh_from_db()
    assert campaign.name != "Stolen"
    assert campaign.creatives.count() == 0


def test_a_brief_is_not_replaced_as_a_whole(api: Client, campaign: Campaign) -> None:
    assert send(api, "put", f"{URL}{campaign.public_id}/", {"name": "X"}).status_code == 405
