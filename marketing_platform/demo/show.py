"""The whole demo: two workspaces, the main job in both, simulated recipients, figures."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

from campaigns.models import AudienceMember, Place
from delivery.models import Hit, Message, MessageState
from marketing_platform.demo import figures, recipients, workspace
from marketing_platform.demo.job import Idle, Job
from marketing_platform.demo.recipients import Answer, Mail
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
        jobs, spent = [], {}
        for shop in SHOPS:
            began = time.monotonic()
            tenant = workspace.find_or_create(shop)
            workspace.bring_in(shop, tenant, self.scale, self.bars.show)
            jobs.append(Job(shop, tenant, self.mail_port, self.bars.show, self.idle))
            jobs[-1].prepare()  # the workers write while the next shop's files are read
            spent[shop.slug] = time.monotonic() - began
        parts = {}
        for job in jobs:
            began = time.monotonic()
            job.finish()
            self._let_people_answer(job)
            with scope(job.tenant.pk):
                seconds = spent[job.shop.slug] + time.monotonic() - began
                parts[job.shop.slug] = figures.count(job.campaign, self.mailbox, seconds)
        total = figures.add_up([*parts.values()], time.monotonic() - start)
        return total | {"workspaces": parts}

    # Recipients

    def _let_people_answer(self, job: Job) -> None:
        variants = self._variants(job)
        names = {str(public_id): variant for public_id, variant in variants.items()}
        mails = [
            mail
            for path in self.mailbox.glob("*.eml")
            if (mail := recipients.read_mail(path)).message_id.partition("@")[0] in names
        ]
        answers = recipients.decide(
            mails, lambda name: names[name.partition("@")[0]], seed=job.shop.slug
        )
        with scope(job.tenant.pk):
            have_clicked = Hit.objects.filter(message__public_id__in=variants).exists()
            have_ordered = Order.objects.filter(channel=recipients.CHANNEL).exists()
        if not have_clicked:
            self._click(job, mails, answers)
        if not have_ordered:
            self._order(job, [answer.mail.to for answer in answers if answer.orders])

    def _variants(self, job: Job) -> dict[UUID, str]:
        """Return which text each message of the campaign carries."""
        with scope(job.tenant.pk):
            sent = Message.objects.filter(
                mailing__source=job.campaign.public_id, state=MessageState.SENT
            )
            return dict(sent.values_list("public_id", "content__variant"))

    def _click(self, job: Job, mails: list[Mail], answers: list[Answer]) -> None:
        recipients.scan(mails)
        recipients.let_time_pass(BE_HUMAN_S, self.idle)
        what = f"{job.shop.name}: recipients"
        recipients.act(answers, lambda done, total: self.bars.show(what, done, total))

    def _order(self, job: Job, emails: list[str]) -> None:
        """Some order in the days after: recipients, and those held out who would have anyway."""
        shop, tenant = job.shop, job.tenant
        with scope(tenant.pk), acting(workspace.actor(shop, Role.OWNER)):
            held = AudienceMember.objects.filter(campaign=job.campaign, place=Place.HOLDOUT)
            addresses = held.order_by("customer_id").values_list("customer__email", flat=True)
            emails += recipients.would_order_anyway(addresses, seed=shop.slug)
            products = job.campaign.campaign_products.select_related("product")
            prices = [
                (row.product.external_id, row.product.title, str(row.product.price))
                for row in products
            ]
            row, key = tenants.create_api_key(
                tenant=tenant, name="Till of the shop", scopes=["customers:write"], days=1
            )
        rows = recipients.order_rows(emails, prices, shop.currency, seed=shop.slug)
        recipients.post_orders(self.site, key, rows)
        with scope(tenant.pk), acting(workspace.actor(shop, Role.OWNER)):
            tenants.revoke_api_key(key=row)
            traits.refresh_traits()


def sign_ins() -> list[tuple[str, str, str]]:
    """Return workspace, role and address of everybody who can sign in."""
    people = [(shop.name, str(role.label), shop.email_of(role)) for shop in SHOPS for role in Role]
    return [*people, ("", "Administrator (/admin/)", workspace.ADMINISTRATOR)]
