from django.urls import re_path
from rest_framework.routers import SimpleRouter

from profiles.api.attributes import AttributeViewSet
from profiles.api.customers import CustomerViewSet, OrderViewSet
from profiles.api.events import EventViewSet, TextViewSet
from profiles.api.imports import ImportViewSet
from profiles.api.segment_protocol import SegmentProtocolViewSet
from profiles.api.segments import SegmentViewSet

router = SimpleRouter(use_regex_path=False)
router.register("customers", CustomerViewSet, basename="api-customer")
router.register("orders", OrderViewSet, basename="api-order")
router.register("events", EventViewSet, basename="api-event")
router.register("texts", TextViewSet, basename="api-text")
router.register("imports", ImportViewSet, basename="api-import")
router.register("attributes", AttributeViewSet, basename="api-attribute")
router.register("segments", SegmentViewSet, basename="api-segment")

# Client libraries of the Segment protocol ask for their route without a slash at its end.
take_batch = SegmentProtocolViewSet.as_view({"post": "create"})
urlpatterns = [*router.urls, re_path(r"^batch/?$", take_batch, name="api-batch")]
