"""Files on their way in: stored, mapped, read chunk by chunk, every rejected row explained.

Reading itself is in `import_runs`, what was rejected in `rejected`.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from profiles.importers import connectors, merchant_xml
from profiles.importers.batches import clean
from profiles.importers.dates import guess_date_order
from profiles.importers.fields import (
    ATTRIBUTE,
    FIELDS,
    attribute_mapping,
    guess_mapping,
)
from profiles.importers.reading import Shape, inspect_file, open_bytes
from profiles.models import Import, ImportKind, ImportState
from profiles.services.bells import ring
from profiles.services.import_runs import run_import
from profiles.services.uploads import new_file
from tenants.audit import record
from tenants.errors import BadInput, Conflict
from tenants.models import User

__all__ = [
    "FIELDS",
    "confirm_mapping",
    "guess_mapping",
    "run_import",
    "start_import",
]

BEFORE = "before"
"""Columns are read as in the last import with the same ones."""


def start_import(
    *,
    kind: str,
    file: IO[bytes] | Path,
    file_name: str,
    by: User | None = None,
    mapping: Mapping[str, str] | None = None,
    trust_header: bool = False,
) -> Import:
    """Take a file in: store it, tell how it is written, guess what its columns hold.

    A Path is read where it lies (an operator's file); anything else is copied under MEDIA_ROOT,
    in pieces, and deleted when it is read. A product feed in XML becomes a table first.

    `options["known"]` says how the columns were told: "Shopify" and the like by the header,
    BEFORE as in the last import with these columns, else "". With `trust_header` a header that
    we know decides the kind. Raises BadInput for a file that cannot be read or does not fit the
    `mapping`; nothing is kept of it.
    """
    if kind not in ImportKind.values:
        raise BadInput(_("Choose customers, orders, events or products."), fields={"kind": kind})
    path, stored = (file, "") if isinstance(file, Path) else _store(file)
    try:
        path, stored = _as_table(path, stored)
        shape = inspect_file(path)
        if trust_header and (known := connectors.recognise(shape.columns)):
            kind = known.kind
        if mapping is not None:
            check_mapping(kind, shape.columns, mapping)
    except BadInput:
        if stored:
            path.unlink(missing_ok=True)
        raise
    told = _Told("", mapping or {}) if mapping is not None else _tell_columns(kind, shape)
    return Import.objects.create(
        kind=kind,
        file_name=file_name[-255:],
        file=stored,
        size=shape.size,
        sha256=shape.sha256,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        columns=shape.columns,
        mapping=dict(told.mapping),
        options={
            "has_header": shape.has_header,
            "sample": [[clean(cell)[:200] for cell in row] for row in shape.sample[:5]],
            "dates": told.dates if told.dates is not None else _guess_dates(shape),
            "known": told.by,
            **({} if stored else {"path": str(path)}),
        },
        created_by=by,
    )


@dataclass(frozen=True)
class _Told:
    """By whom the columns were told, and what they hold. `dates` None: guess their order."""

    by: str
    mapping: Mapping[str, str]
    dates: Mapping[str, str] | None = None


def _tell_columns(kind: str, shape: Shape) -> _Told:
    """What the columns hold: as people chose the last time, by a known header, by their names."""
    before = (
        Import.objects.filter(kind=kind, columns=shape.columns, state=ImportState.DONE)
        .order_by("-pk")
        .first()
    )
    if before is not None:
        return _Told(BEFORE, before.mapping, before.options.get("dates"))
    known = connectors.recognise(shape.columns)
    if known is not None and known.kind == kind:
        mapping = connectors.map_columns(known, shape.columns)
        return _Told(known.name, mapping | attribute_mapping(kind, shape.columns, mapping))
    guessed = guess_mapping(kind, shape.columns)
    return _Told("", guessed | attribute_mapping(kind, shape.columns, guessed))


def _as_table(path: Path, stored: str) -> tuple[Path, str]:
    """Turn a product feed in XML into a table of our own, and delete the upload."""
    with open_bytes(path) as file:
        try:
            is_feed = merchant_xml.is_xml(file.read(merchant_xml.HEAD))
        except (OSError, EOFError):
            return path, stored  # a damaged archive: the inspection says so
        if not is_feed:
            return path, stored
        table, name = new_file("imports")
        file.seek(0)
        try:
            merchant_xml.to_table(file, table)
        except BadInput:
            table.unlink(missing_ok=True)
            raise
    if stored:
        path.unlink(missing_ok=True)
    return table, name


def _store(file: IO[bytes]) -> tuple[Path, str]:
    path, name = new_file("imports")
    with path.open("wb") as target:
        shutil.copyfileobj(file, target, 1024 * 1024)
    return path, name


def _guess_dates(shape: Shape) -> dict[str, str]:
    """For each column with dates such as 03/04/2026: whether day or month stands first."""
    orders = {}
    for place, column in enumerate(shape.columns):
        cells = [row[place] for row in shape.sample if len(row) > place]
        if order := guess_date_order(cells):
            orders[column] = order
    return orders


def confirm_mapping(
    import_: Import,
    mapping: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
    *,
    enqueue: bool = True,
) -> Import:
    """Say which column holds which field, and have a worker read the file.

    Without `enqueue` the caller reads it with `run_import`. `options["dates"]` maps a column to
    "dmy" or "mdy". Raises BadInput if a needed field has no column, Conflict if the file is being
    read already.
    """
    check_mapping(import_.kind, import_.columns, mapping)
    if options:
        import_.options = {**import_.options, **options}
    changed = Import.objects.filter(pk=import_.pk, state=ImportState.UPLOADED).update(
        state=ImportState.WAITING, mapping=dict(mapping), options=import_.options
    )
    if not changed:
        raise Conflict(_("This file is being read already."))
    import_.refresh_from_db()
    record("import.started", import_, kind=import_.kind)
    if enqueue:
        ring("profiles.tasks.run_import", import_.tenant_id, import_.pk)
    return import_


def check_mapping(kind: str, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Raise BadInput unless every field and column exists and the needed fields are there."""
    for field, column in mapping.items():
        if column not in columns:
            message = _("The file has no column “%(column)s”.") % {"column": column}
            raise BadInput(message, fields={field: message})
        if field not in FIELDS[kind] and not field.startswith(ATTRIBUTE):
            message = _("There is no field “%(field)s”. Choose from: %(known)s.") % {
                "field": field,
                "known": ", ".join(FIELDS[kind]),
            }
            raise BadInput(message, fields={field: message})
    for known in FIELDS[kind].values():
        group = [one.name for one in FIELDS[kind].values() if one.one_of == known.one_of]
        needed = [known.name] if known.required else group if known.one_of else []
        if needed and not any(name in mapping for name in needed):
            labels = _(" or ").join(str(FIELDS[kind][name].label) for name in needed)
            raise BadInput(
                _("Choose the column for: %(labels)s.") % {"labels": labels},
                fields={name: _("Choose a column.") for name in needed},
            )


def find_unfinished() -> list[int]:
    """Return the ids of imports that wait for a minute, or whose worker's lease ran out."""
    late = Q(state=ImportState.WAITING, created_at__lt=Now() - timedelta(minutes=1))
    dead = Q(state=ImportState.RUNNING, lease_until__lt=Now())
    return list(Import.objects.filter(late | dead).order_by("pk").values_list("pk", flat=True))
