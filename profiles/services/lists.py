"""Lists: customers chosen by hand. Pasted, uploaded, or taken from a segment as it is now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from profiles.importers.values import normalise_email
from profiles.models import Customer, CustomerList, ListMember, Segment
from profiles.services import segments
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict
from tenants.models import User

MOST_KEYS = 100_000
FILL = """
    INSERT INTO profiles_listmember (tenant_id, list_id, customer_id)
    SELECT %s, %s, found.id FROM ({chosen}) found ON CONFLICT DO NOTHING
"""
SEPARATORS = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True, kw_only=True)
class Added:
    """How many came onto a list, how many were on it, and the keys that nobody has."""

    added: int
    known: int
    unknown: list[str]


def create_list(*, name: str, by: User | None = None) -> CustomerList:
    """Raises BadInput without a name, Conflict if the name is taken."""
    name = name.strip()
    if not name:
        message = _("Give the list a name.")
        raise BadInput(message, fields={"name": message})
    if CustomerList.objects.filter(name=name).exists():
        message = _("There is a list named %(name)s already.") % {"name": name}
        raise Conflict(message, fields={"name": message})
    created: CustomerList = CustomerList.objects.create(name=name, created_by=by)
    record("list.created", created)
    return created


def read_keys(text: str) -> list[str]:
    """Return the customer numbers and addresses of a pasted text or a file's, each once."""
    keys = [key.strip("\"'\ufeff") for key in SEPARATORS.split(text.replace("\x00", ""))]
    found = list(dict.fromkeys(key for key in keys if key))
    if len(found) > MOST_KEYS:
        raise BadInput(
            _("Give at most %(most)s numbers or addresses at once.") % {"most": f"{MOST_KEYS:,}"}
        )
    return found


def add_keys(chosen: CustomerList, keys: Sequence[str]) -> Added:
    """Put the customers of these numbers or addresses on a list. Unknown keys make nobody."""
    found: dict[str, int] = {}
    emails = [normalise_email(key) for key in keys if "@" in key]
    for name, values in (("external_id", list(keys)), ("email", emails)):
        rows = Customer.everybody.filter(**{f"{name}__in": values})
        for value, own, merged in rows.values_list(name, "pk", "merged_into"):
            found.setdefault(value, merged or own)
    unknown = [key for key in keys if key not in found and normalise_email(key) not in found]
    added = add_customers(chosen, list(dict.fromkeys(found.values())))
    return Added(added=added, known=len(set(found.values())) - added, unknown=unknown)


def add_customers(chosen: CustomerList, customer_ids: Sequence[int]) -> int:
    """Put customers on a list; return how many were not on it."""
    with transaction.atomic():
        before = chosen.members.count()
        ListMember.objects.bulk_create(
            [ListMember(list=chosen, customer_id=pk) for pk in customer_ids], ignore_conflicts=True
        )
        added: int = chosen.members.count() - before
        record("list.filled", chosen, added=added)
    return added


def add_segment(chosen: CustomerList, segment: Segment) -> int:
    """Put everybody who is in a segment now on a list; return how many were not on it."""
    sql, params = segments.segment_sql(segment)
    insert = FILL.format(chosen=sql)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert, [current_tenant_id(), chosen.pk, *params])
        added = int(cursor.rowcount)
        record("list.filled", chosen, added=added, segment=str(segment.public_id))
    return added


def remove_customer(chosen: CustomerList, customer: Customer) -> None:
    """Take somebody off a list. Nothing happens if they are not on it."""
    ListMember.objects.filter(list=chosen, customer=customer).delete()
    record("list.shortened", chosen, customer=str(customer.public_id))


def delete_list(chosen: CustomerList) -> None:
    """Raises Conflict while a segment asks for it."""
    rules = Segment.objects.annotate(text=Cast("rules", TextField()))
    other = rules.filter(text__contains=str(chosen.public_id)).first()
    if other is not None:
        text = _("The segment %(other)s uses the list %(name)s. Change its rules first.")
        raise Conflict(text % {"other": other.name, "name": chosen.name})
    record("list.deleted", chosen)
    chosen.delete()
