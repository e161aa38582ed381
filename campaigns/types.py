"""Values that the services of this room return."""

from dataclasses import dataclass

from campaigns.audience import Group, Grouping
from campaigns.consent_gaps import ConsentGaps
from inference.types import WriterRef, WritingRequest


@dataclass(frozen=True, kw_only=True)
class AudiencePreview:
    """What the audience would be. `places` adds up to those who match the segment.

    `groupings` has one entry for each stop of the dial; `groups` are the largest micro-segments
    under the stop that is chosen.
    """

    places: dict[str, int]
    groupings: list[Grouping]
    groups: list[Group]
    gaps: ConsentGaps

    @property
    def recipients(self) -> int:
        return self.places["recipient"]

    @property
    def matched(self) -> int:
        return sum(self.places.values())


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A creative that this worker writes, with all that is needed once the scope is closed."""

    id: int
    starts: int
    attempts: int
    request: WritingRequest
    writer: WriterRef
    usage: int = 0  # the row that counts it; see `inference.reserve`


@dataclass(frozen=True, kw_only=True)
class WritingProgress:
    """How far the writing is. total = written + waiting; written = passed + look + fallback.

    `blocked` counts texts that did not pass and are being rewritten (they are still waiting).
    `seconds_left` is an estimate of one worker's time, 0 when nothing waits.
    """

    total: int
    written: int
    passed: int
    look: int
    blocked: int
    fallback: int
    seconds_left: float

    @property
    def is_done(self) -> bool:
        return self.written == self.total


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where the messages are. The parts add up to `audience`.

    `sent` was taken by the recipient's server (`bounced` of it came back), `waiting` has not
    left, `leaving` is being handed over, `skipped` may not be sent, `doubtful` may have arrived.
    """

    audience: int
    sent: int
    bounced: int
    waiting: int
    leaving: int
    failed: int
    skipped: int
    missed: int
    cancelled: int
    doubtful: int

    @property
    def delivered(self) -> int:
        return self.sent - self.bounced

    @property
    def skipped_all(self) -> int:
        return self.skipped + self.cancelled + self.missed

    @property
    def not_sent(self) -> int:
        return self.failed + self.skipped_all

    @property
    def is_final(self) -> bool:
        return self.waiting + self.leaving == 0


@dataclass(frozen=True, kw_only=True)
class Missing:
    """People who did not get it for one reason."""

    state: str
    reason: str
    people: int


@dataclass(frozen=True, kw_only=True)
class FirstSigns:
    """What has come back so far: people who clicked, messages that only machines clicked."""

    clicked: int
    machines: int
    unsubscribed: int
    complained: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a launch would do. `variants` maps a variant to how many people get such a text."""

    people: int
    holdout: int
    languages: dict[str, int]
    variants: dict[str, int]
    creatives: int
