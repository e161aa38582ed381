"""What customers write becomes traits that cite their sentences; and what may never be a trait."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from inference.services import VOCABULARY, is_protected, read_text
from profiles.models import Customer, Event, Topic, TraitSet, WordTrait
from profiles.services import consent, segments, texts, words
from profiles.services.derived import derived_models
from profiles.timeline import read_timeline
from tenants.errors import BadInput
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

ENGLISH = "The delivery was slow, but the quality is great. I would definitely buy it again!"
CHINESE = "快递太慢了，但是质量很好，送给妈妈的礼物，她很喜欢。"


def text(words_said: str = ENGLISH, **more: Any) -> dict[str, Any]:
    return {"kind": "review", "at": timezone.now(), "text": words_said, "external_id": "ann"} | more


def labels(found: list[Any]) -> dict[tuple[str, str], float | None]:
    return {(one.kind, one.name): one.polarity for one in found}


@pytest.mark.parametrize("said", [ENGLISH, CHINESE])
def test_two_aspects_of_one_sentence_are_felt_apart(said: str) -> None:
    found = labels(read_text(said))
    assert found["aspect", "delivery"] < 0 < found["aspect", "quality"]


def test_a_negation_turns_a_feeling_and_a_plain_mention_is_no_opinion() -> None:
    assert labels(read_text("Not comfortable at all."))["aspect", "comfort"] < 0
    assert labels(read_text("质量不好"))["aspect", "quality"] < 0
    assert ("intent", "compare") not in labels(read_text("性价比很好，划算。"))
    assert ("intent", "compare") in labels(read_text("比上次买的好。"))
    assert read_text("The delivery came on Tuesday to the door of number nine.") == []
    assert read_text("") == read_text("???") == []


def test_needs_intents_and_topics_are_named() -> None:
    found = labels(read_text("Runs small, I want to return it. It was a birthday gift."))
    assert {("need", "larger_size"), ("intent", "return"), ("topic", "gift")} <= set(found)


def test_each_trait_cites_its_sentences(in_acme: Tenant) -> None:
    result = texts.record_texts([text(), text(CHINESE, kind="chat", source="wechat")])
    assert result.created == 2
    assert words.refresh_words() == 1
    said = WordTrait.objects.get(kind="aspect", name="delivery")
    assert said.polarity is not None
    assert said.polarity < 0
    assert said.mentions == 2
    assert {one["text"] for one in said.evidence} == {ENGLISH.split(". ")[0] + ".", CHINESE}
    known = {str(pk) for pk in Event.objects.values_list("event_id", flat=True)}
    assert {one["event"] for one in said.evidence} <= known
    line = words.explain_words([said])[0]
    assert (line.label, line.tone, line.behind) == ("Delivery", "bad", "2 sentences")
    rule = {"field": "words.dislikes", "op": "is", "value": "delivery"}
    assert segments.count(rule) == 1
    assert segments.count({"field": "words.likes", "op": "is", "value": "delivery"}) == 0


def test_a_text_is_stored_once_and_stands_in_the_timeline(in_acme: Tenant) -> None:
    row = text(event_id="r-1", rating=4, title="Boots")
    assert texts.record_texts([row]).created == 1
    assert texts.record_texts([row]).unchanged == 1
    event = Event.objects.get()
    assert (event.name, event.properties["rating"]) == ("review_written", "4")
    entry = read_timeline(event.customer).entries[0]
    assert entry.detail == ENGLISH


def test_a_text_without_its_authors_consent_is_refused(in_acme: Tenant) -> None:
    result = texts.record_texts([text(consent=False), text(consent=True), text(kind="poem")])
    assert [one.code for one in result.rejected] == ["no_consent", "text_kind_unknown"]
    assert result.created == Event.objects.count() == 1


def test_who_refuses_a_profile_loses_everything_that_was_derived(in_acme: Tenant) -> None:
    texts.record_texts([text()])
    ann = Customer.objects.get()
    words.refresh_words()
    TraitSet.objects.create(customer=ann, stage="prospect", computed_at=timezone.now())
    assert {TraitSet, WordTrait} <= set(derived_models())
    consent.set_consent(customer=ann, purpose="profiling", granted=False, source="phone")
    for model in derived_models():
        assert not model._default_manager.filter(customer=ann).exists()
    assert words.refresh_words([ann.pk]) == 0
    assert not WordTrait.objects.exists()


def test_no_label_speaks_of_what_is_protected() -> None:
    names = [name for kind in VOCABULARY.values() for name in kind]
    assert not [name for name in names if is_protected(name)]
    assert not [word for kind in VOCABULARY.values() for row in kind.values() for word in row
                if is_protected(word)]  # fmt: skip


PROTECTED = (
    "Muslims", "Christian holidays", "cancer patients", "depression", "LGBT", "gay couples",
    "Republican voters", "trade union", "ethnic Chinese", "black people", "pregnant", "HIV",
    "bipolar", "blind people", "deaf", "trans women", "残障人士", "盲人", "回族",
    # Files come in these languages too.
    "schwanger", "Krebs", "Religiöse", "politische Meinung", "Jüdisch", "behindert", "Gesundheit",
    "grossesse", "femme enceinte", "santé", "musulmane", "handicapés", "syndicaliste",
    "embarazada", "salud", "discapacidad", "judío", "cristiano", "étnico",
    "少数民族", "佛教徒", "糖尿病", "同性恋", "党员", "怀孕", "基督徒", "残疾人",
    # In whatever way they are spelt.
    "HASDIABETES", "Ｄｉａｂｅｔｅｓ", "diabètes", "d i a b e t e s", "l.g.b.t", "dia\u200bbetes",
    "d\u0456abetes", "d1abetes", "2gay", "skin-colour", "unhealthy",
    "同性戀", "種族", "憂鬱症", "同 性 恋", "政-党",
)  # fmt: skip
HARMLESS = (
    "grace", "embrace", "racecar", "surface", "selection", "environmental", "impatience",
    "stillness", "aromatherapy", "late_parcel", "visa_or_mastercard", "Too small", "尺码偏小",
    "维修", "爱好", "恋恋不舍", "Politur", "politique de retour", "enceinte bluetooth",
    "judías verdes", "polite staff", "window blinds", "Wahlfreiheit", "上班族", "Passform",
)  # fmt: skip


def test_words_that_only_hold_such_letters_are_no_such_labels() -> None:
    assert not [word for word in HARMLESS if is_protected(word)]


@pytest.mark.parametrize("label", PROTECTED)
def test_a_protected_label_cannot_be_created(label: str, in_acme: Tenant) -> None:
    for name, said in ((label, ["word"]), ("Harmless", [label])):
        with pytest.raises(BadInput, match="never labelled"):
            words.create_topic(name=name, words=said)
    assert not Topic.objects.exists()
    texts.record_texts([text("We are " + label + " and it is great quality.")])
    words.refresh_words()
    stored = WordTrait.objects.values_list("kind", "name")
    assert all(name in VOCABULARY[kind] for kind, name in stored)
    ann = Customer.objects.get()
    values = {"customer": ann, "confidence": 1, "mentions": 1, "computed_at": timezone.now()}
    for kind in ("aspect", "need", "intent"):
        with pytest.raises(IntegrityError), transaction.atomic():
            WordTrait.objects.create(kind=kind, name=label, **values)
    assert WordTrait.objects.filter(name=label).count() == 0
    assert connection.is_usable()


def test_a_topic_of_the_workspace_is_found_by_its_words(in_acme: Tenant) -> None:
    topic = words.create_topic(name="Cat litter", words=["litter", "猫砂"])
    texts.record_texts([text("The litter is great.")])
    words.refresh_words()
    assert WordTrait.objects.filter(kind="topic", name="Cat litter").count() == 1
    words.delete_topic(topic)
    assert not WordTrait.objects.filter(kind="topic", name="Cat litter").exists()
