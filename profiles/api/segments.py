"""REST: segments. Rules are JSON; a wrong one is refused by its number."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_view as describe
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.models import Segment
from profiles.services import segments

TAGS = ["Segments"]
ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The segment’s id.")
RULES_HELP = (
    '`{}` is everybody. Groups are `{"all": […]}`, `{"any": […]}` and `{"not": …}`, up to five '
    "deep. A rule has a `field`, an `op` and a `value`: `customer.country` is, `trait.stage` is, "
    "`order.last_at` between_days_ago, `order.bought_category` at_least (with `times` and "
    "`days_ago`), `event.performed` at_least, `customer.may_email` is true. An unknown field or op "
    "is answered with those that there are."
)
EXAMPLE = OpenApiExample(
    "Bought tea twice in 90 days, may get email",
    value={
        "name": "Tea drinkers",
        "rules": {
            "all": [
                {
                    "field": "order.bought_category",
                    "op": "at_least",
                    "value": "Tea",
                    "times": 2,
                    "days_ago": [0, 90],
                },
                {"field": "customer.may_email", "op": "is", "value": True},
            ]
        },
    },
    request_only=True,
)


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    rules = serializers.DictField(help_text=RULES_HELP)
    sentences = serializers.SerializerMethodField(help_text="The rules in words.")

    class Meta:
        model = Segment
        fields = ("id", "name", "rules", "sentences", "size", "counted_at", "created_at")
        read_only_fields = ("size", "counted_at", "created_at")

    def get_sentences(self, segment: Segment) -> list[str]:
        return segments.describe(segment)

    def create(self, data: dict[str, Any]) -> Segment:
        return segments.create_segment(**data)

    def update(self, segment: Segment, data: dict[str, Any]) -> Segment:
        return segments.update_segment(segment, **data)


class RulesSerializer(serializers.Serializer[dict[str, Any]]):
    rules = serializers.DictField(help_text=RULES_HELP)


class CountSerializer(serializers.Serializer[segments.Reach]):
    matched = serializers.IntegerField(help_text="Customers who match now.")
    by_email = serializers.IntegerField(help_text="Those of them who may get an email.")
    everybody = serializers.IntegerField(help_text="Customers of the workspace.")


@describe(
    list=extend_schema(summary="List segments, newest first", tags=TAGS),
    retrieve=extend_schema(summary="Read a segment", tags=TAGS, parameters=[ID]),
    create=extend_schema(summary="Create a segment", tags=TAGS, examples=[EXAMPLE]),
    partial_update=extend_schema(
        summary="Change name or rules; the people are counted anew", tags=TAGS, parameters=[ID]
    ),
    destroy=extend_schema(
        summary="Delete a segment that no campaign uses", tags=TAGS, parameters=[ID]
    ),
)
class SegmentViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    viewsets.GenericViewSet[Segment],
):
    permission = "segments:read"
    write_permission = "segments:write"
    action_permissions: ClassVar = {"count": "segments:read"}
    queryset = Segment.objects.none()  # for the documentation; see get_queryset
    serializer_class = SegmentSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_queryset(self) -> QuerySet[Segment]:
        return Segment.objects.all()

    def perform_destroy(self, instance: Segment) -> None:
        segments.delete_segment(instance)

    @extend_schema(
        summary="Count the people whom rules choose, without saving them",
        tags=TAGS,
        request=RulesSerializer,
        responses=CountSerializer,
    )
    @action(detail=False, methods=["post"])
    def count(self, request: Request) -> Response:
        wanted = RulesSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        return Response(CountSerializer(segments.reach(wanted.validated_data["rules"])).data)
