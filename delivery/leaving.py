"""Leaving: a person says, through a message, that they want no more."""

from django.db import transaction

from delivery.models import Message, SuppressionReason, Unsubscribe
from delivery.suppressions import suppress
from profiles.models import Consent, Customer, Purpose
from profiles.services.consent import set_consent

SOURCE = "unsubscribed through a message"


def unsubscribe(message: Message, *, one_click: bool, ip: str | None = None) -> Unsubscribe:
    """Take back the consent to email, and suppress the address, at once.

    When this is committed, no message to this person starts. Repeating it changes nothing.
    """
    with transaction.atomic():
        # The consent first and the address second: the order in which the gate takes its locks.
        customer = Customer.objects.select_for_update().get(pk=message.customer_id)
        if customer.may_email is not False:
            set_consent(
                customer=customer, purpose=Purpose.EMAIL, granted=False, source=SOURCE, ip=ip
            )
        if message.address:  # of who was erased none is kept, and none comes back
            suppress(
                address=message.address,
                reason=SuppressionReason.UNSUBSCRIBED,
                source=f"message {message.public_id}",
            )
        row, _created = Unsubscribe.objects.get_or_create(
            message=message, defaults={"one_click": one_click}
        )
    return row


def consent_to_email(message: Message) -> Consent | None:
    """Return the newest yes to email of the person who got this message, if we keep one."""
    answers = Consent.objects.filter(
        customer_id=message.customer_id, purpose=Purpose.EMAIL, granted=True
    )
    return answers.order_by("-at", "-pk").first()


def has_left(message: Message) -> bool:
    return Unsubscribe.objects.filter(message=message).exists()
