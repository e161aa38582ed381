"""Where one can go: the sidebar, the bottom bar of a phone, and how campaign states look."""

from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign, CampaignState
from tenants.permissions import allows

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Place:
    """A page of the sidebar. `action` is what one must be allowed to do to see it."""

    key: str
    route: str
    label: Text
    icon: str
    action: str
    on_phone: bool = False


@dataclass(frozen=True, kw_only=True)
class Item:
    key: str
    url: str
    label: Text
    icon: str
    on_phone: bool
    waits: int = 0


@dataclass(frozen=True, kw_only=True)
class Group:
    label: Text
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class StateLook:
    """The badge of a campaign's state: never colour alone."""

    tone: str
    icon: str


PLACES: tuple[tuple[Text, tuple[Place, ...]], ...] = (
    (
        "",
        (
            Place(
                key="home",
                route="home",
                label=_("Home"),
                icon="house",
                action="workspace.view",
                on_phone=True,
            ),
            Place(
                key="campaigns",
                route="campaigns:campaign-list",
                label=_("Campaigns"),
                icon="send",
                action="campaigns.view",
                on_phone=True,
            ),
            Place(
                key="review",
                route="campaigns:review-list",
                label=_("Review"),
                icon="stamp",
                action="campaigns.view",
                on_phone=True,
            ),
        ),
    ),
    (
        _("Audience"),
        (
            Place(
                key="customers",
                route="profiles:customer-list",
                label=_("Customers"),
                icon="users",
                action="customers.view",
                on_phone=True,
            ),
            Place(
                key="segments",
                route="profiles:segment-list",
                label=_("Segments"),
                icon="funnel",
                action="segments.view",
            ),
            Place(
                key="imports",
                route="profiles:import-list",
                label=_("Imports"),
                icon="upload",
                action="imports.view",
            ),
        ),
    ),
    (
        _("Content"),
        (
            Place(
                key="catalogue",
                route="catalogue:product-list",
                label=_("Catalogue"),
                icon="package",
                action="catalogue.view",
            ),
            Place(
                key="voice",
                route="catalogue:voice-detail",
                label=_("Brand voice"),
                icon="quote",
                action="catalogue.view",
            ),
        ),
    ),
    (
        _("Results"),
        (
            Place(
                key="reports",
                route="insights:report-list",
                label=_("Reports"),
                icon="chart-column",
                action="reports.view",
            ),
            Place(
                key="mailbox",
                route="delivery:mailbox",
                label=_("Mailbox"),
                icon="mail",
                action="mailbox.view",
            ),
        ),
    ),
)

LOOKS: dict[str, StateLook] = {
    CampaignState.DRAFT: StateLook(tone="outline", icon="pencil"),
    CampaignState.GENERATING: StateLook(tone="primary", icon="pen-line"),
    CampaignState.IN_REVIEW: StateLook(tone="warning", icon="eye"),
    CampaignState.APPROVED: StateLook(tone="success", icon="check"),
    CampaignState.SCHEDULED: StateLook(tone="primary", icon="clock"),
    CampaignState.SENDING: StateLook(tone="primary", icon="send"),
    CampaignState.SENT: StateLook(tone="neutral", icon="check"),
    CampaignState.PAUSED: StateLook(tone="warning", icon="pause"),
    CampaignState.CANCELLED: StateLook(tone="outline", icon="ban"),
    CampaignState.FAILED: StateLook(tone="error", icon="x"),
}


def groups(request: HttpRequest) -> list[Group]:
    """Return the sidebar of this person in this workspace. Kept with the request: it is asked
    for twice, by the sidebar and by the bottom bar."""
    kept: list[Group] | None = getattr(request, "navigation", None)
    if kept is None:
        kept = request.navigation = _groups(request)
    return kept


def _groups(request: HttpRequest) -> list[Group]:
    tenant, role = getattr(request, "tenant", None), getattr(request, "role", None)
    if tenant is None or role is None:
        return []
    waiting = Campaign.objects.filter(state=CampaignState.IN_REVIEW).count()
    return [
        Group(
            label=label,
            items=[
                _item(place, tenant.slug, waiting if place.key == "review" else 0)
                for place in places
                if allows(role, place.action) and _is_offered(place)
            ],
        )
        for label, places in PLACES
    ]


def _item(place: Place, slug: str, waits: int) -> Item:
    return Item(
        key=place.key,
        url=reverse(place.route, args=[slug]),
        label=place.label,
        icon=place.icon,
        on_phone=place.on_phone,
        waits=waits,
    )


def _is_offered(place: Place) -> bool:
    """The mailbox is a page of the demo: it shows the mail of the built-in server."""
    return place.key != "mailbox" or settings.DEMO_MAILBOX
