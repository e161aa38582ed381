"""`manage.py make_data --workspace SLUG`: a shop with a past, for trials and measurements."""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketing_platform.measures import show_progress
from marketing_platform.running import migrate
from profiles import made_shops
from profiles.models import Customer
from profiles.services import traits
from tenants import services as tenants
from tenants.context import scope
from tenants.models import Tenant, User


class Command(BaseCommand):
    help = "Fill a workspace without customers with a made-up shop: customers, orders, events."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG", help="made if unknown")
        parser.add_argument("--customers", type=int, default=1_000_000)
        parser.add_argument("--events", type=int, default=10_000_000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, workspace: str, seed: int, **options: Any) -> None:
        size = made_shops.Size(customers=options["customers"], events=options["events"], seed=seed)
        if not 1 <= size.customers <= 9_999_999 or not 0 <= size.events <= 999_999_999:
            raise CommandError("Choose 1 to 9,999,999 customers and at most 999,999,999 events.")
        migrate(lambda words: None)  # from a clean checkout too
        start = time.monotonic()
        tenant = _find_or_make(workspace)
        made_shops.make_shop(size, show_progress, tenant_id=tenant.pk)
        with scope(tenant.pk):
            profiled = traits.refresh_traits()
        made_shops.vacuum_shop()
        sys.stderr.write("\n")
        figures = {"customers": size.customers, "orders": size.orders, "events": size.events}
        seconds = round(time.monotonic() - start, 1)
        self.stdout.write(
            json.dumps({"workspace": workspace, **figures, "traits": profiled, "seconds": seconds})
        )


def _find_or_make(slug: str) -> Tenant:
    """Return the workspace. Raises CommandError if it has customers: they may be real."""
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        owner, _made = User.objects.get_or_create(email=f"{slug}@example.org")
        return tenants.create_workspace(name=slug, slug=slug, owner=owner)
    with scope(tenant.pk):
        if Customer.everybody.exists():
            raise CommandError(
                f"The workspace {slug} has customers already. Choose another name: "
                "made-up people never go among real ones."
            )
    return tenant
