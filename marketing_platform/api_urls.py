"""Routes of the REST API, below `/api/v1/`. The API key names the workspace."""

from django.urls import include, path

urlpatterns = [
    path("", include("inference.api_urls")),
    path("", include("catalogue.api_urls")),
    path("", include("profiles.api_urls")),
    path("", include("campaigns.api_urls")),
    path("", include("insights.api_urls")),
]
