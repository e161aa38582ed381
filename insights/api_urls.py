from django.urls import path

from insights.api import CampaignResultsView

urlpatterns = [
    path(
        "campaigns/<uuid:public_id>/results/",
        CampaignResultsView.as_view(),
        name="api-campaign-results",
    ),
]
