"""The front door, the home page, and the pages that a load balancer asks for."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from insights import services as insights
from marketing_platform import finding
from tenants import services
from tenants.access import action


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Lead to the person's first workspace, to the list of them, or to the sign-in page."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    workspaces = services.workspaces_of(request.user)
    if len(workspaces) == 1:
        return redirect("home", workspaces[0].slug)
    return render(request, "marketing_platform/workspaces.html", {"choices": workspaces})


@action("workspace.view")
@require_safe
def home(request: HttpRequest, workspace: str) -> HttpResponse:
    shown = insights.home(request.tenant, request.user, role=request.role)
    context = {"home": shown, "worked": insights.describe_worked(shown.worked), "nav": "home"}
    return render(request, "marketing_platform/home.html", context)


@action("workspace.view")
@require_safe
def find(request: HttpRequest, workspace: str) -> HttpResponse:
    """What “Search or jump to” shows for the letters typed so far: a fragment."""
    query = request.GET.get("q", "")
    context = {"results": finding.find(request, query), "query": query}
    return render(request, "marketing_platform/_found.html", context)


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where a browser looks when a page names no icon, as those of the API and the admin."""
    return redirect(static("img/icon.svg"))
