"""Values that the services of this room return."""

from dataclasses import dataclass

from campaigns.audience import Group, Grouping


@dataclass(frozen=True, kw_only=True)
class AudiencePreview:
    """What the audience would be. `places` adds up to those who match the segment.

    `groupings` has one entry for each stop of the dial; `groups` are the largest micro-segments
    under the stop that is chosen.
    """

    places: dict[str, int]
    groupings: list[Grouping]
    groups: list[Group]

    @property
    def recipients(self) -> int:
        return self.places["recipient"]

    @property
    def matched(self) -> int:
        return sum(self.places.values())


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
