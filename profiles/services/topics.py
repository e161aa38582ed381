"""Topics that the workspace named by a sentence, and the labels of its own classifiers.

Each trait cites its sentences, as all traits from words do. Read are the newest `MOST_SENTENCES`
of a workspace, of people who did not refuse a profile. A sentence that is near no topic beyond
doubt gets none, nor does a text of which no classifier is sure.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inference import services as inference
from inference.models import RegisteredModel
from inference.services import Labelled, Mention, read_text, split_sentences
from profiles.models import Customer, Topic, WordTrait
from profiles.services.texts import TEXT_EVENTS
from profiles.services.words import WINDOW, Said, create_topic, texts_of, trait_of
from tenants.context import current_tenant_id, scope
from tenants.errors import DomainError

logger = logging.getLogger(__name__)

MOST_SENTENCES = 20_000
PEOPLE_AT_ONCE = 200

NEWEST = """
    SELECT e.customer_id FROM profiles_event e
    WHERE e.tenant_id = %(tenant)s AND e.name = ANY (%(names)s) AND e.at > %(since)s
      AND e.customer_id IS NOT NULL
    GROUP BY 1 ORDER BY max(e.at) DESC, 1
"""


def add(*, name: str, words: Sequence[str], sentences: Sequence[str]) -> Topic:
    """Name a topic, see `words.create_topic`, and have texts read for it."""
    topic = create_topic(name=name, words=words, sentences=sentences)
    ring()
    return topic


def ring() -> None:
    """Have a worker find topics, where any is told by a sentence, and labels where any is known."""
    from profiles.tasks import refresh_topics as task  # noqa: PLC0415 - the task calls this module

    if Topic.objects.exclude(sentences=[]).exists() or inference.classifier_labels():
        task.delay_on_commit(current_tenant_id())


def taken_names() -> set[str]:
    """Names that no label may have, as the workspace's topics have them. In a scope."""
    return set(Topic.objects.values_list("name", flat=True))


def train_classifier(tenant_id: int, *, name: str, known: Labelled, **more: Any) -> RegisteredModel:
    """Learn labels that stand among the topics; `more`: see `inference.classifiers.train`. To be
    called outside a scope, in workers and commands."""
    with scope(tenant_id):
        taken = taken_names()
    return inference.train_classifier(tenant_id, name=name, known=known, taken=taken, **more)


def promote_classifier(model: RegisteredModel) -> RegisteredModel:
    """Make a classifier live, and have texts read for its labels. Raises NotPromotable and
    GateNotPassed, see `inference.registry.promote`."""
    model = inference.promote(model)
    ring()
    return model


def retire_classifier(model: RegisteredModel) -> RegisteredModel:
    """Take a classifier out of use. Raises NotPromotable when it is retired already."""
    model = inference.retire(model)
    ring()
    return model


