"""Signed tokens of recipients' pages. A token names a message, never a target or an address.

Its signature is bound to the workspace and to what it is for: a token of another workspace, of
another purpose, or changed by one character is no token.
"""

import base64
import binascii
import re
from uuid import UUID

from django.core import signing

from tenants.models import Tenant

_CLICK = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9]{1,3})")


def click_token(tenant: Tenant, message_id: UUID, number: int) -> str:
    return _signer(tenant, "click").sign(f"{_short(message_id)}.{number}")


def read_click_token(tenant: Tenant, token: str) -> tuple[UUID, int] | None:
    """Return the message's public id and the link's number, or None if the token is not ours."""
    match = _CLICK.fullmatch(_unsign(tenant, "click", token))
    message_id = _long(match[1]) if match else None
    return (message_id, int(match[2])) if match and message_id else None


def unsubscribe_token(tenant: Tenant, message_id: UUID) -> str:
    return _signer(tenant, "unsubscribe").sign(_short(message_id))


def read_unsubscribe_token(tenant: Tenant, token: str) -> UUID | None:
    """Return the message's public id, or None if the token is not ours. It does not expire."""
    return _long(_unsign(tenant, "unsubscribe", token))


def _signer(tenant: Tenant, purpose: str) -> signing.Signer:
    return signing.Signer(salt=f"delivery.{purpose}.{tenant.public_id}", sep="~")


def _unsign(tenant: Tenant, purpose: str, token: str) -> str:
    try:
        return _signer(tenant, purpose).unsign(token)
    except signing.BadSignature:
        return ""


def _short(message_id: UUID) -> str:
    return base64.urlsafe_b64encode(message_id.bytes).rstrip(b"=").decode("ascii")


def _long(text: str) -> UUID | None:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error):
        return None
