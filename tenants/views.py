"""Settings: the workspace, its team, its API keys, its audit log, and one's own account."""

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants import services
from tenants.access import action, opens_scopes, public
from tenants.audit_words import explain_entry
from tenants.context import scope
from tenants.errors import DomainError
from tenants.forms import (
    AccountForm,
    ApiKeyForm,
    InvitationAcceptForm,
    InvitationForm,
    RoleForm,
    WorkspaceForm,
)
from tenants.models import ApiKey, AuditEntry, InterfaceLanguage, Invitation, Membership
from tenants.permissions import SCOPES

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _page(request: HttpRequest, name: str, tab: str, **context: object) -> HttpResponse:
    return render(request, f"tenants/{name}.html", {"nav": "settings", "tab": tab, **context})


@action("workspace.view", write="workspace.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, workspace: str) -> HttpResponse:
    form = WorkspaceForm(request.POST or None, instance=request.tenant)
    if request.method == "POST" and form.is_valid():
        services.update_workspace(tenant=request.tenant, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("tenants:settings", workspace)
    return _page(request, "settings", "workspace", form=form)


@opens_scopes
@action("workspace.view", write="team.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, workspace: str) -> HttpResponse:
    """Who is in the workspace; POST invites somebody."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitation = services.invite(tenant=request.tenant, **form.cleaned_data)
        except DomainError as error:
            form.add_error("email", error.message)
        else:
            text = _("An invitation is on its way to %(email)s.") % {"email": invitation.email}
            messages.success(request, text)
            return redirect("tenants:team", workspace)
    with scope(request.tenant.pk):
        return _team(request, form)


def _team(request: HttpRequest, form: InvitationForm) -> HttpResponse:
    members = Membership.objects.select_related("user").order_by("created_at", "id")
    return _page(
        request,
        "team",
        "team",
        form=form,
        members=[(member, RoleForm(initial={"role": member.role})) for member in members],
        invitations=Invitation.objects.filter(accepted_at=None).order_by("-id"),
    )


@action("team.manage")
@require_POST
def member_change(request: HttpRequest, workspace: str, member: int) -> HttpResponse:
    """Change a member's role, or remove the member (`remove` in the form)."""
    membership = get_object_or_404(Membership, pk=member)
    form = RoleForm(request.POST)
    try:
        if "remove" in request.POST:
            services.remove_member(membership=membership)
        elif form.is_valid():
            services.change_role(membership=membership, role=form.cleaned_data["role"])
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Saved."))
    return redirect("tenants:team", workspace)


@action("team.manage")
@require_POST
def invitation_withdraw(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    services.withdraw_invitation(invitation=get_object_or_404(Invitation, public_id=public_id))
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("tenants:team", workspace)


@action("api_keys.manage")
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest, workspace: str) -> HttpResponse:
    """List the keys; make one. The new key is shown on the answer to the POST alone, once."""
    form, new_key = ApiKeyForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        _row, new_key = services.create_api_key(
            tenant=request.tenant,
            name=data["name"],
            scopes=data["scopes"],
            days=data["days"] or None,
        )
        form = ApiKeyForm()
    keys = ApiKey.objects.filter(revoked_at=None).order_by("-id")
    return _page(
        request, "api_keys", "api-keys", form=form, keys=keys, new_key=new_key, scopes=SCOPES
    )


@action("api_keys.manage")
@require_POST
def api_key_revoke(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    services.revoke_api_key(key=get_object_or_404(ApiKey, public_id=public_id))
    messages.success(request, _("The key is revoked. Systems that use it are refused from now on."))
    return redirect("tenants:api-keys", workspace)


@action("audit.view")
@require_safe
def audit_log(request: HttpRequest, workspace: str) -> HttpResponse:
    entries = AuditEntry.objects.order_by("-at", "-id")
    page = Paginator(entries, 50).get_page(request.GET.get("page"))
    lines = [explain_entry(entry) for entry in page]
    return _page(request, "audit_log", "audit-log", page=page, lines=lines)


@action("account.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, workspace: str) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("tenants:account", workspace)
    return _page(request, "account", "account", form=form)


@action("account.edit")
@require_POST
def language_set(request: HttpRequest, workspace: str) -> HttpResponse:
    """Change the language of the person's interface, and go back to the page."""
    language = request.POST.get("language", "")
    if language in InterfaceLanguage.values:
        request.user.language = language
        request.user.save(update_fields=["language"])
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return HttpResponseRedirect(target)
    return redirect("home", workspace)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_accept(request: HttpRequest, workspace: str, token: str) -> HttpResponse:
    """Where the link of an invitation leads: join as who is signed in, or with a new account."""
    user = request.user if request.user.is_authenticated else None
    form = InvitationAcceptForm(request.POST or None)
    context = {"form": form, "person": user, "invitation": None}
    try:
        context["invitation"] = invitation = services.find_invitation(token)
        if request.method == "POST" and (user or form.is_valid()):
            answers = {} if user else form.cleaned_data
            joined = services.accept_invitation(invitation=invitation, user=user, **answers)
            if user is None:
                login(request, joined, backend=BACKEND)
            return redirect("home", workspace)
    except DomainError as error:
        if "password" in error.fields:
            form.add_error("password", error.fields["password"])
        else:
            context["problem"] = error.message
    return render(request, "tenants/invitation_accept.html", context)
