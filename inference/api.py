"""REST: the models of a workspace, registered, made live through their gate, and rolled back;
its classifiers, to read."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.utils import extend_schema_view as describe
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from inference import choosing, services
from inference.models import ModelChannel, ModelEngine, ModelKind, RegisteredModel

TAGS = ["Models"]
ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The model’s id.")


class ModelSerializer(serializers.ModelSerializer[RegisteredModel]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    stage = serializers.CharField(read_only=True, help_text="candidate, live or retired")
    engine = serializers.CharField(read_only=True, help_text="local or openai")
    figures = serializers.SerializerMethodField(
        help_text="Held-out perplexity, seconds for a text, and what the gate found."
    )

    class Meta:
        model = RegisteredModel
        fields = (
            "id",
            "name",
            "engine",
            "source",
            "revision",
            "remote_name",
            "channel",
            "stage",
            "prompt_version",
            "data_hash",
            "figures",
            "card",
            "created_at",
            "promoted_at",
            "retired_at",
        )

    def get_figures(self, model: RegisteredModel) -> dict[str, Any]:
        """All but the texts of the gate, which have a page."""
        gate = model.figures.get("gate")
        told = {key: value for key, value in (gate or {}).items() if key != "rows"}
        return {**model.figures, **({"gate": told} if gate else {})}


class ModelInSerializer(serializers.Serializer[RegisteredModel]):
    """A model at a server (`url`, `remote_name`), or one of our own workers (`source`)."""

    name = serializers.CharField(max_length=120)
    engine = serializers.ChoiceField(ModelEngine.choices)
    channel = serializers.ChoiceField(
        [
            ("every", _("Every channel")),
            *((key, word) for key, word in ModelChannel.choices if key),
        ],
        required=False,
        default="every",
    )
    url = serializers.CharField(max_length=300, required=False, help_text="Up to /v1.")
    remote_name = serializers.CharField(max_length=200, required=False, default="")
    api_key = serializers.CharField(
        max_length=500, required=False, default="", allow_blank=True, write_only=True
    )
    source = serializers.CharField(
        max_length=300, required=False, help_text="owner/model, or a folder of the operator."
    )
    revision = serializers.CharField(
        max_length=80, required=False, default="", help_text="The 40 digits of the commit."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        needed = "url" if data["engine"] == ModelEngine.OPENAI else "source"
        if not data.get(needed):
            raise serializers.ValidationError({needed: _("This field is required.")})
        return data

    def create(self, data: dict[str, Any]) -> RegisteredModel:
        channel = "" if data["channel"] == "every" else data["channel"]
        if data["engine"] == ModelEngine.OPENAI:
            return choosing.add_server(
                name=data["name"],
                url=data["url"],
                remote_name=data["remote_name"],
                api_key=data["api_key"],
                channel=channel,
            )
        return choosing.add_local(
            name=data["name"], source=data["source"], revision=data["revision"], channel=channel
        )


@describe(
    list=extend_schema(summary="List models, newest first", tags=TAGS),
    retrieve=extend_schema(summary="Read a model and its figures", tags=TAGS, parameters=[ID]),
)
class ModelViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[RegisteredModel]
):
    permission = "models:read"
    write_permission = "models:write"
    queryset = RegisteredModel.objects.none()  # for the documentation; see get_queryset
    serializer_class = ModelSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        return RegisteredModel.objects.filter(kind=ModelKind.WRITER)

    @extend_schema(
        summary="Register a model; it writes once it has passed its gate",
        tags=TAGS,
        request=ModelInSerializer,
        responses={201: ModelSerializer},
    )
    def create(self, request: Request) -> Response:
        wanted = ModelInSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        model = wanted.save()
        return Response(ModelSerializer(model).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Make a candidate live; it must have passed its gate",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses=ModelSerializer,
    )
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, public_id: str) -> Response:
        return Response(ModelSerializer(services.promote(self.get_object())).data)

    @extend_schema(
        summary="Retire a live model; what wrote before it writes again",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses=ModelSerializer,
    )
    @action(detail=True, methods=["post"], url_path="roll-back")
    def roll_back(self, request: Request, public_id: str) -> Response:
        model = self.get_object()
        services.roll_back(model)
        model.refresh_from_db()
        return Response(ModelSerializer(model).data)


class ClassifierSerializer(serializers.ModelSerializer[RegisteredModel]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    version = serializers.IntegerField(read_only=True, help_text="1 is the first of its name.")
    stage = serializers.CharField(read_only=True, help_text="candidate, live or retired")
    figures = serializers.JSONField(
        read_only=True,
        help_text="Its labels and languages, shares of the texts held out, and the gate.",
    )

    class Meta:
        model = RegisteredModel
        fields = (
            "id",
            "name",
            "version",
            "stage",
            "revision",
            "data_hash",
            "figures",
            "card",
            "created_at",
            "promoted_at",
            "retired_at",
        )


@describe(
    list=extend_schema(summary="List classifiers, newest first", tags=TAGS),
    retrieve=extend_schema(summary="Read a classifier and its figures", tags=TAGS, parameters=[ID]),
)
class ClassifierViewSet(viewsets.ReadOnlyModelViewSet[RegisteredModel]):
    permission = "models:read"
    write_permission = "models:write"
    queryset = RegisteredModel.objects.none()  # for the documentation; see get_queryset
    serializer_class = ClassifierSerializer
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[RegisteredModel]:
        return services.classifier_rows()