def roll_back_classifier(model: RegisteredModel) -> RegisteredModel | None:
    """Bring back what was live before this classifier; None where none was. Labels that no live
    classifier gives are forgotten. Raises NotPromotable when it is not live."""
    before = inference.roll_back(model)
    ring()
    return before


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What texts are read for. `names` are those whose traits are made anew."""

    topics: Sequence[Topic]
    classifiers: Sequence[inference.ClassifierRef]

    @property
    def names(self) -> set[str]:
        told = {topic.name for topic in self.topics}
        return told.union(*(one.labels for one in self.classifiers))


def refresh_topics(tenant_id: int) -> int:
    """Find topics and labels anew; return how many people have one. To be called outside a
    scope. What a classifier found stays while its files are broken; the log says so."""
    now, read, people = timezone.now(), 0, 0
    with scope(tenant_id):
        topics = list(Topic.objects.exclude(sentences=[]).order_by("pk"))
        classifiers = inference.live_classifiers()
    wanted = Wanted(topics=topics, classifiers=[one for one in classifiers if _opens(one)])
    values = {"tenant": tenant_id, "names": list(TEXT_EVENTS), "since": now - WINDOW}
    with scope(tenant_id):
        ids = _newest(values) if wanted.names else []
        _forget_others(wanted, ids)
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        if read >= MOST_SENTENCES:
            break
        some = ids[start : start + PEOPLE_AT_ONCE]
        with scope(tenant_id):
            texts = list(texts_of(some, values))
        said, count = _find(texts, topics)
        _label(texts, wanted.classifiers, said)
        with scope(tenant_id):
            _save(some, wanted, said, now)
        read += count
        people += len({customer_id for customer_id, _kind, _name in said})
    return people


def _newest(values: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, values)
        return [row[0] for row in cursor.fetchall()]


def _opens(classifier: inference.ClassifierRef) -> bool:
    try:
        inference.classify(classifier, [])
    except DomainError as error:
        logger.error(error.message)
        return False
    return True


def _forget_others(wanted: Wanted, ids: Sequence[int]) -> None:
    """Delete what people have who wrote nothing, and labels that no live classifier gives."""
    traits = WordTrait.objects.filter(kind="topic")
    traits.filter(name__in=wanted.names).exclude(customer_id__in=ids).delete()
    gone = inference.classifier_labels() - inference.classifier_labels(live=True)
    traits.filter(name__in=gone - set(Topic.objects.values_list("name", flat=True))).delete()


Found = dict[tuple[int, str, str], tuple[Said, list[float]]]


def _find(
    texts: Sequence[tuple[int, dict[str, str], str]], topics: Sequence[Topic]
) -> tuple[Found, int]:
    """Return what each person said of each topic, with the chances, and how many sentences."""
    rows = [
        (customer_id, source, sentence)
        for customer_id, source, text in texts
        for sentence in split_sentences(text)
    ]
    about = inference.find_topics(
        [sentence for _id, _source, sentence in rows],
        {topic.name: topic.sentences for topic in topics},
    )
    chances = {(one.index, one.topic): one.chance for one in about}
    spelt = {topic.name: topic.words for topic in topics if topic.words}
    for index, (_id, _source, sentence) in enumerate(rows) if spelt else []:
        for mention in read_text(sentence, spelt):
            if mention.kind == "topic" and mention.name in spelt:
                chances[index, mention.name] = 1.0
    found: Found = {}
    for (index, name), chance in sorted(chances.items()):
        customer_id, source, sentence = rows[index]
        said, sure = found.setdefault((customer_id, "topic", name), (Said(), []))
        said.add(Mention(kind="topic", name=name, polarity=None, sentence=sentence), source)
        sure.append(chance)
    return found, len(rows)


def _label(
    texts: Sequence[tuple[int, dict[str, str], str]],
    classifiers: Sequence[inference.ClassifierRef],
    found: Found,
) -> None:
    """Add the labels of the texts that a classifier is sure of, with its chance as evidence."""
    given: set[tuple[int, str]] = set()
    for classifier in classifiers:
        for one in inference.classify(classifier, [text for _id, _source, text in texts]):
            if (one.index, one.label) in given:
                continue
            given.add((one.index, one.label))
            customer_id, source, _text = texts[one.index]
            said, sure = found.setdefault((customer_id, "topic", one.label), (Said(), []))
            mention = Mention(kind="topic", name=one.label, polarity=None, sentence=one.sentence)
            said.add(mention, {**source, **_found_by(classifier), "chance": f"{one.chance:.3f}"})
            sure.append(one.chance)


def _found_by(classifier: inference.ClassifierRef) -> dict[str, str]:
    return {"by": classifier.name, "version": str(classifier.version)}


def _save(ids: Sequence[int], wanted: Wanted, said: Found, now: datetime) -> None:
    """Write the traits: as sure as those from words, times the mean chance of their sentences."""
    kept = {*Topic.objects.values_list("name", flat=True), *inference.classifier_labels(live=True)}
    people = Customer.objects.filter(pk__in=ids).exclude(may_profile=False)  # as it is by now
    still = set(people.values_list("pk", flat=True))
    rows = [trait_of(key, found, now) for key, (found, _sure) in said.items()]
    for row, (_found, sure) in zip(rows, said.values(), strict=True):
        row.confidence = round(row.confidence * fmean(sure), 2)
    with transaction.atomic():
        WordTrait.objects.filter(kind="topic", name__in=wanted.names, customer_id__in=ids).delete()
        WordTrait.objects.bulk_create(
            [row for row in rows if row.name in kept and row.customer_id in still], batch_size=1000
        )
