"""Big campaigns are prepared and approved by a worker; small ones by the request, alike."""

import pytest

from campaigns import tasks
from campaigns.errors import NotApproved, NotEditable
from campaigns.models import Campaign, CampaignState, Pending
from campaigns.services import briefs, pending, review, writing
from tenants.audit import Actor, acting
from tests.campaigns.conftest import write_all
from tests.campaigns.test_approval import read_all
from tests.campaigns.test_review_pages import url


@pytest.fixture
def big(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every campaign counts as big."""
    monkeypatch.setattr(pending, "AT_ONCE", -1)


@pytest.fixture
def read(written: Campaign) -> Campaign:
    read_all(written)
    return written


def settle(campaign: Campaign) -> None:
    tasks.settle_pending(campaign.tenant_id, campaign.pk)
    campaign.refresh_from_db()


def test_a_small_campaign_is_written_and_approved_at_once(campaign: Campaign) -> None:
    pending.ask_for_writing(campaign)
    assert (campaign.state, campaign.pending) == (CampaignState.GENERATING, "")
    write_all(campaign)
    campaign.refresh_from_db()
    read_all(campaign)
    pending.ask_for_approval(campaign)
    assert (campaign.state, campaign.pending) == (CampaignState.APPROVED, "")


def test_a_worker_prepares_the_texts_of_a_big_one(big: None, campaign: Campaign) -> None:
    pending.ask_for_writing(campaign)
    assert (campaign.state, campaign.pending) == (CampaignState.DRAFT, Pending.WRITING)
    assert not campaign.creatives.exists()
    settle(campaign)
    assert (campaign.state, campaign.pending) == (CampaignState.GENERATING, "")
    assert campaign.creatives.exists()
    settle(campaign)  # a bell that rings twice
    assert campaign.state == CampaignState.GENERATING


def test_who_asked_has_approved(as_olga, big: None, read: Campaign) -> None:
    answer = as_olga.post(url("campaign-approve", read))
    assert answer["Location"] == url("campaign-review", read)
    read.refresh_from_db()
    assert (read.state, read.pending) == (CampaignState.IN_REVIEW, Pending.APPROVAL)
    page = as_olga.get(url("campaign-review", read)).content.decode()
    assert "a worker does it" in page
    assert "HX-Refresh" not in as_olga.get(url("campaign-pending", read)).headers
    settle(read)
    assert read.state == CampaignState.APPROVED
    assert review.live_approval(read).approved_by.name == "Olga"
    assert as_olga.get(url("campaign-pending", read)).headers["HX-Refresh"] == "true"


def test_nobody_changes_a_campaign_meanwhile(big: None, read: Campaign) -> None:
    pending.ask_for_approval(read)
    text = read.creatives.filter(variant="base")[0]
    for change in (
        lambda: review.reject_creative(text),
        lambda: briefs.cancel(read),
        lambda: briefs.change(read, {"message": "Other"}, "campaign.changed"),
        lambda: writing.start_writing(read),
    ):
        with pytest.raises(NotEditable, match="Wait until that is done"):
            change()


@pytest.mark.parametrize("step", ["brief", "audience"])
def test_no_page_offers_a_change_meanwhile(as_olga, big: None, read: Campaign, step: str) -> None:
    assert "disabled" not in as_olga.get(url(f"campaign-{step}", read)).content.decode()
    pending.ask_for_approval(read)
    page = as_olga.get(url(f"campaign-{step}", read)).content.decode()
    assert "The approval is being prepared." in page
    assert "can no longer be changed" not in page
    assert '<fieldset class="stack" disabled>' in page
    assert "Save the brief" not in page


def test_what_stands_in_the_way_is_said_at_once(big: None, written: Campaign) -> None:
    with pytest.raises(NotApproved):
        pending.ask_for_approval(written)
    written.refresh_from_db()
    assert written.pending == ""


def test_what_comes_up_later_is_said_on_the_page(as_olga, big: None, read: Campaign) -> None:
    pending.ask_for_approval(read)
    read.creatives.filter(variant="base").delete()
    settle(read)
    assert (read.state, read.pending) == (CampaignState.IN_REVIEW, "")
    assert read.state_reason
    assert not read.approvals.exists()
    page = as_olga.get(url("campaign-review", read)).content.decode()
    assert "The campaign was not approved." in page


def test_a_worker_gives_its_reason_in_the_language_of_the_workspace(
    big: None, read: Campaign
) -> None:
    read.tenant.language = "zh-hans"
    read.tenant.save(update_fields=["language"])
    pending.ask_for_approval(read)
    read.creatives.filter(variant="base").delete()
    settle(read)
    assert "。" in read.state_reason


def test_a_worker_that_dies_changes_nothing_and_another_goes_on(
    big: None, read: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(Actor("Olga")):
        pending.ask_for_approval(read)

    def die(_campaign: Campaign) -> None:
        raise MemoryError

    with monkeypatch.context() as dying:
        dying.setitem(pending.WORK, Pending.APPROVAL, die)
        for _death in range(2):
            with pytest.raises(MemoryError):
                settle(read)
    read.refresh_from_db()
    assert (read.pending, read.pending_tries) == (Pending.APPROVAL, 2)
    rung: list[tuple[int, int]] = []
    monkeypatch.setattr(tasks.settle_pending, "apply_async", lambda ids, **_how: rung.append(ids))
    tasks.ring_pending()
    assert rung == [(read.tenant_id, read.pk)]
    settle(read)
    assert read.state == CampaignState.APPROVED


def test_a_campaign_that_kills_workers_is_put_back(big: None, read: Campaign) -> None:
    pending.ask_for_approval(read)
    Campaign.objects.filter(pk=read.pk).update(pending_tries=pending.MOST_TRIES)
    settle(read)
    assert (read.state, read.pending) == (CampaignState.IN_REVIEW, "")
    assert "died" in read.state_reason
