"""Segments are built on a page, row by row, with a count that is there before they are saved."""

from typing import Any

import pytest
from django.test import Client

from catalogue.models import Product
from profiles.builder import read_rules
from profiles.models import Customer, Segment, Topic
from profiles.services import lists, segments
from tenants.context import scope
from tenants.models import Tenant, User
from tests.profiles import people
from tests.queries import at_most_queries

pytestmark = pytest.mark.django_db
NEW = "/w/acme/segments/new/"
GERMANS = {"all": [{"field": "customer.country", "op": "is", "value": ["DE"]}]}


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def row(number: int, field: str, op: str, group: int = 0, **more: Any) -> dict[str, Any]:
    """A row of the form as the browser sends it."""
    values = {"field": field, "was": field, "op": op, "group": str(group), **more}
    return {f"r{number}-{name}": value for name, value in values.items()}


@pytest.fixture
def crowd(acme: Tenant) -> None:
    with scope(acme.pk):
        for number in range(12):
            country = "DE" if number < 5 else "US"
            Customer.objects.create(
                external_id=f"c{number}",
                country=country,
                may_email=number % 2 == 0,
                email=f"c{number}@example.com",
            )


def test_a_segment_is_counted_then_saved(as_olga: Client, acme: Tenant, crowd: None) -> None:
    form = {"match": "all", "row": ["1"], **row(1, "customer.country", "is", value="DE; AT")}
    preview = as_olga.post("/w/acme/segments/preview/", form).content.decode()
    assert ">5</p>" in preview
    assert "of 12 people, 41.7%" in preview
    assert not Segment._base_manager.exists()
    answer = as_olga.post(NEW, form | {"name": "Germans", "do": "save"})
    with scope(acme.pk):
        segment = Segment.objects.get()
        assert segment.rules == {
            "all": [{"field": "customer.country", "op": "is", "value": ["DE", "AT"]}]
        }
        assert (segment.size, segments.describe(segment)) == (
            5,
            ["Customer · country · is · DE or AT"],
        )
    page = answer.headers["Location"]
    text = as_olga.get(page).content.decode()
    assert 'value="DE; AT"' in text
    assert text.count("/customers/") >= 5
    assert "Germans" in as_olga.get("/w/acme/segments/").content.decode()


def test_every_kind_of_rule_goes_through_the_form_and_back() -> None:
    rules = {
        "any": [
            {
                "field": "order.bought_category",
                "op": "at_least",
                "value": ["Tea"],
                "times": 2,
                "days_ago": [0, 90],
            },
            {"field": "order.count", "op": "between", "value": [2, 5], "days_ago": [30, 365]},
            {"field": "order.last_at", "op": "between_days_ago", "value": [90, 360]},
            {"field": "order.last_at", "op": "never"},
            {
                "all": [
                    {"field": "trait.stage", "op": "is", "value": ["lapsed", "loyal"]},
                    {"field": "customer.attributes.size", "op": "at_least", "value": 9.5},
                ]
            },
            {"not": {"any": [{"field": "customer.may_email", "op": "is", "value": None}]}},
            {"field": "customer.city", "op": "contains", "value": "berg"},
            {"field": "customer.created_at", "op": "before", "value": "2026-01-01"},
        ]
    }
    builder = read_rules(rules)
    assert builder is not None
    assert builder.rules == rules


