"""Senders: the address that mail comes from, and the server that takes it."""

import re
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, localtime
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from delivery.models import Message, MessageState, Sender, SenderState
from delivery.passwords import decrypt, encrypt
from delivery.smtp import Route, RouteFailed, Server
from delivery.types import Rendered
from tenants.audit import record
from tenants.context import scope
from tenants.errors import BadInput, Unavailable

CHANGEABLE = (
    "name",
    "email",
    "reply_to",
    "host",
    "port",
    "security",
    "username",
    "per_hour",
)
TEST_TIMEOUT_S = 30.0
SENTENCES = {
    "auth": _lazy("The provider refused the sign-in."),
    "connect": _lazy("The mail server does not answer."),
    "tls": _lazy("The connection to the mail server could not be encrypted."),
    "policy": _lazy("The provider refuses mail from this sender."),
}
REMEDIES = {
    "auth": _lazy("Check the password in Settings."),
    "connect": _lazy("Check server and port in Settings."),
    "tls": _lazy("Check the encryption in Settings, or ask the provider."),
    "policy": _lazy("Ask the provider why, then send again."),
}
WAITING = (MessageState.QUEUED, MessageState.CLAIMED, MessageState.RETRY_WAIT)


def create_sender(
    *,
    name: str,
    email: str,
    host: str,
    port: int = 587,
    security: str = "starttls",
    username: str = "",
    password: str = "",
    is_default: bool = False,
    reply_to: str = "",
    per_hour: int = 20_000,
) -> Sender:
    """Add a sender. The first one of a workspace is its default. Raises BadInput."""
    fields = {
        "name": name,
        "email": email,
        "host": host,
        "port": port,
        "security": security,
        "username": username,
        "reply_to": reply_to,
        "per_hour": per_hour,
    }
    with transaction.atomic():
        sender = Sender(**_checked(fields), password=encrypt(password))
        _refuse_second(sender)
        first = not Sender.objects.exists()
        sender.save()
        if is_default or first:
            make_default(sender)
        record("sender.created", sender, host=host, security=security)
    return sender


def update_sender(
    sender: Sender, *, password: str | None = None, is_default: bool | None = None, **fields: Any
) -> Sender:
    """Change a sender. `password` None keeps the one there is, for the server it was typed for."""
    if unknown := set(fields) - set(CHANGEABLE):
        raise BadInput(_("A sender has no %(field)s.") % {"field": ", ".join(sorted(unknown))})
    checked = _checked(fields)
    if password is None and sender.password and _goes_elsewhere(sender, checked):
        raise BadInput(
            _("Type the password again: the one there is was given for another server."),
            fields={"password": _("Type it again, because the server or its encryption changed.")},
        )
    for name, value in checked.items():
        setattr(sender, name, value)
    if password is not None:
        sender.password = encrypt(password)
    _refuse_second(sender)
    with transaction.atomic():
        sender.save(update_fields=[*fields, "password"])
        if is_default:
            make_default(sender)
        record("sender.changed", sender, fields=sorted(fields), password=password is not None)
    return sender


def make_default(sender: Sender) -> None:
    Sender.objects.filter(is_default=True).exclude(pk=sender.pk).update(is_default=False)
    Sender.objects.filter(pk=sender.pk).update(is_default=True)
    sender.is_default = True


def default_sender() -> Sender | None:
    """Return the workspace's default sender, else the oldest, else None."""
    return Sender.objects.order_by("-is_default", "pk").first()


def pause_sender(sender: Sender, *, code: str, answer: str = "") -> None:
    """Stop sending through this server: `code` says why, `answer` is what the server said."""
    reason = f"{code}: {answer}" if answer else code
    paused = Sender.objects.filter(pk=sender.pk, state=SenderState.READY).update(
        state=SenderState.PAUSED, paused_reason=reason[:500]
    )
    sender.refresh_from_db(fields=["state", "paused_reason"])
    if paused:
        record("sender.paused", sender, code=code)


def waiting_messages(sender: Sender) -> int:
    """How many messages wait for this sender."""
    return Message.objects.filter(mailing__sender=sender, state__in=WAITING).count()


def describe_pause(sender: Sender) -> str:
    """Return why the sender is paused, what is safe and what to do; nothing if it is not."""
    if sender.state != SenderState.PAUSED:
        return ""
    code, _colon, answer = sender.paused_reason.partition(": ")
    waiting = waiting_messages(sender)
    count = ngettext(
        "%(count)s message waits, none is lost.", "%(count)s messages wait, none is lost.", waiting
    ) % {"count": f"{waiting:,}"}
    safe = count if waiting else ""
    words = [SENTENCES.get(code, _("Sending is paused.")), safe, REMEDIES.get(code, "")]
    if answer:
        words.append(_("It said: %(answer)s") % {"answer": answer})
    return " ".join(str(word) for word in words if word)


