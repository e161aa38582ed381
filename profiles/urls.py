from django.urls import path

from profiles.views import (
    classifier_runs,
    classifiers,
    customers,
    data,
    exports,
    forecasts,
    identity,
    imports,
    lists,
    segments,
)

app_name = "profiles"

urlpatterns = [
    path("customers/", customers.customer_list, name="customer-list"),
    path("customers/export/", exports.customer_export, name="customer-export"),
    path("customers/orders/export/", exports.order_export, name="order-export"),
    path("customers/duplicates/", identity.duplicate_list, name="duplicate-list"),
    path(
        "customers/duplicates/<uuid:public_id>/",
        identity.duplicate_decide,
        name="duplicate-decide",
    ),
    path("customers/merges/<uuid:public_id>/undo/", identity.merge_undo, name="merge-undo"),
    path("customers/<uuid:public_id>/merge/", identity.customer_merge, name="customer-merge"),
    path("customers/<uuid:public_id>/erase/", identity.customer_erase, name="customer-erase"),
    path("customers/<uuid:public_id>/", customers.customer_detail, name="customer-detail"),
    path("customers/<uuid:public_id>/email/", customers.customer_email, name="customer-email"),
    path(
        "customers/<uuid:public_id>/consent/", customers.customer_consent, name="customer-consent"
    ),
    path("forecasts/", forecasts.forecast_report, name="forecast-report"),
    path("segments/", segments.segment_list, name="segment-list"),
    path("segments/new/", segments.segment_create, name="segment-create"),
    path("segments/wishes/<uuid:public_id>/", segments.wish_detail, name="wish-detail"),
    path("segments/preview/", segments.segment_preview, name="segment-preview"),
    path("segments/<uuid:public_id>/", segments.segment_detail, name="segment-detail"),
    path("segments/<uuid:public_id>/why/", segments.segment_why, name="segment-why"),
    path("lists/", lists.list_list, name="list-list"),
    path("lists/<uuid:public_id>/", lists.list_detail, name="list-detail"),
    path("lists/<uuid:public_id>/delete/", lists.list_delete, name="list-delete"),
    path("settings/data/", data.data_settings, name="data-settings"),
    path("settings/models/classifiers/", classifiers.classifier_list, name="classifier-list"),
    path(
        "settings/models/classifiers/train/",
        classifier_runs.classifier_train,
        name="classifier-train",
    ),
    path(
        "settings/models/classifiers/runs/<uuid:public_id>/",
        classifier_runs.run_detail,
        name="classifier-run-detail",
    ),
    path(
        "settings/models/classifiers/runs/<uuid:public_id>/progress/",
        classifier_runs.run_progress,
        name="classifier-run-progress",
    ),
    path(
        "settings/models/classifiers/runs/<uuid:public_id>/stop/",
        classifier_runs.run_stop,
        name="classifier-run-stop",
    ),
    path(
        "settings/models/classifiers/<uuid:public_id>/",
        classifiers.classifier_detail,
        name="classifier-detail",
    ),
    path(
        "settings/models/classifiers/<uuid:public_id>/promote/",
        classifiers.classifier_promote,
        name="classifier-promote",
    ),
    path(
        "settings/models/classifiers/<uuid:public_id>/back/",
        classifiers.classifier_back,
        name="classifier-back",
    ),
    path(
        "settings/models/classifiers/<uuid:public_id>/retire/",
        classifiers.classifier_retire,
        name="classifier-retire",
    ),
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
