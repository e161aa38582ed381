"""The REST API of campaigns: brief, audience, writing, texts."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Campaign, Creative
from campaigns.serializers import (
    AudiencePreviewSerializer,
    AudienceSerializer,
    BriefSerializer,
    CampaignCostSerializer,
    CreativeSerializer,
    ProgressSerializer,
)
from campaigns.services import audience, costs, pending, writing

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The campaign’s id.")


@extend_schema_view(
    list=extend_schema(summary="List campaigns, newest first", tags=["Campaigns"]),
    retrieve=extend_schema(summary="Read a campaign", tags=["Campaigns"], parameters=[ID]),
    create=extend_schema(summary="Create a campaign", tags=["Campaigns"]),
    partial_update=extend_schema(
        summary="Change the brief; texts and approval become out of date",
        tags=["Campaigns"],
        parameters=[ID],
    ),
)
class CampaignViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet,
):
    permission = "campaigns:read"
    write_permission = "campaigns:write"
    serializer_class = BriefSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "put", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Campaign]:
        return Campaign.objects.select_related("offer", "voice", "segment").order_by("-id")

    @extend_schema(exclude=True)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Only parts of a brief are changed, so PUT answers 405."""
        if not kwargs.get("partial"):
            return self.http_method_not_allowed(request)
        return super().update(request, *args, **kwargs)

    @extend_schema(
        summary="Choose the audience and the dial",
        tags=["Campaigns"],
        parameters=[ID],
        request=AudienceSerializer,
        responses=BriefSerializer,
    )
    @action(detail=True, methods=["put"], url_path="audience")
    def audience(self, request: Request, public_id: str) -> Response:
        campaign = self.get_object()
        wanted = AudienceSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        audience.set_audience(campaign, **wanted.validated_data)
        return Response(BriefSerializer(campaign).data)

    @extend_schema(
        summary="Count the audience under every stop of the dial",
        tags=["Campaigns"],
        parameters=[ID],
        responses=AudiencePreviewSerializer,
    )
    @action(detail=True, url_path="audience-preview", url_name="audience-preview")
    def audience_preview(self, request: Request, public_id: str) -> Response:
        preview = audience.preview(self.get_object())
        return Response(AudiencePreviewSerializer(preview).data)

    @extend_schema(
        summary="See what the writing will take, and what it took",
        tags=["Campaigns"],
        parameters=[ID],
        responses=CampaignCostSerializer,
    )
    @action(detail=True)
    def cost(self, request: Request, public_id: str) -> Response:
        campaign = self.get_object()
        values = {"foretold": costs.foretell(campaign), "spent": costs.spent(campaign)}
        return Response(CampaignCostSerializer(values).data)

    @extend_schema(
        summary="Have every text written",
        tags=["Campaigns"],
        parameters=[ID],
        request=None,
        responses={202: ProgressSerializer},
    )
    @action(detail=True, methods=["post"])
    def generate(self, request: Request, public_id: str) -> Response:
        campaign = self.get_object()
        pending.ask_for_writing(campaign)
        return Response(_progress(campaign), status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="Stop the writing", tags=["Campaigns"], parameters=[ID], request=None,
        responses=ProgressSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, public_id: str) -> Response:
        campaign = self.get_object()
        writing.stop_writing(campaign)
        return Response(_progress(campaign))

    @extend_schema(
        summary="See how far the writing is", tags=["Campaigns"], parameters=[ID],
        responses=ProgressSerializer,
    )  # fmt: skip
    @action(detail=True)
    def progress(self, request: Request, public_id: str) -> Response:
        return Response(_progress(self.get_object()))


def _progress(campaign: Campaign) -> dict[str, Any]:
    values = {
        "state": campaign.state,
        "pending": campaign.pending,
        **vars(writing.progress(campaign)),
    }
    return dict(ProgressSerializer(values).data)


@extend_schema_view(
    list=extend_schema(summary="List the texts of a campaign", tags=["Campaigns"], parameters=[ID])
)
class CreativeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    permission = "campaigns:read"
    write_permission = "campaigns:write"
    serializer_class = CreativeSerializer

    def get_queryset(self) -> QuerySet[Creative]:
        if getattr(self, "swagger_fake_view", False):
            return Creative.objects.none()
        campaign = get_object_or_404(Campaign, public_id=self.kwargs["public_id"])
        return campaign.creatives.select_related("micro_segment", "snapshot").order_by("-id")
