"""Routes of delivery, below `/w/<workspace>/`. `c/` and `u/` are for recipients."""

from django.urls import path

from delivery.views import recipients

app_name = "delivery"

urlpatterns = [
    path("c/<str:token>", recipients.click, name="click"),
    path("u/<str:token>", recipients.unsubscribe, name="unsubscribe"),
]
