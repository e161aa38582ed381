"""Values that this room hands out: what a campaign did, and what the home page says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from insights.statistics import Interval


@dataclass(frozen=True, kw_only=True)
class Count:
    """What some people did. All are people, counted once, except `orders` and the two hits.

    `people` were drawn, whether or not their message left. `sent` was taken by a server,
    `delivered` did not come back. `clicked` leaves out those whose only clicks machines made
    (`machine_only`). `ordered` had an order within the window, from their message on, or from
    the start if they got none. `revenue` is in the workspace's currency; orders in another
    currency are counted, their money is not.
    """

    people: int = 0
    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0
    clicked: int = 0
    machine_only: int = 0
    hits: int = 0
    machine_hits: int = 0
    unsubscribed: int = 0
    ordered: int = 0
    ordered_sent: int = 0
    orders: int = 0
    revenue: Decimal = Decimal(0)

    def __add__(self, other: "Count") -> "Count":
        return Count(**{name: value + getattr(other, name) for name, value in vars(self).items()})


@dataclass(frozen=True, kw_only=True)
class VariantResult:
    """A variant among those who were drawn for it by chance. Rates are orders per person.

    `difference` is against the base text; None for the base text itself, or without one.
    `verdict` is "better", "worse", "open", "early" or "control".
    """

    variant: str
    label: str
    count: Count
    rate: Interval
    difference: Interval | None
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What the campaign caused, by the people who were held out.

    `caused` are people who ordered because of it: the difference of the rates × recipients.
    """

    reached: Interval
    held_out: Interval
    difference: Interval
    caused: Interval
    revenue_caused: Interval
    is_clear: bool


@dataclass(frozen=True, kw_only=True)
class HourClicks:
    """First clicks in the hours after each message left: `start` ≤ hours < `end`."""

    start: int
    end: int | None
    people: int
    machines: int


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The conclusion. `kind` is "clear", "open", "early", "doubt" or "none"."""

    kind: str
    badge: str
    headline: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Results:
    """Everything the report of a campaign says. See `Count` for what is counted."""

    campaign: UUID
    state: str
    recipients: Count
    holdout: Count
    not_compared: Count
    variants: Sequence[VariantResult]
    effect: Effect | None
    clicks: Sequence[HourClicks]
    hours: Sequence[HourClicks]
    attribution_days: int
    started_at: datetime | None
    measured_until: datetime | None
    is_final: bool
    currency: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Need:
    """Something that waits for the person. `url` leads to where it is done."""

    kind: str
    icon: str
    tone: str
    title: str
    text: str
    note: str
    button: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of the first steps in an empty workspace. `url` is "" if the role may not take it."""

    icon: str
    title: str
    text: str
    button: str
    url: str
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class Running:
    """A campaign on its way. `total` 0 means there is nothing to show as a bar."""

    name: str
    state: str
    done: int
    total: int
    label: str
    right: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Week:
    """Orders caused by the campaigns that started in one week."""

    start: date
    caused: Interval


@dataclass(frozen=True, kw_only=True)
class Worked:
    """What was caused in the last weeks, as far as holdouts have measured it."""

    weeks: Sequence[Week]
    caused: Interval
    campaigns: int


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    title: str
    text: str
    basis: str
    url: str
    button: str


@dataclass(frozen=True, kw_only=True)
class Home:
    """What the home page shows. `worked` is None until a holdout has measured something."""

    greeting: str
    conclusion: str
    needs: Sequence[Need]
    running: Sequence[Running]
    worked: Worked | None
    suggestions: Sequence[Suggestion]
    is_empty: bool
    steps: Sequence[Step]

    @property
    def next_step(self) -> Step | None:
        """The first step that is not done and that this person may take."""
        return next((step for step in self.steps if step.url and not step.is_done), None)
