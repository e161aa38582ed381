"""The administration as a whole."""

from django.conf import settings
from django.http import HttpRequest


def environment(request: HttpRequest) -> list[str] | None:
    """The badge beside the title: whose data the administrator sees at present."""
    tenant = getattr(request, "tenant", None)
    if tenant:
        return [tenant.name, "info"]
    return ["Demo", "warning"] if settings.DEMO_MAILBOX else None
