"""Traits from a customer's own words: opinions, topics, needs and intents, with their sentences.

Read by `inference.services.read_text` from reviews, posts and chat turns (`TEXT_EVENTS`) of the
last two years, the newest 200 of each person. Who refused a profile is not read, nor is a text
whose author did not agree to that.

confidence of a trait = 0.9 × sentences / (sentences + 1); the polarity of an opinion is the mean of
its sentences'. Labels come from a closed vocabulary, which the database checks, and from the
workspace's own topics, of which those that would label people by ethnicity, health, religion,
politics or sexuality are refused. Topics told by a sentence, and the labels of the workspace's
classifiers, are found in `topics`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.services import (
    VOCABULARY,
    Mention,
    classifier_labels,
    is_protected,
    read_text,
)
from profiles.models import Topic, WordTrait
from profiles.services.texts import TEXT_EVENTS
from profiles.word_labels import label_of
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict

WINDOW = timedelta(days=730)
TEXTS_READ = 200
CITED = 3
PEOPLE_AT_ONCE = 500
LIKES = 0.25
MOST_TOPICS = 50
NEARLY_ONE = 0.995

WRITERS = """
    SELECT DISTINCT e.customer_id FROM profiles_event e
    WHERE e.tenant_id = %(tenant)s AND e.name = ANY (%(names)s) AND e.at > %(since)s
    ORDER BY 1
"""
TEXTS = """
    SELECT t.* FROM unnest(%(ids)s::bigint[]) chosen(id)
    JOIN profiles_customer c ON c.tenant_id = %(tenant)s AND c.id = chosen.id
        AND c.may_profile IS NOT FALSE
    CROSS JOIN LATERAL (
        SELECT e.customer_id, e.event_id, e.name, e.at,
               concat_ws('. ', e.properties ->> 'title', e.properties ->> 'text') AS text
        FROM profiles_event e
        WHERE e.tenant_id = %(tenant)s AND e.customer_id = c.id AND e.name = ANY (%(names)s)
          AND e.at > %(since)s AND e.properties ->> 'consent' IS DISTINCT FROM 'false'
        ORDER BY e.at DESC LIMIT %(limit)s
    ) t
