"""The sign-in page: its form, and by what failed tries are counted."""

from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class SignInForm(LoginForm):  # type: ignore[misc]
    """Labels above the fields, nothing inside them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.help_text = ""


def typed_address(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Return whose account was tried. Without it, ten mistakes would lock out a whole office."""
    typed = (credentials or {}).get("email") or request.POST.get("login", "")
    return str(typed).strip().lower()[:255]


def visitor_address(request: HttpRequest) -> str | None:
    """Return where the try came from: behind a proxy of ours, what the proxy says."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:  # no address is known, as in a shell
        return None
