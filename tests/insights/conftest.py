"""A campaign that was sent some time ago, with people, clicks and orders as each test needs."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import AudienceMember, Campaign, CampaignState, MicroSegment
from catalogue.models import FactSnapshot
from delivery.models import (
    Content,
    Hit,
    Link,
    Mailing,
    MailingState,
    Message,
    MessageState,
    Sender,
    Unsubscribe,
)
from profiles.models import Customer, Order
from tenants.models import Tenant


class Stage:
    """Builds the rows of one sent campaign. `start` is when it began."""

    def __init__(self, start: datetime, *, days: int = 7) -> None:
        self.start = start
        self.campaign = Campaign.objects.create(
            name="Come back",
            goal="winback",
            state=CampaignState.SENT,
            languages=["en"],
            channels=["email"],
            attribution_days=days,
            launched_at=start,
        )
        sender, _made = Sender.objects.get_or_create(
            email="news@acme.example", defaults={"name": "Acme", "host": "localhost"}
        )
        self.mailing = Mailing.objects.create(
            source=self.campaign.public_id,
            name=self.campaign.name,
            sender=sender,
            state=MailingState.FINISHED,
            audience=0,
            approved_hash="0" * 64,
            due_at=start,
            started_at=start,
            finished_at=start,
            instance_id="test",
        )
        self.group = self._group(detail=3)
        self.plain = self._group(detail=0)
        snapshot = FactSnapshot.objects.create(
            content_hash=uuid.uuid4().hex, language="en", facts={}
        )
        self.content = Content.objects.create(
            content_hash=uuid.uuid4().hex,
            language="en",
            variant="reason",
            subject="Hello",
            html="",
            text="",
            snapshot=snapshot,
        )
        self.link = Link.objects.create(content=self.content, number=1, url="https://acme.example")

    def _group(self, detail: int) -> MicroSegment:
        return MicroSegment.objects.create(
            campaign=self.campaign, facts_hash=f"{detail}", facts={}, detail=detail, language="en"
        )

    def people(
        self,
        count: int,
        *,
        variant: str = "reason",
        place: str = "recipient",
        ordered: int = 0,
        compared: bool = True,
        after: timedelta = timedelta(hours=3),
        **fields: Any,
    ) -> list[Customer]:
        """People with this place and variant, of whom the first `ordered` ordered once."""
        customers = Customer.objects.bulk_create(
            Customer(email=f"{uuid.uuid4().hex}@example.com") for _ in range(count)
        )
        recipient = place == "recipient"
        group = (self.group if compared else self.plain) if recipient else None
        AudienceMember.objects.bulk_create(
            AudienceMember(
                campaign=self.campaign,
                customer=customer,
                micro_segment=group,
                place=place,
                variant=variant if recipient else "",
            )
            for customer in customers
        )
        if recipient:
            self._send(customers, fields)
        Order.objects.bulk_create(
            self._order(customer, after=after) for customer in customers[:ordered]
        )
        return customers

    def _send(self, customers: list[Customer], fields: dict[str, Any]) -> None:
        values = {"state": MessageState.SENT, "sent_at": self.start, **fields}
        Message.objects.bulk_create(
            Message(
                mailing=self.mailing,
                customer=customer,
                content=self.content,
                address=customer.email,
                due_at=self.start,
                **values,
            )
            for customer in customers
        )
        Mailing.objects.filter(pk=self.mailing.pk).update(
            audience=Message.objects.filter(mailing=self.mailing).count()
        )

    def order(self, customer: Customer, **fields: Any) -> None:
        self._order(customer, **fields).save()

    def _order(
        self,
        customer: Customer,
        *,
        after: timedelta = timedelta(hours=3),
        total: str = "50.00",
        currency: str = "USD",
        status: str = "placed",
    ) -> Order:
        return Order(
            customer=customer,
            external_id=uuid.uuid4().hex,
            placed_at=self.start + after,
            total=Decimal(total),
            currency=currency,
            status=status,
        )

    def click(
        self, customer: Customer, kind: str = "human", after: timedelta = timedelta(minutes=30)
    ) -> None:
        message = Message.objects.get(mailing=self.mailing, customer=customer)
        Hit.objects.create(
            message=message, link=self.link, at=self.start + after, kind=kind, method="GET"
        )

    def leave(self, customer: Customer) -> None:
        message = Message.objects.get(mailing=self.mailing, customer=customer)
        Unsubscribe.objects.create(message=message, one_click=True)


@pytest.fixture
def sent(in_acme: Tenant) -> Callable[..., Stage]:
    """Make a campaign that was sent so many days ago."""
    return lambda days_ago=30, **fields: Stage(timezone.now() - timedelta(days=days_ago), **fields)
