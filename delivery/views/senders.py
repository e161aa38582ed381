"""Settings › Senders: where mail comes from, and whether its server takes it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import services
from delivery.forms import SenderForm, TestMailForm
from delivery.models import Sender
from tenants.access import action, opens_scopes
from tenants.context import scope
from tenants.errors import DomainError

PAGE = {"nav": "settings", "tab": "senders"}


@action("sender.manage")
@require_safe
def sender_list(request: HttpRequest, workspace: str) -> HttpResponse:
    senders = Sender.objects.order_by("-is_default", "name")
    rows = [(sender, services.describe_pause(sender)) for sender in senders]
    return render(request, "delivery/sender_list.html", {**PAGE, "rows": rows})


@action("sender.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def sender_create(request: HttpRequest, workspace: str) -> HttpResponse:
    form = SenderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sender = services.create_sender(**form.cleaned_data)
        except DomainError as error:
            _show(form, error)
        else:
            messages.success(request, _("Saved. Send a test mail now."))
            return redirect("delivery:sender-detail", workspace, sender.public_id)
    return render(request, "delivery/sender_form.html", {**PAGE, "form": form})


@action("sender.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def sender_detail(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    sender = get_object_or_404(Sender, public_id=public_id)
    form = SenderForm(request.POST or None, sender=sender)
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        fields["password"] = fields["password"] or None
        try:
            services.update_sender(sender, **fields)
        except DomainError as error:
            _show(form, error)
            sender.refresh_from_db()
        else:
            messages.success(request, _("Saved."))
            return redirect("delivery:sender-detail", workspace, public_id)
    return _detail(request, sender, form=form)


@opens_scopes
@action("sender.manage")
@require_POST
def sender_test(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    """Send a test mail now. The answer of the server is shown on the page."""
    with scope(request.tenant.pk):
        sender = get_object_or_404(Sender, public_id=public_id)
    test_form, outcome = TestMailForm(request.POST), {}
    if test_form.is_valid():
        try:
            outcome["passed"] = services.test_sender(sender, to=test_form.cleaned_data["to"])
        except DomainError as error:
            outcome["failed"] = error.message
    with scope(request.tenant.pk):
        return _detail(request, sender, test_form=test_form, **outcome)


@action("sender.manage")
@require_POST
def sender_resume(request: HttpRequest, workspace: str, public_id: UUID) -> HttpResponse:
    sender = get_object_or_404(Sender, public_id=public_id)
    services.resume_sender(sender)
    messages.success(request, _("Sending goes on."))
    return redirect("delivery:sender-detail", workspace, public_id)


def _detail(request: HttpRequest, sender: Sender, **context: object) -> HttpResponse:
    page = {
        **PAGE,
        "sender": sender,
        "paused": services.describe_pause(sender),
        "form": SenderForm(sender=sender),
        "test_form": TestMailForm(initial={"to": request.user.email}),
        **context,
    }
    return render(request, "delivery/sender_detail.html", page)


def _show(form: SenderForm, error: DomainError) -> None:
    for name, text in error.fields.items():
        form.add_error(name if name in form.fields else None, text)
    if not error.fields:
        form.add_error(None, error.message)
