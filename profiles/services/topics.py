"""Topics that the workspace named by a sentence, found in texts by likeness.

Each trait cites its sentences, as all traits from words do. Read are the newest `MOST_SENTENCES`
of a workspace, of people who did not refuse a profile. A sentence that is near no topic beyond
doubt gets none.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import fmean
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inference import services as inference
from inference.services import Mention, read_text, split_sentences
from profiles.models import Customer, Topic, WordTrait
from profiles.services.texts import TEXT_EVENTS
from profiles.services.words import WINDOW, Said, create_topic, texts_of, trait_of
from tenants.context import current_tenant_id, scope

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
    """Have a worker find topics, where any is told by a sentence."""
    from profiles.tasks import refresh_topics as task  # noqa: PLC0415 - the task calls this module

    if Topic.objects.exclude(sentences=[]).exists():
        task.delay_on_commit(current_tenant_id())


def refresh_topics(tenant_id: int) -> int:
    """Find the topics anew; return how many people have one. To be called outside a scope."""
    now, read, people = timezone.now(), 0, 0
    with scope(tenant_id):
        topics = list(Topic.objects.exclude(sentences=[]).order_by("pk"))
        values = {
            "tenant": tenant_id,
            "names": list(TEXT_EVENTS),
            "since": now - WINDOW,
        }
        ids = _newest(values) if topics else []
        _forget_others(topics, ids)
    for start in range(0, len(ids), PEOPLE_AT_ONCE):
        if read >= MOST_SENTENCES:
            break
        some = ids[start : start + PEOPLE_AT_ONCE]
        with scope(tenant_id):
            texts = list(texts_of(some, values))
        said, count = _find(texts, topics)
        with scope(tenant_id):
            _save(some, topics, said, now)
        read += count
        people += len({customer_id for customer_id, _kind, _name in said})
    return people


def _newest(values: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, values)
        return [row[0] for row in cursor.fetchall()]


def _forget_others(topics: Sequence[Topic], ids: Sequence[int]) -> None:
    names = [topic.name for topic in topics]
    WordTrait.objects.filter(kind="topic", name__in=names).exclude(customer_id__in=ids).delete()


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


def _save(ids: Sequence[int], topics: Sequence[Topic], said: Found, now: datetime) -> None:
    """Write the traits: as sure as those from words, times the mean chance of their sentences."""
    kept = set(Topic.objects.values_list("name", flat=True))
    people = Customer.objects.filter(pk__in=ids).exclude(may_profile=False)  # as it is by now
    still = set(people.values_list("pk", flat=True))
    rows = [trait_of(key, found, now) for key, (found, _sure) in said.items()]
    for row, (_found, sure) in zip(rows, said.values(), strict=True):
        row.confidence = round(row.confidence * fmean(sure), 2)
    names = [topic.name for topic in topics]
    with transaction.atomic():
        WordTrait.objects.filter(kind="topic", name__in=names, customer_id__in=ids).delete()
        WordTrait.objects.bulk_create(
            [row for row in rows if row.name in kept and row.customer_id in still], batch_size=1000
        )
