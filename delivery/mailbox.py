"""Read what the demo's mail server has kept, for messages of the workspace in scope alone."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from django.conf import settings

from delivery.mail_files import file_name
from delivery.models import Message

TESTS_SHOWN = 5


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
    return _read(folder() / f"{file_name(f'{message.public_id}@{domain}')}.eml")


def read_tests(tenant_id: int) -> dict[UUID, Mail]:
    """Return the newest test mails of a workspace by their key, the newest first."""
    kept = folder().glob(f"test.{tenant_id}.*@*.eml")
    newest = sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)[:TESTS_SHOWN]
    return {
        UUID(path.name.split("@")[0].split(".")[2]): mail
        for path in newest
        if (mail := _read(path))
    }


def read_test(tenant_id: int, key: UUID) -> Mail | None:
    """Return one test mail of this workspace, or None if it was not kept."""
    path = next(folder().glob(f"test.{tenant_id}.{key.hex}@*.eml"), None)
    return _read(path) if path else None


def _read(path: Path) -> Mail | None:
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
