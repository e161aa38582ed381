"""Where a request gets its workspace: from the URL, from an API key, or from the admin's choice.

The scope is opened here, around the view *and* the rendering of its template, so that a lazily
rendered page still sees its tenant. A view that waits for a server of somebody else opens its own
(`access.opens_scopes`). A workspace that does not exist and one that is not yours give the same
404.
"""

import base64
import contextlib
from collections.abc import Callable
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from tenants import services
from tenants.audit import Actor, acting
from tenants.context import scope
from tenants.errors import BadKey, DomainError, NotFound
from tenants.models import Tenant, TenantModel

GetResponse = Callable[[HttpRequest], HttpResponse]


class WorkspaceMiddleware:
    """Open the scope of the workspace that the request is for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        slug = _workspace_slug(request)
        if slug is not None:
            return self._for_member(request, slug)
        if request.path.startswith("/api/v1/"):
            return self._for_key(request)
        if request.path.startswith("/admin/"):
            return self._for_admin(request)
        with acting(_actor_of(request)):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show a refusal that a page did not show itself. What the request wrote is rolled back."""
        if not isinstance(error, DomainError) or request.path.startswith("/api/"):
            return None
        context = {"heading": error.message, "back": request.headers.get("Referer", "/")}
        return render(request, "error.html", context, status=error.status)

    def _for_member(self, request: HttpRequest, slug: str) -> HttpResponse:
        if _is_marked(request, "is_public"):
            return self._for_stranger(request, slug)
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        tenant = _tenant_or_404(slug)
        with acting(_actor_of(request)), _locale_of(request, tenant):
            with scope(tenant.pk):
                try:
                    membership = services.get_membership(tenant=tenant, user=request.user)
                except NotFound as error:
                    raise Http404(error.message) from None
                request.tenant, request.role = tenant, membership.role
                if not _is_marked(request, "opens_scopes"):
                    return _rendered(self.get_response(request))
            return _rendered(self.get_response(request))

    def _for_stranger(self, request: HttpRequest, slug: str) -> HttpResponse:
        tenant = _tenant_or_404(slug)
        with scope(tenant.pk), acting(Actor("recipient")), translation.override(tenant.language):
            request.tenant, request.role = tenant, None
            return _rendered(self.get_response(request))

    def _for_key(self, request: HttpRequest) -> HttpResponse:
        try:
            with services.key_scope(_key_of(request)) as key:
                request.api_key = key
                request.tenant = SimpleLazyObject(lambda: key.tenant)
                with acting(Actor(f"API key {key.name}")):
                    return _rendered(self.get_response(request))
        except BadKey as error:
            return _refuse_key(error)

    def _for_admin(self, request: HttpRequest) -> HttpResponse:
        tenant = None
        if request.user.is_authenticated and request.user.is_staff:
            slug = request.session.get("admin_workspace")
            tenant = Tenant.objects.filter(slug=slug).first() if slug else None
        request.tenant = tenant
        with acting(_actor_of(request)):
            if tenant is None and _administers_tenant_data(request):
                return redirect(f"{reverse('admin-workspace')}?{urlencode({'next': request.path})}")
            if tenant is None:
                return self.get_response(request)
            with scope(tenant.pk):
                return _rendered(self.get_response(request))


def _workspace_slug(request: HttpRequest) -> str | None:
    parts = request.path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1] == "w" and parts[2] else None


def _is_marked(request: HttpRequest, name: str) -> bool:
    """Whether the route's view bears a mark of `tenants.access`."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return bool(getattr(view, name, False))


def _administers_tenant_data(request: HttpRequest) -> bool:
    """Whether an administrator asks for rows of a workspace, so that one must be chosen first."""
    if not (request.user.is_authenticated and request.user.is_staff):
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    model_admin = getattr(view, "model_admin", None)
    return model_admin is not None and issubclass(model_admin.model, TenantModel)


def _tenant_or_404(slug: str) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug, is_active=True).first()
    if tenant is None:
        raise Http404(_("This page does not exist, or is not in this workspace."))
    return tenant


def _actor_of(request: HttpRequest) -> Actor:
    if request.user.is_authenticated:
        return Actor(str(request.user), request.user)
    return Actor("nobody")


class _locale_of:  # noqa: N801 - a context manager that reads like a function
    """The person's language, else the workspace's; the workspace's time zone."""

    def __init__(self, request: HttpRequest, tenant: Tenant) -> None:
        language = request.user.language or tenant.language
        self.language = translation.override(language)
        self.zone = timezone.override(ZoneInfo(tenant.timezone))
        request.LANGUAGE_CODE = language

    def __enter__(self) -> None:
        self.language.__enter__()
        self.zone.__enter__()

    def __exit__(self, *error: object) -> None:
        self.zone.__exit__(None, None, None)
        self.language.__exit__(None, None, None)


def _rendered(response: HttpResponse) -> HttpResponse:
    """Render a lazy template now, inside the scope, and let no shared cache keep the page."""
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.render()
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response


def _key_of(request: HttpRequest) -> str:
    """The API key: as Bearer token, or as the name of Basic, which Segment's libraries send."""
    kind, _blank, word = request.headers.get("Authorization", "").partition(" ")
    if kind == "Basic":
        with contextlib.suppress(ValueError):
            return base64.b64decode(word.strip(), validate=True).decode().partition(":")[0]
    return word.strip() if kind == "Bearer" else ""


def _refuse_key(error: BadKey) -> JsonResponse:
    return JsonResponse(
        {"code": error.code, "message": error.message, "fields": error.fields},
        status=error.status,
        headers={"WWW-Authenticate": f'Bearer realm="{settings.SITE_URL}"'},
    )
