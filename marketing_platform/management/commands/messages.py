"""`manage.py messages`: collect the strings for translation; `--compile` makes them ready.

Collecting needs GNU gettext, which who translates has. Compiling needs only Babel, so that a
machine without gettext shows Chinese too.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

LOCALES = ("zh_Hans",)
IGNORED = ("node_modules/*", "var/*", ".venv/*", "tests/*", "static/*")


class Command(BaseCommand):
    help = "Collect the strings of the interface; with --compile, build the .mo files."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--compile", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["compile"]:
            for path in settings.LOCALE_PATHS[0].glob("*/LC_MESSAGES/*.po"):
                _compile(path)
            return
        call_command(
            "makemessages",
            locale=list(LOCALES),
            ignore_patterns=list(IGNORED),
            no_location=True,
            no_obsolete=True,
            no_wrap=True,
        )


def _compile(path: Path) -> None:
    """Write the .mo file beside a .po file, unless it is newer already."""
    target = path.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
        return
    catalogue = read_po(BytesIO(path.read_bytes()), locale=path.parent.parent.name)
    with target.open("wb") as file:
        write_mo(file, catalogue)
