"""Routes of the settings, below `/w/<workspace>/settings/`."""

from django.urls import path

from tenants import views

app_name = "tenants"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("team/", views.team, name="team"),
    path("team/<int:member>/", views.member_change, name="member-change"),
    path(
        "team/invitations/<uuid:public_id>/withdraw/",
        views.invitation_withdraw,
        name="invitation-withdraw",
    ),
    path("invitation/<str:token>/", views.invitation_accept, name="invitation-accept"),
    path("api-keys/", views.api_keys, name="api-keys"),
    path("api-keys/<uuid:public_id>/revoke/", views.api_key_revoke, name="api-key-revoke"),
    path("audit-log/", views.audit_log, name="audit-log"),
    path("account/", views.account, name="account"),
    path("account/language/", views.language_set, name="language-set"),
]
