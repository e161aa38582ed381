"""What the checks let through, and what they stop."""

import time

import pytest

from inference import services
from inference.checks import FAMILIES, display_width, text_width
from inference.engine.fake import compose
from inference.types import FIELDS, Channel, Finding, Goal, Language, Slot

WEAR = "Dear {{ customer.first_name }},\n\nHere is {{ product.name }}. "


def codes(findings: list[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.level != "passed"}


def email(body: str = WEAR, **parts: str) -> dict[str, str]:
    return {
        "subject": "Hello again",
        "preheader": "A note from {{ brand.name }}",
        "body": body,
        "call_to_action": "Take a look",
    } | parts


def test_a_sound_email_passes_every_family(ask):
    findings = services.check_writing(ask(), email())
    assert [finding.code for finding in findings] == list(FAMILIES)
    assert not services.is_blocked(findings)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Only 5 left.", "stray_number"),
        ("Now ４９ off.", "stray_number"),
        ("Take twenty percent off.", "stray_number"),
        ("It ends in three days.", "stray_number"),
        ("See you on Friday.", "stray_number"),
        ("Everything for $ now.", "stray_number"),
        ("Use code WINTER today.", "stray_code"),
        ("Visit www.example.org now.", "link"),
        ("Visit evil.com now.", "link"),
        ("Write to me@shop.example please.", "link"),
        ("<script>alert(this)</script>", "markup"),
        ("Tom &amp; Jerry", "markup"),
        ("**Bold** words", "markup"),
        ("Look\u200b here", "control_character"),
        ("Look \u202ehere", "control_character"),
        ("Look \x00 here", "control_character"),
        ("Fun \N{PARTY POPPER}", "emoji"),
        ("Delivery is free.", "promise"),
        ("We guarantee it.", "promise"),
        ("There is a gift in the box.", "promise"),
        ("A discount awaits.", "offer_unknown"),
        ("The best shoe there is.", "superlative"),
        ("And {{ customer.email }}", "slot_unknown"),
        ("For {{ product.price }}", "slot_not_allowed"),
        ("{% include 'x' %}", "slot_syntax"),
        ("{{ product.name | upcase }}", "slot_syntax"),
        ("{{ customer.first_name", "slot_syntax"),
        ("你好", "language_wrong"),
    ],
)
def test_what_a_text_must_not_say(ask, body, code):
    findings = services.check_writing(ask(), email(WEAR + body))
    assert code in codes(findings)
    assert services.is_blocked(findings) == (code not in {"emoji", "superlative"})
    said = next(finding for finding in findings if finding.code == code)
    assert said.part == "body"
    assert "%" not in services.describe_finding(said).replace(said.quote, "")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("只要五十元。", "stray_number"),
        ("全场八折。", "stray_number"),
        ("仅限三天。", "stray_number"),
        ("周五见。", "stray_number"),
        ("最好的选择。", "superlative"),
        ("第一品牌。", "superlative"),
        ("免费送货。", "promise"),
        ("我们保证。", "promise"),
        ("这里有优惠。", "offer_unknown"),
        ("This is not Chinese at all, it is English.", "language_wrong"),
    ],
)
def test_what_a_chinese_text_must_not_say(ask, body, code):
    request = ask(language=Language.CHINESE, slots=frozenset())
    text = email(
        "来看看{{ product.name }}。" + body,
        subject="您好",
        preheader="来信",
        call_to_action="看看",
    )
    assert codes(services.check_writing(request, text)) == {code}


@pytest.mark.parametrize(
    "body",
    ["All the best, and best regards.", "Feel free to look.", "A fuss-free choice, at best."],
)
def test_innocent_words_pass(ask, body):
    assert codes(services.check_writing(ask(), email(WEAR + body))) == set()


@pytest.mark.parametrize("body", ["您最近好吗？", "一成不变也好，第一次来也好。"])
def test_innocent_chinese_words_pass(ask, body):
    request = ask(language=Language.CHINESE, slots=frozenset())
    text = email(
        "来看看{{ product.name }}。" + body, subject="您", preheader="您", call_to_action="看"
    )
    assert codes(services.check_writing(request, text)) == set()


def test_a_missing_part_a_missing_fact_and_an_unknown_part_are_named(ask):
    findings = services.check_writing(ask(), {"subject": " ", "body": "Hello.", "footer": "x"})
    assert codes(findings) == {"part_missing", "part_unknown", "slot_missing"}
    assert {f.part for f in findings if f.code == "part_missing"} == {
        "subject",
        "preheader",
        "call_to_action",
    }
    assert {f.quote for f in findings if f.code == "slot_missing"} == {
        "customer.first_name",
        "product.name",
    }


def test_an_offer_may_be_spoken_of_when_the_brief_has_one(ask):
    request = ask(goal=Goal.DISCOUNT, slots=frozenset({Slot.OFFER}))
    text = email("{{ product.name }}: your offer is {{ offer.phrase }}.")
    assert codes(services.check_writing(request, text)) == set()


def test_lengths_count_wide_characters_twice_and_slots_at_their_typical_width(ask):
    assert text_width("茶 tea") == 6
    assert display_width("{{ product.price }}", Language.ENGLISH) == 7
    request = ask(language=Language.CHINESE, channel=Channel.AD, slots=frozenset())
    short = {"headline": "十五个字刚刚好放得下这一行字吧", "description": "来看{{ product.name }}"}
    assert codes(services.check_writing(request, short)) == set()
    longer = short | {"headline": short["headline"] + "呀"}
    assert codes(services.check_writing(request, longer)) == {"too_long"}


@pytest.mark.parametrize(
    "pattern",
    ["<", "{{", "9", "a-", "a@", "五", "[](", "{{ ", " ", "\u202e", "best ", "&a", "https:", "é"],
)
def test_a_megabyte_of_anything_is_judged_at_once(ask, pattern):
    request = ask()
    evil = (pattern * 1_000_000)[:1_000_000]
    start = time.process_time()
    findings = services.check_writing(request, dict.fromkeys(FIELDS[request.channel], evil))
    assert time.process_time() - start < 0.5
    assert "too_long" in codes(findings)
    for finding in findings:
        assert len(services.describe_finding(finding)) < 400


def test_every_code_has_a_sentence():
    for code in FAMILIES:
        sentence = services.describe_finding(Finding(code=code, level="passed"))
        assert sentence.endswith(".")
        assert sentence != code


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize("goal", Goal)
def test_the_fake_writer_passes_all_checks_with_every_fact(ask, language, channel, goal):
    request = ask(language=language, channel=channel, goal=goal, slots=frozenset(Slot))
    assert codes(services.check_writing(request, compose(request))) == set()
