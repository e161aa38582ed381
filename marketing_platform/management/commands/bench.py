"""`manage.py bench NAME [--option VALUE …]`: progress, then one JSON line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketing_platform.measures import find_measures, measure, parse_options
from marketing_platform.running import migrate


class Command(BaseCommand):
    help = "Measure one path against a bare reference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")

    def run_from_argv(self, argv: list[str]) -> None:
        self.extra, argv = argv[3:], argv[:3]
        super().run_from_argv(argv)

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        measures = find_measures("benches", "BENCHES")
        if name not in measures:
            raise CommandError(f"There is no {name}. Choose from: {', '.join(sorted(measures))}.")
        chosen = measures[name]
        arguments = parse_options(getattr(self, "extra", []), chosen)
        migrate(lambda words: None)  # from a clean checkout too
        self.stdout.write(measure(name, chosen, arguments))
