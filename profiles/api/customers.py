"""REST: customers and orders."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api.bulk import ResultSerializer, answer, read_batch
from profiles.api.serializers import (
    CustomerBatchSerializer,
    CustomerSerializer,
    OrderBatchSerializer,
    OrderSerializer,
    PredictionSerializer,
    RecommendedSerializer,
)
from profiles.models import Customer, Order
from profiles.services import customers, forecasts

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The id.")


class CustomerFilter(filters.FilterSet):
    email = filters.CharFilter()
    external_id = filters.CharFilter()
    country = filters.CharFilter()
    language = filters.CharFilter()
    may_email = filters.BooleanFilter()
    updated_since = filters.IsoDateTimeFilter(field_name="updated_at", lookup_expr="gte")


class OrderFilter(filters.FilterSet):
    customer = filters.UUIDFilter(field_name="customer__public_id")
    order_id = filters.CharFilter(field_name="external_id")
    status = filters.CharFilter()
    placed_since = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="gte")
    placed_before = filters.IsoDateTimeFilter(field_name="placed_at", lookup_expr="lt")


@extend_schema_view(
    list=extend_schema(summary="List customers, newest first", tags=["Customers"]),
    retrieve=extend_schema(summary="Read a customer", tags=["Customers"], parameters=[ID]),
)
class CustomerViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Customer],
):
    permission = "customers:read"
    write_permission = "customers:write"
    queryset = Customer.objects.none()  # for the documentation; see get_queryset
    serializer_class = CustomerSerializer
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = CustomerFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Customer]:
        return Customer.objects.all()

    @extend_schema(
        summary="Read what is recommended to a customer, best first",
        description="Computed every night. Empty for people who refused a profile.",
        tags=["Customers"],
        parameters=[ID],
        responses={200: RecommendedSerializer(many=True)},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def recommendations(self, request: Request, public_id: str) -> Response:
        found = forecasts.recommend(self.get_object())
        return Response(RecommendedSerializer(found, many=True).data)

    @extend_schema(
        summary="Read what is foretold of a customer",
        description="What did not beat the simple rule on the workspace's own past is null.",
        tags=["Customers"],
        parameters=[ID],
        responses={200: PredictionSerializer},
        filters=False,
    )
    @action(detail=True, pagination_class=None)
    def prediction(self, request: Request, public_id: str) -> Response:
        found = forecasts.find_prediction(self.get_object())
        if found is None:
            raise NotFound(_("Nothing is foretold of this customer yet."))
        return Response(PredictionSerializer(found).data)

    @extend_schema(
        summary="Create and update up to 1,000 customers",
        tags=["Customers"],
        request=CustomerBatchSerializer,
        responses={200: ResultSerializer},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        source = f"API key {request.auth.name}"
        records = read_batch(request, "customers")
        return answer(customers.upsert_customers(records, source=source))


@extend_schema_view(
    list=extend_schema(summary="List orders, newest first", tags=["Orders"]),
    retrieve=extend_schema(summary="Read an order", tags=["Orders"], parameters=[ID]),
)
class OrderViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Order],
):
    permission = "customers:read"
    write_permission = "customers:write"
    queryset = Order.objects.none()  # for the documentation; see get_queryset
    serializer_class = OrderSerializer
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = OrderFilter
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.select_related("customer").prefetch_related("lines")

    @extend_schema(
        summary="Create and update up to 1,000 orders",
        description="The lines that are sent take the place of the lines that are stored.",
        tags=["Orders"],
        request=OrderBatchSerializer,
        responses={200: ResultSerializer},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        records: list[Any] = read_batch(request, "orders")
        return answer(customers.upsert_orders(records))
