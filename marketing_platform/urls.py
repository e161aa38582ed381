"""Every route. `/w/<workspace>/…` is the web interface, `/api/v1/…` the REST API."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from marketing_platform import views
from marketing_platform.admin import choose_workspace

# Administrators sign in where everybody does: with the second factor, and with tries counted.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.front_door, name="front-door"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    # An address says who somebody is: nobody gives themselves another.
    path("accounts/email/", RedirectView.as_view(pattern_name="front-door"), name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("admin/workspace/", admin.site.admin_view(choose_workspace), name="admin-workspace"),
    path("admin/", admin.site.urls),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/", include("marketing_platform.api_urls")),
    path("w/<slug:workspace>/", include("marketing_platform.workspace_urls")),
]
