from django.urls import path

from profiles.views import customers, exports, imports, segments

app_name = "profiles"

urlpatterns = [
    path("customers/", customers.customer_list, name="customer-list"),
    path("customers/export/", exports.customer_export, name="customer-export"),
    path("customers/orders/export/", exports.order_export, name="order-export"),
    path("customers/<uuid:public_id>/", customers.customer_detail, name="customer-detail"),
    path("customers/<uuid:public_id>/email/", customers.customer_email, name="customer-email"),
    path(
        "customers/<uuid:public_id>/consent/", customers.customer_consent, name="customer-consent"
    ),
    path("segments/", segments.segment_list, name="segment-list"),
    path("segments/new/", segments.segment_create, name="segment-create"),
    path("segments/preview/", segments.segment_preview, name="segment-preview"),
    path("segments/<uuid:public_id>/", segments.segment_detail, name="segment-detail"),
    path("segments/<uuid:public_id>/delete/", segments.segment_delete, name="segment-delete"),
    path("segments/<uuid:public_id>/export/", exports.segment_export, name="segment-export"),
    path("imports/", imports.import_list, name="import-list"),
    path("imports/new/", imports.import_create, name="import-create"),
    path("imports/templates/<slug:kind>.csv", imports.import_template, name="import-template"),
    path("imports/<uuid:public_id>/", imports.import_detail, name="import-detail"),
    path("imports/<uuid:public_id>/progress/", imports.import_progress, name="import-progress"),
    path("imports/<uuid:public_id>/rejected/", imports.import_rejected, name="import-rejected"),
    path("imports/<uuid:public_id>/retry/", imports.import_retry, name="import-retry"),
]
