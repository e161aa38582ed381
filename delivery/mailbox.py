"""Read what the demo's mail server has kept, for messages of the workspace in scope alone."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings

from delivery.mail_files import file_name
from delivery.models import Message


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A kept mail. `html` is as it was sent: show it in a sandbox only."""

    subject: str
    sender: str
    to: str
    sent_at: datetime | None
    headers: tuple[tuple[str, str], ...]
    html: str
    text: str
    size: int


def folder() -> Path:
    """Where the demo's mail server keeps mails."""
    return Path(settings.VAR_DIR) / "mailbox"


def read_mail(message: Message) -> Mail | None:
    """Return the mail of this message, or None if the server has not kept one."""
    domain = message.mailing.sender.email.rpartition("@")[2]
    path = folder() / f"{file_name(f'{message.public_id}@{domain}')}.eml"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    mail = message_from_bytes(data, policy=policy.default)
    date = mail["Date"]
    return Mail(
        subject=str(mail["Subject"] or ""),
        sender=str(mail["From"] or ""),
        to=str(mail["To"] or ""),
        sent_at=date.datetime if date is not None else None,
        headers=tuple((name, str(value)) for name, value in mail.items()),
        html=_part(mail, "html"),
        text=_part(mail, "plain"),
        size=len(data),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
