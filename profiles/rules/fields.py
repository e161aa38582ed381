"""What a rule can ask: one table from which compiler, checks, sentences and the builder read.

A rule is `{"field": …, "op": …, "value": …}`; rules nest as `{"all": […]}`, `{"any": […]}`,
`{"not": …}`. `{}` means everybody. What `value` looks like follows from the op (`OPS`):

    texts      a text, or a list of which one must be it      {"op": "is", "value": ["DE", "AT"]}
    text       a text                                         {"op": "contains", "value": "berg"}
    number     a number                                       {"op": "at_least", "value": 3}
    range      two numbers                                    {"op": "between", "value": [50, 100]}
    days       how many days                                  {"op": "within_days", "value": 30}
    days_ago   from … to … days ago                 {"op": "between_days_ago", "value": [90, 360]}
    date       a day, ISO 8601                         {"op": "before", "value": "2026-11-24"}
    answer     true, false, or null for "never asked"         {"op": "is", "value": true}
    nothing    no value                                       {"op": "known"}
    what       what was bought or done, one or a list; `times` says how often, 1 if left out

Rules of DID, TOTAL and FIGURE may say when: `"days_ago": [0, 90]`, from 0 to 90 days ago.

    {"field": "order.bought_category", "op": "at_least", "value": "Tea", "times": 2,
     "days_ago": [0, 90], "not_since": ["email_clicked"]}
    {"field": "order.spent", "op": "at_least", "value": 200, "of": "Tea", "days_ago": [0, 90]}
    {"field": "event.sum", "op": "at_least", "value": 60, "of": "lesson_done", "detail": "minutes"}

`not_since` goes with `at_least`: none of these events came after the last time it was done.
`of` narrows figures of orders to categories and names the events of figures of events; `detail`
is the key of a number among the events' details. Who has nothing to count has a total of 0, and
no average: neither at least nor at most anything.
`segment.in` and `list.in` take public ids of segments and lists. `customer.attributes.KEY` also
takes the ops of a moment where the workspace says that KEY holds dates.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles.models import Level, MotiveChoice, SeasonChoice, StageChoice
from tenants.models import InterfaceLanguage

Text = str | Promise
Choices = tuple[tuple[str, Text], ...]


class Kind(StrEnum):
    """What kind of question a field answers; it decides which ops there are."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    MOMENT = "moment"
    ANSWER = "answer"
    ATTRIBUTE = "attribute"
    TOTAL = "total"
    FIGURE = "figure"
    LAST = "last"
    DID = "did"
    WORDS = "words"
    SEGMENT = "segment"
    LIST = "list"


@dataclass(frozen=True, kw_only=True)
class Op:
    label: Text
    shape: str


OPS: Mapping[str, Op] = {
    "is": Op(label=_("is"), shape="texts"),
    "is_not": Op(label=_("is not"), shape="texts"),
    "contains": Op(label=_("contains"), shape="text"),
    "known": Op(label=_("is known"), shape="nothing"),
    "not_known": Op(label=_("is not known"), shape="nothing"),
    "at_least": Op(label=_("at least"), shape="number"),
    "at_most": Op(label=_("at most"), shape="number"),
    "between": Op(label=_("between"), shape="range"),
    "within_days": Op(label=_("in the last days"), shape="days"),
    "more_than_days_ago": Op(label=_("more days ago than"), shape="days"),
    "between_days_ago": Op(label=_("between days ago"), shape="days_ago"),
    "before": Op(label=_("before"), shape="date"),
    "after": Op(label=_("from"), shape="date"),
    "never": Op(label=_("never"), shape="nothing"),
}

TIMED = (Kind.DID, Kind.TOTAL, Kind.FIGURE)
"""Kinds whose rules may say when."""

MOMENT_OPS = ("within_days", "more_than_days_ago", "between_days_ago", "before", "after")
KIND_OPS: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("is", "is_not", "contains", "known", "not_known"),
    Kind.CHOICE: ("is", "is_not", "known", "not_known"),
    Kind.NUMBER: ("at_least", "at_most", "between", "known", "not_known"),
    Kind.MOMENT: (*MOMENT_OPS, "known", "not_known"),
    Kind.ANSWER: ("is",),
    Kind.ATTRIBUTE: (
        "is",
        "is_not",
        "contains",
        "at_least",
        "at_most",
        "between",
        *MOMENT_OPS,
        "known",
        "not_known",
    ),
    Kind.TOTAL: ("at_least", "at_most", "between"),
    Kind.FIGURE: ("at_least", "at_most", "between"),
    Kind.LAST: (*MOMENT_OPS, "never"),
    Kind.DID: ("at_least", "at_most", "never"),
    Kind.WORDS: ("is", "is_not", "known", "not_known"),
    Kind.SEGMENT: ("is", "is_not"),
    Kind.LIST: ("is", "is_not"),
}


