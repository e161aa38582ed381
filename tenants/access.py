"""How a view says who may use it. A test fails for a route that says nothing."""

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tenants.permissions import ACTIONS, allows

View = Callable[..., HttpResponse]


def action(name: str, *, write: str = "") -> Callable[[View], View]:
    """Let only roles through that may do `name`, and `write` if the request changes something.

    Both are keys of `permissions.ACTIONS`. A refusal is 403; the workspace's 404 came before.
    """
    for key in filter(None, (name, write)):
        if key not in ACTIONS:
            raise KeyError(f"{key} is no action. Declare it in tenants/permissions.py.")

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            changes = request.method not in ("GET", "HEAD", "OPTIONS")
            needed = write if write and changes else name
            if not allows(request.role, needed):
                raise PermissionDenied(
                    _("Your role in this workspace does not allow this. Ask an owner.")
                )
            return view(request, *args, **kwargs)

        checked.action, checked.write_action = name, write  # type: ignore[attr-defined]
        return checked

    return decorate


def public(view: View) -> View:
    """Mark one of the few workspace routes that a recipient opens without signing in."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


def opens_scopes(view: View) -> View:
    """Mark a view that asks a server of somebody else, and so opens its own scopes around that.

    The middleware lets the member in and ends its transaction before the view: a server that
    takes half a minute then holds no transaction and no row.
    """
    view = transaction.non_atomic_requests(view)
    view.opens_scopes = True  # type: ignore[attr-defined]
    return view
