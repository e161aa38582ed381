"""How far a worker is with a campaign: a hint for pages, in the cache. The row is the truth."""

import contextlib

from django.core.cache import cache
from redis.exceptions import RedisError

from tenants.context import current_tenant_id

KEPT_S = 600


def note(campaign_id: int, done: int, total: int) -> None:
    with contextlib.suppress(RedisError):
        cache.set(_key(campaign_id), (done, total), KEPT_S)


def read(campaign_id: int) -> tuple[int, int]:
    """Return (done, total); (0, 0) if nobody has said so lately."""
    with contextlib.suppress(RedisError):
        return tuple(cache.get(_key(campaign_id), (0, 0)))
    return 0, 0


def _key(campaign_id: int) -> str:
    return f"campaign-step-{current_tenant_id()}-{campaign_id}"
