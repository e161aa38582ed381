"""Passwords of mail servers, as they stand in the database."""

from tenants import secrets

PURPOSE = "delivery sender password"


def encrypt(password: str) -> str:
    """Return the password as it may stand in the database; nothing for no password."""
    return secrets.encrypt(password, purpose=PURPOSE)


def decrypt(kept: str) -> str:
    """Raises Unavailable if none of the installation's keys fits."""
    return secrets.decrypt(kept, purpose=PURPOSE)
