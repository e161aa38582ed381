"""Set a demo workspace up as a newcomer would: team, catalogue, files, voice, offer, sender."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from catalogue import services as catalogue
from catalogue.models import BrandVoice, Offer
from delivery import services as delivery
from delivery.models import Sender
from marketing_platform.demo.behaviour import Year
from marketing_platform.demo.files import write_files
from marketing_platform.demo.shop import Plan, Promise, Shop
from marketing_platform.programs import MAIL_PORT, PORTS_TO_TRY
from profiles.models import Import, ImportState, Segment
from profiles.services import imports, segments, traits, words
from tenants import services as tenants
from tenants.audit import Actor, acting
from tenants.context import scope
from tenants.models import Tenant, User
from tenants.permissions import Role

PASSWORD = "let-me-look-around"  # noqa: S105 - printed, for data that was made up
ADMINISTRATOR = "admin@demo.example"
SMTP_HOST = "127.0.0.1"

Show = Callable[[str, int, int], None]
"""show(what, done, total): draw a progress bar."""


def find_or_create(shop: Shop) -> Tenant:
    """Return the shop's workspace with somebody of each role in it."""
    people = {role: _person(shop, role) for role in Role}
    tenant = Tenant.objects.filter(slug=shop.slug).first()
    if tenant is None:
        tenant = tenants.create_workspace(
            name=shop.name,
            slug=shop.slug,
            owner=people[Role.OWNER],
            language=shop.language,
            timezone=shop.timezone,
            currency=shop.currency,
            postal_address=shop.postal_address,
        )
        with scope(tenant.pk), acting(Actor(people[Role.OWNER].name, people[Role.OWNER])):
            for role, person in people.items():
                tenants.add_member(user=person, role=role)
    return tenant


def _person(shop: Shop, role: str) -> User:
    email = shop.email_of(role)
    found = User.objects.filter(email=email).first()
    if found:
        return found
    return User.objects.create_user(email, PASSWORD, name=shop.team[role], language=shop.language)


def administrator() -> User:
    found = User.objects.filter(email=ADMINISTRATOR).first()
    return found or User.objects.create_superuser(ADMINISTRATOR, PASSWORD, name="Administrator")


def actor(shop: Shop, role: str) -> Actor:
    person = User.objects.get(email=shop.email_of(role))
    return Actor(person.name, person)


def bring_in(shop: Shop, tenant: Tenant, scale: float, show: Show) -> None:
    """Import the shop's files, unless they are in already, and compute the traits."""
    with scope(tenant.pk):
        done = set(Import.objects.filter(state=ImportState.DONE).values_list("kind", flat=True))
    if {"products", "customers", "orders", "events", "texts"} <= done:
        return
    year = Year(shop, max(1, round(shop.people * scale)), timezone.now().date() - timedelta(days=1))
    with tempfile.TemporaryDirectory() as folder, acting(actor(shop, Role.MARKETER)):
        for kind, path in write_files(shop, year, Path(folder)).items():
            if kind not in done:
                _import(tenant, shop, kind, path, show)
    show(f"{shop.name}: traits", 0, 1)
    with scope(tenant.pk):
        traits.refresh_traits()
        words.refresh_words()
    show(f"{shop.name}: traits", 1, 1)


def _import(tenant: Tenant, shop: Shop, kind: str, path: Path, show: Show) -> None:
    by = User.objects.get(email=shop.email_of(Role.MARKETER))
    with scope(tenant.pk), path.open("rb") as file:
        import_ = imports.start_import(kind=kind, file=file, file_name=path.name, by=by)
        import_ = imports.confirm_mapping(import_, import_.mapping, enqueue=False)

    def on_progress(row: Import) -> None:
        show(f"{shop.name}: {kind}", row.bytes_read, row.size)

    done = imports.run_import(import_.pk, on_progress, tenant_id=tenant.pk)
    if done.state != ImportState.DONE:
        raise OSError(f"The file {path.name} of {shop.name} was not read: {done.error}")
    show(f"{shop.name}: {kind}", 1, 1)


def voice_of(shop: Shop) -> BrandVoice:
    return catalogue.default_voice() or catalogue.save_voice(
        name=shop.name,
        brand_name=shop.name,
        tone=shop.tone,
        languages=[shop.language],
        do_words=list(shop.do_words),
        dont_words=list(shop.dont_words),
        samples=list(shop.samples),
        colour=shop.colour,
        website=shop.website,
    )


def offer_of(promise: Promise) -> Offer:
    found = Offer.objects.filter(name=promise.name).first()
    return found or catalogue.create_offer(
        name=promise.name,
        kind="percent",
        value=Decimal(promise.percent),
        code=promise.code,
        ends_at=_midnight(timezone.now()) + timedelta(days=21),
    )


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def segment_of(plan: Plan) -> Segment:
    found = Segment.objects.filter(name=plan.segment).first()
    return found or segments.create_segment(name=plan.segment, rules=dict(plan.rules))


def more_segments(shop: Shop) -> None:
    """Segments that invite to look around."""
    for name, rules in EXTRA_SEGMENTS[shop.language].items():
        if not Segment.objects.filter(name=name).exists():
            segments.create_segment(name=name, rules=rules)


EXTRA_SEGMENTS: dict[str, dict[str, dict[str, Any]]] = {
    "en": {
        "Loyal customers": {"all": [{"field": "trait.stage", "op": "is", "value": "loyal"}]},
        "Looked, but have not bought": {
            "all": [{"field": "trait.stage", "op": "is", "value": "prospect"}]
        },
        "Says something bad about fit and size": {
            "all": [{"field": "words.dislikes", "op": "is", "value": "fit"}]
        },
    },
    "zh-hans": {
        "忠实茶友": {"all": [{"field": "trait.stage", "op": "is", "value": "loyal"}]},
        "看过还没买": {"all": [{"field": "trait.stage", "op": "is", "value": "prospect"}]},
        "说快递不好的茶友": {"all": [{"field": "words.dislikes", "op": "is", "value": "delivery"}]},
    },
}


def sender_of(shop: Shop, port: int) -> Sender:
    """Return the sender that hands over to the demo's own mail server at this port."""
    sender = delivery.default_sender()
    if sender is None:
        return delivery.create_sender(
            name=shop.name,
            email=f"hello@{shop.slug}.example",
            host=SMTP_HOST,
            port=port,
            security="none",
        )
    return sender


def point_senders_at(port: int) -> None:
    """Let every sender that hands over to the demo's mail server use this port: it may have moved.

    Its port is the first free one from MAIL_PORT on, so any of those on this machine is meant.
    """
    ports = range(MAIL_PORT, MAIL_PORT + PORTS_TO_TRY)
    for tenant in Tenant.objects.all():
        with scope(tenant.pk):
            for sender in Sender.objects.filter(host__in=(SMTP_HOST, "localhost"), port__in=ports):
                if sender.port != port:
                    delivery.update_sender(sender, port=port)
