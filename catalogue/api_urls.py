from rest_framework.routers import SimpleRouter

from catalogue.api import OfferViewSet, ProductViewSet

router = SimpleRouter(use_regex_path=False)
router.register("products", ProductViewSet, basename="api-product")
router.register("offers", OfferViewSet, basename="api-offer")

urlpatterns = [*router.urls]
