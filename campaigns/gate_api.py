"""REST: having a model's gate run."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.services import training
from inference.models import ModelKind, RegisteredModel

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The model’s id.")


class JudgedSerializer(serializers.Serializer[RegisteredModel]):
    """The gate is run by a worker; read the model's figures for what it found."""

    id = serializers.UUIDField(source="public_id")


class GateViewSet(viewsets.GenericViewSet[RegisteredModel]):
    permission = "models:read"
    write_permission = "models:write"
    queryset = RegisteredModel.objects.none()  # for the documentation
    serializer_class = JudgedSerializer

    @extend_schema(
        summary="Have a model write the test briefs beside the live one",
        tags=["Models"],
        parameters=[ID],
        request=None,
        responses={202: JudgedSerializer},
    )
    def judge(self, request: Request, public_id: str) -> Response:
        model = get_object_or_404(RegisteredModel, public_id=public_id, kind=ModelKind.WRITER)
        training.judge(model)
        return Response(JudgedSerializer(model).data, status=status.HTTP_202_ACCEPTED)
