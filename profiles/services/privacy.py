"""Erasing a person, making the silent ones anonymous, and dropping what is too old to keep."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.importers.staging import wait_for_intake
from profiles.models import (
    Customer,
    DataPolicy,
    ErasedKey,
    Event,
    Import,
    ImportState,
    RejectedRow,
)
from profiles.services import classifier_runs
from profiles.services.forgetting import forget_rows
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput

SHORTEST_DAYS, LONGEST_DAYS = 30, 3650
AT_ONCE = 2000
"""Customers that are made anonymous in one transaction."""
REJECTED_DAYS, UPLOAD_DAYS = 90, 30
"""After so many days rejected rows go, and files that nobody imported or had learnt from: they
name people."""


def key_hash(kind: str, value: str) -> str:
    """The SHA-256 under which an erased key is remembered. `kind` is "number" or "email"."""
    text = f"{current_tenant_id()}:{kind}:{value}"
    return hashlib.sha256(text.encode()).hexdigest()


def erase(customer: Customer) -> None:
    """Forget a person for good: who they are, what they did and said, what was derived.

    Their orders stay in the books, named by nothing. Their keys are remembered as hashes, so that
    no file and no call of the API brings them back.
    """
    with transaction.atomic():
        wait_for_intake()
        customer.refresh_from_db()
        customer = customer.merged_into or customer
        merged = Customer.everybody.filter(merged_into=customer)
        for row in (customer, *merged):
            _remember_keys(row)
            _forget_rejected(row)
        record("customer.erased", customer)
        merged.delete()
        Event.objects.filter(customer=customer).delete()
        _blank([customer.pk])


def _remember_keys(customer: Customer) -> None:
    keys = (("number", customer.external_id), ("email", customer.email))
    for kind, value in keys:
        if value:
            ErasedKey.objects.get_or_create(key_hash=key_hash(kind, value))


def _forget_rejected(customer: Customer) -> None:
    """Delete rows of files that were rejected or shown, and name this person by a key."""
    keys = [key.lower() for key in (customer.external_id, customer.email) if key]
    with connection.cursor() as cursor:
        for forget in (FORGET_REJECTED, FORGET_SAMPLES):
            cursor.execute(forget, {"tenant": current_tenant_id(), "keys": keys})


FORGET_REJECTED = """
    DELETE FROM profiles_rejectedrow r WHERE r.tenant_id = %(tenant)s
      AND EXISTS (SELECT FROM unnest(r.row || r.value::text) cell
                  WHERE lower(btrim(cell)) = ANY (%(keys)s))
