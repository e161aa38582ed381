"""The suppression list: addresses that get nothing, kept as hashes.

Who adds an address first takes the same lock that the gate of sending holds while it moves rows
to attempting. So after `suppress` has been committed, no message to that address starts.
"""

import hashlib

from django.db import connection, transaction
from django.utils.translation import gettext as _

from delivery.models import Suppression, SuppressionReason
from tenants.audit import record
from tenants.errors import BadInput

LOCK_SQL = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))"


def hash_address(address: str) -> str:
    """Return the SHA-256 of an address, trimmed and with ASCII letters in lower case."""
    return hashlib.sha256(normalise(address).encode()).hexdigest()


def normalise(address: str) -> str:
    """Trim and lower the ASCII letters alone, so that look-alike addresses stay apart."""
    return "".join(char.lower() if char.isascii() else char for char in address.strip())


def suppress(*, address: str, reason: str, source: str = "") -> Suppression:
    """Put an address on the list of the workspace in scope. Repeating it changes nothing.

    A complaint replaces any other reason; otherwise the first reason stays.
    """
    if "@" not in address:
        raise BadInput(
            _("“%(address)s” is not an email address.") % {"address": address[:80]},
            fields={"address": _("Type an address such as name@example.com.")},
        )
    kept = hash_address(address)
    with transaction.atomic():
        lock_address(kept)
        row, created = Suppression.objects.get_or_create(
            address_hash=kept, defaults={"reason": reason, "source": source[:200]}
        )
        complains = reason == SuppressionReason.COMPLAINED
        if not created and complains and row.reason != reason:
            row.reason, row.source = reason, source[:200]
            row.save(update_fields=["reason", "source"])
        if created and reason == SuppressionReason.BY_HAND:
            record("suppression.added", row, reason=reason)
    return row


def lock_address(address_hash: str) -> None:
    """Wait until no gate is deciding about this address; hold off the next until commit."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL, [address_hash])


def is_suppressed(address: str) -> bool:
    return Suppression.objects.filter(address_hash=hash_address(address)).exists()


def unsuppress(row: Suppression, *, why: str) -> None:
    """Take an address off the list. Says why, because somebody may have to answer for it."""
    if not why.strip():
        raise BadInput(_("Say why this address may get mail again."), fields={"why": _("Say why.")})
    record("suppression.removed", row, reason=row.reason, why=why.strip()[:300])
    row.delete()
