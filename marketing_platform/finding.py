"""“Search or jump to”: pages, campaigns, customers, segments and products by a few letters."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from catalogue.models import Product
from marketing_platform import navigation
from profiles.models import Customer, Segment
from tenants.permissions import allows

PER_KIND = 5


@dataclass(frozen=True, kw_only=True)
class Found:
    title: str
    kind: str
    url: str
    icon: str
    note: str = ""


def find(request: HttpRequest, query: str) -> list[Found]:
    """Return what the person may open, best kinds first. An empty query gives the pages."""
    query = query.strip()[:100]
    found = list(_pages(request, query))
    if query:
        found = [*_campaigns(request, query), *found, *_records(request, query)]
    return found[:12]


def _pages(request: HttpRequest, query: str) -> Iterator[Found]:
    for group in navigation.groups(request):
        for item in group.items:
            if query.lower() in str(item.label).lower():
                yield Found(title=str(item.label), kind=_("Page"), url=item.url, icon=item.icon)


def _campaigns(request: HttpRequest, query: str) -> Iterator[Found]:
    for campaign in Campaign.objects.filter(name__icontains=query).order_by("-id")[:PER_KIND]:
        yield Found(
            title=campaign.name,
            kind=_("Campaign"),
            note=campaign.get_state_display(),
            icon="send",
            url=reverse("campaigns:campaign-brief", args=[request.tenant.slug, campaign.public_id]),
        )


def _records(request: HttpRequest, query: str) -> Iterator[Found]:
    slug = request.tenant.slug
    for segment in Segment.objects.filter(name__icontains=query).order_by("name")[:PER_KIND]:
        yield Found(
            title=segment.name,
            kind=_("Segment"),
            icon="funnel",
            url=reverse("profiles:segment-detail", args=[slug, segment.public_id]),
        )
    for product in Product.objects.filter(title__icontains=query).order_by("title")[:PER_KIND]:
        yield Found(
            title=product.title,
            kind=_("Product"),
            icon="package",
            url=reverse("catalogue:product-detail", args=[slug, product.public_id]),
        )
    if allows(request.role, "customers.view"):
        yield from _customers(slug, query)


def _customers(slug: str, query: str) -> Iterator[Found]:
    """Search where an index helps: the whole address, the whole number, the start of a name."""
    exact = Q(email=query.lower()) | Q(external_id=query)
    rows = Customer.objects.filter(exact | Q(last_name=query) | Q(first_name=query))
    for customer in rows.order_by("-id")[:PER_KIND]:
        yield Found(
            title=str(customer),
            kind=_("Customer"),
            note=customer.masked_email,
            icon="user",
            url=reverse("profiles:customer-detail", args=[slug, customer.public_id]),
        )
