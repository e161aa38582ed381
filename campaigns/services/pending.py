"""What is asked of a campaign and may take minutes: to prepare its texts, to approve it.

The request notes on the campaign's row what is wanted and by whom, and a worker does it. The row is
the truth: a worker that dies has changed nothing, and the sweeper rings again. A small campaign is
done by the request itself, by the same function. While something is pending nobody changes the
campaign. Who asks learns at once what stands in the way already.
"""

from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.errors import NotApproved
from campaigns.models import Campaign, CampaignState, Pending
from campaigns.services import review, writing
from campaigns.tasks import settle_pending
from tenants.audit import Actor, acting, current_actor
from tenants.context import scope
from tenants.errors import DomainError

AT_ONCE = 2_000
"""People, or texts, up to which the request does it itself: a second or two."""
MOST_TRIES = 3
"""Workers that may die of a campaign before it is put back."""


def ask_for_writing(campaign: Campaign) -> None:
    """Have the texts prepared and written. Raises as `writing.start_writing` does."""
    writing.require_startable(campaign)
    segment = campaign.segment
    people = (segment.size if segment and segment.size is not None else AT_ONCE + 1) or 0
    _ask(campaign, Pending.WRITING, people if segment else 0)


def ask_for_approval(campaign: Campaign) -> None:
    """Have the campaign approved. Raises as `review.approve_campaign` does."""
    if campaign.state not in (CampaignState.IN_REVIEW, CampaignState.APPROVED):
        raise NotApproved(_("This campaign is not in review, so it cannot be approved."))
    for problem in review.approval_problems(campaign):
        raise NotApproved(problem.message, code=problem.code)
    _ask(campaign, Pending.APPROVAL, campaign.creatives.count())


def _ask(campaign: Campaign, what: Pending, size: int) -> None:
    """Note it. Asking again while it is pending changes nothing."""
    actor = current_actor()
    Campaign.objects.filter(pk=campaign.pk, pending="").update(
        pending=what, pending_by=actor.user, pending_by_name=actor.name[:200], pending_tries=0
    )
    try:
        if size > AT_ONCE:
            settle_pending.delay_on_commit(campaign.tenant_id, campaign.pk)
        else:
            settle(campaign.pk)
    finally:
        campaign.refresh_from_db()


def settle(campaign_id: int) -> None:
    """Do what is pending, unless another worker is at it.

    Raises DomainError if it cannot be done; then it is pending no more, and nothing else changed.
    """
    try:
        with transaction.atomic():
            campaign = _lock(campaign_id)
            if campaign is None:
                return
            what, actor = campaign.pending, Actor(campaign.pending_by_name, campaign.pending_by)
            _clear(campaign)
            with acting(actor):
                WORK[what](campaign)
    except DomainError:
        Campaign.objects.filter(pk=campaign_id).update(pending="")
        raise


def work_on(tenant_id: int, campaign_id: int) -> None:
    """What a worker does: settle; if that is refused, say why on the campaign's page."""
    if not _may_try(tenant_id, campaign_id):
        return
    with scope(tenant_id):
        # The reason stays on the page, so it is said in the workspace's language.
        languages = Campaign.objects.filter(pk=campaign_id).values_list(
            "tenant__language", flat=True
        )
        try:
            with override(languages.first()):
                settle(campaign_id)
        except DomainError as error:
            Campaign.objects.filter(pk=campaign_id).update(state_reason=str(error.message))


def _may_try(tenant_id: int, campaign_id: int) -> bool:
    """Count the try before the work, in a transaction of its own: a worker may die of it."""
    with scope(tenant_id):
        campaign = _lock(campaign_id)
        if campaign is None:
            return False
        if campaign.pending_tries >= MOST_TRIES:
            with override(campaign.tenant.language):
                campaign.state_reason = _("Three workers died of this. Ask for help.")
            campaign.pending = ""
            campaign.save(update_fields=["pending", "state_reason"])
            return False
        Campaign.objects.filter(pk=campaign_id).update(pending_tries=F("pending_tries") + 1)
    return True


def _lock(campaign_id: int) -> Campaign | None:
    rows = Campaign.objects.select_for_update(skip_locked=True, of=("self",))
    return rows.exclude(pending="").filter(pk=campaign_id).first()


def _clear(campaign: Campaign) -> None:
    campaign.pending = ""
    campaign.save(update_fields=["pending"])


WORK: dict[str, Callable[[Campaign], object]] = {
    Pending.WRITING: writing.start_writing,
    Pending.APPROVAL: review.approve_campaign,
}
