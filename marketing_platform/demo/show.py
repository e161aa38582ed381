"""The whole demo: two workspaces, the main job in both, simulated recipients, figures."""

import time
from pathlib import Path
from typing import Any

from django.utils import timezone

from campaigns.models import AudienceMember, Place
from campaigns.services import sending
from delivery.models import Hit, Message, MessageState
from marketing_platform.demo import figures, history, recipients, workspace
from marketing_platform.demo.job import Idle, Job, make_draft
from marketing_platform.demo.recipients import Answer
from marketing_platform.demo.shop import Shop
from marketing_platform.demo.shops import SHOPS
from marketing_platform.progress import Bars
from profiles.models import Order
from profiles.services import traits
from tenants import services as tenants
from tenants.audit import acting
from tenants.context import scope
from tenants.permissions import Role

BE_HUMAN_S = 6.0
"""Clicks sooner after the arrival than this would be taken for a machine's."""


class Demo:
    """Runs with the platform's programs up. A second run finds what is there and adds nothing."""

    def __init__(
        self, *, site: str, mail_port: int, mailbox: Path, scale: float, bars: Bars, idle: Idle
    ) -> None:
        self.site, self.mail_port, self.mailbox = site, mail_port, mailbox
        self.scale, self.bars, self.idle = scale, bars, idle

    def run(self) -> dict[str, Any]:
        """Do the job in both workspaces. Returns the figures: in all, and per workspace."""
        start = time.monotonic()
        workspace.administrator()
        began = [self._begin(shop) for shop in SHOPS]  # workers write while the next is read
        parts = {}
        for earlier, main, spent in began:
            since = time.monotonic()
            self._see_through(earlier, is_past=True)
            self._see_through(main, is_past=False)
            with scope(main.tenant.pk):
                seconds = spent + time.monotonic() - since
                parts[main.shop.slug] = figures.count(main.campaign, self.mailbox, seconds)
        total = figures.add_up([*parts.values()], time.monotonic() - start)
        return total | {"workspaces": parts}

    def _begin(self, shop: Shop) -> tuple[Job, Job, float]:
        """Set the workspace up and have both campaigns written. Returns the seconds, too."""
        since = time.monotonic()
        tenant = workspace.find_or_create(shop)
        workspace.bring_in(shop, tenant, self.scale, self.bars.show)
        with scope(tenant.pk), acting(workspace.actor(shop, Role.OWNER)):
            workspace.sender_of(shop, self.mail_port)
        earlier, main = (
            Job(shop, plan, tenant, self.bars.show, self.idle) for plan in (shop.earlier, shop.plan)
        )
        earlier.prepare()
        main.prepare()
        with scope(tenant.pk), acting(workspace.actor(shop, Role.MARKETER)):
            workspace.more_segments(shop)
            make_draft(shop)
        return earlier, main, time.monotonic() - since

    def _see_through(self, job: Job, *, is_past: bool) -> None:
        """Send the campaign, let people answer; move the earlier one to where it belongs."""
        job.finish()
        with scope(job.tenant.pk):
            if is_past and not history.is_past(job.campaign):
                history.move_sending(job.campaign)
        answers = self._answers(job)
        with scope(job.tenant.pk):
            mark = f"{'E' if is_past else 'D'}{job.campaign.pk}"
            clicked = Hit.objects.filter(message__mailing__source=job.campaign.public_id).exists()
            ordered = Order.objects.filter(external_id__startswith=f"{mark}-").exists()
        if not clicked:
            self._click(job, answers, at_once=is_past)
            if is_past:
                with scope(job.tenant.pk):
                    history.move_answers(job.campaign)
        if not ordered:
            self._order(job, [answer.mail.to for answer in answers if answer.orders], mark)

    # Recipients

    def _answers(self, job: Job) -> list[Answer]:
        """Draw what each recipient does about the mail that lies in the mailbox."""
        with scope(job.tenant.pk):
            sent = Message.objects.filter(
                mailing__source=job.campaign.public_id, state=MessageState.SENT
            )
            variants = {
                str(public_id): variant
                for public_id, variant in sent.values_list("public_id", "content__variant")
            }
        mails = [
            mail
            for path in self.mailbox.glob("*.eml")
            if (mail := recipients.read_mail(path)).message_id.partition("@")[0] in variants
        ]
        return recipients.decide(
            mails, lambda name: variants[name.partition("@")[0]], seed=job.plan.name
        )

    def _click(self, job: Job, answers: list[Answer], *, at_once: bool) -> None:
        recipients.scan(answer.mail for answer in answers)
        if not at_once:
            recipients.let_time_pass(BE_HUMAN_S, self.idle)
        what = f"{job.plan.name}: recipients"
        recipients.act(answers, lambda done, total: self.bars.show(what, done, total))

    def _order(self, job: Job, emails: list[str], mark: str) -> None:
        """Some order in the days after: recipients, and those held out who would have anyway."""
        shop, tenant = job.shop, job.tenant
        with scope(tenant.pk), acting(workspace.actor(shop, Role.OWNER)):
            held = AudienceMember.objects.filter(campaign=job.campaign, place=Place.HOLDOUT)
            addresses = held.order_by("customer_id").values_list("customer__email", flat=True)
            emails += recipients.would_order_anyway(addresses, seed=mark)
            products = job.campaign.campaign_products.select_related("product")
            prices = [
                (row.product.external_id, row.product.title, str(row.product.price))
                for row in products
            ]
            mailing = sending.find_mailing(job.campaign)
            row, key = tenants.create_api_key(
                tenant=tenant, name="Till of the shop", scopes=["customers:write"], days=1
            )
        rows = recipients.order_rows(
            emails,
            prices,
            currency=shop.currency,
            mark=mark,
            sent_at=mailing.finished_at or timezone.now(),
        )
        recipients.post_orders(self.site, key, rows)
        with scope(tenant.pk), acting(workspace.actor(shop, Role.OWNER)):
            tenants.revoke_api_key(key=row)
            traits.refresh_traits()


def sign_ins() -> list[tuple[str, str, str]]:
    """Return workspace, role and address of everybody who can sign in."""
    people = [(shop.name, str(role.label), shop.email_of(role)) for shop in SHOPS for role in Role]
    return [*people, ("", "Administrator (/admin/)", workspace.ADMINISTRATOR)]