def test_a_category_is_found_however_it_is_typed(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Product.objects.create(external_id="p", title="Cascade 4", category="trail shoes")
    rule = row(1, "order.bought_category", "at_least", value="Trail Shoes; Tea", times="1")
    as_olga.post(NEW, {"name": "X", "match": "all", "row": ["1"], "do": "save", **rule})
    with scope(acme.pk):
        assert Segment.objects.get().rules["all"][0]["value"] == ["trail shoes", "Tea"]


def test_rules_that_rows_cannot_show_are_kept(as_olga: Client, acme: Tenant, crowd: None) -> None:
    deep = {"all": [{"any": [{"all": [GERMANS["all"][0]]}]}]}
    with scope(acme.pk):
        segment = segments.create_segment(name="Deep", rules=deep)
    page = f"/w/acme/segments/{segment.public_id}/"
    assert "nest deeper" in as_olga.get(page).content.decode()
    as_olga.post(page, {"name": "Deeper", "do": "save"})
    with scope(acme.pk):
        segment.refresh_from_db()
    assert (segment.name, segment.rules) == ("Deeper", deep)


def test_rows_come_and_go_without_script(as_olga: Client, acme: Tenant) -> None:
    form = {"name": "Half", "match": "any", "row": ["1"], **row(1, "customer.city", "known")}
    text = as_olga.post(NEW, form | {"do": "add-group"}).content.decode()
    assert 'name="g1-kind"' in text
    assert 'name="r2-field"' in text
    assert 'value="Half"' in text
    text = as_olga.post(NEW, form | {"do": "remove:1"}).content.decode()
    assert 'name="r1-field"' not in text
    changed = form | {"r1-field": "trait.stage", "do": "refresh"}
    assert 'name="r1-values"' in as_olga.post(NEW, changed).content.decode()
    with scope(acme.pk):
        assert not Segment.objects.exists()


def test_a_row_changes_without_a_new_page(as_olga: Client, acme: Tenant) -> None:
    form = {"match": "all", "row": ["1"], "do": "add", **row(1, "customer.city", "known")}
    answer = as_olga.post(NEW, form, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert answer.headers["HX-Trigger-After-Settle"] == '{"count": {}}'


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Give the segment a name"),
        ({"name": "Taken"}, "named Taken already"),
        (
            {
                "r1-op": "at_least",
                "r1-field": "order.count",
                "r1-was": "order.count",
                "r1-value": "many",
            },
            "Rule 1: Give a number",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    as_olga: Client, acme: Tenant, change: dict[str, str], sentence: str
) -> None:
    with scope(acme.pk):
        segments.create_segment(name="Taken", rules={})
    form = {"name": "New", "match": "all", "row": ["1"], **row(1, "customer.city", "is", value="x")}
    assert sentence in as_olga.post(NEW, form | {"do": "save"} | change).content.decode()
    with scope(acme.pk):
        assert Segment.objects.count() == 1


def test_who_may_do_what(acme: Tenant, vic: User, rita: User, eve: User) -> None:
    with scope(acme.pk):
        segment = segments.create_segment(name="Germans", rules=GERMANS)
    page = f"/w/acme/segments/{segment.public_id}/"
    form = {"name": "Mine", "match": "all", "do": "save"}
    for path in ("/w/acme/segments/", page):
        assert sign_in(vic).get(path).status_code == 200
        assert sign_in(rita).get(path).status_code == 200
        assert sign_in(eve).get(path).status_code == 404
        assert Client().get(path).status_code == 302
    assert sign_in(rita).post(page, form).status_code == 403
    assert sign_in(rita).post(f"{page}delete/").status_code == 403
    assert sign_in(eve).post(page.replace("acme", "globex"), form).status_code == 404
    with scope(acme.pk):
        segment.refresh_from_db()
        assert segment.name == "Germans"
    assert sign_in(vic).post(page, form).status_code == 302  # an analyst builds segments
    assert sign_in(vic).post(f"{page}delete/").status_code == 302
    with scope(acme.pk):
        assert not Segment.objects.exists()


def test_the_list_costs_few_queries(as_olga: Client, acme: Tenant, crowd: None) -> None:
    with scope(acme.pk):
        for number in range(60):
            segments.create_segment(name=f"Segment {number}", rules=GERMANS)
    with at_most_queries(8):
        text = as_olga.get("/w/acme/segments/").content.decode()
    assert text.count("Segment ") >= 50


def test_a_sample_is_random_and_repeatable(in_acme: Tenant) -> None:
    import uuid

    people.make_people(seed=3, size=30)
    draw = uuid.UUID("80000000-0000-4000-8000-000000000000")
    first = segments.sample({}, size=10, draw=draw)
    assert len(first) == 10
    assert segments.sample({}, size=10, draw=draw) == first
    assert len(segments.sample({}, size=100, draw=draw)) == 30


def test_the_funnel_narrows_rule_by_rule(in_acme: Tenant) -> None:
    people.make_people(seed=3, size=30)
    rules = [
        {"field": "customer.country", "op": "known"},
        {"field": "customer.country", "op": "is", "value": "US"},
    ]
    first, second = segments.rule_counts({"all": rules})
    assert first >= second == segments.count({"all": rules}) > 0
    low, high = segments.rule_counts({"any": rules[::-1]})
    assert low <= high
    found = segments.reach({"all": rules})
    assert segments.rule_counts({"all": rules}, matched=found.matched) == [first, second]
    assert segments.rule_counts({}, matched=30) == []
    assert found.everybody == 30 >= found.matched == second >= found.by_email


def test_a_segment_and_a_list_may_have_one_name(crowd: None, acme: Tenant, as_olga: Client) -> None:
    with scope(acme.pk):
        inner = segments.create_segment(name="Fair", rules=GERMANS)
        chosen = lists.create_list(name="Fair")
    form = {"do": "save", "name": "Both", "match": "all", "row": ["1", "2"]}
    form |= row(1, "segment.in", "is", value="Fair") | row(2, "list.in", "is_not", value="Fair")
    as_olga.post(NEW, form)
    with scope(acme.pk):
        both = Segment.objects.get(name="Both")
        assert [one["value"] for one in both.rules["all"]] == [
            [str(inner.public_id)],
            [str(chosen.public_id)],
        ]
        assert both.size == 5
        rows = read_rules(both.rules, {str(inner.public_id): "Fair", str(chosen.public_id): "Fair"})
        assert rows is not None
        assert rows.rules == both.rules


@pytest.mark.parametrize("typed", ["Fit and size", "fit and size", "fit"])
def test_what_people_say_is_chosen_and_read_in_words(
    as_olga: Client, acme: Tenant, typed: str
) -> None:
    rule = row(1, "words.dislikes", "is", value=typed)
    data = {"name": "Misfits", "match": "all", "row": ["1"], **rule}
    answer = as_olga.post(NEW, {**data, "do": "save"})
    with scope(acme.pk):
        segment = Segment.objects.get()
        assert segment.rules == {"all": [{"field": "words.dislikes", "op": "is", "value": ["fit"]}]}
        assert segments.describe(segment) == ["Says · dislikes · is · Fit and size"]
    page = as_olga.get(answer.headers["Location"]).content.decode()
    assert 'value="Fit and size"' in page


def test_a_topic_of_one_s_own_keeps_its_name_beside_a_label(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Topic.objects.create(name="Gifts", words=["voucher"])
    rule = row(1, "words.topic", "is", value="Gifts")
    as_olga.post(NEW, {"name": "Givers", "match": "all", "row": ["1"], **rule, "do": "save"})
    with scope(acme.pk):
        assert Segment.objects.get().rules["all"][0]["value"] == ["Gifts"]
