from rest_framework.routers import SimpleRouter

from inference.api import ModelViewSet

router = SimpleRouter(use_regex_path=False)
router.register("models", ModelViewSet, basename="api-model")

urlpatterns = [*router.urls]
