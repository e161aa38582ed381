"""Routes of one workspace, below `/w/<workspace>/`."""

from django.urls import include, path

from marketing_platform import views

urlpatterns = [
    path("", views.home, name="home"),
    path("find/", views.find, name="find"),
    path("", include("catalogue.urls")),
    path("", include("profiles.urls")),
    path("", include("delivery.urls")),
    path("", include("campaigns.urls")),
    path("", include("insights.urls")),
    path("", include("inference.urls")),
    path("settings/", include("tenants.urls")),
]
