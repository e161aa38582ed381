"""Topics that a workspace names by a sentence: found by likeness, cited, or left unsaid."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inference import services as inference
from inference.types import About
from profiles.models import Customer, Topic, WordTrait
from profiles.services import consent, texts, topics, words
from tenants.errors import BadInput
from tenants.models import Tenant

pytestmark = pytest.mark.django_db

HIKING = "I climbed three peaks with it last summer. The box was blue."


def near(said: list[str], named: dict[str, Any]) -> list[About]:
    """Stands for the encoder: “peaks” is about hiking."""
    return [
        About(index=index, topic=name, chance=0.9)
        for index, sentence in enumerate(said)
        for name in named
        if "peaks" in sentence
    ]


@pytest.fixture
def hiking(in_acme: Tenant, monkeypatch: pytest.MonkeyPatch) -> Topic:
    monkeypatch.setattr(inference, "find_topics", near)
    row = {"kind": "review", "at": timezone.now(), "text": HIKING, "external_id": "ann"}
    assert texts.record_texts([row]).created == 1
    return words.create_topic(name="Hiking", sentences=["Walking in the mountains."])


def test_a_topic_cites_the_sentence_it_was_found_in(hiking: Topic, acme: Tenant) -> None:
    assert topics.refresh_topics(acme.pk) == 1
    trait = WordTrait.objects.get(kind="topic", name="Hiking")
    assert [one["text"] for one in trait.evidence] == ["I climbed three peaks with it last summer."]
    assert trait.confidence == pytest.approx(0.45 * 0.9, abs=0.01)
    assert topics.refresh_topics(acme.pk) == 1  # twice is once
    assert WordTrait.objects.filter(kind="topic", name="Hiking").count() == 1


def test_reading_words_anew_leaves_the_topics_of_sentences(hiking: Topic, acme: Tenant) -> None:
    topics.refresh_topics(acme.pk)
    words.refresh_words()
    assert WordTrait.objects.filter(name="Hiking").exists()
    words.delete_topic(hiking)
    assert not WordTrait.objects.filter(name="Hiking").exists()


def test_who_refused_a_profile_gets_no_topic(hiking: Topic, acme: Tenant) -> None:
    topics.refresh_topics(acme.pk)
    ann = Customer.objects.get(external_id="ann")
    consent.set_consent(customer=ann, purpose="profiling", granted=False, source="form")
    assert not WordTrait.objects.filter(customer=ann).exists()
    assert topics.refresh_topics(acme.pk) == 0
    assert not WordTrait.objects.filter(customer=ann).exists()


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Faith", "Going to church on Sundays."),
        ("Vote", "Whom people vote for in an election."),
        ("Ill", "Living with diabetes."),
        ("恋爱", "同性恋的生活。"),
        ("身体", "患有癌症的病人。"),
        ("民族", "少数民族的节日。"),
    ],
)
def test_a_protected_topic_is_refused_in_both_languages(
    in_acme: Tenant, name: str, sentence: str
) -> None:
    with pytest.raises(BadInput, match="never labelled"):
        words.create_topic(name=name, sentences=[sentence])
    assert not Topic.objects.exists()


def test_an_owner_names_a_topic_and_at_most_fifty(
    as_olga: Client, acme: Tenant, in_acme: Tenant
) -> None:
    form = {"do": "add-topic", "name": "Hiking", "words": "", "sentences": "Hills.\n在山里徒步。"}
    as_olga.post("/w/acme/settings/data/", form)
    assert Topic.objects.get().sentences == ["Hills.", "在山里徒步。"]
    page = as_olga.get("/w/acme/settings/data/").content.decode()
    assert "在山里徒步。" in page
    for number in range(words.MOST_TOPICS - 1):
        Topic.objects.create(name=f"Topic {number}", words=["x"])
    with pytest.raises(BadInput, match="at most 50 topics"):
        words.create_topic(name="One more", words=["y"])
