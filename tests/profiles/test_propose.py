"""A sentence becomes rules that a person looks at; what is not understood is said."""

from typing import Any

import pytest
from django.test import Client

from catalogue.models import Product
from profiles.models import Segment
from profiles.rules.propose import Known, propose
from profiles.services import segments
from tenants.models import Tenant

KNOWN = Known(
    categories={"tea": "Tea", "trail shoes": "Trail shoes", "茶": "茶"},
    countries={"norway": "NO", "中国": "CN"},
    lists={"fair in may": "00000000-0000-0000-0000-000000000001"},
)
TEA = {"field": "order.bought_category", "op": "at_least", "value": ["Tea"]}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (
            "bought tea at least 2 times in 90 days and has not clicked since",
            [TEA | {"times": 2, "days_ago": [0, 90], "not_since": ["email_clicked"]}],
        ),
        ("bought tea twice in the last month", [TEA | {"times": 2, "days_ago": [0, 30]}]),
        (
            "never bought trail shoes",
            [{"field": "order.bought_category", "op": "never", "value": ["Trail shoes"],
              "times": 1}],
        ),
        (
            "has not bought anything for 6 months",
            [{"field": "order.last_at", "op": "more_than_days_ago", "value": 180}],
        ),
        (
            "lapsed, lives in Norway and may get email",
            [
                {"field": "trait.stage", "op": "is", "value": ["lapsed"]},
                {"field": "customer.country", "op": "is", "value": ["NO"]},
                {"field": "customer.may_email", "op": "is", "value": True},
            ],
        ),
        (
            "spent more than $1,200 in the last year but not on the list Fair in May",
            [
                {"field": "order.spent", "op": "at_least", "value": 1200, "days_ago": [0, 365]},
                {"field": "list.in", "op": "is_not",
                 "value": ["00000000-0000-0000-0000-000000000001"]},
            ],
        ),
        (
            "最近90天内买过茶2次，之后没有点击",
            [{"field": "order.bought_category", "op": "at_least", "value": ["茶"], "times": 2,
              "days_ago": [0, 90], "not_since": ["email_clicked"]}],
        ),
        (
            "6个月没有下单，来自中国",
            [
                {"field": "order.last_at", "op": "more_than_days_ago", "value": 180},
                {"field": "customer.country", "op": "is", "value": ["CN"]},
            ],
        ),
        ("从未下单", [{"field": "order.last_at", "op": "never"}]),
        ("忠诚客户", [{"field": "trait.stage", "op": "is", "value": ["loyal"]}]),
    ],
)  # fmt: skip
def test_a_sentence_becomes_rules(text: str, rules: list[dict[str, Any]]) -> None:
    found = propose(text, KNOWN)
    assert found.rules == {"all": rules}
    assert found.unread == []


@pytest.mark.parametrize("text", ["bought unicorns", "is a nice person", "'; DROP TABLE x; --"])
def test_what_is_not_understood_is_said_and_nothing_is_guessed(text: str) -> None:
    found = propose(text, KNOWN)
    assert found.rules == {}
    assert found.unread


def test_a_long_or_odd_text_is_read_quickly() -> None:
    assert propose("a" * 100_000, KNOWN).rules == {}
    assert propose("not " * 5000, KNOWN).rules == {}
    assert propose("", KNOWN).unread == []


@pytest.mark.django_db
def test_the_page_shows_the_rules_and_saves_nothing(as_olga: Client, in_acme: Tenant) -> None:
    Product.objects.create(external_id="t", title="Green", category="Tea")
    words = "bought tea twice in 90 days and is terribly nice"
    page = as_olga.post("/w/acme/segments/new/", {"do": "propose", "words": words, "name": "Tea"})
    text = page.content.decode()
    assert page.status_code == 200
    assert 'value="order.bought_category" selected' in text
    assert "is terribly nice" in text
    assert not Segment.objects.exists()


@pytest.mark.django_db
def test_a_segment_is_chosen_by_its_name_on_the_page(as_olga: Client, in_acme: Tenant) -> None:
    inner = segments.create_segment(name="Inner", rules={})
    form = {
        "name": "Outer", "do": "save", "match": "all", "row": "1", "r1-group": "0",
        "r1-field": "segment.in", "r1-was": "segment.in", "r1-op": "is_not", "r1-value": "Inner",
    }  # fmt: skip
    page = as_olga.post("/w/acme/segments/new/", form)
    outer = Segment.objects.get(name="Outer")
    assert page.status_code == 302
    rule = {"field": "segment.in", "op": "is_not", "value": [str(inner.public_id)]}
    assert outer.rules == {"all": [rule]}
    assert 'value="Inner"' in as_olga.get(page.url).content.decode()
