from django.urls import path
from rest_framework.routers import SimpleRouter

from campaigns.api import CampaignViewSet, CreativeViewSet

router = SimpleRouter(use_regex_path=False)
router.register("campaigns", CampaignViewSet, basename="api-campaign")

urlpatterns = [
    *router.urls,
    path(
        "campaigns/<uuid:public_id>/creatives/",
        CreativeViewSet.as_view({"get": "list"}),
        name="api-campaign-creatives",
    ),
]
