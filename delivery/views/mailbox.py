"""The demo's mailbox: what the customers of this workspace have got."""

from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from delivery import mailbox
from delivery.models import Message, MessageState
from tenants.access import action

PAGE_SIZE = 40
VIEWS = ("desktop", "phone", "text", "source")
ARRIVED = (MessageState.SENT, MessageState.IN_DOUBT)
SANDBOX = {
    "default-src": ["'none'"],
    "img-src": ["https:", "http:", "data:"],
    "style-src": ["'unsafe-inline'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


@action("mailbox.view")
@require_safe
def mail_list(request: HttpRequest, workspace: str, public_id: UUID | None = None) -> HttpResponse:
    """The newest mails, and the chosen one beside them. `q` finds a person's."""
    _only_in_demo()
    query = request.GET.get("q", "").strip()
    rows = Message.objects.filter(state__in=ARRIVED)
    rows = rows.select_related("customer", "content", "mailing__sender").order_by(
        "-attempted_at", "-pk"
    )
    if query:
        rows = rows.filter(address__icontains=query)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    chosen = get_object_or_404(rows, public_id=public_id) if public_id else next(iter(page), None)
    context = {
        "page": page,
        "query": query,
        "chosen": chosen,
        "picked": public_id is not None,
        "mail": mailbox.read_mail(chosen) if chosen else None,
        "tests": {} if query else mailbox.read_tests(request.tenant.pk),
        **_frame(request),
    }
    return render(request, "delivery/mailbox.html", context)


@action("mailbox.view")
@require_safe
def test_mail(request: HttpRequest, workspace: str, key: UUID) -> HttpResponse:
    """A test mail, as it arrived."""
    _only_in_demo()
    mail = mailbox.read_test(request.tenant.pk, key)
    if mail is None:
        raise Http404(_("This mail is not in the mailbox."))
    return render(
        request, "delivery/mailbox_test.html", {"mail": mail, "key": key, **_frame(request)}
    )


@action("mailbox.view")
@csp_replace(SANDBOX)
@require_safe
def mail_body(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    """The mail's HTML, for a sandboxed frame: no script runs, no form is sent, links open apart."""
    _only_in_demo()
    message = get_object_or_404(
        Message.objects.select_related("mailing__sender"), public_id=public_id
    )
    mail = mailbox.read_mail(message)
    if mail is None:
        raise Http404(_("This mail is not in the mailbox."))
    return HttpResponse(mail.html)


@action("mailbox.view")
@csp_replace(SANDBOX)
@require_safe
def test_body(request: HttpRequest, workspace: str, key: UUID) -> HttpResponse:
    """A test mail's HTML, for a sandboxed frame."""
    _only_in_demo()
    mail = mailbox.read_test(request.tenant.pk, key)
    if mail is None:
        raise Http404(_("This mail is not in the mailbox."))
    return HttpResponse(mail.html)


def _frame(request: HttpRequest) -> dict[str, object]:
    """The ways of showing a mail, and the one that is chosen."""
    view = request.GET.get("view", "desktop")
    return {
        "nav": "mailbox",
        "view": view if view in VIEWS else "desktop",
        "views": [
            ("desktop", _("Desktop")),
            ("phone", _("Phone")),
            ("text", _("Text")),
            ("source", _("Headers")),
        ],
    }


def _only_in_demo() -> None:
    if not settings.DEMO_MAILBOX:
        raise Http404(_("This page does not exist, or is not in this workspace."))
