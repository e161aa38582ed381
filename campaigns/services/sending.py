"""Sending: exactly what was approved, to exactly whom, once.

`launch` hands over to `delivery` one row of (customer, content) for each recipient. From then on
the mailing is the truth, and the campaign's state follows it (`sync_state`).
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import contents
from campaigns.errors import NotApproved, NotEditable
from campaigns.models import (
    Approval,
    Campaign,
    CampaignState,
    ChannelChoice,
    Creative,
    CreativeState,
    Place,
)
from campaigns.services import review
from campaigns.types import FirstSigns, Missing, Plan, Progress
from delivery import services as delivery
from delivery.models import (
    Hit,
    HitKind,
    Mailing,
    MailingState,
    Message,
    MessageState,
    Sender,
    Unsubscribe,
)
from delivery.types import Rendered
from tenants.audit import record
from tenants.context import scope
from tenants.errors import BadInput, Conflict

STATE_OF_MAILING = {
    MailingState.HELD: CampaignState.PAUSED,
    MailingState.PAUSED: CampaignState.PAUSED,
    MailingState.CANCELLED: CampaignState.CANCELLED,
    MailingState.FINISHED: CampaignState.SENT,
}


def launch(campaign: Campaign, *, send_at: datetime | None = None) -> Mailing:
    """Send what was approved: now, or at `send_at`. Returns the mailing.

    Launching twice gives the same mailing. Raises NotApproved, and makes the approval void, if
    what would be sent is not what was approved or facts have changed since. Raises BadInput for
    a time that has passed, Conflict without a sender.
    """
    at = _check_time(send_at)
    try:
        with transaction.atomic():
            mailing = _launch(campaign, at)
    except NotApproved as refusal:
        review.void_approval(campaign, refusal.message)
        raise
    campaign.refresh_from_db()
    return mailing


def _launch(campaign: Campaign, at: datetime) -> Mailing:
    locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
    mailing = delivery.find_mailing(locked.public_id)
    if mailing is not None:
        return mailing
    approval = _require_approval(locked)
    mailing = delivery.launch(
        source=locked.public_id,
        name=locked.name,
        sender=sender_of(locked),
        recipients=contents.recipients(locked),
        approved_hash=approval.content_hash,
        due_at=at,
    )
    if mailing.audience != approval.audience_size:
        raise NotApproved(_("Not everybody has an approved text. Approve the campaign again."))
    _note_launch(locked, at)
    return mailing


def _check_time(send_at: datetime | None) -> datetime:
    now = timezone.now()
    if send_at is None:
        return now
    if send_at < now:
        raise BadInput(
            _("This time has passed. Choose a later one."), fields={"send_at": str(send_at)}
        )
    return send_at


def _require_approval(campaign: Campaign) -> Approval:
    """Return the live approval of exactly what would be sent now, or refuse."""
    approval = review.live_approval(campaign)
    if campaign.state != CampaignState.APPROVED or approval is None:
        raise NotApproved(_("This campaign is not approved. Approve it at the step Review."))
    sender_of(campaign)  # a missing one is to be added; that voids nothing
    if not (review.is_valid(approval) and contents.are_intact(campaign)):
        raise NotApproved(
            _("Texts, facts, people or sender have changed since the approval. Approve it again."),
            code="changed_since_approval",
        )
    stale = contents.changed_facts(campaign)
    if stale:
        raise NotApproved(
            _("Facts have changed since the approval: %(facts)s. Approve the campaign again.")
            % {"facts": ", ".join(stale)},
            code="facts_changed",
        )
    return approval


def _note_launch(campaign: Campaign, at: datetime) -> None:
    now = timezone.now()
    Campaign.objects.filter(pk=campaign.pk).update(
        state=CampaignState.SCHEDULED if at > now else CampaignState.SENDING,
        launched_at=at,
        send_at=at,
        state_reason="",
    )
    record("campaign.launched", campaign, due_at=at.isoformat())


def sender_of(campaign: Campaign) -> Sender:
    """Return who the mail comes from. Raises Conflict if nobody is set up."""
    sender = campaign.sender or delivery.default_sender()
    if sender is None:
        raise Conflict(_("No sender is set up. Add one in Settings, Sender."))
    return sender


# ------------------------------------------------------------------------------ on the way


def find_mailing(campaign: Campaign) -> Mailing:
    """Return the campaign's mailing. Raises NotEditable if it was never launched."""
    mailing = delivery.find_mailing(campaign.public_id)
    if mailing is None:
        raise NotEditable(_("This campaign was not launched yet."))
    return mailing


