"""`manage.py migrate` as the role that owns the tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] != "owner" or "owner" not in settings.DATABASES:
            raise CommandError("Set DATABASE_OWNER_URL: only the owner's role may migrate.")
        super().handle(*args, **options)
