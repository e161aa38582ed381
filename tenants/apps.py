from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Workspaces and people")

    def ready(self) -> None:
        from django.db.backends.signals import connection_created
        from django.db.models.signals import post_migrate

        from tenants import checks, database  # noqa: F401 - registers the system checks

        post_migrate.connect(database.grant_to_app_role, sender=self)
        connection_created.connect(database.refuse_role_without_row_security)
