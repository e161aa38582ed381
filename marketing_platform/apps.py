from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketingPlatformConfig(AppConfig):
    name = "marketing_platform"
    verbose_name = _("Platform")

    def ready(self) -> None:
        from marketing_platform import celery  # noqa: F401 - so that web processes can enqueue
        from marketing_platform.admin_words import give_names

        give_names()