"""
FORGET_SAMPLES = """
    UPDATE profiles_import i SET options = options - 'sample'
    WHERE i.tenant_id = %(tenant)s AND EXISTS (
        SELECT FROM jsonb_path_query(i.options, '$.sample[*][*]') cell
        WHERE lower(btrim(cell #>> '{}')) = ANY (%(keys)s))
"""
DROP_SAMPLES = """
    UPDATE profiles_import SET options = options - 'sample'
    WHERE tenant_id = %(tenant)s AND state = 'done' AND options ? 'sample'
"""


def _blank(customer_ids: Sequence[int]) -> None:
    """Take from records all that tells who they are. Orders and plain events stay for the sums."""
    ids = list(customer_ids)
    forget_rows(ids)
    with connection.cursor() as cursor:
        cursor.execute(BLANK, {"tenant": current_tenant_id(), "ids": ids})


BLANK = """
    UPDATE profiles_customer SET external_id = 'anonymous-' || public_id, email = '',
        anonymous_id = '', first_name = '', last_name = '', phone = '', city = '', timezone = '',
        attributes = '{}', may_email = false, may_profile = false, may_write = false,
        may_track = false, anonymised_at = now(), updated_at = now()
    WHERE tenant_id = %(tenant)s AND id = ANY (%(ids)s)
"""

SILENT = """
    SELECT c.id FROM profiles_customer c
    WHERE c.tenant_id = %(tenant)s AND c.anonymised_at IS NULL AND c.merged_into_id IS NULL
      AND c.created_at < %(before)s AND c.updated_at < %(before)s
      AND NOT EXISTS (SELECT FROM profiles_order o WHERE o.tenant_id = %(tenant)s
                      AND o.customer_id = c.id AND o.placed_at >= %(before)s)
      AND NOT EXISTS (SELECT FROM profiles_event e WHERE e.tenant_id = %(tenant)s
                      AND e.customer_id = c.id AND e.at >= %(before)s)
    ORDER BY c.id LIMIT %(limit)s
"""


def read_policy() -> DataPolicy:
    """Return how long the workspace keeps things; unsaved, and for ever, if nobody said."""
    return DataPolicy.objects.first() or DataPolicy()


def save_policy(*, events_days: int | None, anonymise_days: int | None) -> DataPolicy:
    """Say how long things are kept, in days; None keeps them. Raises BadInput outside 30…3650."""
    given = {"events_days": events_days, "anonymise_days": anonymise_days}
    for name, days in given.items():
        if days is not None and not SHORTEST_DAYS <= days <= LONGEST_DAYS:
            text = _("Give a number of days from %(least)s to %(most)s, or leave it empty.")
            message = text % {"least": SHORTEST_DAYS, "most": LONGEST_DAYS}
            raise BadInput(message, fields={name: message})
    policy = read_policy()
    policy.events_days, policy.anonymise_days = events_days, anonymise_days
    policy.save()
    record("data_policy.changed", policy, **given)
    return policy


def drop_old_months() -> int:
    """Drop the partitions of months that no workspace keeps any more; return how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT profiles_drop_old_partitions()")
        return int(cursor.fetchone()[0])


def drop_leftovers(*, at: datetime | None = None) -> tuple[int, int]:
    """Delete old rejected rows, and files that were uploaded and never used; return how many.

    The imports stay, with their counts. The rows that a finished one showed go at once.
    """
    now = at or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(DROP_SAMPLES, {"tenant": current_tenant_id()})
    old = Import.objects.filter(created_at__lt=now - timedelta(days=REJECTED_DAYS))
    rows, _models = RejectedRow.objects.filter(source__in=old).delete()
    files = Import.objects.filter(created_at__lt=now - timedelta(days=UPLOAD_DAYS)).exclude(file="")
    left = files.filter(state__in=[ImportState.UPLOADED, ImportState.FAILED])
    for import_ in left:
        import_.file.delete(save=False)
        import_.state, import_.error = ImportState.FAILED, _("The file is gone. Upload it again.")
        import_.save(update_fields=["file", "state", "error"])
    dropped = classifier_runs.drop_files(now - timedelta(days=UPLOAD_DAYS))
    return rows, len(left) + dropped


def apply_policy(*, at: datetime | None = None) -> tuple[int, int]:
    """Delete events that are too old and make silent customers anonymous; return how many each.

    At most `AT_ONCE` customers: what comes in waits until this is committed.
    Whole months that no workspace keeps are dropped as partitions before (see
    profiles/partitions.py), so that little is left to delete here. What files left behind goes
    too, whatever the policy.
    """
    now, policy = at or timezone.now(), read_policy()
    drop_leftovers(at=now)
    deleted = anonymised = 0
    if policy.events_days:
        old = Event.objects.filter(at__lt=now - timedelta(days=policy.events_days))
        deleted = old._raw_delete(using="default")
    if policy.anonymise_days:
        anonymised = _anonymise_silent(now - timedelta(days=policy.anonymise_days))
    if deleted or anonymised:
        record("data_policy.applied", policy, events=deleted, customers=anonymised)
    return deleted, anonymised


def _anonymise_silent(before: datetime) -> int:
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "before": before,
        "limit": AT_ONCE,
    }
    wait_for_intake()
    with connection.cursor() as cursor:
        cursor.execute(SILENT, values)
        ids = [row[0] for row in cursor.fetchall()]
    if ids:
        Customer.everybody.filter(merged_into_id__in=ids).delete()
        _blank(ids)
    return len(ids)
