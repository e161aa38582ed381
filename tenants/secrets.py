"""Secrets that a workspace types once: passwords and keys of other servers, encrypted at rest.

The key comes from SECRET_KEY. The newest key encrypts; SECRET_KEY_FALLBACKS still decrypt, so a
key can be changed without typing every secret again. Each purpose has a key of its own, so that
what was kept for one can never be opened as another.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from tenants.errors import Unavailable


def encrypt(secret: str, *, purpose: str) -> str:
    """Return the secret as it may stand in the database; nothing for no secret."""
    return _box(purpose).encrypt(secret.encode()).decode("ascii") if secret else ""


def decrypt(kept: str, *, purpose: str) -> str:
    """Raises Unavailable if none of the installation's keys fits."""
    if not kept:
        return ""
    try:
        return _box(purpose).decrypt(kept.encode("ascii")).decode()
    except InvalidToken as error:
        raise Unavailable(
            _("A password or key was kept with another key. Type it again in Settings.")
        ) from error


def _box(purpose: str) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(key, purpose)) for key in keys])


def _derive(secret: str, purpose: str) -> bytes:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode())
    return base64.urlsafe_b64encode(key.derive(secret.encode()))
