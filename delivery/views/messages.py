"""The messages of one mailing: who got it, who did not and why, and what is not certain."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from delivery import services, words
from delivery.models import Mailing, MessageState
from tenants.access import action

PAGE_SIZE = 50


@action("campaigns.view")
@require_safe
def message_list(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    """All messages, or those in one state (`?state=in_doubt`). The counts add up to everybody."""
    mailing = get_object_or_404(Mailing.objects.select_related("sender"), public_id=public_id)
    counts = services.progress(mailing)
    state = request.GET.get("state", "")
    rows = mailing.messages.select_related("customer", "content").order_by("pk")
    if state in MessageState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "nav": "campaigns",
        "mailing": mailing,
        "states": [
            (value, label, counts[value]) for value, label in MessageState.choices if counts[value]
        ],
        "state": state,
        "doubts": services.open_doubts(mailing),
        "paused": services.describe_pause(mailing.sender),
        "page": page,
        "rows": [(one, words.reason_of(one), words.tone_of(one.state)) for one in page],
    }
    return render(request, "delivery/message_list.html", context)


@action("campaigns.send")
@require_POST
def doubt_resolve(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    """Send doubtful messages again (`resend=yes`), or leave them. Both are in the audit log."""
    mailing = get_object_or_404(Mailing, public_id=public_id)
    resend = request.POST.get("resend") == "yes"
    count = services.resolve_doubt(mailing, resend=resend)
    if resend:
        text = _("%(count)s messages are sent again.") % {"count": count}
    else:
        text = _("%(count)s messages are left as they are.") % {"count": count}
    messages.success(request, text)
    return redirect("delivery:message-list", workspace, public_id)
