"""Attributes have types, hold files to them, and get a column once a segment asks for them."""

from typing import Any

import pytest
from django.db import connection

from profiles.models import AttributeDefinition, AttributeValue, Customer
from profiles.services import attributes, customers, segments
from tenants.database import refresh_statistics
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.fixture
def defined(in_acme: Tenant) -> None:
    attributes.define(key="size", label="Size", type="number")
    attributes.define(key="since", label="Member since", type="date")
    attributes.define(key="vip", label="VIP", type="answer")
    attributes.define(key="level", label="Level", type="choice", choices=["gold", "silver"])


def with_attributes(number: str, **held: Any) -> dict[str, Any]:
    return {"external_id": number, "attributes": held}


GOOD = {"size": 9.5, "since": "2026-05-01", "vip": True, "level": "gold", "other": "anything"}


def test_the_api_is_held_to_the_types(defined: None) -> None:
    bad = [{"size": "large"}, {"since": "2026-02-45"}, {"vip": "perhaps"}, {"level": "bronze"}]
    rows = [with_attributes("ann", **GOOD), *(with_attributes(f"b{n}", **one) for n, one in
            enumerate(bad))]  # fmt: skip
    result = customers.upsert_customers(rows)
    assert [(one.index, one.code) for one in result.rejected] == [
        (index, "attribute_wrong") for index in (1, 2, 3, 4)
    ]
    assert result.rejected[0].field == "size"
    assert Customer.objects.get().attributes == GOOD


RULES = [
    ({"op": "at_least", "value": 9}, "size", 2),
    ({"op": "between", "value": [10, 11]}, "size", 1),
    ({"op": "before", "value": "2026-06-01"}, "since", 1),
    ({"op": "after", "value": "2026-06-01"}, "since", 1),
    ({"op": "is", "value": "gold"}, "level", 1),
    ({"op": "is_not", "value": "gold"}, "level", 2),
    ({"op": "contains", "value": "ilv"}, "level", 1),
    ({"op": "not_known"}, "size", 1),
    ({"op": "known"}, "size", 2),
]


def test_a_promoted_attribute_gives_the_same_people(defined: None) -> None:
    rows = [
        with_attributes("ann", **GOOD),
        with_attributes("bob", size=10, since="2026-07-01", level="silver"),
        with_attributes("eve"),
    ]
    customers.upsert_customers(rows)

    def counts() -> list[int]:
        return [
            segments.count({"field": f"customer.attributes.{key}", **rule})
            for rule, key, _count in RULES
        ]

    expected = [count for _rule, _key, count in RULES]
    assert counts() == expected
    asked = [{"field": f"customer.attributes.{key}", **rule} for rule, key, _count in RULES]
    segments.create_segment(name="All", rules={"any": asked})
    promoted = AttributeDefinition.objects.filter(promoted_at__isnull=False)
    assert set(promoted.values_list("key", flat=True)) == {"size", "since", "level"}
    assert AttributeValue.objects.count() == 6
    assert counts() == expected
    sql, _params = segments.segment_sql(asked[0])
    assert "profiles_attributevalue" in sql

    customers.upsert_customers([with_attributes("eve", size=12)])
    assert segments.count(asked[0]) == 3


def test_a_promoted_attribute_is_found_by_its_index(defined: None) -> None:
    """With thousands of values, PostgreSQL looks a rule up instead of reading them all."""
    rows = [with_attributes(f"c{number}", size=number, level="gold") for number in range(3000)]
    customers.upsert_customers(rows)
    rule = {"field": "customer.attributes.size", "op": "at_least", "value": 2995}
    segments.create_segment(name="Large", rules=rule)
    sql, params = segments.segment_sql(rule)
    with connection.cursor() as cursor:
        refresh_statistics(AttributeValue, Customer)
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "profiles_attributevalue_number" in plan
    assert segments.count(rule) == 5


def test_a_wrong_definition_is_refused(defined: None) -> None:
    for wrong, sentence in (
        ({"key": "a b", "type": "text"}, "letters, digits"),
        ({"key": "x", "type": "regex"}, "Choose one of"),
        ({"key": "x", "type": "choice"}, "Name the values"),
    ):
        with pytest.raises(BadInput, match=sentence):
            attributes.define(label="", **wrong)
    with pytest.raises(Conflict, match="size already"):
        attributes.define(key="size", label="", type="text")
    assert AttributeDefinition.objects.count() == 4
