"""`manage.py import`: a file into a workspace, with progress, then one JSON line."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from profiles.models import Import, ImportKind, ImportState
from profiles.services import imports, rejected
from profiles.views.imports import pace_of
from tenants.context import scope
from tenants.errors import DomainError
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Import customers, orders, events or products from a CSV file (plain or .gz) of any "
        "encoding, delimiter and size. Columns are guessed by their names; with --map, other "
        "columns are left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument("--kind", required=True, choices=ImportKind.values)
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=FIELD",
            help="Which field a column holds. COLUMN= leaves a guessed column out.",
        )

    def handle(self, *args: Any, file: Path, workspace: str, kind: str, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=workspace).first()
        if tenant is None:
            raise CommandError(f"There is no workspace {workspace}.")
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        start = time.monotonic()
        try:
            with scope(tenant.pk):
                import_ = imports.start_import(kind=kind, file=file.resolve(), file_name=file.name)
                mapping = _mapping(import_, options["map"])
                imports.confirm_mapping(import_, mapping, enqueue=False)
            import_ = imports.run_import(import_.pk, self._show, tenant_id=tenant.pk)
        except DomainError as error:
            raise CommandError(error.message) from error
        sys.stderr.write("\n")
        if import_.state != ImportState.DONE:
            raise CommandError(import_.error)
        self.stdout.write(_line(import_, time.monotonic() - start))

    def _show(self, import_: Import) -> None:
        percent = 100 * import_.bytes_read // (import_.size or 1)
        pace = pace_of(import_)
        rest = f", {pace.rows_per_s:,} a second, {pace.seconds_left} s left  " if pace else ""
        sys.stderr.write(f"\r{import_.rows_read:,} rows read, {percent} %{rest}")
        sys.stderr.flush()


def _mapping(import_: Import, words: list[str]) -> dict[str, str]:
    """The guesses, changed by what `--map` says."""
    if not words:
        return dict(import_.mapping)
    mapping = imports.guess_mapping(import_.kind, import_.columns)
    for word in words:
        column, equals, field = word.rpartition("=")
        if not equals:
            raise CommandError(f"{word} is not COLUMN=FIELD.")
        mapping = {name: known for name, known in mapping.items() if known != column}
        if field:
            mapping[field] = column
    return mapping


def _line(import_: Import, seconds: float) -> str:
    with scope(import_.tenant_id):
        reasons = rejected.count_reasons(import_)
    figures = {
        "rows_read": import_.rows_read,
        "created": import_.created,
        "updated": import_.updated,
        "unchanged": import_.unchanged,
        "rejected": import_.rejected,
        "rows_per_s": round(import_.rows_read / max(seconds, 0.001)),
        "reasons": {one.code: one.count for one in reasons},
        "notices": import_.checkpoint.get("notices", {}),
    }
    return json.dumps(
        {
            "name": "import",
            "kind": import_.kind,
            "import": str(import_.public_id),
            "figures": figures,
            "seconds": round(seconds, 1),
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
        ensure_ascii=False,
    )
