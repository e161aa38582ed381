from django.urls import path
from rest_framework.routers import SimpleRouter

from campaigns.api import CampaignViewSet, CreativeViewSet
from campaigns.gate_api import GateViewSet
from campaigns.release_api import ReleaseViewSet, VerdictViewSet

router = SimpleRouter(use_regex_path=False)
router.register("campaigns", CampaignViewSet, basename="api-campaign")

urlpatterns = [
    *router.urls,
    path(
        "campaigns/<uuid:public_id>/creatives/",
        CreativeViewSet.as_view({"get": "list"}),
        name="api-campaign-creatives",
    ),
    path(
        "campaigns/<uuid:public_id>/review/",
        ReleaseViewSet.as_view({"get": "review"}),
        name="api-campaign-review",
    ),
    path(
        "campaigns/<uuid:public_id>/sending/",
        ReleaseViewSet.as_view({"get": "sending"}),
        name="api-campaign-sending",
    ),
    path(
        "models/<uuid:public_id>/judge/",
        GateViewSet.as_view({"post": "judge"}),
        name="api-model-judge",
    ),
    *(
        path(
            f"campaigns/<uuid:public_id>/{verb}/",
            ReleaseViewSet.as_view({"post": verb}),
            name=f"api-campaign-{verb}",
        )
        for verb in ("approve", "launch", "pause", "resume", "cancel")
    ),
    *(
        path(
            f"creatives/<uuid:public_id>/{verb}/",
            VerdictViewSet.as_view({"post": verb}),
            name=f"api-creative-{verb}",
        )
        for verb in ("verdict", "edit")
    ),
]
