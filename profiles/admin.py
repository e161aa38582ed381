"""Administration of customers and of what is known of them. Rows come in through services."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.models import (
    AttributeDefinition,
    AttributeValue,
    Consent,
    Customer,
    CustomerList,
    DataPolicy,
    DuplicatePair,
    ErasedKey,
    Event,
    ForecastReport,
    Import,
    ListMember,
    Merge,
    Order,
    OrderLine,
    Prediction,
    Recommendation,
    RecommendationPolicy,
    RejectedRow,
    RuleWish,
    Segment,
    SegmentChange,
    SegmentMember,
    Topic,
    TouchedCustomer,
    TraitSet,
    WordTrait,
)
from profiles.services import segments, traits
from tenants.errors import DomainError
from tenants.read_only_admin import ReadOnlyAdmin, ReadOnlyInline


class ConsentInline(ReadOnlyInline):
    model = Consent


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers. Addresses are masked in the list."""

    list_display = ("__str__", "address", "external_id", "language", "country", "may_email")
    list_filter = ("may_email", "may_profile", "may_write", "may_track")
    search_fields = ("email__exact", "external_id__exact")
    search_help_text = gettext_lazy("The whole address or customer number")
    inlines = (ConsentInline,)
    actions = ("compute_traits",)

    @admin.display(description=gettext_lazy("Email"))
    def address(self, customer: Customer) -> str:
        return customer.masked_email

    @admin.action(description=gettext_lazy("Compute the traits anew"))
    def compute_traits(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        count = traits.refresh_traits(list(queryset.values_list("pk", flat=True)))
        messages.success(request, _("Traits computed: %(count)s.") % {"count": count})


@admin.register(TraitSet)
class TraitSetAdmin(ReadOnlyAdmin):
    list_display = ("customer_id", "stage", "top_category", "motive", "order_count", "computed_at")
    list_filter = ("stage", "motive", "price_band", "discount_affinity")
    raw_id_fields = ("customer", "last_product")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ("customer_id", "orders", "value", "chance", "next_order_on", "computed_at")
    raw_id_fields = ("customer",)


@admin.register(Recommendation)
class RecommendationAdmin(ReadOnlyAdmin):
    list_display = ("customer_id", "rank", "product_id", "score", "computed_at")
    raw_id_fields = ("customer", "product")


@admin.register(ForecastReport)
class ForecastReportAdmin(ReadOnlyAdmin):
    list_display = ("kind", "people", "computed_at")


@admin.register(RecommendationPolicy)
class RecommendationPolicyAdmin(ReadOnlyAdmin):
    list_display = ("repeats", "only_in_stock", "most_per_category", "rest_days", "show_new")


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ("customer_id", "purpose", "granted", "at", "source")
    list_filter = ("purpose", "granted")
    raw_id_fields = ("customer",)


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    raw_id_fields = ("product",)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ("external_id", "customer_id", "placed_at", "status", "total", "currency")
    list_filter = ("status",)
    search_fields = ("external_id__exact",)
    raw_id_fields = ("customer",)
    inlines = (OrderLineInline,)


@admin.register(OrderLine)
class OrderLineAdmin(ReadOnlyAdmin):
    list_display = ("order_id", "title", "sku", "quantity", "unit_price")
    raw_id_fields = ("order", "product")


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("name", "customer_id", "at")
    search_fields = ("name__exact",)
    raw_id_fields = ("customer", "product")


@admin.register(Import)
class ImportAdmin(ReadOnlyAdmin):
    list_display = ("file_name", "kind", "state", "rows_read", "created", "updated", "rejected")
    list_filter = ("kind", "state")


@admin.register(RejectedRow)
class RejectedRowAdmin(ReadOnlyAdmin):
    list_display = ("source", "line", "column", "code", "message")
    list_filter = ("code",)
    list_select_related = ("source",)


@admin.register(Segment)
class SegmentAdmin(ReadOnlyAdmin):
    """Segments are built in their workspace; here they can be counted and deleted."""

    list_display = ("name", "size", "counted_at", "created_by")
    search_fields = ("name",)
    list_select_related = ("created_by",)
    actions = ("count_anew", "delete_unused")

    @admin.action(description=gettext_lazy("Count anew"))
    def count_anew(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        for segment in queryset:
            segments.recount(segment)
        messages.success(request, _("Counted."))

    @admin.action(description=gettext_lazy("Delete, unless a campaign uses it"))
    def delete_unused(self, request: HttpRequest, queryset: QuerySet[Segment]) -> None:
        for segment in queryset:
            try:
                segments.delete_segment(segment)
            except DomainError as error:
                messages.error(request, error.message)


@admin.register(WordTrait)
class WordTraitAdmin(ReadOnlyAdmin):
    list_display = ("customer_id", "kind", "name", "polarity", "mentions", "computed_at")
    list_filter = ("kind",)
    raw_id_fields = ("customer",)


@admin.register(Topic)
class TopicAdmin(ReadOnlyAdmin):
    list_display = ("name", "words")


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin):
    list_display = ("kept_id", "dropped_id", "reason", "created_at", "undone_at")
    raw_id_fields = ("kept", "dropped", "created_by")


@admin.register(DuplicatePair)
class DuplicatePairAdmin(ReadOnlyAdmin):
    list_display = ("first_id", "second_id", "reason", "state")
    list_filter = ("state", "reason")
    raw_id_fields = ("first", "second")


@admin.register(CustomerList)
class CustomerListAdmin(ReadOnlyAdmin):
    list_display = ("name", "created_by", "created_at")
    list_select_related = ("created_by",)


@admin.register(ListMember)
class ListMemberAdmin(ReadOnlyAdmin):
    list_display = ("list_id", "customer_id", "added_at")
    raw_id_fields = ("list", "customer")


@admin.register(SegmentMember)
class SegmentMemberAdmin(ReadOnlyAdmin):
    list_display = ("segment_id", "customer_id", "entered_at")
    raw_id_fields = ("segment", "customer")


@admin.register(SegmentChange)
class SegmentChangeAdmin(ReadOnlyAdmin):
    list_display = ("segment_id", "customer_id", "entered", "at")
    raw_id_fields = ("segment", "customer")


@admin.register(TouchedCustomer)
class TouchedCustomerAdmin(ReadOnlyAdmin):
    list_display = ("customer_id",)
    raw_id_fields = ("customer",)


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(ReadOnlyAdmin):
    list_display = ("key", "label", "type", "promoted_at")
    list_filter = ("type",)


@admin.register(AttributeValue)
class AttributeValueAdmin(ReadOnlyAdmin):
    list_display = ("definition_id", "customer_id", "text", "number", "day")
    raw_id_fields = ("definition", "customer")


@admin.register(DataPolicy)
class DataPolicyAdmin(ReadOnlyAdmin):
    list_display = ("events_days", "anonymise_days")


@admin.register(ErasedKey)
class ErasedKeyAdmin(ReadOnlyAdmin):
    list_display = ("key_hash", "at")


@admin.register(RuleWish)
class RuleWishAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "state", "model", "asked_by")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
