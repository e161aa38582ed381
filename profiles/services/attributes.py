"""Attributes of a workspace's own: what each holds, and an indexed column once it is asked for."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.models import AttributeDefinition, AttributeType, AttributeValue
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict

KEY = re.compile(r"\w{1,60}")
MOST = 100


def define(*, key: str, label: str, type: str, choices: Sequence[str] = ()) -> AttributeDefinition:
    """Say what an attribute holds. Values of another form are refused from now on.

    Raises BadInput for a key that is no word, a type that there is not, a list without values;
    Conflict for a key that is taken, or too many.
    """
    key, label = key.strip().lower(), label.strip()
    if not KEY.fullmatch(key):
        raise _wrong("key", _("A key has letters, digits and underscores only."))
    if type not in AttributeType.values:
        raise _wrong("type", _("Choose one of: text, number, date, answer, choice."))
    kept = list(dict.fromkeys(one.strip()[:120] for one in choices if one.strip()))
    if type == AttributeType.CHOICE and not kept:
        raise _wrong("choices", _("Name the values that the list has."))
    if AttributeDefinition.objects.filter(key=key).exists():
        raise Conflict(_("There is an attribute %(key)s already.") % {"key": key})
    if AttributeDefinition.objects.count() >= MOST:
        raise Conflict(_("A workspace has at most %(most)s attributes.") % {"most": MOST})
    made: AttributeDefinition = AttributeDefinition.objects.create(
        key=key,
        label=label or key,
        type=type,
        choices=kept if type == AttributeType.CHOICE else [],
    )
    record("attribute.defined", made, type=type)
    return made


def change(
    definition: AttributeDefinition,
    *,
    label: str | None = None,
    choices: Sequence[str] | None = None,
) -> AttributeDefinition:
    """Change the name of an attribute, or the values of its list; None leaves them.

    Values that customers hold stay, also those that the list no longer has. Raises BadInput for a
    list without values, or values for what is no list.
    """
    if choices is not None:
        kept = list(dict.fromkeys(one.strip()[:120] for one in choices if one.strip()))
        if definition.type != AttributeType.CHOICE and kept:
            raise _wrong("choices", _("Only a list has values to choose from."))
        if definition.type == AttributeType.CHOICE and not kept:
            raise _wrong("choices", _("Name the values that the list has."))
        definition.choices = kept
    if label is not None:
        definition.label = label.strip()[:120] or definition.key
    definition.save(update_fields=["label", "choices"])
    record("attribute.changed", definition)
    return definition


def _wrong(field: str, message: str) -> BadInput:
    return BadInput(message, fields={field: message})


def forget(definition: AttributeDefinition) -> None:
    """Let an attribute hold anything again. Its values stay with the customers."""
    record("attribute.forgotten", definition)
    definition.delete()


def types() -> dict[str, list[str]]:
    """Return what each attribute holds: key to its type and, for a list, its values."""
    rows = AttributeDefinition.objects.values_list("key", "type", "choices")
    return {key: [type, *choices] for key, type, choices in rows}


def promote(keys: Sequence[str]) -> int:
    """Copy the values of these attributes into columns with an index; return how many are new.

    Called when a segment that asks for them is saved. Intake keeps the columns in step.
    """
    wanted = AttributeDefinition.objects.filter(key__in=keys, promoted_at__isnull=True)
    ids = list(wanted.values_list("pk", flat=True))
    if not ids:
        return 0
    with transaction.atomic(), connection.cursor() as cursor:
        AttributeDefinition.objects.filter(pk__in=ids).update(promoted_at=timezone.now())
        cursor.execute(COPY.format(which=""), {"tenant": current_tenant_id(), "definitions": ids})
    return len(ids)


def keep_in_step(customer_ids: Sequence[int]) -> None:
    """Bring the columns of these customers up to date. Quick where nothing is promoted."""
    ids = promoted_ids()
    if ids and customer_ids:
        AttributeValue.objects.filter(customer_id__in=customer_ids).delete()
        values: dict[str, Any] = {
            "tenant": current_tenant_id(),
            "definitions": ids,
            "ids": list(customer_ids),
        }
        with connection.cursor() as cursor:
            cursor.execute(COPY.format(which="AND c.id = ANY (%(ids)s)"), values)


def keep_in_step_with(cursor: Any, table: str, column: str) -> None:
    """Bring the columns of the customers of a temporary table of ours up to date."""
    ids = promoted_ids()
    if ids:
        which = f"AND c.id IN (SELECT {column} FROM {table})"  # noqa: S608 - our names
        values = {"tenant": current_tenant_id(), "definitions": ids}
        cursor.execute(COPY.format(which=which), values)


def promoted_ids() -> list[int]:
    rows = AttributeDefinition.objects.filter(promoted_at__isnull=False)
    return list(rows.values_list("pk", flat=True))


COPY = """
    INSERT INTO profiles_attributevalue (tenant_id, definition_id, customer_id, text, number, day)
    SELECT %(tenant)s, d.id, c.id, left(v.value, 300),
           CASE WHEN v.value ~ '^-?[0-9]{{1,18}}([.][0-9]{{1,9}})?$' THEN v.value::numeric END,
           CASE WHEN v.value ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'
                 AND pg_input_is_valid(v.value, 'date') THEN v.value::date END
    FROM profiles_attributedefinition d
    JOIN profiles_customer c
        ON c.tenant_id = %(tenant)s AND jsonb_exists(c.attributes, d.key) {which}
    CROSS JOIN LATERAL (SELECT c.attributes ->> d.key AS value) v
    WHERE d.tenant_id = %(tenant)s AND d.id = ANY (%(definitions)s) AND v.value IS NOT NULL
    ON CONFLICT (tenant_id, definition_id, customer_id) DO UPDATE
    SET text = excluded.text, number = excluded.number, day = excluded.day
"""


def read_value(held: Sequence[str], cell: str) -> str | None:
    """Return a cell as the JSON of its type, or None if it has another form.

    `held` is the type, and for a list its values, as `types` returns them.
    """
    kind, *choices = held
    cell = cell.strip()
    match kind:
        case AttributeType.NUMBER:
            number = cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell
            return number if re.fullmatch(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,9})?", number) else None
        case AttributeType.DATE:
            return json.dumps(cell) if _is_day(cell) else None
        case AttributeType.ANSWER:
            return ANSWERS.get(cell.lower())
        case AttributeType.CHOICE:
            known = {one.casefold(): one for one in choices}
            found = known.get(cell.casefold())
            return None if found is None else json.dumps(found, ensure_ascii=False)
    return json.dumps(cell, ensure_ascii=False)


ANSWERS: Mapping[str, str] = {
    **dict.fromkeys(("yes", "true", "1", "y", "ja", "oui", "sí", "是", "有"), "true"),
    **dict.fromkeys(("no", "false", "0", "n", "nein", "non", "否", "没有"), "false"),
}


def _is_day(cell: str) -> bool:
    return bool(re.fullmatch(r"(?:19|20|21)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", cell))


def find_wrong(attributes: Any, held: Mapping[str, Sequence[str]]) -> str | None:
    """Return the first key of an object whose value has another type than the workspace says."""
    if not isinstance(attributes, Mapping):
        return None
    for key, value in attributes.items():
        if key not in held or value is None:
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        if read_value(held[key], text) is None:
            return str(key)
    return None
