"""The main job of one shop, end to end: brief, audience, writing, review, sending.

Each step looks at the rows first and does what is left, so that a second run goes on or does
nothing. Writing and sending are done by the real workers; here we wait for them.
"""

import time
from collections.abc import Callable

from campaigns.models import Campaign, CampaignState
from campaigns.services import audience, briefs, review, sending, writing
from catalogue.models import Product
from delivery import services as delivery
from delivery.models import OPEN_STATES, Mailing, MailingState
from marketing_platform.demo import workspace
from marketing_platform.demo.shop import Plan, Shop
from marketing_platform.demo.workspace import Show
from tenants.audit import acting
from tenants.context import scope
from tenants.models import Tenant
from tenants.permissions import Role

LOOK_EVERY_S = 0.3
PATIENCE_S = 180.0
"""How long nothing may move before we say that something is wrong."""

Idle = Callable[[], None]
"""Called while waiting: it keeps the workers running."""


class Stuck(Exception):
    """Nothing moved for a while. The message says where to look."""


class Job:
    """One campaign of a shop. Both steps may be called again after a crash."""

    def __init__(self, shop: Shop, plan: Plan, tenant: Tenant, show: Show, idle: Idle) -> None:
        self.shop, self.plan, self.tenant = shop, plan, tenant
        self.show, self.idle = show, idle

    def prepare(self) -> None:
        """Make the campaign and ask the workers to write."""
        with scope(self.tenant.pk), acting(workspace.actor(self.shop, Role.MARKETER)):
            campaign = self._campaign()
            if campaign.state == CampaignState.DRAFT:
                writing.start_writing(campaign)

    def finish(self) -> None:
        """See the campaign through until its last message has left."""
        self._wait_for_texts()
        with scope(self.tenant.pk), acting(workspace.actor(self.shop, Role.REVIEWER)):
            self._review()
        with scope(self.tenant.pk), acting(workspace.actor(self.shop, Role.MARKETER)):
            campaign = self.campaign
            if campaign.state == CampaignState.APPROVED:
                sending.launch(campaign)
        self._wait_for_messages()

    @property
    def campaign(self) -> Campaign:
        """The campaign as its row is now. Inside a scope."""
        return Campaign.objects.get(name=self.plan.name)

    # Steps

    def _campaign(self) -> Campaign:
        found = Campaign.objects.filter(name=self.plan.name).first()
        if found:
            return found
        plan = self.plan
        workspace.voice_of(self.shop)
        by_handle = {row.external_id: row for row in Product.objects.all()}
        campaign = briefs.create_campaign(
            name=plan.name,
            goal=plan.goal,
            message=plan.message,
            offer=workspace.offer_of(plan.offer) if plan.offer else None,
            languages=[self.shop.language],
            channels=["email"],
            products=[by_handle[handle] for handle in plan.products],
        )
        return audience.set_audience(
            campaign,
            segment=workspace.segment_of(plan),
            detail=3,
            smallest_group=5,
            holdout_percent=plan.holdout_percent,
            base_percent=25,
        )

    def _wait_for_texts(self) -> None:
        def done() -> tuple[int, int, bool]:
            with scope(self.tenant.pk):
                campaign = self.campaign
                if campaign.state == CampaignState.FAILED:
                    raise Stuck(f"{campaign.name}: {campaign.state_reason}")
                at = writing.progress(campaign)
                return at.written, at.total, campaign.state != CampaignState.GENERATING

        self._wait(f"{self.plan.name}: texts", done, "inference.log")

    def _review(self) -> None:
        """Read what must be read and the sample; approve. What a check blocks is turned down."""
        campaign = self.campaign
        if campaign.state != CampaignState.IN_REVIEW:
            return
        queue = review.creatives_to_review(campaign)
        while unread := [row for row in queue.order if not row.verdict]:
            for number, creative in enumerate(unread, 1):
                if review.is_blocked(creative):
                    review.reject_creative(creative, "A check blocks it")
                else:
                    review.approve_creative(creative)
                self.show(f"{self.plan.name}: review", number, len(unread))
            queue = review.creatives_to_review(campaign)
        review.approve_campaign(campaign)

    def _wait_for_messages(self) -> None:
        def done() -> tuple[int, int, bool]:
            with scope(self.tenant.pk):
                mailing = self._mailing()
                counts = delivery.progress(mailing)
                total = sum(counts.values())
                left = sum(counts.get(state, 0) for state in OPEN_STATES)
                if mailing.state == MailingState.PAUSED:
                    raise Stuck(f"{mailing.name} is paused: {mailing.state_reason}")
                sending.sync_state(self.campaign)
                return total - left, total, left == 0

        self._wait(f"{self.plan.name}: messages", done, "delivery.log")

    def _mailing(self) -> Mailing:
        return sending.find_mailing(self.campaign)

    def _wait(self, what: str, look: Callable[[], tuple[int, int, bool]], log: str) -> None:
        moved_at, before = time.monotonic(), -1
        while True:
            done, total, is_over = look()
            self.show(what, done, total)
            if is_over:
                return
            if done != before:
                moved_at, before = time.monotonic(), done
            if time.monotonic() - moved_at > PATIENCE_S:
                raise Stuck(
                    f"{what}: {done} of {total}, and nothing moved for {PATIENCE_S:.0f} seconds. "
                    f"Read log/{log} in the var folder."
                )
            self.idle()
            time.sleep(LOOK_EVERY_S)


def make_draft(shop: Shop) -> None:
    """Leave a campaign that waits for somebody to go on with it."""
    if Campaign.objects.filter(name=shop.draft_name).exists():
        return
    briefs.create_campaign(
        name=shop.draft_name,
        goal="seasonal",
        occasion={shop.language: shop.draft_occasion},
        languages=[shop.language],
        channels=["email"],
        products=list(Product.objects.filter(is_active=True).order_by("id")[:4]),
    )
