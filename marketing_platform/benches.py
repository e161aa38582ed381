"""Measures that go through every room: event intake by HTTP, and the main pages."""

import contextlib
import http.client
import io
import json
import random
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.services import briefs
from delivery.crash import worker_environment
from profiles import made_shops
from profiles.models import Customer, Event
from profiles.services import segments, traits
from tenants import services as tenants
from tenants.context import scope
from tenants.errors import Unavailable
from tenants.models import Membership, Tenant, User
from tenants.permissions import SCOPES, Role

Progress = Callable[[int, int], None]
ROUNDS = 5
IN_A_REQUEST = 100
AUTHENTICATION = "allauth.account.auth_backends.AuthenticationBackend"
FRAME = ("SAVEPOINT", "RELEASE", "SELECT set_config", "BEGIN", "COMMIT")
"""Statements that frame a page's questions; not counted."""


# Event intake


def bench_events(
    progress: Progress, *, events: int = 50_000, connections: int = 4, people: int = 5_000
) -> dict[str, Any]:
    """Send `events` in batches of 100 to the real web server, over connections that stay open.

    Each batch is answered when its events are committed; every event has an id of its own and is
    counted in the end. The reference is a COPY of the same events into a heap without index or
    row security, in turns with ours: five rounds, and the median of their ratios.
    """
    share = max(connections, events // ROUNDS // IN_A_REQUEST) * IN_A_REQUEST
    tenant = _make_workspace()
    rates: dict[str, list[float]] = {"own": [], "bare": []}
    try:
        key = _prepare_intake(tenant, people)
        with _web_server() as port:
            _send(port, key, [_bodies(IN_A_REQUEST, people)] * connections)
            for round_number in range(ROUNDS):
                rows = _make_events(share, people)
                rates["bare"].append(share / _copy(rows))
                parts = [rows[start::connections] for start in range(connections)]
                bodies = [_to_bodies(part) for part in parts]
                rates["own"].append(share / _send(port, key, bodies))
                progress((round_number + 1) * share, ROUNDS * share)
        _check_all_kept(tenant, ROUNDS * share + IN_A_REQUEST)
    finally:
        _remove_workspace(tenant)
    ratios = [own / bare for own, bare in zip(rates["own"], rates["bare"], strict=True)]
    return {
        "figures": {
            "rows_per_s": round(statistics.median(rates["own"])),
            "rounds": [round(rate) for rate in rates["own"]],
        },
        "reference": {
            "rows_per_s": round(statistics.median(rates["bare"])),
            "rounds": [round(rate) for rate in rates["bare"]],
        },
        "ratio": round(statistics.median(ratios), 3),
        "events": ROUNDS * share,
        "connections": connections,
    }


def _make_workspace() -> Tenant:
    name = f"bench-{uuid.uuid4().hex[:8]}"
    owner = User.objects.create_user(f"{name}@example.org", None)
    return tenants.create_workspace(name="Bench", slug=name, owner=owner)


def _prepare_intake(tenant: Tenant, people: int) -> str:
    """Make customers who send events, and this and the last month. Return an API key."""
    today = timezone.now().date()
    size = made_shops.Size(customers=people, events=0)
    with scope(tenant.pk), connection.cursor() as cursor:
        months = [today - timedelta(days=32), today + timedelta(days=1)]
        cursor.execute("SELECT profiles_ensure_event_partitions(%s, %s)", months)
    made_shops.make_shop(size, lambda _done, _total: None, tenant_id=tenant.pk)
    made_shops.vacuum_shop()
    with scope(tenant.pk):
        return tenants.create_api_key(tenant=tenant, name="Bench", scopes=SCOPES)[1]


def _make_events(count: int, people: int) -> list[dict[str, Any]]:
    draw = random.Random()  # noqa: S311 - sample data
    now = timezone.now()
    return [
        {
            "name": "product_viewed",
            "at": (now - timedelta(seconds=draw.randrange(2_500_000))).isoformat(),
            "external_id": f"C{1 + draw.randrange(people):07}",
            "event_id": str(uuid.UUID(int=draw.getrandbits(128))),
            "sku": f"P{1 + draw.randrange(1000):05}",
            "properties": {"page": f"/p/{draw.randrange(1000)}", "price": draw.randrange(200)},
        }
        for _number in range(count)
    ]


def _to_bodies(rows: Sequence[dict[str, Any]]) -> list[bytes]:
    return [
        json.dumps({"events": rows[start : start + IN_A_REQUEST]}).encode()
        for start in range(0, len(rows), IN_A_REQUEST)
    ]


def _bodies(count: int, people: int) -> list[bytes]:
    return _to_bodies(_make_events(count, people))


def _send(port: int, key: str, bodies: Sequence[list[bytes]]) -> float:
    """Post each list over a connection of its own, all at once; return the seconds."""
    start = time.monotonic()
    with ThreadPoolExecutor(len(bodies)) as pool:
        list(pool.map(lambda some: _post_all(port, key, some), bodies))
    return time.monotonic() - start


def _post_all(port: int, key: str, bodies: list[bytes]) -> None:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as client:
        for body in bodies:
            client.request("POST", "/api/v1/events/", body, headers)
            answer = client.getresponse()
            said = answer.read()
            if answer.status != 202:
                raise Unavailable(_("The web server answered %(status)s.")
                                  % {"status": f"{answer.status} {said[:200]!r}"})  # fmt: skip


def _copy(rows: Sequence[dict[str, Any]]) -> float:
    """Return the seconds of a COPY of the same events into a heap, with its commit."""
    lines = [
        "\t".join(
            json.dumps(value).replace("\\", "\\\\") if isinstance(value, dict) else value
            for value in row.values()
        )
        for row in rows
    ]
    text = io.StringIO("\n".join(lines) + "\n")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_bare (name text, at timestamptz, external_id text, "
            "event_id uuid, sku text, properties jsonb); TRUNCATE bench_bare"
        )
        start = time.monotonic()
        cursor.copy_expert("COPY bench_bare FROM STDIN", text)
        seconds = time.monotonic() - start
        cursor.execute("DROP TABLE bench_bare")
    return seconds


def _check_all_kept(tenant: Tenant, expected: int) -> None:
    with scope(tenant.pk):
        kept = Event.objects.count()
    if kept != expected:
        raise Unavailable(
            _("%(count)s of %(total)s events were kept.") % {"count": kept, "total": expected}
        )


def _remove_workspace(tenant: Tenant) -> None:
    made_shops.empty_shop(tenant.pk)
    Tenant.objects.filter(pk=tenant.pk).update(is_active=False)


@contextlib.contextmanager
def _web_server() -> Iterator[int]:
    """The web server as the platform runs it, on a free port."""
    if "owner" not in settings.DATABASES:
        raise Unavailable(_("Set DATABASE_OWNER_URL: the measurement makes a table of its own."))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--no-log"]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "marketing_platform.wsgi:application"],
        env=worker_environment(),
        cwd=settings.BASE_DIR,
    )
    try:
        _wait_until_open(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_until_open(port: int, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/livez")
            client.getresponse().read()
            return
        time.sleep(0.2)
    raise Unavailable(_("The web server did not start. Its words are above."))


# Pages


def bench_pages(
    progress: Progress,
    *,
    customers: int = 1_000_000,
    events: int = 10_000_000,
    campaigns: int = 200,
    workspace: str = "",
) -> dict[str, Any]:
    """Open thirteen main pages five times each, as the owner: seconds and queries of each.

    The pages are asked of the application itself, middleware and templates included, without the
    network. With `workspace` a workspace that `make_data` filled is used and kept; campaigns that
    it lacks, and one customer with 100,000 events, are added. The first opening of each page is
    not counted: it compiles templates.
    """
    call_command("collectstatic", verbosity=0, interactive=False)  # the pages name its files
    with _shop_of(workspace, customers, events, progress) as tenant:
        client, pages = _ready(tenant, campaigns)
        seconds: dict[str, list[float]] = {name: [] for name in pages}
        queries: dict[str, int] = {}
        for number, (name, path) in enumerate(pages.items()):
            queries[name] = _count_queries(client, path)
            for _round in range(ROUNDS):
                seconds[name].append(_open(client, path))
            progress(number + 1, len(pages))
    every = [one for some in seconds.values() for one in some]
    return {
        "figures": {
            "p95_ms": round(1000 * statistics.quantiles(every, n=20)[18], 1),
            "queries": max(queries.values()),
            "pages": {
                name: {"ms": round(1000 * statistics.median(some), 1), "queries": queries[name]}
                for name, some in seconds.items()
            },
        },
        "reference": {},
        "ratio": None,
        "customers": customers,
        "events": events,
        "campaigns": campaigns,
    }


@contextlib.contextmanager
def _shop_of(workspace: str, customers: int, events: int, progress: Progress) -> Iterator[Tenant]:
    """The workspace of this name; or a new one with a made-up shop, removed in the end."""
    if workspace:
        tenant = Tenant.objects.filter(slug=workspace).first()
        if tenant is None:
            raise Unavailable(
                _("There is no workspace %s. Make it by manage.py make_data.") % workspace
            )
        yield tenant
        return
    tenant = _make_workspace()
    try:
        size = made_shops.Size(customers=customers, events=events)
        made_shops.make_shop(size, progress, tenant_id=tenant.pk)
        with scope(tenant.pk):
            traits.refresh_traits()
        made_shops.vacuum_shop()
        yield tenant
    finally:
        _remove_workspace(tenant)


def _ready(tenant: Tenant, campaigns: int) -> tuple[Client, dict[str, str]]:
    """Make the campaigns and a segment. Return a client of the owner, and page → path."""
    with scope(tenant.pk):
        segment = segments.Segment.objects.order_by("pk").first() or segments.create_segment(
            name="Lapsed", rules={"field": "trait.stage", "op": "is", "value": "lapsed"}
        )
        segments.recount(segment)
        have = briefs.Campaign.objects.count()
        for number in range(have, campaigns):
            briefs.create_campaign(name=f"Campaign {number + 1}", goal="winback")
        campaign = briefs.Campaign.objects.order_by("-pk")[0]
        busiest = Customer.objects.get(external_id="C0000001")
        longest = _make_long_life()
        owner = Membership.objects.filter(role=Role.OWNER).order_by("pk")[0].user
    client = Client(headers={"Host": "localhost"})
    client.force_login(owner, backend=AUTHENTICATION)
    paths = {
        "home": "",
        "customers": "customers/",
        "customers found by name": "customers/?q=moreau",
        "one customer": f"customers/{busiest.public_id}/",
        "100,000 events of one customer": f"customers/{longest.public_id}/",
        "segments": "segments/",
        "one segment": f"segments/{segment.public_id}/",
        "imports": "imports/",
        "catalogue": "catalogue/",
        "campaigns": "campaigns/",
        "one brief": f"campaigns/{campaign.public_id}/brief/",
        "review": "review/",
        "reports": "reports/",
    }
    return client, {name: f"/w/{tenant.slug}/{path}" for name, path in paths.items()}


LONG_LIFE = """
    SELECT profiles_ensure_event_partitions((now() - interval '13 months')::date, now()::date);
    INSERT INTO profiles_event (tenant_id, customer_id, event_id, name, at, properties)
    SELECT %s, %s, gen_random_uuid(), 'product_viewed', now() - n * interval '5 minutes', '{}'
    FROM generate_series(1, 100000) n
"""


def _make_long_life() -> Customer:
    """Return a customer with a hundred thousand events in a year; made if there is none."""
    customer, is_new = Customer.objects.get_or_create(external_id="long-life")
    if is_new:
        with connection.cursor() as cursor:
            cursor.execute(LONG_LIFE, [customer.tenant_id, customer.pk])
    return customer


def _open(client: Client, path: str) -> float:
    start = time.monotonic()
    answer = client.get(path, follow=True)
    seconds = time.monotonic() - start
    if answer.status_code != 200:
        raise Unavailable(_("The page %(path)s was answered with %(status)s.")
                          % {"path": path, "status": answer.status_code})  # fmt: skip
    return seconds


def _count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        _open(client, path)
    return sum(not query["sql"].startswith(FRAME) for query in captured.captured_queries)


BENCHES = {"events": bench_events, "pages": bench_pages}
