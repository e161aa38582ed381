"""What a message says of its reader: the values of the slots `customer.…`, as plain text."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from inference.types import Slot
from profiles.models import Customer
from tenants.context import current_tenant_id

# What a customer did is only told to those who agreed to a profile and to texts written for them.
VALUES = """
SELECT c.id, c.first_name,
       CASE WHEN p.language = %(language)s THEN p.title
            ELSE coalesce(p.translations -> %(language)s ->> 'title', p.title) END,
       CASE WHEN t.top_category = '' THEN NULL ELSE (
            SELECT w.words FROM (
                SELECT q.language, CASE WHEN q.language = %(language)s THEN q.category
                       ELSE q.translations -> %(language)s ->> 'category' END AS words
                FROM catalogue_product q
                WHERE q.tenant_id = %(tenant)s AND q.category = t.top_category) w
            ORDER BY w.language = %(language)s DESC, w.words IS NULL LIMIT 1) END
FROM profiles_customer c
LEFT JOIN profiles_traitset t
    ON t.tenant_id = %(tenant)s AND t.customer_id = c.id AND c.may_profile AND c.may_write
LEFT JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = t.last_product_id
WHERE c.tenant_id = %(tenant)s AND c.id = ANY (%(ids)s)
"""
SLOTS = (Slot.FIRST_NAME, Slot.LAST_PRODUCT, Slot.INTEREST)


def slot_values(customer: Customer, language: str) -> dict[str, str]:
    """Return the known slots of one customer, by path: `{"customer.first_name": "Elena"}`."""
    return bulk_slot_values([customer.pk], language).get(customer.pk, {})


def bulk_slot_values(customer_ids: Sequence[int], language: str) -> dict[int, dict[str, str]]:
    """Return the known slots of many customers, by id, in one query.

    What is not known, not in this language, or not agreed to is absent.
    """
    values: dict[str, Any] = {
        "ids": list(customer_ids),
        "language": language,
        "tenant": current_tenant_id(),
    }
    with connection.cursor() as cursor:
        cursor.execute(VALUES, values)
        rows = cursor.fetchall()
    return {
        row[0]: {slot.value: text for slot, text in zip(SLOTS, row[1:], strict=True) if text}
        for row in rows
    }