def pause(campaign: Campaign, reason: str = "") -> None:
    """Hold back what has not left yet. What is being handed over right now still leaves."""
    delivery.pause(find_mailing(campaign), reason)
    record("campaign.paused", campaign, reason=reason)
    sync_state(campaign)


def resume(campaign: Campaign) -> None:
    """Go on sending; a mailing that is held after a restore is released.

    Raises NotApproved if nothing has left yet and facts have changed: what was approved is not
    true any more.
    """
    mailing = find_mailing(campaign)
    stale = contents.changed_facts(campaign) if mailing.started_at is None else []
    if stale:
        raise NotApproved(
            _(
                "Facts have changed since the approval: %(facts)s. Cancel this campaign, and send "
                "a duplicate of it."
            )
            % {"facts": ", ".join(stale)},
            code="facts_changed",
        )
    if mailing.state == MailingState.HELD:
        delivery.release(mailing)
    else:
        delivery.resume(mailing)
    record("campaign.resumed", campaign)
    sync_state(campaign)


def cancel_sending(campaign: Campaign) -> None:
    """Never send what has not left yet. What was sent cannot be taken back."""
    delivery.cancel(find_mailing(campaign))
    record("campaign.sending_cancelled", campaign)
    sync_state(campaign)


def resolve_doubt(campaign: Campaign, *, resend: bool) -> None:
    """Decide on the messages that may have arrived: send them again, or leave them."""
    delivery.resolve_doubt(find_mailing(campaign), resend=resend)
    record("campaign.doubt_resolved", campaign, resend=resend)
    sync_state(campaign)


def sync_state(campaign: Campaign) -> str:
    """Let the campaign's state follow its mailing. Returns the state. Safe at any time."""
    mailing = delivery.find_mailing(campaign.public_id)
    if mailing is None:
        return campaign.state
    state, reason = state_of(mailing), delivery.describe_mailing(mailing)
    if (campaign.state, campaign.state_reason) != (state, reason):
        Campaign.objects.filter(pk=campaign.pk).update(state=state, state_reason=reason)
        campaign.state, campaign.state_reason = state, reason
    return state


def state_of(mailing: Mailing) -> str:
    """Return the state that a campaign with this mailing has."""
    if mailing.state == MailingState.RUNNING:
        waits = mailing.started_at is None and mailing.due_at > timezone.now()
        return CampaignState.SCHEDULED if waits else CampaignState.SENDING
    return STATE_OF_MAILING[MailingState(mailing.state)]


def sync_open_campaigns() -> int:
    """Let every launched campaign of the workspace follow its mailing. Returns how many are open.

    A scheduled mailing whose facts have changed is paused before it starts: nobody gets a price
    that is not true any more.
    """
    open_states = [CampaignState.SCHEDULED, CampaignState.SENDING, CampaignState.PAUSED]
    campaigns = Campaign.objects.filter(state__in=open_states)
    for campaign in campaigns:
        if campaign.state == CampaignState.SCHEDULED:
            _hold_if_stale(campaign)
        sync_state(campaign)
    return len(campaigns)


def _hold_if_stale(campaign: Campaign) -> None:
    stale = contents.changed_facts(campaign)
    if stale:
        reason = _("Facts have changed since the approval: %(facts)s.")
        pause(campaign, reason % {"facts": ", ".join(stale)})


# ------------------------------------------------------------------------------ what the page shows


