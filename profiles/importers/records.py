"""Rows that come as objects instead of lines: the same rules as for files, told by index."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from profiles.importers.batches import Chunk, Plan, Rejection, make_rejection
from profiles.importers.columns import from_cells
from profiles.importers.types import Outcome
from tenants.context import current_tenant_id
from tenants.models import Tenant

PLAIN = (str, int, float, Decimal, date, datetime, uuid.UUID)
NOT_JSON = "NaN"
OBJECTS = ("attributes", "properties")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why the record at `index` (from 0) was not saved."""

    index: int
    field: str
    value: str
    code: str
    message: str


@dataclass(kw_only=True)
class Result:
    """records = created + updated + unchanged + rejected."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Refusal] = field(default_factory=list)


def make_plan(kind: str, names: Sequence[str], *, options: Mapping[str, Any] | None = None) -> Plan:
    """A plan whose columns are the fields themselves, in the workspace's time zone."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    columns = list(names)
    return Plan(
        kind=kind,
        columns=columns,
        mapping={name: name for name in columns},
        options=options or {},
        zone=ZoneInfo(tenant.timezone),
        currency=tenant.currency,
    )


def make_chunk(
    records: Sequence[Mapping[str, Any]], names: Sequence[str], objects: str = ""
) -> tuple[Chunk, list[Rejection]]:
    """Turn records into a chunk whose line numbers are index + 1, and reject other shapes.

    `objects` names the field that holds an object of the sender's own; it is kept as it is.
    """
    chunk = Chunk(extra=[] if objects else None)
    columns: list[list[str]] = [[] for _name in names]
    rejected = []
    known = {*names, objects}
    for line, record in enumerate(records, 1):
        problem = _find_problem(record, known)
        if problem is not None:
            name, code = problem
            value = record.get(name, "") if isinstance(record, Mapping) else record
            rejected.append(make_rejection(line, [], code, name, str(value)[:200]))
            continue
        chunk.lines.append(line)
        for cells, name in zip(columns, names, strict=True):
            cells.append(_cell(record.get(name)))
        if chunk.extra is not None:
            chunk.extra.append(_dump(record.get(objects)))
    chunk.columns = list(map(from_cells, columns))
    chunk.last_line = len(records)
    return chunk, rejected


def _find_problem(record: Any, known: set[str]) -> tuple[str, str] | None:
    if not isinstance(record, Mapping):
        return "", "not_an_object"
    for name, value in record.items():
        if name not in known:
            return str(name), "unknown_field"
        if name in OBJECTS:
            if value is not None and not isinstance(value, Mapping):
                return name, "not_an_object"
            if not _is_storable(_dump(value) or ""):
                return name, "nul"
        elif value is not None and not isinstance(value, PLAIN):
            return name, "not_plain"
        elif isinstance(value, str) and not _is_storable(value):
            return name, "nul"
    return None


def _is_storable(value: str) -> bool:
    """Whether PostgreSQL takes it: no NUL, no half of a surrogate pair, no NaN in an object."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value and "\\u0000" not in value and value != NOT_JSON


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def _dump(value: Mapping[str, Any] | None) -> str | None:
    if not value:
        return None
    try:
        return json.dumps(value, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        return NOT_JSON


def make_refusal(one: Rejection, index: int) -> Refusal:
    return Refusal(
        index=index, field=one.column, value=one.value, code=one.code, message=one.message
    )


def to_result(size: int, outcome: Outcome, *rejections: Sequence[Rejection]) -> Result:
    """Say what a merge did, by index."""
    refused = {
        one.line: make_refusal(one, one.line - 1)
        for group in (*rejections, outcome.rejected)
        for one in group
    }
    return Result(
        created=outcome.created,
        updated=outcome.updated,
        unchanged=size - outcome.created - outcome.updated - len(refused),
        rejected=[refused[line] for line in sorted(refused)],
    )
