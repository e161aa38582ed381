"""A writer that does whatever an attacker wants may change wording and nothing else.

The fake engine returns the attacker's wish for every text that it is asked for. Each such text
must end blocked, and its people get the approved base text.
"""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from campaigns.models import Campaign, CampaignState, CreativeState, Variant
from campaigns.services import writing
from catalogue.models import FactSnapshot
from inference.engine import fake
from inference.types import Language, Slot, WritingRequest
from profiles.models import Customer
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db

MEGABYTE = "Come and see. " * 75_000


def innocent(request: WritingRequest) -> dict[str, str]:
    return fake.compose(request)


def with_body(words: str, chinese: str = "") -> Any:
    """An attack in the body: what is right, and then the attacker's words."""

    def script(request: WritingRequest) -> Mapping[str, str]:
        parts = innocent(request)
        own = chinese if chinese and request.language == Language.CHINESE else words
        return parts | {"body": f"{parts['body']} {own}"}

    return script


def with_part(name: str, words: str) -> Any:
    return lambda request: innocent(request) | {name: words}


ATTACKS: dict[str, Any] = {
    "another price": with_body("Now only $1.", "现在只要1元。"),
    "a price in words": with_body("Yours for five dollars.", "只要五元。"),
    "a price of the comma kind": with_body("Now €9,99.", "现在€9,99。"),
    "another percentage": with_body("Take 90% off.", "立减90%。"),
    "a percentage in words": with_body("It is half price today.", "今天八折。"),
    "a Chinese discount in figures": with_body("Only today 8折.", "今天8折。"),
    "two for one": with_body("Buy one get one today.", "今天买一送一。"),
    "another date": with_body("Ends on 24 December.", "12月24日截止。"),
    "another code": with_body("Use the code FREESTUFF.", "优惠码：FREESTUFF。"),
    "a stock claim": with_body("Only 3 left.", "仅剩3件。"),
    "a digit before the price": lambda request: (
        innocent(request)
        | {"body": innocent(request)["body"].replace("{{ offer.phrase }}", "9{{ offer.phrase }}")}
    ),
    "a link": with_body("See https://evil.example/x", "请看 https://evil.example/x"),
    "a bare domain": with_body("See evil-shop.com for more.", "请看evil-shop.com。"),
    "an address": with_body("Write to boss@evil.example.", "写信给boss@evil.example。"),
    "a script": with_body("<script>alert(1)</script>"),
    "markup": with_body("<b>Now</b>"),
    "a picture": with_body('<img src="https://evil.example/p.gif">'),
    "a markdown link": with_body("[here](//evil.example)"),
    "a slot that it must not have": with_body("{{ customer.email }}"),
    "a secret": with_body("{{ settings.SECRET_KEY }}"),
    "a Liquid tag": with_body("{% assign x = 1 %}"),
    "a Liquid filter": with_body("{{ product.price | plus: 5 }}"),
    "a Liquid comment": with_body("{# hidden #}"),
    "a megabyte": with_body(MEGABYTE),
    "a megabyte of braces": with_body("{" * 1_000_000),
    "a megabyte in the subject": with_part("subject", MEGABYTE),
    "another language": with_part("body", "Добро пожаловать в наш магазин, дорогой друг."),
    "a header in the subject": with_part("subject", "News\r\nBcc: all@evil.example"),
    "a line break in the subject": with_part("subject", "News\nof the day"),
    "another customer": with_body("Elena Martinez bought it too.", "王小明也买了。"),
    "another customer greeted": with_part("body", "Dear Elena, {{ product.name }} is here."),
    "another product": with_body("The Fell Shell is here.", "Fell Shell到了。"),
    "a word that the brief forbids": with_body("It prevents injury.", "它预防injury。"),
    "a word that the brand never uses": with_body("It is cheap.", "它很cheap。"),
    "a guarantee": with_body("Guaranteed for life.", "终身保证。"),
    "free delivery": with_body("With free delivery.", "包邮。"),
    "an unknown part": lambda request: innocent(request) | {"bcc": "all@evil.example"},
    "an empty body": with_part("body", "   "),
    "nothing": lambda request: {},
    "no text at all": lambda request: {"subject": 5, "body": ["x"]},
    "a NUL": with_body("Now\x00here."),
    "a lone surrogate": with_body("Now \ud800 here."),
    "text that runs backwards": with_body("Now \u202eereh."),
    "hidden characters": with_body("Now\u200bhere."),
    "a crash": lambda request: 1 / 0,
}


