"""One person, several records: visitors who sign in, and duplicates. Merged, and taken back.

The record that goes (`dropped`) stays in the table with `merged_into`, so that its keys still
lead to the person; what it had moves to the record that is kept. A merge keeps the ids of all
that moved, so that taking it back moves exactly that.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.importers import values
from profiles.importers.staging import lock_keys_of_customers, wait_for_intake
from profiles.models import (
    CONSENT_COLUMNS,
    Consent,
    Customer,
    DuplicatePair,
    Event,
    ListMember,
    Merge,
    Order,
    PairState,
    TouchedCustomer,
)
from profiles.services.attributes import keep_in_step
from profiles.services.derived import forget_derived
from profiles.services.traits import refresh_traits
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict
from tenants.models import User

MOVES: tuple[type[models.Model], ...] = (Event, Order, Consent)
KEYS = ("external_id", "email")
IDENTIFIED = "identified"
"""Why a visitor is merged into who they turned out to be."""
TEXTS = ("first_name", "last_name", "phone", "language", "timezone", "country", "city")
CHANGED = (*KEYS, *TEXTS, "attributes", *CONSENT_COLUMNS.values())


def merge(
    *, kept: Customer, dropped: Customer, reason: str = "by_hand", by: User | None = None
) -> Merge:
    """Make two records one: what `dropped` did and said moves to `kept`.

    `kept` takes what it lacks, a key included; of two answers about consent, a "no" counts.
    Raises BadInput for one and the same record, Conflict if one was merged into another before
    (so that no circle can arise).
    """
    with transaction.atomic():
        if reason != IDENTIFIED:  # such a merge is itself a part of what comes in
            wait_for_intake()  # else an event on its way would be left at the other record
        kept, dropped = _lock(kept.pk, dropped.pk)
        _refuse_circle(kept, dropped)
        before = {
            "kept": {name: getattr(kept, name) for name in CHANGED},
            "dropped": {name: getattr(dropped, name) for name in KEYS},
        }
        moved = _move(kept, dropped)
        _fill_kept(kept, dropped)
        before["after"] = {name: getattr(kept, name) for name in CHANGED}
        merged = Merge.objects.create(
            kept=kept, dropped=dropped, reason=reason, moved=moved, before=before, created_by=by
        )
        _after_change(kept, dropped)
        _settle_pair(kept, dropped, PairState.MERGED)
        record("customer.merged", kept, dropped=str(dropped.public_id), reason=reason)
    return merged


def undo_merge(merged: Merge) -> Merge:
    """Take a merge back: both records have again what was theirs; what came later stays.

    Raises Conflict if it was taken back before, or if the kept record was merged away since.
    """
    with transaction.atomic():
        wait_for_intake()
        merged = Merge.objects.select_for_update().get(pk=merged.pk)
        kept, dropped = _lock(merged.kept_id, merged.dropped_id)
        if merged.undone_at is not None:
            raise Conflict(_("This merge was taken back already."))
        if kept.merged_into_id is not None or dropped.merged_into_id != kept.pk:
            raise Conflict(
                _("The customer was merged again since. Take the later merge back first.")
            )
        _move_back(merged)
        _restore(kept, dropped, merged.before)
        merged.undone_at = timezone.now()
        merged.save(update_fields=["undone_at"])
        _after_change(kept, dropped)
        _settle_pair(kept, dropped, PairState.DIFFERENT)
        record("customer.merge_undone", kept, dropped=str(dropped.public_id))
    return merged


def identify(*, anonymous_id: str, external_id: str = "", email: str = "") -> Customer:
    """Say who a visitor is; return the customer. What the visitor did is theirs from now on.

    A visitor becomes the customer of these keys, or is merged into the one who has them. A
    visitor who is known as somebody else stays so: two people may share a browser, and the newer
    one gets only what is done from now on under their own key. Keys are read as those of rows
    are, so that who came by a row is found. Raises BadInput without keys.
    """
    external_id, email = _key(values.identifier, external_id), _key(values.email, email)
    if not anonymous_id or not (external_id or email):
        raise BadInput(
            _("Name the visitor, and the customer number or email that they signed in with.")
        )
    with transaction.atomic():
        known = _find(external_id, email)
        if known is None:
            wait_for_intake()  # which a merge may have to, and it comes first
            lock_keys_of_customers()
            known = _find(external_id, email)
        visitor = Customer.everybody.filter(anonymous_id=anonymous_id).first()
        if known is None and visitor is None:
            known = Customer.objects.create(
                external_id=external_id, email=email, anonymous_id=anonymous_id
            )
        elif known is None and visitor is not None and _is_visitor(visitor):
            visitor.external_id, visitor.email = external_id, email
            visitor.save(update_fields=[*KEYS, "updated_at"])
            known = visitor
        elif known is None:
            known = Customer.objects.create(external_id=external_id, email=email)
        elif visitor is None:
            _remember(known, anonymous_id)
        elif _is_visitor(visitor):
            merge(kept=known, dropped=visitor, reason=IDENTIFIED)
            known.refresh_from_db()
    return known


def link_visitors(pairs: Sequence[tuple[str, int]]) -> None:
    """Say who visitors are: their number, and the id of the customer."""
    for anonymous_id, customer_id in pairs:
        visitor = Customer.everybody.filter(anonymous_id=anonymous_id).first()
        known = Customer.objects.filter(pk=customer_id).first()
        if known is None or (visitor is not None and visitor.pk == known.pk):
            continue
        if visitor is None:
            _remember(known, anonymous_id)
        elif _is_visitor(visitor):
            merge(kept=known, dropped=visitor, reason=IDENTIFIED)


def mark_different(pair: DuplicatePair) -> None:
    """Keep that two records are two people, so that nobody is asked again."""
    pair.state = PairState.DIFFERENT
    pair.save(update_fields=["state"])
    record("customer.not_duplicate", pair)


def _is_visitor(customer: Customer) -> bool:
    return customer.merged_into_id is None and not (customer.external_id or customer.email)


def _key(parse: values.Parser, said: str) -> str:
    key = parse(said)
    return key if isinstance(key, str) else ""


def _find(external_id: str, email: str) -> Customer | None:
    """The customer of a number, else of an address; where a merge led, the one who was kept."""
    for name, value in (("external_id", external_id), ("email", email)):
        found = value and Customer.everybody.filter(**{name: value}).first()
        if found:
            return found.merged_into or found
    return None


def _remember(known: Customer, anonymous_id: str) -> None:
    """Keep one more number of a visitor who is known, on a record of its own."""
    if not known.anonymous_id:
        known.anonymous_id = anonymous_id
        known.save(update_fields=["anonymous_id", "updated_at"])
    elif known.anonymous_id != anonymous_id:
        Customer.everybody.create(anonymous_id=anonymous_id, merged_into=known)


def _lock(kept_id: int, dropped_id: int) -> tuple[Customer, Customer]:
    """Lock both in one order, so that two merges at once do not wait for each other for ever."""
    if kept_id == dropped_id:
        raise BadInput(_("These are one record. Choose two."))
    rows = Customer.everybody.select_for_update().filter(pk__in=[kept_id, dropped_id])
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) < 2:
        raise BadInput(_("One of the two customers does not exist any more."))
    return found[kept_id], found[dropped_id]


def _refuse_circle(kept: Customer, dropped: Customer) -> None:
    if kept.merged_into_id == dropped.pk:
        raise Conflict(
            _("These were merged the other way round already. Take that merge back first."),
            code="merge_circle",
        )
    if kept.merged_into_id is not None or dropped.merged_into_id is not None:
        raise Conflict(
            _("One of the two was merged into another customer. Choose that customer instead."),
            code="merged_already",
        )


def _move(kept: Customer, dropped: Customer) -> dict[str, Any]:
    moved: dict[str, Any] = {}
    for model in MOVES:
        moved[model._meta.label] = _move_rows(model, dropped.pk, kept.pk)
    moved[Customer._meta.label] = list(
        Customer.everybody.filter(merged_into=dropped).values_list("pk", flat=True)
    )
    Customer.everybody.filter(merged_into=dropped).update(merged_into=kept)
    theirs = ListMember.objects.filter(customer=kept).values("list")
    ours = ListMember.objects.filter(customer=dropped).exclude(list__in=theirs)
    moved[ListMember._meta.label] = list(ours.values_list("pk", flat=True))
    ours.update(customer=kept)
    return moved


def _move_rows(
    model: type[models.Model], source: int, target: int, ids: Sequence[int] | None = None
) -> list[int]:
    """Give rows of one customer to another; return their ids. None: all of them."""
    only = "" if ids is None else " AND id = ANY (%(ids)s)"
    sql = (
        f'UPDATE "{model._meta.db_table}" SET customer_id = %(target)s'  # noqa: S608 - our names
        f" WHERE tenant_id = %(tenant)s AND customer_id = %(source)s{only} RETURNING id"
    )
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "source": source,
        "target": target,
        "ids": ids,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] for row in cursor.fetchall()]


def _move_back(merged: Merge) -> None:
    models_moved: tuple[type[models.Model], ...] = (*MOVES, ListMember)
    for model in models_moved:
        ids = merged.moved.get(model._meta.label, [])
        _move_rows(model, merged.kept_id, merged.dropped_id, ids)
    others = Customer.everybody.filter(pk__in=merged.moved.get(Customer._meta.label, []))
    others.update(merged_into=merged.dropped_id)


def _fill_kept(kept: Customer, dropped: Customer) -> None:
    """Take over what is missing. A key moves, since it can stand in one record only."""
    takes = {name: getattr(dropped, name) for name in KEYS if not getattr(kept, name)}
    takes_email = bool(takes.get("email"))
    for name in TEXTS:
        setattr(kept, name, getattr(kept, name) or getattr(dropped, name))
    kept.attributes = {**dropped.attributes, **kept.attributes}
    for column in CONSENT_COLUMNS.values():
        ours, theirs = getattr(kept, column), getattr(dropped, column)
        if theirs is False or (ours is None and (column != "may_email" or takes_email)):
            setattr(kept, column, theirs)
    for name in takes:
        setattr(dropped, name, "")
    dropped.merged_into = kept
    dropped.save(update_fields=[*KEYS, "merged_into", "updated_at"])
    for name, value in takes.items():
        setattr(kept, name, value)
    kept.save(update_fields=[*CHANGED, "updated_at"])


def _restore(kept: Customer, dropped: Customer, before: dict[str, Any]) -> None:
    """Give keys and texts back; leave what was changed by hand or by a file since."""
    for name, value in before["kept"].items():
        if getattr(kept, name) == before["after"][name]:
            setattr(kept, name, value)
    kept.save(update_fields=[*CHANGED, "updated_at"])
    for name, value in before["dropped"].items():
        setattr(dropped, name, value)
    dropped.merged_into = None
    dropped.save(update_fields=[*KEYS, "merged_into", "updated_at"])


def _after_change(kept: Customer, dropped: Customer) -> None:
    """Compute anew what follows from the orders and events of both.

    Segments follow by a note, as after an event; by it traits are right too if somebody looked at
    these customers before, and writes what they saw after this.
    """
    ids = [kept.pk, dropped.pk]
    forget_derived(ids)
    keep_in_step(ids)
    refresh_traits(ids)
    TouchedCustomer.objects.bulk_create(TouchedCustomer(customer_id=pk) for pk in ids)


def _settle_pair(kept: Customer, dropped: Customer, state: PairState) -> None:
    first, second = sorted((kept.pk, dropped.pk))
    DuplicatePair.objects.filter(first_id=first, second_id=second).update(state=state)


def merge_size(merged: Merge) -> dict[str, int]:
    """Return how much moved, by the model's name."""
    return {label: len(ids) for label, ids in merged.moved.items() if ids}


