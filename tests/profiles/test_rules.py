"""Rules become SQL that gives the same people as asking each of them, one by one."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Customer, Segment
from profiles.rules.fields import FIELDS, TIMED, Kind
from profiles.services import membership, segments
from tenants.context import scope
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant
from tests.profiles import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(in_acme: Tenant) -> list[people.Person]:
    return people.make_people(seed=7)


def found_by_sql(rules: dict[str, Any]) -> set[int]:
    sql, params = segments.segment_sql(rules, at=people.NOW)
    assert "%" not in sql.replace("%s", "")
    return {row.pk for row in Customer.objects.raw(sql, params)}


DAYS = st.integers(0, 700)
WINDOW = st.tuples(DAYS, DAYS).map(sorted)
NUMBERS = st.integers(-2, 250)
VALUES = {
    "customer.language": ("en", "zh-hans", "de"),
    "customer.country": ("US", "NO"),
    "customer.city": ("Portland", "Bergen", "上海", "%", "_"),
    "customer.email": ("x@example.com",),
    "customer.attributes": ("9", "10.5", "large", "true"),
    "trait.top_category": people.CATEGORIES,
    "trait.top_brand": ("Oak",),
    "trait.top_channel": ("web",),
    "segment.in": tuple(people.SEGMENTS),
    "list.in": people.LISTS,
    **{f"words.{n}": people.WORDS for n in ("topic", "need", "intent", "likes", "dislikes")},
    "trait.language": ("en",),
    "order.bought_category": people.CATEGORIES,
    "order.bought_product": ("p0", "p1", "p9"),
    "event.performed": people.EVENTS,
    "event.viewed_category": people.CATEGORIES,
    "event.viewed_product": ("p0", "p2"),
}
SHAPES: dict[str, st.SearchStrategy[Any]] = {
    "at_least": NUMBERS,
    "at_most": NUMBERS,
    "between": st.tuples(NUMBERS, NUMBERS).map(sorted),
    "within_days": DAYS,
    "more_than_days_ago": DAYS,
    "between_days_ago": WINDOW,
    "before": st.dates(min_value=people.NOW.date().replace(year=2024)).map(str),
    "after": st.dates(min_value=people.NOW.date().replace(year=2024)).map(str),
    "known": st.none(),
    "not_known": st.none(),
    "never": st.none(),
}


@st.composite
def rules_of_one_field(draw: st.DrawFn) -> dict[str, Any]:
    field = FIELDS[draw(st.sampled_from(sorted(FIELDS)))]
    op = draw(st.sampled_from(field.ops))
    name = field.name
    texts = VALUES.get(name) or tuple(key for key, _label in field.choices)
    if name == "customer.attributes":
        name = f"{name}.{draw(st.sampled_from(['size', 'vip', 'since', 'other']))}"
    rule: dict[str, Any] = {"field": name, "op": op}
    match field.kind:
        case Kind.ANSWER:
            return rule | {"value": draw(st.sampled_from(people.ANSWERS))}
        case Kind.DID:
            rule["value"] = draw(st.lists(st.sampled_from(texts), min_size=1, max_size=2))
            rule["times"] = draw(st.integers(0, 3))
            if op == "at_least" and draw(st.booleans()):
                rule["not_since"] = draw(st.lists(st.sampled_from(people.EVENTS), min_size=1))
        case _ if op in ("is", "is_not"):
            rule["value"] = draw(st.lists(st.sampled_from(texts), min_size=1, max_size=2))
        case _ if op == "contains":
            rule["value"] = draw(st.sampled_from(texts))
        case _:
            rule["value"] = draw(SHAPES[op])
    if field.of and (field.needs_of or draw(st.booleans())):
        names = people.EVENTS if field.needs_of else people.CATEGORIES
        rule["of"] = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2))
    if field.has_detail:
        rule["detail"] = draw(st.sampled_from(["price", "minutes", "none"]))
    if field.kind in TIMED and draw(st.booleans()):
        rule["days_ago"] = draw(WINDOW)
    return rule


RULES = st.recursive(
    rules_of_one_field(),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


def depth(node: dict[str, Any]) -> int:
    members = node.get("all", node.get("any", [node["not"]] if "not" in node else []))
    return 1 + max(map(depth, members)) if "field" not in node and members else 1


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=RULES.filter(lambda node: depth(node) <= 6))
def test_sql_finds_the_people_that_the_long_way_finds(
    crowd: list[people.Person], rules: dict[str, Any]
) -> None:
    assert found_by_sql(rules) == {
        person.row.pk for person in crowd if people.matches(person, rules)
    }
    assert segments.describe(rules) is not None


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=RULES.filter(lambda node: depth(node) <= 6))
def test_a_look_counts_the_people_that_it_shows(
    crowd: list[people.Person], rules: dict[str, Any]
) -> None:
    """Numbers and people come from one statement; they are those of the rules, and no others."""
    reach, shown = segments.look(rules, size=len(crowd) + 1)
    rows = list(Customer.objects.raw(*segments.segment_sql(rules)))
    assert {row.pk for row in shown} == {row.pk for row in rows}
    assert len(shown) == reach.matched == segments.count(rules) == len(rows)
    assert reach.by_email == sum(row.may_email is True and row.email != "" for row in rows)
    assert reach.everybody == len(crowd)
    assert len(segments.look(rules, size=3)[1]) == min(3, len(rows))


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rules=RULES.filter(lambda node: depth(node) <= 6))
def test_asking_about_each_finds_whom_asking_about_all_found(
    crowd: list[people.Person], rules: dict[str, Any]
) -> None:
    segment, _made = Segment.objects.update_or_create(name="Any", defaults={"rules": rules})
    membership.refresh_members(segment, at=people.NOW)
    ids = [person.row.pk for person in crowd]
    change = membership.refresh_members(segment, ids, at=people.NOW)
    assert change == membership.Change(entered=0, left=0)


def test_who_agreed_and_has_no_address_is_not_reached(in_acme: Tenant, globex: Tenant) -> None:
    Customer.objects.create(external_id="a", may_email=True)
    Customer.objects.create(external_id="b", may_email=True, email="b@example.com")
    Customer.objects.create(external_id="c", email="c@example.com")
    with scope(globex.pk):
        Customer.objects.create(external_id="d", may_email=True, email="d@example.com")
    found = segments.reach({"field": "customer.may_email", "op": "is", "value": True})
    assert (found.matched, found.by_email, found.everybody) == (2, 1, 3)


def test_no_rules_are_everybody_and_an_empty_any_is_nobody(crowd: list[people.Person]) -> None:
    assert segments.count({}) == segments.count({"all": []}) == len(crowd)
    assert segments.count({"any": []}) == 0


def test_who_refused_a_profile_is_in_no_answer_about_behaviour(crowd: list[people.Person]) -> None:
    refused = {person.row.pk for person in crowd if person.row.may_profile is False}
    rule = {"field": "order.count", "op": "at_least", "value": 1}
    assert refused
    assert not refused & found_by_sql(rule)
    assert not refused & found_by_sql({"not": rule})
    assert refused <= found_by_sql(
        {
            "any": [
                rule,
                {"not": rule},
                {"field": "customer.may_profile", "op": "is", "value": False},
            ]
        }
    )


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ([], "neither a rule nor a group"),
        ({"all": {}}, "A group is a list"),
        ({"field": "customer.password", "op": "is", "value": "x"}, "no field customer.password"),
        ({"field": "customer.city; DROP TABLE", "op": "is", "value": "x"}, "no field"),
        ({"field": "customer.city", "op": "like", "value": "x"}, "can be asked by"),
        ({"field": "customer.city", "op": "is", "value": []}, "one value"),
        ({"field": "customer.city", "op": "is", "value": "a\x00"}, "Give a text"),
        ({"field": "customer.city", "op": "is", "value": "a" * 301}, "longer than 300"),
        ({"field": "trait.order_count", "op": "at_least", "value": "many"}, "Give a number"),
        ({"field": "trait.order_count", "op": "at_least", "value": float("nan")}, "Give a number"),
        ({"field": "trait.order_count", "op": "between", "value": [9, 1]}, "smaller one first"),
        ({"field": "order.last_at", "op": "within_days", "value": -1}, "number of days"),
        ({"field": "order.last_at", "op": "before", "value": "2026-02-30"}, "Give a date"),
        ({"field": "customer.may_email", "op": "is", "value": "yes"}, "true, false, or null"),
        ({"field": "customer.city", "op": "is", "value": "x", "regex": "(a+)+"}, "has no regex"),
        (
            {"all": [{"field": "customer.city", "op": "known"}, {"field": "nonsense"}]},
            "Rule 2: There is no field",
        ),
    ],
)
def test_a_wrong_rule_is_refused_by_its_number(rules: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        segments.validate_rules(rules)


def test_groups_nest_five_deep_and_no_deeper() -> None:
    rules: dict[str, Any] = {"field": "customer.city", "op": "known"}
    for _ in range(5):
        rules = {"all": [rules]}
    segments.validate_rules(rules)
    with pytest.raises(BadInput, match="5 deep"):
        segments.validate_rules({"not": rules})


def test_rules_nested_fifty_deep_are_refused_in_a_sentence(in_acme: Tenant) -> None:
    rules: dict[str, Any] = {"field": "customer.city", "op": "known"}
    for _ in range(50):
        rules = {"not": {"all": [rules]}}
    with pytest.raises(BadInput, match="Take the innermost one out"):
        segments.create_segment(name="Deep", rules=rules)
    assert not Segment.objects.exists()


def test_a_segment_that_includes_itself_is_refused(in_acme: Tenant) -> None:
    here = {"field": "customer.country", "op": "is", "value": "NO"}
    inner = segments.create_segment(name="Inner", rules=here)
    outer = segments.create_segment(name="Outer", rules=inside(inner))
    for rules in (inside(inner), {"not": {"any": [here, inside(outer)]}}):
        with pytest.raises(BadInput, match="The segment Inner would include itself"):
            segments.update_segment(inner, rules=rules)
    assert Segment.objects.get(pk=inner.pk).rules == here


def test_segments_that_name_each_other_over_and_over_are_refused_at_once(in_acme: Tenant) -> None:
    """Each of them twice as many rules as the last: 2 to the power of 30, if they were made."""
    segment = segments.create_segment(
        name="0", rules={"field": "customer.country", "op": "is", "value": "NO"}
    )
    for number in range(1, 8):
        twice = {"any": [inside(segment)] * 2}
        segment = segments.create_segment(name=str(number), rules=twice)
    twice = {"any": [{"any": [inside(segment)] * 50}] * 2}
    with pytest.raises(BadInput, match="more than 500 rules"):
        segments.create_segment(name="Bomb", rules=twice)
    assert not Segment.objects.filter(name="Bomb").exists()


def test_a_chain_of_segments_has_an_end(in_acme: Tenant) -> None:
    segment = Segment.objects.create(name="0", rules={})
    for number in range(1, 400):
        segment = Segment.objects.create(name=str(number), rules=inside(segment))
    with pytest.raises(BadInput, match="more than 20 deep"):
        segments.create_segment(name="Outermost", rules=inside(segment))
    assert not Segment.objects.filter(name="Outermost").exists()


def test_there_are_no_patterns_in_rules(in_acme: Tenant) -> None:
    """What would take a pattern for ever is a text like any other."""
    bomb = "(a+)+$"
    Customer.objects.create(external_id="a", city="a" * 100 + "!")
    found = Customer.objects.create(external_id="b", city=f"Upper {bomb}")
    for op, value in (("contains", bomb), ("is", f"Upper {bomb}")):
        rule = {"field": "customer.city", "op": op, "value": value}
        assert segments.sample(rule) == [found]
    for word in ("matches", "regex"):
        with pytest.raises(BadInput, match="can be asked by"):
            segments.validate_rules({"field": "customer.city", "op": word, "value": bomb})


def test_a_segment_that_another_names_is_kept(in_acme: Tenant) -> None:
    inner = segments.create_segment(name="Inner", rules={})
    segments.create_segment(name="Outer", rules=inside(inner))
    assert segments.describe(inside(inner)) == ["Is in · a segment · is · Inner"]
    with pytest.raises(Conflict, match="The segment Outer uses Inner"):
        segments.delete_segment(inner)
    assert Segment.objects.filter(pk=inner.pk).exists()


def inside(segment: Segment) -> dict[str, Any]:
    return {"field": "segment.in", "op": "is", "value": [str(segment.public_id)]}


def test_bought_twice_and_not_clicked_since(in_acme: Tenant) -> None:
    rule = {
        "field": "order.bought_category",
        "op": "at_least",
        "value": "Tea",
        "times": 2,
        "days_ago": [0, 90],
        "not_since": ["email_clicked"],
    }
    assert segments.describe(rule) == [
        "Ordered · product in · Tea · at least 2 times · in the last 90 days"
        " · and since then no email_clicked"
    ]
    with pytest.raises(BadInput, match="goes with something that was done"):
        segments.validate_rules(rule | {"op": "never"})


def test_a_segment_can_have_a_hundred_rules() -> None:
    rule = {"field": "customer.city", "op": "known"}
    segments.validate_rules({"all": [rule] * 100})
    with pytest.raises(BadInput, match="100 rules"):
        segments.validate_rules({"all": [rule] * 101})


def test_values_are_never_part_of_the_sql(in_acme: Tenant) -> None:
    evil = "x'); DROP TABLE profiles_customer; --"
    rules = {
        "any": [
            {"field": "customer.city", "op": "contains", "value": evil},
            {"field": f"customer.attributes.{evil}", "op": "is", "value": evil},
            {"field": "event.performed", "op": "at_least", "value": evil},
        ]
    }
    sql, params = segments.segment_sql(rules)
    assert "DROP" not in sql
    assert len(params) == sql.count("%s")
    assert segments.count(rules) == 0
