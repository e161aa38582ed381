"""Files for the importer, and a short way to bring one in."""

import io
from collections.abc import Mapping
from typing import Any

from profiles.models import Import, RejectedRow
from profiles.services import imports


def bring(
    kind: str,
    content: str | bytes,
    mapping: Mapping[str, str] | None = None,
    **options: Any,
) -> Import:
    """Import a file in the workspace in scope, with the guessed mapping unless one is given."""
    data = content.encode() if isinstance(content, str) else content
    import_ = imports.start_import(kind=kind, file=io.BytesIO(data), file_name="file.csv")
    imports.confirm_mapping(import_, mapping or import_.mapping, options, enqueue=False)
    return imports.run_import(import_.pk)


def counts(import_: Import) -> tuple[int, int, int, int]:
    """(created, updated, unchanged, rejected), which make up all rows that were read."""
    figures = (import_.created, import_.updated, import_.unchanged, import_.rejected)
    assert sum(figures) == import_.rows_read
    return figures


def reasons(import_: Import) -> list[tuple[int, str, str, str]]:
    """(line, column, value, code) of the rejected rows, by line."""
    rows = RejectedRow.objects.filter(source=import_).order_by("line", "pk")
    return [(row.line, row.column, row.value, row.code) for row in rows]
