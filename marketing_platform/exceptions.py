"""One shape for every error of the REST API: `{"code", "message", "fields"}`."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from tenants.errors import DomainError

NOT_FOUND = gettext_lazy("This does not exist, or is not in this workspace.")


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an error that the client can act on; None lets it reach the log."""
    answer = _describe(error)
    if answer is None:
        return None
    set_rollback()
    status, code, message, fields, headers = answer
    return Response(
        {"code": code, "message": message, "fields": fields}, status=status, headers=headers
    )


def _describe(
    error: Exception,
) -> tuple[int, str, str, dict[str, Any], dict[str, str]] | None:
    match error:
        case DomainError():
            return error.status, error.code, error.message, error.fields, {}
        case Http404():
            return 404, "not_found", str(NOT_FOUND), {}, {}
        case PermissionDenied() | exceptions.PermissionDenied():
            return 403, "not_allowed", str(error), {}, {}
        case exceptions.ValidationError():
            message = _("Some fields are wrong. See fields.")
            return 422, "bad_input", message, _fields(error.detail), {}
        case exceptions.Throttled():
            message = _(
                "This API key has made its %(limit)s requests of this minute. Go on in %(seconds)s "
                "seconds, or send more in one request."
            ) % {"limit": f"{settings.API_REQUESTS_PER_MINUTE:,}", "seconds": error.wait}
            return 429, "too_many_requests", message, {}, {"Retry-After": str(error.wait)}
        case exceptions.APIException():
            return error.status_code, str(error.default_code), str(error.detail), {}, {}
    return None


def _fields(detail: Any) -> dict[str, Any]:
    return detail if isinstance(detail, dict) else {"": detail}
