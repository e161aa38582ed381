from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MarketingPlatformConfig(AppConfig):
    name = "marketing_platform"
    verbose_name = _("Platform")
