"""The administration as a whole: which workspace it works in, and what stands in its sidebar."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tenants.audit import record_system
from tenants.models import Tenant

ROOMS = ("tenants", "catalogue", "profiles", "campaigns", "delivery", "account", "axes", "mfa")
"""The order of the sidebar. What is not named here follows."""

ICONS = {
    "Tenant": "apartment",
    "User": "person",
    "Membership": "badge",
    "Invitation": "forward_to_inbox",
    "ApiKey": "key",
    "AuditEntry": "history",
    "SystemAuditEntry": "admin_panel_settings",
    "Product": "inventory_2",
    "ProductVariant": "category",
    "Offer": "sell",
    "BrandVoice": "record_voice_over",
    "FactSnapshot": "fact_check",
    "Customer": "group",
    "Consent": "handshake",
    "Event": "bolt",
    "Import": "upload_file",
    "RejectedRow": "rule",
    "Order": "shopping_bag",
    "OrderLine": "receipt_long",
    "Segment": "filter_alt",
    "TraitSet": "psychology",
    "Prediction": "query_stats",
    "Recommendation": "recommend",
    "ForecastReport": "fact_check",
    "RecommendationPolicy": "tune",
    "Campaign": "campaign",
    "CampaignProduct": "inventory",
    "MicroSegment": "groups",
    "AudienceMember": "diversity_3",
    "Creative": "edit_note",
    "Approval": "approval",
    "TextExplanation": "help",
    "Quota": "speed",
    "Usage": "bolt",
    "Sender": "alternate_email",
    "Mailing": "outgoing_mail",
    "Content": "article",
    "Message": "mail",
    "Suppression": "block",
    "Link": "link",
    "Hit": "ads_click",
    "Unsubscribe": "unsubscribe",
}


def environment(request: HttpRequest) -> list[str] | None:
    """The badge beside the title: whose data the administrator sees at present."""
    tenant = getattr(request, "tenant", None)
    if tenant:
        return [tenant.name, "info"]
    return [_("No workspace chosen"), "warning"]


@require_http_methods(["GET", "POST"])
def choose_workspace(request: HttpRequest) -> HttpResponse:
    """Choose the one workspace to act in, or leave it. Each choice is in the system audit log."""
    if request.method == "POST":
        return _choose(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Choose a workspace"),
        "workspaces": Tenant.objects.order_by("name"),
        "chosen": request.session.get("admin_workspace", ""),
        "next": request.GET.get("next", ""),
    }
    return render(request, "admin/choose_workspace.html", context)


def _choose(request: HttpRequest) -> HttpResponse:
    slug = request.POST.get("workspace", "")
    if not slug:
        request.session.pop("admin_workspace", None)
        return redirect("admin-workspace")
    tenant = get_object_or_404(Tenant, slug=slug)
    request.session["admin_workspace"] = tenant.slug
    record_system("admin.workspace_chosen", tenant, slug=tenant.slug)
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return redirect(target if target and is_ours else reverse("admin:index"))


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: the choice of the workspace, then the rooms in their order."""
    apps = {app["app_label"]: app for app in admin.site.get_app_list(request)}
    order = [*(label for label in ROOMS if label in apps), *sorted(set(apps) - set(ROOMS))]
    return [
        {
            "items": [
                {
                    "title": gettext_lazy("Choose a workspace"),
                    "icon": "swap_horiz",
                    "link": reverse("admin-workspace"),
                }
            ]
        },
        *(_group(apps[label]) for label in order),
    ]


def _group(app: dict[str, Any]) -> dict[str, Any]:
    items = [
        {
            "title": model["name"],
            "icon": ICONS.get(model["object_name"], "table"),
            "link": model["admin_url"],
        }
        for model in app["models"]
        if model["admin_url"]
    ]
    return {"title": app["name"], "separator": True, "collapsible": True, "items": items}
