"""What people agreed to: each answer is kept, the newest one counts."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from profiles.models import CONSENT_COLUMNS, Consent, Customer, Purpose
from profiles.services.derived import forget_derived
from tenants.audit import record


def set_consent(
    *,
    customer: Customer,
    purpose: str,
    granted: bool,
    source: str,
    at: datetime | None = None,
    text_version: str = "",
    ip: str | None = None,
) -> Consent:
    """Keep an answer, and make the newest answer of this purpose the one that counts.

    Who refuses a profile loses traits, vectors and predictions that were derived, at once.
    `source` says how we know: "preference centre", "Mark at Acme". `at` None means now.
    """
    with transaction.atomic():
        # One answer at a time for each customer, so that the newest wins in both tables.
        Customer.objects.select_for_update().only("pk").get(pk=customer.pk)
        consent: Consent = Consent.objects.create(
            customer=customer,
            purpose=purpose,
            granted=granted,
            at=at or timezone.now(),
            source=source,
            text_version=text_version,
            ip_address=ip,
        )
        _let_newest_count(customer, Purpose(purpose))
        record("consent.set", customer, purpose=purpose, granted=granted)
    return consent


def _let_newest_count(customer: Customer, purpose: Purpose) -> None:
    newest = customer.consents.filter(purpose=purpose).latest("at", "pk")
    column = CONSENT_COLUMNS[purpose]
    setattr(customer, column, newest.granted)
    customer.save(update_fields=[column, "updated_at"])
    if customer.may_profile is False:
        forget_derived([customer.pk])