def progress(mailing: Mailing) -> Progress:
    """Count the messages by state, in one statement."""
    states = delivery.progress(mailing)
    bounced = Message.objects.filter(mailing=mailing, bounced_at__isnull=False).count()

    def count(*names: MessageState) -> int:
        return sum(states.get(name, 0) for name in names)

    return Progress(
        audience=mailing.audience,
        sent=count(MessageState.SENT),
        bounced=bounced,
        waiting=count(MessageState.QUEUED, MessageState.CLAIMED, MessageState.RETRY_WAIT),
        leaving=count(MessageState.ATTEMPTING),
        failed=count(MessageState.FAILED),
        skipped=count(MessageState.SUPPRESSED),
        missed=count(MessageState.MISSED),
        cancelled=count(MessageState.CANCELLED),
        doubtful=count(MessageState.IN_DOUBT),
    )


def missing_people(mailing: Mailing) -> list[Missing]:
    """Return why people did not get it, most frequent first."""
    states = [
        MessageState.FAILED,
        MessageState.SUPPRESSED,
        MessageState.CANCELLED,
        MessageState.MISSED,
        MessageState.IN_DOUBT,
    ]
    rows = (
        Message.objects.filter(mailing=mailing, state__in=states)
        .values_list("state", "reason")
        .annotate(people=Count("id"))
        .order_by("-people")
    )
    return [Missing(state=state, reason=reason, people=people) for state, reason, people in rows]


def first_signs(mailing: Mailing) -> FirstSigns:
    """Count what came back, each message once."""
    hits = Hit.objects.filter(message__mailing=mailing)
    people = hits.exclude(kind=HitKind.MACHINE).values("message").distinct()
    machines = hits.exclude(message__in=people).values("message").distinct()
    return FirstSigns(
        clicked=people.count(),
        machines=machines.count(),
        unsubscribed=Unsubscribe.objects.filter(message__mailing=mailing).count(),
        complained=Message.objects.filter(mailing=mailing, complained_at__isnull=False).count(),
    )


def doubtful_messages(mailing: Mailing, limit: int = 50) -> QuerySet[Message]:
    """Return messages that may have arrived and that nobody has decided on yet."""
    messages = Message.objects.filter(mailing=mailing, state=MessageState.IN_DOUBT, reason="")
    return messages.select_related("customer").order_by("id")[:limit]


def send_test(campaign: Campaign, *, to: str) -> str:
    """Send the text that most people get to one address, as a test. Returns the server's answer.

    The customer's slots are left out, as for somebody of whom nothing is known. To be called
    outside a scope, as `delivery.test_sender` is. Raises Conflict without a text or a sender,
    Unavailable with what the server said.
    """
    with scope(campaign.tenant_id):
        sender, sample = sender_of(campaign), _sample(campaign)
    return delivery.test_sender(sender, to=to, sample=sample)


def _sample(campaign: Campaign) -> Rendered:
    creative = (
        Creative.objects.filter(
            campaign=campaign, channel=ChannelChoice.EMAIL, state=CreativeState.WRITTEN
        )
        .select_related("campaign__voice", "micro_segment", "snapshot")
        .order_by(F("micro_segment__size").desc(nulls_last=True), "id")
        .first()
    )
    if creative is None:
        raise Conflict(_("There is no text yet. Have the texts written first."))
    return review.preview_as(creative, None)


# ------------------------------------------------------------------------------ before the launch


def plan(campaign: Campaign) -> Plan:
    """Count whom a launch would reach with what, as things stand."""
    people = contents.people_by_creative(campaign)
    creatives = Creative.objects.filter(campaign=campaign, state=CreativeState.WRITTEN)
    variants: dict[str, int] = {}
    languages: dict[str, int] = {}
    texts = 0
    for pk, variant, language in creatives.values_list("pk", "variant", "language"):
        texts += 1
        if count := people.get(pk, 0):
            variants[variant] = variants.get(variant, 0) + count
            languages[language] = languages.get(language, 0) + count
    return Plan(
        people=sum(people.values()),
        holdout=campaign.audience.filter(place=Place.HOLDOUT).count(),
        languages=languages,
        variants=variants,
        creatives=texts,
    )
