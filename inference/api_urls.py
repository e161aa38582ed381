from rest_framework.routers import SimpleRouter

from inference.api import ClassifierViewSet, ModelViewSet

router = SimpleRouter(use_regex_path=False)
router.register("models", ModelViewSet, basename="api-model")
router.register("classifiers", ClassifierViewSet, basename="api-classifier")

urlpatterns = [*router.urls]