def test_sender(
    sender: Sender,
    *,
    to: str = "",  # noqa: PT028 - no test of ours
    sample: Rendered | None = None,  # noqa: PT028
) -> str:
    """Sign in, and send a mail to `to` if it is given: a short one, or `sample`. Returns what the
    server said; the audit log keeps whether it worked.

    To be called outside a scope: no transaction is open while the server is talked to. Only for a
    person who waits for the answer: that is here and now, for half a minute at most.
    Raises BadInput, or Unavailable with the server's answer and what to do.
    """
    if to:
        _check_address("to", to)
    try:
        answer = _talk(sender, to, sample)
    except Unavailable as error:
        with scope(sender.tenant_id):
            record("sender.test_failed", sender, code=error.code)
        raise
    with scope(sender.tenant_id):
        record("sender.tested", sender)
    return answer


def _talk(sender: Sender, to: str, sample: Rendered | None) -> str:
    """Touches no database. Raises Unavailable; its code says where it ended."""
    server = Server(
        host=sender.host,
        port=sender.port,
        security=sender.security,
        username=sender.username,
        password=decrypt(sender.password),
    )
    route = Route(server, final_timeout_s=TEST_TIMEOUT_S)
    try:
        route.open()
        if not to:
            return _("The server took the sign-in.")
        answer = route.hand_over(_test_mail(sender, to, sample), sender=sender.email, to=to)
    except RouteFailed as error:
        raise Unavailable(_explain(error.code, error.answer), code=error.code) from error
    finally:
        route.close()
    if answer.state != MessageState.SENT:
        raise Unavailable(
            _("The server did not take the test mail. It said: %(answer)s")
            % {"answer": answer.detail},
            code=answer.reason or answer.state,
        )
    return _("The server took the test mail: %(answer)s") % {"answer": answer.detail}


def _test_mail(sender: Sender, to: str, sample: Rendered | None) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = formataddr((sender.name, sender.email))
    mail["To"] = to
    test = _("Test of the sender %(name)s") % {"name": sender.name}
    mail["Subject"] = _("Test: %(subject)s") % {"subject": sample.subject} if sample else test
    mail["Date"] = localtime()
    # The demo's mailbox finds a workspace's tests by this name.
    domain = sender.email.rpartition("@")[2]
    mail["Message-ID"] = f"<test.{sender.tenant_id}.{uuid4().hex}@{domain}>"
    words = _("This mail came through the sender that you have set up. It works.")
    mail.set_content(sample.text if sample else words)
    if sample:
        mail.add_alternative(sample.html, subtype="html")
    return mail.as_bytes()


def _explain(code: str, answer: str) -> str:
    words = [SENTENCES[code], REMEDIES[code], _("It said: %(answer)s") % {"answer": answer}]
    return " ".join(str(word) for word in words)


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Refuse what would break a header or could not be an address."""
    checked = {
        key: value.strip() if isinstance(value, str) else value for key, value in fields.items()
    }
    for key, value in checked.items():
        if isinstance(value, str) and any(not char.isprintable() for char in value):
            raise BadInput(
                _("%(field)s holds a line break or another control character.") % {"field": key},
                fields={key: _("One line of plain text.")},
            )
    for key in ("email", "reply_to"):
        if checked.get(key):
            _check_address(key, checked[key])
    if "@" in checked.get("name", ""):
        raise BadInput(
            _("A sender's name is not an address: people would take it for the real one."),
            fields={"name": _("A name without @.")},
        )
    host = checked.get("host")
    if host is not None and not re.fullmatch(r"[A-Za-z0-9.\-:\[\]]{1,255}", host):
        raise BadInput(
            _("“%(host)s” is not the name of a server.") % {"host": host[:80]},
            fields={"host": _("Such as smtp.example.com.")},
        )
    return checked


def _goes_elsewhere(sender: Sender, fields: dict[str, Any]) -> bool:
    """Whether a kept password would reach a server, or a wire, that it was not typed for."""
    return any(
        name in fields and fields[name] != getattr(sender, name)
        for name in ("host", "port", "security", "username")
    )


def _check_address(key: str, address: str) -> None:
    try:
        validate_email(address)
    except ValidationError as error:
        raise BadInput(
            _("“%(address)s” is not an email address.") % {"address": address[:80]},
            fields={key: _("Type an address such as name@example.com.")},
        ) from error


def _refuse_second(sender: Sender) -> None:
    if Sender.objects.filter(email=sender.email).exclude(pk=sender.pk).exists():
        raise BadInput(
            _("There is a sender with this address already."),
            fields={"email": _("Choose another address.")},
        )
