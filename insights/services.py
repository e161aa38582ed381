"""What a campaign did, and what the home page says. Reads every room, writes nowhere."""

from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Campaign, Place
from delivery import services as delivery
from delivery.models import Mailing, MailingState
from insights import metrics, verdicts
from insights.front_page import describe_worked, home
from insights.types import Count, Results
from tenants.context import current_tenant_id
from tenants.models import Tenant

__all__ = ["campaign_results", "describe_worked", "home"]


def campaign_results(campaign: Campaign, *, at: datetime | None = None) -> Results:
    """Return everything the report of a campaign says, as known at `at` (None: now).

    Texts are compared among those who were drawn for them by chance; who had no facts to write
    from is in `not_compared`. Three statements, whatever the size of the campaign.
    """
    at = at or timezone.now()
    tenant = Tenant.objects.get(pk=current_tenant_id())
    mailing = delivery.find_mailing(campaign.public_id)
    if mailing is None:
        return _nothing_sent(campaign, tenant)
    start = mailing.started_at or mailing.due_at
    groups = metrics.count_people(
        campaign_id=campaign.pk,
        mailing_id=mailing.pk,
        start=start,
        days=campaign.attribution_days,
        currency=tenant.currency,
        at=at,
    )
    hours = metrics.count_clicks_by_hour(mailing.pk)
    until = _measured_until(mailing, campaign.attribution_days)
    is_final = until is not None and until <= at
    recipients = _sum(groups, Place.RECIPIENT)
    holdout = _sum(groups, Place.HOLDOUT)
    by_variant = {
        name: _sum(groups, Place.RECIPIENT, variant=name, compared=True)
        for name in {group.variant for group in groups if group.place == Place.RECIPIENT}
    }
    variants = verdicts.compare_variants(by_variant, is_final=is_final)
    effect = verdicts.measure_effect(recipients, holdout)
    return Results(
        campaign=campaign.public_id,
        state=campaign.state,
        recipients=recipients,
        holdout=holdout,
        not_compared=_sum(groups, Place.RECIPIENT, compared=False),
        variants=variants,
        effect=effect,
        clicks=metrics.in_bands(hours),
        hours=metrics.first_day(hours),
        attribution_days=campaign.attribution_days,
        started_at=start,
        measured_until=until,
        is_final=is_final,
        currency=tenant.currency,
        verdict=verdicts.conclude(
            variants=variants,
            effect=effect,
            ordered=recipients.ordered,
            until=until,
            is_final=is_final,
            lopsided=verdicts.is_lopsided(by_variant),
        ),
    )


def _measured_until(mailing: Mailing, days: int) -> datetime | None:
    """When the window of the last message ends. None while messages are still to leave."""
    if mailing.state not in (MailingState.FINISHED, MailingState.CANCELLED):
        return None
    ended = mailing.finished_at or mailing.due_at
    return ended + timedelta(days=days)


def _sum(
    groups: list[metrics.Group],
    place: str,
    *,
    variant: str | None = None,
    compared: bool | None = None,
) -> Count:
    return sum(
        (
            group.count
            for group in groups
            if group.place == place
            and (variant is None or group.variant == variant)
            and (compared is None or group.compared == compared)
        ),
        Count(),
    )


def _nothing_sent(campaign: Campaign, tenant: Tenant) -> Results:
    return Results(
        campaign=campaign.public_id,
        state=campaign.state,
        recipients=Count(),
        holdout=Count(),
        not_compared=Count(),
        variants=[],
        effect=None,
        clicks=[],
        hours=[],
        attribution_days=campaign.attribution_days,
        started_at=None,
        measured_until=None,
        is_final=False,
        currency=tenant.currency,
        verdict=verdicts.not_sent(),
    )
