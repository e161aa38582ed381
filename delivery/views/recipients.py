"""What a recipient opens without signing in: a link, and the way out. A signed token is the key.

A token that is wrong, of another workspace or tampered with gives the 404 of any other address.
"""

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from delivery import leaving, tracking
from delivery.models import Message
from delivery.tokens import read_click_token, read_unsubscribe_token
from tenants.access import public


@public
@transaction.non_atomic_requests  # one statement, in the transaction of the scope
@require_safe
def click(request: HttpRequest, workspace: str, token: str) -> HttpResponse:
    """Lead to a target of our own table. Keeps the click; changes nothing else."""
    read = read_click_token(request.tenant, token)
    if read is None:
        raise _not_found()
    url = tracking.follow(
        *read,
        method=request.method or "",
        user_agent=request.headers.get("User-Agent", ""),
        ip_hash=tracking.hash_ip(request, request.tenant),
    )
    if url is None:
        raise _not_found()
    response = HttpResponseRedirect(url)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@public
@csrf_exempt  # the mail program's button posts without cookies; the token is the authority
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, workspace: str, token: str) -> HttpResponse:
    """GET shows one button; only POST unsubscribes, because mail filters open every link."""
    message = _message_or_404(read_unsubscribe_token(request.tenant, token))
    if request.method == "POST":
        one_click = request.POST.get("List-Unsubscribe") == "One-Click"
        leaving.unsubscribe(message, one_click=one_click, ip=request.META.get("REMOTE_ADDR"))
        if one_click:
            return HttpResponse("Unsubscribed.", content_type="text/plain; charset=utf-8")
        return redirect("delivery:unsubscribe", workspace, token)
    facts = message.content.snapshot.facts
    with translation.override(message.content.language):
        return render(
            request,
            "delivery/unsubscribe_page.html",
            {
                "brand": facts.get("brand.name") or request.tenant.name,
                "address": _masked(message.address),
                "written": message.content.is_machine_written,
                "consent": leaving.consent_to_email(message),
                "has_left": leaving.has_left(message),
                "website": facts.get("brand.website", ""),
            },
        )


def _message_or_404(public_id: UUID | None) -> Message:
    message = (
        Message.objects.select_related("content__snapshot").filter(public_id=public_id).first()
        if public_id
        else None
    )
    if message is None:
        raise _not_found()
    return message


def _not_found() -> Http404:
    return Http404(_("This page does not exist, or is not in this workspace."))


def _masked(address: str) -> str:
    """Enough for the owner to know it, too little for a stranger: `el•••@example.com`."""
    name, at, domain = address.partition("@")
    return f"{name[:2]}•••{at}{domain}"