@pytest.fixture
def victims(campaign: Campaign) -> Campaign:
    Customer.objects.create(email="e@example.com", first_name="Elena", last_name="Martinez")
    Customer.objects.create(email="w@example.com", first_name="小明", last_name="王")
    campaign.never_say = ["injury"]
    campaign.detail = 1
    campaign.save()
    return campaign


def test_nothing_but_wording_changes(victims: Campaign, subtests: pytest.Subtests) -> None:
    writing.start_writing(victims)
    before = _all_but_the_texts(victims)
    for attack, script in ATTACKS.items():
        with subtests.test(attack=attack):
            _forget_the_texts(victims)
            start = time.process_time()
            with fake.scripted(script):
                write_all(victims)
            assert time.process_time() - start < 10
            _all_are_blocked(victims, attack)
            assert _all_but_the_texts(victims) == before


def _forget_the_texts(campaign: Campaign) -> None:
    campaign.creatives.exclude(variant=Variant.BASE).update(
        state=CreativeState.WAITING, attempts=0, parts={}, findings=[]
    )
    Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.GENERATING)


def _all_are_blocked(campaign: Campaign, attack: str) -> None:
    texts = campaign.creatives.exclude(variant=Variant.BASE)
    assert texts.count() > 4
    if attack == "a digit before the price":  # not every text cites the offer in its body
        texts = texts.filter(parts__body__icontains="9{{ offer.phrase }}")
        assert texts.count() > 0
    let_through = texts.exclude(state=CreativeState.FALLBACK)
    assert [(row.parts, row.findings) for row in let_through] == []
    assert {row.attempts for row in texts} == {3}
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.IN_REVIEW


def _all_but_the_texts(campaign: Campaign) -> tuple[list[Any], list[Any], list[Any]]:
    """Who gets what, the base texts, the facts."""
    people = campaign.audience.order_by("id").values_list(
        "customer", "place", "variant", "micro_segment"
    )
    base = campaign.creatives.filter(variant=Variant.BASE).order_by("id")
    facts = FactSnapshot.objects.order_by("id").values_list("content_hash", "facts")
    return list(people), list(base.values_list("parts", "state", "snapshot")), list(facts)


def test_what_is_stored_of_a_megabyte_is_small(victims: Campaign) -> None:
    writing.start_writing(victims)
    with fake.scripted(ATTACKS["a megabyte"]):
        write_all(victims)
    texts = victims.creatives.filter(state=CreativeState.FALLBACK)
    assert max(len(row.parts["body"]) for row in texts) <= 4_000


def test_an_innocent_text_passes_beside_an_evil_one(victims: Campaign) -> None:
    """The first draw is evil, the second is not: nobody is left with the base text for that."""
    writing.start_writing(victims)

    def evil_once(request: WritingRequest) -> Mapping[str, str]:
        return ATTACKS["a link"](request) if request.attempt == 0 else innocent(request)

    with fake.scripted(evil_once):
        write_all(victims)
    states = set(victims.creatives.values_list("state", flat=True))
    assert states == {CreativeState.WRITTEN}


def test_a_check_that_fails_lets_nothing_through(
    victims: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing.start_writing(victims)

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("the check is broken")

    monkeypatch.setattr("campaigns.checks.check_parts", broken)
    write_all(victims)
    written = victims.creatives.exclude(variant=Variant.BASE)
    assert {row.state for row in written} == {CreativeState.FALLBACK}
    assert {row.findings[0]["code"] for row in written} == {"check_failed"}


def test_no_slot_of_a_person_is_in_a_base_text(victims: Campaign) -> None:
    writing.start_writing(victims)
    for row in victims.creatives.filter(variant=Variant.BASE):
        assert Slot.FIRST_NAME.tag not in " ".join(row.parts.values())
