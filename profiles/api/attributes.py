"""REST: what the attributes of a workspace hold."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_view as describe
from rest_framework import mixins, serializers, viewsets

from profiles.models import AttributeDefinition
from profiles.services import attributes

TAGS = ["Customers"]
ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The attribute’s id.")


class AttributeSerializer(serializers.ModelSerializer[AttributeDefinition]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    key = serializers.CharField(max_length=60, help_text="Letters, digits and underscores.")
    label = serializers.CharField(max_length=120, required=False, allow_blank=True)
    choices = serializers.ListField(
        child=serializers.CharField(max_length=120),
        required=False,
        help_text="The values of a list.",
    )
    is_indexed = serializers.SerializerMethodField(help_text="Whether a segment asks for it.")

    class Meta:
        model = AttributeDefinition
        fields = ("id", "key", "label", "type", "choices", "is_indexed")

    def get_is_indexed(self, definition: AttributeDefinition) -> bool:
        return definition.promoted_at is not None

    def create(self, data: dict[str, Any]) -> AttributeDefinition:
        return attributes.define(**({"label": ""} | data))


class AttributeChangeSerializer(AttributeSerializer):
    """Key and type stay as they are: values and segments hold to them."""

    key = serializers.CharField(read_only=True)
    type = serializers.CharField(read_only=True)

    def update(self, definition: AttributeDefinition, data: dict[str, Any]) -> AttributeDefinition:
        return attributes.change(definition, **data)


@describe(
    list=extend_schema(summary="List attributes, newest first", tags=TAGS),
    retrieve=extend_schema(summary="Read what an attribute holds", tags=TAGS, parameters=[ID]),
    create=extend_schema(summary="Say what an attribute holds", tags=TAGS),
    partial_update=extend_schema(
        summary="Change an attribute’s name or the values of its list", tags=TAGS, parameters=[ID]
    ),
)
class AttributeViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[AttributeDefinition],
):
    permission = "customers:read"
    write_permission = "customers:write"
    queryset = AttributeDefinition.objects.none()  # for the documentation; see get_queryset
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    http_method_names = ["get", "post", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[AttributeDefinition]:
        return AttributeDefinition.objects.all()

    def get_serializer_class(self) -> type[AttributeSerializer]:
        return AttributeChangeSerializer if self.action == "partial_update" else AttributeSerializer
