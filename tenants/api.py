"""What every REST endpoint has in common: keys, scopes, limits, pages, idempotency."""

import contextlib
from time import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from tenants.models import ApiKey

if TYPE_CHECKING:  # the views import the settings that name this module
    from rest_framework.views import APIView

MINUTE_S = 60
TOO_MANY = {
    "description": "The key has made its requests of this minute.",
    "headers": {
        "Retry-After": {
            "description": "Seconds until the key may go on.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1, "maximum": MINUTE_S},
        }
    },
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "code": {"type": "string", "const": "too_many_requests"},
                    "message": {"type": "string"},
                    "fields": {"type": "object"},
                },
                "required": ["code", "message", "fields"],
            }
        }
    },
}
"""What `KeyThrottle` has answered, in the words of OpenAPI."""


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer mp_…`. The middleware has checked the key and opened the scope."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        key = getattr(request._request, "api_key", None)
        return (None, key) if key else None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ApiKeyAuthentication
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key of a workspace."}


class HasScope(BasePermission):
    """The view names `permission` (to read) and `write_permission` (to change)."""

    message = "This API key may not do that. Give it the scope, or use another key."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        needed = view.permission if reads else view.write_permission  # type: ignore[attr-defined]
        action = getattr(view, "action", None)
        needed = getattr(view, "action_permissions", {}).get(action, needed)
        return bool(request.auth) and needed in request.auth.scopes


class KeyThrottle(BaseThrottle):
    """Let each key make settings.API_REQUESTS_PER_MINUTE requests in a minute of the clock.

    Events that come in are not counted (settings.API_UNCOUNTED): they come as fast as they
    happen, and what is refused may be lost. Without the cache nothing is refused.
    """

    def allow_request(self, request: Request, view: "APIView") -> bool:
        limit, route = settings.API_REQUESTS_PER_MINUTE, request.resolver_match.url_name
        if not (limit and request.auth):
            return True
        if request.method == "POST" and route in settings.API_UNCOUNTED:
            return True
        with contextlib.suppress(RedisError):
            return self._count(request.auth) <= limit
        return True

    def wait(self) -> float:
        """Return the seconds until the next minute."""
        return MINUTE_S - time() % MINUTE_S

    def _count(self, key: ApiKey) -> int:
        """Return how many requests the key has made in this minute, this one included."""
        name = f"api-requests-{key.pk}-{int(time() // MINUTE_S)}"
        with contextlib.suppress(ValueError):  # nothing is counted yet
            return int(cache.incr(name))
        cache.add(name, 0, 2 * MINUTE_S)
        return int(cache.incr(name))


def declare_limit(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """Add to the OpenAPI schema that each operation which `KeyThrottle` counts may answer 429."""
    result["components"].setdefault("responses", {})["TooManyRequests"] = TOO_MANY
    free = {reverse(name).strip("/") for name in settings.API_UNCOUNTED}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if not (method == "post" and path.strip("/") in free):
                reference = {"$ref": "#/components/responses/TooManyRequests"}
                operation["responses"]["429"] = reference
    return result


class CursorPages(CursorPagination):
    """Pages that stay right while rows come in, and cost the same at any depth."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-id"
