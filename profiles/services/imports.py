"""Files on their way in: stored, mapped, read chunk by chunk, every rejected row explained.

Reading itself is in `import_runs`, what was rejected in `rejected`.
"""

import shutil
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from profiles.importers.batches import clean
from profiles.importers.fields import (
    ATTRIBUTE,
    FIELDS,
    attribute_mapping,
    guess_mapping,
)
from profiles.importers.reading import Shape, inspect_file
from profiles.importers.values import guess_date_order
from profiles.models import Import, ImportKind, ImportState
from profiles.services.bells import ring
from profiles.services.import_runs import run_import
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant, User

__all__ = [
    "FIELDS",
    "confirm_mapping",
    "guess_mapping",
    "run_import",
    "start_import",
]


def start_import(
    *,
    kind: str,
    file: IO[bytes] | Path,
    file_name: str,
    by: User | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Import:
    """Take a file in: store it, tell how it is written, guess what its columns hold.

    A Path is read where it lies (an operator's file); anything else is copied under MEDIA_ROOT,
    in pieces, and deleted when it is read. Raises BadInput for a file that cannot be read or
    does not fit the `mapping`; nothing is kept of it.
    """
    if kind not in ImportKind.values:
        raise BadInput(_("Choose customers, orders, events or products."), fields={"kind": kind})
    path, stored = (file, "") if isinstance(file, Path) else _store(file)
    try:
        shape = inspect_file(path)
        if mapping is not None:
            check_mapping(kind, shape.columns, mapping)
    except BadInput:
        if stored:
            path.unlink(missing_ok=True)
        raise
    if mapping is None:
        guessed = guess_mapping(kind, shape.columns)
        mapping = guessed | attribute_mapping(kind, shape.columns, guessed)
    return Import.objects.create(
        kind=kind,
        file_name=file_name[-255:],
        file=stored,
        size=shape.size,
        sha256=shape.sha256,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        columns=shape.columns,
        mapping=dict(mapping),
        options={
            "has_header": shape.has_header,
            "sample": [[clean(cell)[:200] for cell in row] for row in shape.sample[:5]],
            "dates": _guess_dates(shape),
            **({} if stored else {"path": str(path)}),
        },
        created_by=by,
    )


def _store(file: IO[bytes]) -> tuple[Path, str]:
    tenant = Tenant.objects.get(pk=current_tenant_id())
    name = f"{tenant.public_id}/imports/{uuid.uuid4().hex}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)  # people's data: for nobody else on this machine
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