"""


def refresh_words(customer_ids: Sequence[int] | None = None, *, at: datetime | None = None) -> int:
    """Read the texts of these customers anew, or of everybody; return how many have traits."""
    now = at or timezone.now()
    values = {"tenant": current_tenant_id(), "names": list(TEXT_EVENTS), "since": now - WINDOW}
    ids = list(customer_ids) if customer_ids is not None else _writers(values)
    if customer_ids is None:
        read_by_words(WordTrait.objects.exclude(customer_id__in=ids)).delete()
    topics = {topic.name: topic.words for topic in Topic.objects.filter(sentences=[])}
    return sum(
        _refresh_some(ids[start : start + PEOPLE_AT_ONCE], topics, values, now)
        for start in range(0, len(ids), PEOPLE_AT_ONCE)
    )


def read_by_words(traits: Any) -> Any:
    """Leave out topics that are told by a sentence, and the labels of classifiers, which
    `topics.refresh_topics` looks after."""
    named = set(Topic.objects.filter(sentences=[]).values_list("name", flat=True))
    by_sentence = Topic.objects.exclude(sentences=[]).values("name")
    labels = classifier_labels() - named
    return traits.exclude(kind="topic", name__in=by_sentence).exclude(kind="topic", name__in=labels)


def _writers(values: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, values)
        return [row[0] for row in cursor.fetchall()]


@dataclass
class Said:
    """What one person said of one label, newest first."""

    feelings: list[float] = field(default_factory=list)
    evidence: list[dict[str, str]] = field(default_factory=list)
    mentions: int = 0

    def add(self, mention: Mention, source: Mapping[str, str]) -> None:
        self.mentions += 1
        if mention.polarity is not None:
            self.feelings.append(mention.polarity)
        if len(self.evidence) < CITED:
            self.evidence.append({**source, "text": mention.sentence})


def _refresh_some(
    ids: list[int], topics: Mapping[str, Sequence[str]], values: Mapping[str, Any], now: datetime
) -> int:
    said: dict[tuple[int, str, str], Said] = {}
    for customer_id, source, text in texts_of(ids, values):
        for mention in read_text(text, topics):
            key = (customer_id, mention.kind, mention.name)
            said.setdefault(key, Said()).add(mention, source)
    with transaction.atomic():
        read_by_words(WordTrait.objects.filter(customer_id__in=ids)).delete()
        WordTrait.objects.bulk_create(
            [trait_of(key, found, now) for key, found in said.items()], batch_size=1000
        )
    return len({customer_id for customer_id, _kind, _name in said})


def texts_of(
    ids: list[int], values: Mapping[str, Any]
) -> Iterator[tuple[int, dict[str, str], str]]:
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, {**values, "ids": ids, "limit": TEXTS_READ})
        rows = cursor.fetchall()
    for customer_id, event_id, name, at, text in rows:
        source = {"event": str(event_id), "at": at.date().isoformat(), "source": TEXT_EVENTS[name]}
        yield customer_id, source, text or ""


def trait_of(key: tuple[int, str, str], said: Said, now: datetime) -> WordTrait:
    customer_id, kind, name = key
    mean = sum(said.feelings) / len(said.feelings) if said.feelings else None
    return WordTrait(
        customer_id=customer_id,
        kind=kind,
        name=name,
        polarity=None if mean is None else round(mean, 3),
        confidence=round(0.9 * said.mentions / (said.mentions + 1), 2),
        mentions=said.mentions,
        evidence=said.evidence,
        computed_at=now,
    )


# Topics of the workspace's own


def create_topic(*, name: str, words: Sequence[str] = (), sentences: Sequence[str] = ()) -> Topic:
    """Name a topic, the words that show it, and sentences that say what it is about.

    Raises BadInput for a topic that would label people by ethnicity, health, religion, politics
    or sexuality, in its name, its words or its sentences, and beyond `MOST_TOPICS`; Conflict if
    the name is taken.
    """
    name = name.strip()[:60]
    kept = [word.strip()[:60] for word in words if word.strip()]
    told = [sentence.strip()[:200] for sentence in sentences if sentence.strip()]
    if not name or not (kept or told):
        raise BadInput(_("Give the topic a name, and a sentence or at least one word."))
    if wrong := next((text for text in (name, *kept, *told) if is_protected(text)), None):
        text = _(
            "“%(word)s” is about ethnicity, health, religion, politics or sexuality. "
            "People are never labelled by these. Leave it out."
        )
        raise BadInput(text % {"word": wrong}, code="protected_label")
    taken = {*VOCABULARY["topic"], *classifier_labels(live=True)}
    if name in taken or Topic.objects.filter(name=name).exists():
        raise Conflict(_("There is a topic named %(name)s already.") % {"name": name})
    if Topic.objects.count() >= MOST_TOPICS:
        raise BadInput(_("A workspace has at most %s topics. Delete one first.") % MOST_TOPICS)
    topic: Topic = Topic.objects.create(name=name, words=kept, sentences=told)
    record("topic.created", topic)
    return topic


def delete_topic(topic: Topic) -> None:
    """Delete a topic, and what was read of it."""
    WordTrait.objects.filter(kind="topic", name=topic.name).delete()
    record("topic.deleted", topic)
    topic.delete()


# In words


@dataclass(frozen=True, kw_only=True)
class Cited:
    """A sentence that a trait comes from: of which day, in what (“review”, “post” or “chat”), and
    for a label which classifier found it and how sure it was, in words."""

    text: str
    source: str
    day: date
    found: str


@dataclass(frozen=True, kw_only=True)
class WordLine:
    """A trait from words as a person reads it. `tone` is "good", "bad" or ""."""

    kind: str
    kind_label: str
    label: str
    tone: str
    confidence: float
    level: int
    behind: str
    evidence: list[Cited]


KIND_ORDER = ("aspect", "need", "intent", "topic")


def explain_words(traits: Sequence[WordTrait]) -> list[WordLine]:
    """Return the traits in words: opinions first, then needs, intents, topics; surest first."""
    ranked = sorted(traits, key=lambda one: (KIND_ORDER.index(one.kind), -one.mentions, one.name))
    return [_line(one) for one in ranked]


def _line(one: WordTrait) -> WordLine:
    tone = ""
    if one.polarity is not None and abs(one.polarity) > LIKES:
        tone = "good" if one.polarity > 0 else "bad"
    return WordLine(
        kind=one.kind,
        kind_label=str(one.get_kind_display()),
        label=label_of(one.name),
        tone=tone,
        confidence=one.confidence,
        level=3 if one.confidence >= 0.7 else 2 if one.confidence >= 0.5 else 1,
        behind=ngettext("%(count)s sentence", "%(count)s sentences", one.mentions)
        % {"count": one.mentions},
        evidence=[_cited(row) for row in one.evidence],
    )


def _cited(row: Mapping[str, str]) -> Cited:
    return Cited(
        text=row["text"],
        source=row["source"],
        day=date.fromisoformat(row["at"]),
        found=_found(row) if "by" in row else "",
    )


def _found(row: Mapping[str, str]) -> str:
    """Say which classifier found a sentence. Labels from before versions were kept name none."""
    name = f"{row['by']} v{row['version']}" if "version" in row else row["by"]
    chance = float(row["chance"])
    said = ">99%" if chance >= NEARLY_ONE else f"{chance:.0%}"  # never quite sure
    return _("found by your classifier %(name)s, %(chance)s sure") % {"name": name, "chance": said}
