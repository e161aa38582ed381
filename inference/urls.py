"""Routes of the models, below `/w/<workspace>/`."""

from django.urls import path

from inference import views

app_name = "inference"

urlpatterns = [
    path("settings/models/", views.model_list, name="model-list"),
    path("settings/models/choose/", views.model_choose, name="model-choose"),
    path("settings/models/server/", views.server_create, name="server-create"),
    path("settings/models/local/", views.local_create, name="local-create"),
    path("settings/models/<uuid:public_id>/", views.model_detail, name="model-detail"),
    path("settings/models/<uuid:public_id>/key/", views.model_key, name="model-key"),
    path("settings/models/<uuid:public_id>/retire/", views.model_retire, name="model-retire"),
    path("settings/models/<uuid:public_id>/try/", views.model_try, name="model-try"),
]
