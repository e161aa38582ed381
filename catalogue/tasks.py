"""Background work of this room."""

import logging
from pathlib import Path

from celery import shared_task
from django.db.models import QuerySet

from catalogue import pictures
from catalogue.models import Product
from tenants.context import scope
from tenants.errors import BadInput
from tenants.tasks import SteppedTenantTask

logger = logging.getLogger(__name__)
AT_ONCE = 500


@shared_task(base=SteppedTenantTask, time_limit=3600, soft_time_limit=3540)
def fetch_pictures(tenant_id: int) -> int:
    """Fetch pictures that are not here yet; return how many came. Safe to run again.

    No transaction is open while a foreign server is waited for. A link that fails is left as it
    is and tried again after the next import: pages show the link itself until then.
    """
    fetched, after = 0, 0
    while True:
        with scope(tenant_id):
            rows = Product.objects.filter(is_active=True, pk__gt=after).exclude(image_url="")
            links = [(row.pk, pictures.path_of(row), row.image_url) for row in _some(rows)]
        if not links:
            return fetched
        fetched += sum(_fetch(path, url) for _pk, path, url in links if not path.exists())
        after = links[-1][0]


def _some(rows: QuerySet[Product]) -> QuerySet[Product]:
    return rows.order_by("pk")[:AT_ONCE]


def _fetch(path: Path, url: str) -> bool:
    try:
        pictures.keep(path, pictures.fetch(url))
    except BadInput as refusal:
        logger.info("picture.refused", extra={"why": refusal.code})
        return False
    return True
