"""Why a message is where it is, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from delivery.models import Mailing, MailingState, Message, MessageState

REASONS: dict[str, Promise] = {
    "bounced": _("The address does not exist"),
    "refused": _("The server refuses mail for this address"),
    "policy": _("The server refuses mail from this sender to this address"),
    "content": _("The server refused the mail itself"),
    "temporary": _("The server asks to try again later"),
    "dropped": _("The connection broke before the mail was taken"),
    "gave_up": _("Tried for 72 hours"),
    "not_made": _("The mail could not be made"),
    "bad_address": _("Not an address that a mail can be sent to"),
    "worker_died": _("Stopped the worker each time"),
    "no_address": _("Has no email address"),
    "no_consent": _("Has not agreed to email"),
    "unsubscribed": _("Unsubscribed"),
    "complained": _("Marked a mail as spam"),
    "by_hand": _("On the suppression list"),
    "left": _("Left as it is"),
}
TONES = {
    MessageState.SENT: "success",
    MessageState.FAILED: "error",
    MessageState.IN_DOUBT: "warning",
    MessageState.MISSED: "warning",
    MessageState.RETRY_WAIT: "warning",
    MessageState.CLAIMED: "primary",
    MessageState.ATTEMPTING: "primary",
}
MAILING_REASONS: dict[tuple[str, str], Promise] = {
    (MailingState.PAUSED, "missed"): _(
        "It could not start in time. Send now, or cancel what is left."
    ),
    (MailingState.HELD, "restored"): _(
        "Its database was restored or copied. Release it if nobody has got it yet."
    ),
}


def reason_of(message: Message) -> str:
    """Return the reason in words; the stable word itself if there are none; or nothing."""
    return describe_reason(message.reason)


def describe_reason(reason: str) -> str:
    """Return the reason of a message in words, by its stable word."""
    return str(REASONS.get(reason, reason))


def describe_mailing(mailing: Mailing) -> str:
    """Return why a mailing is paused or held, in words; or nothing."""
    key = (mailing.state, mailing.state_reason)
    return str(MAILING_REASONS.get(key, mailing.state_reason))


def tone_of(state: str) -> str:
    return TONES.get(MessageState(state), "neutral")
