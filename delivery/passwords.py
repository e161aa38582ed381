"""Passwords of mail servers, encrypted with a key that comes from SECRET_KEY.

The newest key encrypts; SECRET_KEY_FALLBACKS still decrypt, so a key can be changed without
typing every password again.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from tenants.errors import Unavailable


def encrypt(password: str) -> str:
    """Return the password as it may stand in the database; nothing for no password."""
    return _box().encrypt(password.encode()).decode("ascii") if password else ""


def decrypt(kept: str) -> str:
    """Raises Unavailable if none of the installation's keys fits."""
    if not kept:
        return ""
    try:
        return _box().decrypt(kept.encode("ascii")).decode()
    except InvalidToken as error:
        raise Unavailable(
            _("The sender's password was kept with another key. Type it again in Settings.")
        ) from error


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key)) for key in keys])


def _derive(secret: str) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"delivery sender password")
    return base64.urlsafe_b64encode(key.derive(secret.encode()))
