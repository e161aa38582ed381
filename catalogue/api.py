"""REST: products and offers."""

import json
from typing import Any, ClassVar

import msgspec
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from catalogue.models import Offer, OfferKind, Product, ProductVariant, TextLanguage
from catalogue.services import create_offer, update_offer, upsert_products
from tenants.errors import BadInput

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The id.")
MOST = 1000
"""Products in one request."""


class VariantSerializer(serializers.ModelSerializer[ProductVariant]):
    class Meta:
        model = ProductVariant
        fields = ("sku", "title", "options", "price", "compare_at_price", "stock")


class ProductSerializer(serializers.ModelSerializer[Product]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    variants = VariantSerializer(many=True)

    class Meta:
        model = Product
        fields = (
            "id",
            "external_id",
            "title",
            "description",
            "category",
            "brand",
            "tags",
            "language",
            "features",
            "benefits",
            "translations",
            "url",
            "image_url",
            "price",
            "compare_at_price",
            "currency",
            "stock",
            "is_active",
            "attributes",
            "variants",
            "updated_at",
        )


class VariantInSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=300)
    sku = serializers.CharField(max_length=200, required=False, allow_blank=True)
    options = serializers.DictField(child=serializers.CharField(), required=False)
    price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    compare_at_price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    stock = serializers.IntegerField(
        min_value=-(2**31), max_value=2**31 - 1, required=False, allow_null=True
    )


class ProductInSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is. `variants` take the place of those that are stored."""

    external_id = serializers.CharField(max_length=200)
    title = serializers.CharField(max_length=300)
    description = serializers.CharField(max_length=100_000, required=False, allow_blank=True)
    category = serializers.CharField(max_length=200, required=False, allow_blank=True)
    brand = serializers.CharField(max_length=200, required=False, allow_blank=True)
    tags = serializers.ListField(child=serializers.CharField(max_length=100), required=False)
    language = serializers.ChoiceField(TextLanguage.choices, required=False)
    features = serializers.ListField(child=serializers.CharField(max_length=120), required=False)
    benefits = serializers.ListField(child=serializers.CharField(max_length=120), required=False)
    url = serializers.URLField(max_length=2000, required=False, allow_blank=True)
    image_url = serializers.URLField(max_length=2000, required=False, allow_blank=True)
    price = serializers.DecimalField(
        max_digits=12,
        decimal_places=2,
        min_value=0,
        required=False,
        allow_null=True,
        help_text="A product without price is kept; no text will name a price.",
    )
    compare_at_price = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    stock = serializers.IntegerField(
        min_value=-(2**31), max_value=2**31 - 1, required=False, allow_null=True
    )
    is_active = serializers.BooleanField(required=False)
    attributes = serializers.DictField(required=False)
    variants = VariantInSerializer(many=True, required=False)

    def validate_attributes(self, value: dict[str, Any]) -> dict[str, Any]:
        if "\\u0000" in json.dumps(value, default=str):
            raise serializers.ValidationError(_("NUL characters cannot be stored."))
        return value


class ProductBatchSerializer(serializers.Serializer[Any]):
    products = ProductInSerializer(many=True)


class ProductRefusalSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place of the product in the request, from 0.")
    problems = serializers.DictField(help_text="Field to what is wrong with it.")


class ProductResultSerializer(serializers.Serializer[Any]):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = ProductRefusalSerializer(many=True)


class ProductFilter(filters.FilterSet):
    external_id = filters.CharFilter()
    category = filters.CharFilter()
    is_active = filters.BooleanFilter()
    updated_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")


@extend_schema_view(
    list=extend_schema(summary="List products, newest first", tags=["Products"]),
    retrieve=extend_schema(summary="Read a product", tags=["Products"], parameters=[ID]),
)
class ProductViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Product]
):
    permission = "catalogue:read"
    write_permission = "catalogue:write"
    queryset = Product.objects.none()  # for the documentation; see get_queryset
    serializer_class = ProductSerializer
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = ProductFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Product]:
        return Product.objects.prefetch_related("variants")

    @extend_schema(
        summary="Create and update up to 1,000 products",
        tags=["Products"],
        request=ProductBatchSerializer,
        responses={200: ProductResultSerializer},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        good, rejected = _check_all(_read_products(request))
        merged = upsert_products(good)
        repeated = len(good) - merged.created - merged.updated - merged.unchanged
        return Response(
            {
                "created": merged.created,
                "updated": merged.updated,
                "unchanged": merged.unchanged + repeated,
                "rejected": rejected,
            }
        )


def _read_products(request: Request) -> list[Any]:
    try:
        body = msgspec.json.decode(request._request.body)
    except msgspec.DecodeError as error:
        raise BadInput(_("The body is not JSON: %(why)s") % {"why": error}) from error
    records = body.get("products") if isinstance(body, dict) else body
    if not isinstance(records, list) or len(records) > MOST:
        raise BadInput(
            _("Send an object with a list of at most %(most)s under “products”.") % {"most": MOST}
        )
    return records


def _check_all(records: list[Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the good products, and for each of the others its index and what is wrong."""
    good, rejected = [], []
    for index, record in enumerate(records):
        form = ProductInSerializer(data=record)
        if form.is_valid():
            good.append(form.validated_data)
        else:
            rejected.append({"index": index, "problems": form.errors})
    return good, rejected


class OfferSerializer(serializers.ModelSerializer[Offer]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    kind = serializers.ChoiceField(OfferKind.choices)

    class Meta:
        model = Offer
        fields = (
            "id",
            "name",
            "kind",
            "value",
            "currency",
            "phrases",
            "code",
            "starts_at",
            "ends_at",
            "is_active",
        )
        extra_kwargs: ClassVar = {"is_active": {"required": False}}


@extend_schema_view(
    list=extend_schema(summary="List offers, newest first", tags=["Offers"]),
    retrieve=extend_schema(summary="Read an offer", tags=["Offers"], parameters=[ID]),
    create=extend_schema(summary="Create an offer", tags=["Offers"]),
    partial_update=extend_schema(
        summary="Change an offer; texts that cite it become out of date",
        tags=["Offers"],
        parameters=[ID],
    ),
)
class OfferViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    viewsets.GenericViewSet[Offer],
):
    permission = "catalogue:read"
    write_permission = "catalogue:write"
    queryset = Offer.objects.none()  # for the documentation; see get_queryset
    serializer_class = OfferSerializer
    http_method_names: ClassVar = ["get", "post", "patch", "head", "options"]
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Offer]:
        return Offer.objects.all()

    def perform_create(self, serializer: serializers.BaseSerializer[Offer]) -> None:
        fields = dict(serializer.validated_data)
        is_active = fields.pop("is_active", True)
        offer = create_offer(**fields)
        serializer.instance = offer if is_active else update_offer(offer, is_active=False)

    def perform_update(self, serializer: serializers.BaseSerializer[Offer]) -> None:
        assert serializer.instance is not None  # noqa: S101 - an update has one
        serializer.instance = update_offer(serializer.instance, **serializer.validated_data)