def shape_of(kind: Kind, op: str) -> str:
    """Return the shape of the value that an op of this kind of field takes."""
    if kind is Kind.DID:
        return "what"
    return "answer" if kind is Kind.ANSWER else OPS[op].shape


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that a rule can ask.

    `sql` is an expression over `c` (the customer) or `t` (the traits); rules over orders and
    events name their source instead. `suggest` names the list that the builder offers while a
    person types; `of` names the list of what a figure can be narrowed to, and `has_detail` says
    that it is about a number among the details of events. `profiles` says that only people who
    did not refuse a profile are asked.
    """

    name: str
    kind: Kind
    group: Text
    label: Text
    icon: str
    sql: str = ""
    choices: Choices = ()
    suggest: str = ""
    of: str = ""
    has_detail: bool = False
    profiles: bool = True

    @property
    def needs_of(self) -> bool:
        return self.of == "events"

    @property
    def ops(self) -> tuple[str, ...]:
        return KIND_OPS[self.kind]


LANGUAGE_SQL = (
    "CASE WHEN lower(left({0}, 2)) = 'zh' THEN 'zh-hans' ELSE lower(split_part({0}, '-', 1)) END"
)
_CUSTOMER = pgettext_lazy("segment rule", "Customer")
_CONSENT = _("Agreed to")
_TRAIT = _("Trait")
_ORDER = pgettext_lazy("segment rule", "Ordered")
_EVENT = pgettext_lazy("segment rule", "Did")
_WORDS = pgettext_lazy("segment rule", "Says")
_PREDICTION = _("Prediction")
_MEMBER = pgettext_lazy("segment rule", "Is in")


def _customer(name: str, kind: Kind, label: Text, sql: str, **more: object) -> Field:
    return Field(
        name=f"customer.{name}",
        kind=kind,
        group=_CUSTOMER,
        label=label,
        icon="user",
        sql=sql,
        profiles=False,
        **more,  # type: ignore[arg-type]
    )


def _consent(name: str, label: Text) -> Field:
    return Field(
        name=f"customer.{name}",
        kind=Kind.ANSWER,
        group=_CONSENT,
        label=label,
        icon="shield-check",
        sql=f"c.{name}",
        choices=(("true", _("yes")), ("false", _("no")), ("null", _("never asked"))),
        profiles=False,
    )


def _trait(name: str, kind: Kind, label: Text, **more: object) -> Field:
    return Field(
        name=f"trait.{name}",
        kind=kind,
        group=_TRAIT,
        label=label,
        icon="tag",
        sql=f"t.{name}",
        **more,  # type: ignore[arg-type]
    )


def _order(name: str, kind: Kind, label: Text, suggest: str = "") -> Field:
    return Field(
        name=f"order.{name}",
        kind=kind,
        group=_ORDER,
        label=label,
        icon="shopping-bag",
        suggest=suggest,
        of="categories" if kind in (Kind.TOTAL, Kind.FIGURE) else "",
    )


def _event(name: str, label: Text, suggest: str) -> Field:
    return Field(
        name=f"event.{name}",
        kind=Kind.DID,
        group=_EVENT,
        label=label,
        icon="mouse-pointer-click",
        suggest=suggest,
    )


def _event_figure(name: str, kind: Kind, label: Text, *, has_detail: bool = True) -> Field:
    return Field(
        name=f"event.{name}",
        kind=kind,
        group=_EVENT,
        label=label,
        icon="mouse-pointer-click",
        of="events",
        has_detail=has_detail,
    )


def _prediction(name: str, label: Text, column: str) -> Field:
    """A number that is foretold. Without a join, so that rules over traits stay as they are."""
    return Field(
        name=f"prediction.{name}",
        kind=Kind.NUMBER,
        group=_PREDICTION,
        label=label,
        icon="trending-up",
        sql=f"(SELECT {column} FROM profiles_prediction p"  # noqa: S608 - constants
        " WHERE p.tenant_id = c.tenant_id AND p.customer_id = c.id)",
    )


def _words(name: str, label: Text) -> Field:
    return Field(
        name=f"words.{name}",
        kind=Kind.WORDS,
        group=_WORDS,
        label=label,
        icon="message-square",
        suggest="words",
    )


def _member(name: str, kind: Kind, label: Text, suggest: str) -> Field:
    return Field(
        name=f"{name}.in",
        kind=kind,
        group=_MEMBER,
        label=label,
        icon="users",
        suggest=suggest,
        profiles=False,
    )


_ALL = (
    _order("bought_category", Kind.DID, _("product in"), "categories"),
    _order("bought_product", Kind.DID, _("product"), "products"),
    _order("count", Kind.TOTAL, _("how often")),
    _order("spent", Kind.TOTAL, _("for how much")),
    _order("items", Kind.TOTAL, _("how many items")),
    _order("products", Kind.TOTAL, _("how many different products")),
    _order("average", Kind.FIGURE, _("average of an order")),
    _order("last_at", Kind.LAST, _("last time")),
    _event("performed", _("event"), "events"),
    _event("viewed_category", _("viewed product in"), "categories"),
    _event("viewed_product", _("viewed product"), "products"),
    _event_figure("sum", Kind.TOTAL, _("sum of a number")),
    _event_figure("average", Kind.FIGURE, _("average of a number")),
    _event_figure("largest", Kind.FIGURE, _("largest value of a number")),
    _event_figure("products", Kind.TOTAL, _("with how many different products"), has_detail=False),
    _trait("stage", Kind.CHOICE, _("life cycle"), choices=tuple(StageChoice.choices)),
    _trait("top_category", Kind.TEXT, _("favourite category"), suggest="categories"),
    _trait("price_band", Kind.CHOICE, _("price band"), choices=tuple(Level.choices)),
    _trait("discount_affinity", Kind.CHOICE, _("buys on offer"), choices=tuple(Level.choices)),
    _trait("motive", Kind.CHOICE, _("motive"), choices=tuple(MotiveChoice.choices)),
    _trait("order_count", Kind.NUMBER, _("number of orders")),
    _trait("total_spent", Kind.NUMBER, _("spent in all")),
    _trait("last_order_at", Kind.MOMENT, _("last order")),
    _trait("last_seen_at", Kind.MOMENT, _("last seen")),
    _trait("preferred_hour", Kind.NUMBER, _("preferred hour")),
    _trait("language", Kind.TEXT, _("language, as far as known"), suggest="languages"),
    _trait("top_brand", Kind.TEXT, _("favourite brand"), suggest="brands"),
    _trait("cadence_days", Kind.NUMBER, _("usual days between orders")),
    Field(
        name="trait.due_in_days",
        kind=Kind.NUMBER,
        group=_TRAIT,
        label=_("days until the next order is due"),
        icon="tag",
        sql="t.next_due_at - CURRENT_DATE",
    ),
    _trait("season", Kind.CHOICE, _("season"), choices=tuple(SeasonChoice.choices)),
    _trait("basket_items", Kind.NUMBER, _("items in a basket")),
    _trait("basket_value", Kind.NUMBER, _("value of a basket")),
    _trait("top_channel", Kind.TEXT, _("usual channel")),
    _trait("engagement", Kind.CHOICE, _("engagement"), choices=tuple(Level.choices)),
    _prediction("chance", _("chance of an order in 13 weeks, in percent"), "100 * p.chance"),
    _prediction("orders", _("expected orders in 13 weeks"), "p.orders"),
    _prediction("value", _("expected value in 13 weeks"), "p.value"),
    _prediction(
        "next_order_in_days",
        _("days until the next order, if one comes"),
        "p.next_order_on - CURRENT_DATE",
    ),
    _words("topic", _("about the topic")),
    _words("need", _("a need")),
    _words("intent", _("an intent")),
    _words("likes", _("likes")),
    _words("dislikes", _("dislikes")),
    _member("segment", Kind.SEGMENT, _("a segment"), "segments"),
    _member("list", Kind.LIST, _("a list"), "lists"),
    _customer(
        "language",
        Kind.TEXT,
        _("language"),
        LANGUAGE_SQL.format("c.language"),
        choices=tuple(InterfaceLanguage.choices),
        suggest="languages",
    ),
    _customer("country", Kind.TEXT, _("country"), "c.country", suggest="countries"),
    _customer("city", Kind.TEXT, _("city"), "c.city"),
    _customer("email", Kind.TEXT, _("email"), "c.email"),
    _customer("created_at", Kind.MOMENT, _("known since"), "c.created_at"),
    _customer("attributes", Kind.ATTRIBUTE, _("attribute"), "", suggest="attributes"),
    _consent("may_email", _("email")),
    _consent("may_profile", _("a profile")),
    _consent("may_write", _("texts written for them")),
    _consent("may_track", _("measuring clicks")),
)
FIELDS: Mapping[str, Field] = {field.name: field for field in _ALL}

ATTRIBUTES = "customer.attributes"


def find_field(name: str) -> tuple[Field, str] | None:
    """Return a field and the key of its attribute ("" if it is none), or None if unknown."""
    if name.startswith(f"{ATTRIBUTES}."):
        key = name.removeprefix(f"{ATTRIBUTES}.")
        return (FIELDS[ATTRIBUTES], key) if key else None
    return (FIELDS[name], "") if name in FIELDS and name != ATTRIBUTES else None