# Duplicates

DIGITS = "right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)"
MAILBOX = (
    "regexp_replace(replace(split_part(split_part(email, '@', 1), '+', 1), '.', ''), '^$', email)"
    " || '@' || replace(split_part(email, '@', 2), 'googlemail.com', 'gmail.com')"
)
POSTCODE = (
    "lower(coalesce(attributes ->> 'postcode', attributes ->> 'postal_code', attributes ->> 'zip',"
    " attributes ->> 'zip_code', attributes ->> '邮编', attributes ->> 'postleitzahl', ''))"
)
# Reason to: what must be the same, and which records are asked.
REASONS: dict[str, tuple[str, str]] = {
    "email": (MAILBOX, "email <> ''"),
    "phone": (DIGITS, "length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 7"),
    "name": (
        f"lower(first_name || ' ' || last_name) || '|' || {POSTCODE}",
        f"first_name <> '' AND last_name <> '' AND {POSTCODE} <> ''",
    ),
}
MOST_ALIKE = 5
"""A phone that more records share is a shop's or a made-up one, and says nothing."""
FIND = """
    INSERT INTO profiles_duplicatepair (tenant_id, first_id, second_id, reason)
    SELECT %(tenant)s, ids[1], ids[n], %(reason)s FROM (
        SELECT array_agg(id ORDER BY id) AS ids FROM (
            SELECT id, {key} AS same FROM profiles_customer
            WHERE tenant_id = %(tenant)s AND merged_into_id IS NULL AND anonymised_at IS NULL
              AND {which}
        ) keyed GROUP BY same HAVING count(*) BETWEEN 2 AND %(most)s
    ) alike CROSS JOIN LATERAL generate_series(2, cardinality(ids)) n
    ON CONFLICT (tenant_id, first_id, second_id) DO NOTHING
"""


def find_duplicates() -> int:
    """Look for records that may be one person; return how many pairs are new.

    The same mailbox written differently, the same phone, or the same name at one postcode. Pairs
    that somebody decided about are not asked about again.
    """
    found = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for reason, (key, which) in REASONS.items():
            values: dict[str, Any] = {
                "tenant": current_tenant_id(),
                "reason": reason,
                "most": MOST_ALIKE,
            }
            cursor.execute(FIND.format(key=key, which=which), values)
            found += int(cursor.rowcount)
    return found
