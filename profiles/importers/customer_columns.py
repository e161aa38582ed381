"""What a row may say of a customer, and what that makes of the customer's columns. SQL only."""

from collections.abc import Sequence

from profiles.models import CONSENT_COLUMNS

TEXTS = (
    "external_id",
    "email",
    "first_name",
    "last_name",
    "phone",
    "language",
    "country",
    "city",
    "timezone",
)
KEYS = ("external_id", "email")
PURPOSES = {column: purpose for purpose, column in CONSENT_COLUMNS.items()}
CONSENTS = tuple(PURPOSES)
TYPES = {
    "line": "bigint",
    "public_id": "uuid",
    **dict.fromkeys(TEXTS, "text"),
    "attributes": "jsonb",
    **dict.fromkeys(CONSENTS, "boolean"),
}


def value_after(name: str) -> str:
    """What a column holds after the update. `c` is the customer, `i` the row."""
    if name == "attributes":
        return "c.attributes || coalesce(i.attributes, '{}')"
    if name in CONSENTS:
        return f"CASE WHEN c.{name} IS FALSE THEN false ELSE coalesce(i.{name}, c.{name}) END"
    if name in KEYS:  # the keys of a merged record stay where they are, and lead here
        return f"CASE WHEN i.by_merge THEN c.{name} ELSE coalesce(i.{name}, c.{name}) END"
    return f"coalesce(i.{name}, c.{name})"


def values_of_new(names: Sequence[str]) -> dict[str, str]:
    """Column → value of a new customer."""
    given = {"public_id": "public_id"}
    given |= {name: f"coalesce({name}, '')" for name in TEXTS if name in names}
    given |= {name: "''" for name in TEXTS if name not in names}
    given |= {name: name for name in CONSENTS if name in names}
    if "attributes" in names:
        given["attributes"] = "coalesce(attributes, '{}')"
    return given


def consent_sql(consents: Sequence[str], people: str, customer: str) -> str:
    """Append what is new: a word on a purpose that changes what is stored.

    `people` joins rows `i` to customers `c`; `customer` is the expression of their id.
    """
    rows = ", ".join(f"('{PURPOSES[name]}', i.{name}, c.{name})" for name in consents)
    return f"""
        INSERT INTO profiles_consent
            (tenant_id, customer_id, purpose, granted, at, source, text_version)
        SELECT %(tenant)s, {customer}, said.purpose, said.granted, now(), %(source)s, ''
        FROM {people}
        CROSS JOIN LATERAL (VALUES {rows}) AS said(purpose, granted, stored)
        WHERE said.granted IS NOT NULL AND said.granted IS DISTINCT FROM said.stored
          AND said.stored IS DISTINCT FROM false
    """
