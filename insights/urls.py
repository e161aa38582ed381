from django.urls import path

from insights import views

app_name = "insights"

urlpatterns = [
    path("reports/", views.report_list, name="report-list"),
    path("campaigns/<uuid:public_id>/report/", views.campaign_report, name="campaign-report"),
    path(
        "campaigns/<uuid:public_id>/report/export/",
        views.campaign_report_export,
        name="campaign-report-export",
    ),
]
