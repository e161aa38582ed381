"""REST: events. An event is answered with 202 when it is committed, and stored once."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api.bulk import ResultSerializer, answer, read_batch
from profiles.api.serializers import EventBatchSerializer, EventSerializer, TextBatchSerializer
from profiles.models import Event
from profiles.services import events, texts
from tenants.api import CursorPages


class EventFilter(filters.FilterSet):
    customer = filters.UUIDFilter(field_name="customer__public_id")
    name = filters.CharFilter()
    since = filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    before = filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")


class EventPages(CursorPages, CursorPagination):
    ordering = ("-at", "-id")


# Recording is all or nothing by itself, in the transaction of the workspace's scope: a savepoint
# around the view would be two more questions. A refusal takes back that transaction.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
@extend_schema_view(list=extend_schema(summary="List events, newest first", tags=["Events"]))
class EventViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Event]):
    permission = "customers:read"
    write_permission = "customers:write"
    queryset = Event.objects.none()  # for the documentation; see get_queryset
    serializer_class = EventSerializer
    pagination_class = EventPages
    filter_backends = (filters.DjangoFilterBackend,)
    filterset_class = EventFilter

    def get_queryset(self) -> QuerySet[Event]:
        return Event.objects.select_related("customer", "product")

    @extend_schema(
        summary="Record up to 1,000 events",
        description="An event whose `event_id` is known changes nothing.",
        tags=["Events"],
        request=EventBatchSerializer,
        responses={202: ResultSerializer},
        filters=False,
    )
    def create(self, request: Request) -> Response:
        return answer(events.record_events(read_batch(request, "events")), status=202)


class TextViewSet(viewsets.GenericViewSet[Event]):
    permission = "customers:read"
    write_permission = "customers:write"
    serializer_class = TextBatchSerializer

    @extend_schema(
        summary="Record up to 1,000 reviews, posts and chat turns",
        description="A text whose author did not agree that it is read is refused.",
        tags=["Events"],
        request=TextBatchSerializer,
        responses={202: ResultSerializer},
    )
    def create(self, request: Request) -> Response:
        return answer(texts.record_texts(read_batch(request, "texts")), status=202)
