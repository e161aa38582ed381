from django.urls import path

from catalogue import views

app_name = "catalogue"

urlpatterns = [
    path("catalogue/", views.product_list, name="product-list"),
    path("catalogue/products/<uuid:public_id>/", views.product_detail, name="product-detail"),
    path(
        "catalogue/products/<uuid:public_id>/picture/",
        views.product_picture,
        name="product-picture",
    ),
    path("catalogue/offers/", views.offer_list, name="offer-list"),
    path("catalogue/offers/new/", views.offer_create, name="offer-create"),
    path("catalogue/offers/<uuid:public_id>/", views.offer_detail, name="offer-detail"),
    path("voice/", views.voice_detail, name="voice-detail"),
    path("voice/new/", views.voice_create, name="voice-create"),
    path("voice/<uuid:public_id>/", views.voice_detail, name="voice-detail"),
]
