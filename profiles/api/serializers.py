"""Shapes of customers, orders, events and imports in the REST API."""

from typing import Any

from rest_framework import serializers

from profiles.models import Customer, Event, Import, Order, OrderLine, Prediction, RejectedRow
from profiles.services.forecasts import Recommended


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Customer
        fields = (
            "id",
            "external_id",
            "email",
            "first_name",
            "last_name",
            "phone",
            "language",
            "timezone",
            "country",
            "city",
            "attributes",
            "may_email",
            "may_profile",
            "may_write",
            "may_track",
            "created_at",
            "updated_at",
        )


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    reasons = serializers.DictField(
        child=serializers.FloatField(),
        read_only=True,
        help_text="What moves the expected orders from those of the usual customer, in orders.",
    )

    class Meta:
        model = Prediction
        fields = (
            "weeks",
            "orders",
            "orders_low",
            "orders_high",
            "value",
            "value_low",
            "value_high",
            "chance",
            "next_order_on",
            "next_order_from",
            "next_order_until",
            "reasons",
            "computed_at",
        )


class RecommendedSerializer(serializers.Serializer[Any]):
    rank = serializers.IntegerField()
    product_id = serializers.CharField(source="product.external_id")
    title = serializers.CharField(source="product.title")
    because = serializers.SerializerMethodField()
    reason = serializers.CharField()

    def get_because(self, found: Recommended) -> list[str]:
        """The customer's own products that speak for it, strongest first."""
        return [product.external_id for product in found.because]


class CustomerInSerializer(serializers.Serializer[Any]):
    """`external_id` or `email` is needed. What is left out stays as it is."""

    external_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)
    first_name = serializers.CharField(required=False)
    last_name = serializers.CharField(required=False)
    phone = serializers.CharField(required=False)
    language = serializers.CharField(required=False)
    timezone = serializers.CharField(required=False)
    country = serializers.CharField(required=False)
    city = serializers.CharField(required=False)
    attributes = serializers.DictField(required=False)
    may_email = serializers.BooleanField(required=False)
    may_profile = serializers.BooleanField(required=False)
    may_write = serializers.BooleanField(required=False)
    may_track = serializers.BooleanField(required=False)


class CustomerBatchSerializer(serializers.Serializer[Any]):
    customers = CustomerInSerializer(many=True)


class OrderLineSerializer(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = ("sku", "title", "quantity", "unit_price", "discount")


class OrderSerializer(serializers.ModelSerializer[Order]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    order_id = serializers.CharField(source="external_id")
    customer = serializers.UUIDField(source="customer.public_id")
    lines = OrderLineSerializer(many=True)

    class Meta:
        model = Order
        fields = (
            "id",
            "order_id",
            "customer",
            "placed_at",
            "status",
            "currency",
            "total",
            "discount",
            "code",
            "channel",
            "lines",
        )


class LineInSerializer(serializers.Serializer[Any]):
    """`sku` or `title` is needed. `line_id` is your own number of the line, if it has one."""

    sku = serializers.CharField(required=False)
    title = serializers.CharField(required=False)
    quantity = serializers.IntegerField(required=False, default=1)
    unit_price = serializers.DecimalField(max_digits=12, decimal_places=2)
    line_discount = serializers.DecimalField(max_digits=12, decimal_places=2, required=False)
    line_id = serializers.CharField(required=False)


class OrderInSerializer(serializers.Serializer[Any]):
    """`external_id` or `email` names the customer. `lines`, or a `total` without lines."""

    order_id = serializers.CharField()
    placed_at = serializers.DateTimeField()
    external_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)
    country = serializers.CharField(required=False)
    currency = serializers.CharField(required=False)
    status = serializers.CharField(required=False)
    discount = serializers.DecimalField(max_digits=14, decimal_places=2, required=False)
    code = serializers.CharField(required=False)
    channel = serializers.CharField(required=False)
    total = serializers.DecimalField(max_digits=14, decimal_places=2, required=False)
    lines = LineInSerializer(many=True, required=False)


class OrderBatchSerializer(serializers.Serializer[Any]):
    orders = OrderInSerializer(many=True)


class EventSerializer(serializers.ModelSerializer[Event]):
    customer = serializers.UUIDField(source="customer.public_id")
    product = serializers.CharField(source="product.external_id", default=None)

    class Meta:
        model = Event
        fields = ("event_id", "customer", "name", "at", "product", "properties")


class EventInSerializer(serializers.Serializer[Any]):
    """`external_id` or `email` names the customer, `anonymous_id` a visitor who did not sign in.

    With both, the visitor is that customer from now on. A known `event_id` changes nothing.
    """

    name = serializers.CharField()
    at = serializers.DateTimeField()
    external_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)
    anonymous_id = serializers.CharField(required=False)
    event_id = serializers.CharField(required=False)
    sku = serializers.CharField(required=False)
    properties = serializers.DictField(required=False)


class EventBatchSerializer(serializers.Serializer[Any]):
    events = EventInSerializer(many=True)


class TextInSerializer(serializers.Serializer[Any]):
    """`external_id`, `email` or `anonymous_id` names the author. `source`: where it was written."""

    kind = serializers.ChoiceField(["review", "post", "chat"], required=False)
    at = serializers.DateTimeField()
    text = serializers.CharField()
    title = serializers.CharField(required=False)
    rating = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    language = serializers.CharField(required=False)
    source = serializers.CharField(required=False)
    consent = serializers.BooleanField(required=False)
    external_id = serializers.CharField(required=False)
    email = serializers.EmailField(required=False)
    anonymous_id = serializers.CharField(required=False)
    event_id = serializers.CharField(required=False)
    sku = serializers.CharField(required=False)


class TextBatchSerializer(serializers.Serializer[Any]):
    texts = TextInSerializer(many=True)


class ImportSerializer(serializers.ModelSerializer[Import]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Import
        fields = (
            "id",
            "kind",
            "state",
            "file_name",
            "size",
            "encoding",
            "delimiter",
            "columns",
            "mapping",
            "rows_read",
            "created",
            "updated",
            "unchanged",
            "rejected",
            "error",
            "created_at",
            "finished_at",
        )


class ImportInSerializer(serializers.Serializer[Any]):
    """`mapping` is JSON, field to column; without it the columns are guessed by their names."""

    kind = serializers.ChoiceField(["customers", "orders", "events", "texts", "products"])
    file = serializers.FileField(allow_empty_file=True)
    mapping = serializers.JSONField(required=False)

    def validate_mapping(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
            raise serializers.ValidationError("Send an object of field to column.")
        return value


class RejectedRowSerializer(serializers.ModelSerializer[RejectedRow]):
    class Meta:
        model = RejectedRow
        fields = ("line", "column", "value", "code", "message", "row")
