"""Reading a file: prepared by another process, merged chunk by chunk, each one transaction.

A chunk's transaction also moves the checkpoint, so a killed import goes on where it stopped, and
nothing is counted twice.
"""

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce, Now
from django.utils import translation
from django.utils.translation import gettext as _

from catalogue.models import Product
from profiles.importers import columns, customers, events, orders, products, texts
from profiles.importers.alike import NotAlike, merge_alike, taken_back_unless_alike
from profiles.importers.batches import (
    Batch,
    ChunkSize,
    Plan,
    Rejection,
    chunk_size,
    read_chunks,
)
from profiles.importers.columns import from_values
from profiles.importers.groups import keep_together
from profiles.importers.reading import Shape, open_bytes
from profiles.importers.seen import Seen
from profiles.importers.staging import (
    array_literal,
    lock_customers,
    stage,
    stage_batch,
    to_copy,
)
from profiles.importers.types import Outcome
from profiles.models import (
    Consent,
    Customer,
    Event,
    Import,
    ImportKind,
    ImportState,
    Order,
    OrderLine,
)
from profiles.services import attributes
from profiles.services.bells import ring
from profiles.services.lanes import LANES, Recalled, Turn, in_turn
from profiles.services.reader_process import from_own_process
from tenants.audit import record
from tenants.context import current_tenant_id, scope
from tenants.database import refresh_statistics
from tenants.errors import BadInput
from tenants.models import Tenant

COUNT_ANEW_AFTER = 5_000
"""New rows after which PostgreSQL counts its tables anew, and again at a hundred times as many.
While it believes that the workspace has next to no rows, it reads all of them for each row of a
chunk."""
SMALL = 256 * 1024
"""Bytes of a file below which another process is not worth its start."""
BYTES_OF_A_KEY, PACKED_BYTES_OF_A_KEY = 48, 5
"""A row of a hundred bytes has two. Where there are more, in narrow files, more are looked up in
vain."""
LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 5
"""How often an import is begun before it is given up: a file that kills its worker must not
kill every worker."""

MERGERS: Mapping[str, Any] = {
    ImportKind.CUSTOMERS: customers,
    ImportKind.ORDERS: orders,
    ImportKind.EVENTS: events,
    ImportKind.TEXTS: texts,
    ImportKind.PRODUCTS: products,
}
TABLES: Mapping[str, Sequence[type[Model]]] = {
    ImportKind.CUSTOMERS: (Customer, Consent),
    ImportKind.ORDERS: (Customer, Order, OrderLine),
    ImportKind.EVENTS: (Customer, Event),
    ImportKind.TEXTS: (Customer, Event),
    ImportKind.PRODUCTS: (Product,),
}
"""What an import of each kind fills."""
REFRESH_TRAITS = "profiles.tasks.refresh_traits"
FETCH_PICTURES = "catalogue.tasks.fetch_pictures"
REJECTED = {
    "line": "bigint",
    "column": "text",
    "value": "text",
    "code": "text",
    "message": "text",
    "row": "text[]",
}
OnProgress = Callable[[Import], None]


def run_import(
    import_id: int, on_progress: OnProgress | None = None, *, tenant_id: int | None = None
) -> Import:
    """Read the file and merge it, chunk by chunk. Goes on at the checkpoint after a crash.

    Returns the import, done or failed; or as it is, if it is not waiting or another worker holds
    it. Opens its own scopes: call it outside a transaction, so that each chunk is committed.
    """
    tenant_id = tenant_id or current_tenant_id()
    with scope(tenant_id):
        tenant = Tenant.objects.get(pk=tenant_id)
        import_ = _claim(import_id)
        if import_ is None:
            return Import.objects.get(pk=import_id)
    with translation.override(tenant.language):
        try:
            reading = _read_all(import_, tenant, on_progress)
        except (BadInput, FileNotFoundError) as error:
            message = getattr(error, "message", _("The file is gone. Upload it again."))
            return _finish(import_, tenant_id, ImportState.FAILED, message)
        if reading.is_to_be_counted:
            with scope(tenant_id):
                refresh_statistics(*TABLES[import_.kind])
        return _finish(import_, tenant_id, ImportState.DONE)


def _claim(import_id: int) -> Import | None:
    """Take the import, unless another worker holds it."""
    free = Q(state=ImportState.WAITING) | Q(state=ImportState.RUNNING, lease_until__lt=Now())
    claimed = Import.objects.filter(free, pk=import_id).update(
        state=ImportState.RUNNING,
        lease_until=Now() + LEASE,
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", Now()),
    )
    import_ = Import.objects.get(pk=import_id)
    if claimed and import_.attempts > MAX_ATTEMPTS:
        message = _("Reading stopped %(count)s times. Split the file and import the parts.")
        _finish(import_, current_tenant_id(), ImportState.FAILED, message % {"count": MAX_ATTEMPTS})
        return None
    return import_ if claimed else None


def _read_all(import_: Import, tenant: Tenant, on_progress: OnProgress | None) -> "_Reading":
    with scope(tenant.pk):
        held, promoted = attributes.types(), bool(attributes.promoted_ids())
    plan = Plan(
        kind=import_.kind,
        columns=import_.columns,
        mapping=import_.mapping,
        options={**import_.options, "attribute_types": held},
        zone=ZoneInfo(tenant.timezone),
        currency=tenant.currency,
        is_followed=promoted,
    )
    # Chunks of another size would not end where the checkpoint lies.
    import_.checkpoint.setdefault("chunk", list(chunk_size()))
    reading = _Reading(import_, tenant, plan, on_progress)
    done_to = import_.checkpoint.get("line", 0)
    is_short = import_.size < SMALL or connection.in_atomic_block
    with contextlib.closing(_prepared(import_, plan)) as prepared:
        batches = (batch for batch in prepared if batch.last_line > done_to)
        in_turn(batches, reading.take_in, lanes=1 if is_short else LANES)
    return reading


@dataclass
class _Reading:
    """A file that is being read: what its chunks have in common. One is merged at a time."""

    import_: Import
    tenant: Tenant
    plan: Plan
    on_progress: OnProgress | None
    counted: int = 0
    """New rows when PostgreSQL counted its tables last."""
    is_even: bool = True
    """Whether chunks were all new or all known so far, so that the next one may be as well."""

    @property
    def is_to_be_counted(self) -> bool:
        """Whether so much came in since the last count that the tables look different."""
        return self.import_.created + self.import_.updated > 1.5 * self.counted

    def take_in(self, batch: Batch, turn: Turn) -> None:
        """Merge a batch in a transaction of its own, which ends in its turn.

        Before, the batch in front of it may be merged by another thread.
        """
        with contextlib.ExitStack() as until_committed:
            with (
                scope(self.tenant.pk),
                translation.override(self.tenant.language),
                connection.cursor() as cursor,
            ):
                # Chunk and checkpoint are lost or kept together: none need wait for the disk.
                cursor.execute("SET LOCAL synchronous_commit = off")
                stage_batch(cursor, batch)
                outcome = self._merge_ahead(cursor, batch, turn)
                until_committed.enter_context(turn)
                self._merge(cursor, batch, outcome)
            if self.on_progress:
                self.on_progress(self.import_)

    def _merge_ahead(self, cursor: Any, batch: Batch, turn: Turn) -> Outcome | None:
        """Merge customers who are all new or all known before the turn, and wait for it.

        None if they must be merged in it: then those behind keep nothing either that it may want.
        """
        is_seen_to = self.import_.kind == ImportKind.CUSTOMERS and not self.plan.is_followed
        if not (is_seen_to and self.is_even and batch.lines):
            return None
        try:
            with taken_back_unless_alike():
                with turn.in_order():
                    lock_customers(cursor, shared=True)
                outcome = merge_alike(cursor, batch, self.plan, self.import_.file_name)
                turn.wait_ahead()
                return outcome
        except (NotAlike, Recalled):
            self.is_even = False
            turn.recall()
            return None

    def _merge(self, cursor: Any, batch: Batch, outcome: Outcome | None) -> None:
        import_, plan = self.import_, self.plan
        if outcome is None:
            outcome = MERGERS[import_.kind].merge(cursor, batch, plan, import_.file_name)
        if import_.kind == ImportKind.CUSTOMERS and batch.lines and plan.is_followed:
            attributes.keep_in_step_with(cursor, "matched", "id")
        _save_progress(import_, batch, outcome)
        if import_.created >= max(COUNT_ANEW_AFTER, 100 * self.counted):
            refresh_statistics(*TABLES[import_.kind])
            self.counted = import_.created


def path_of(import_: Import) -> Path:
    """Where the file lies."""
    return Path(import_.file.path if import_.file else import_.options["path"])


def _prepared(import_: Import, plan: Plan) -> Generator[Batch, None, None]:
    """Yield the batches of the file. A process of its own prepares them, unless the file is small.

    A thread would take turns with this one, and each answer of PostgreSQL wait for its turn.
    """
    if import_.size < SMALL:
        return _batches(import_, plan)
    columns.load()  # before the fork, to be shared
    return from_own_process(lambda: map(Batch.pack, _batches(import_, plan)))


def _batches(import_: Import, plan: Plan) -> Generator[Batch, None, None]:
    path = path_of(import_)
    shape = Shape(
        encoding=import_.encoding,
        delimiter=import_.delimiter,
        columns=import_.columns,
        has_header=import_.options["has_header"],
        size=import_.size,
        sha256=import_.sha256,
    )
    size = ChunkSize(*import_.checkpoint.get("chunk", chunk_size()))
    with open_bytes(path) as file:
        position = getattr(file, "fileobj", None) or file  # gzip keeps the packed file there
        chunks = read_chunks(file, shape, position, size)
        together = getattr(MERGERS[import_.kind], "TOGETHER", "")
        if plan.column_of(together):
            chunks = keep_together(chunks, plan.columns.index(plan.column_of(together)))
        each = BYTES_OF_A_KEY if position is file else PACKED_BYTES_OF_A_KEY
        with Seen(about=import_.size // each) as seen:
            for chunk in chunks:
                yield MERGERS[import_.kind].prepare(chunk, plan, seen)


def _save_progress(import_: Import, batch: Batch, outcome: Outcome) -> None:
    """Write what a batch did, its rejected rows and the checkpoint. The caller's transaction."""
    rejections = [*batch.rejections, *outcome.rejected]
    save_rejections(import_, rejections)
    notices = dict(import_.checkpoint.get("notices", {}))
    for name, count in [*batch.notices.items(), *outcome.notices.items()]:
        notices[name] = notices.get(name, 0) + count
    import_.rows_read += batch.size
    import_.created += outcome.created
    import_.updated += outcome.updated
    import_.unchanged += outcome.unchanged + batch.unchanged
    import_.rejected += len(rejections)
    import_.bytes_read = batch.bytes_read
    import_.checkpoint |= {"line": batch.last_line, "notices": notices}
    Import.objects.filter(pk=import_.pk).update(
        rows_read=import_.rows_read,
        created=import_.created,
        updated=import_.updated,
        unchanged=import_.unchanged,
        rejected=import_.rejected,
        bytes_read=import_.bytes_read,
        checkpoint=import_.checkpoint,
        lease_until=Now() + LEASE,
        attempts=1,
    )


def save_rejections(import_: Import, rejections: Sequence[Rejection]) -> None:
    """Store rejected rows by COPY: a wrong mapping may reject every row of a big file."""
    if not rejections:
        return
    rows = [
        (one.line, one.column[:200], one.value, one.code, one.message, array_literal(one.row))
        for one in rejections
    ]
    text = to_copy(list(map(from_values, zip(*rows, strict=True))))
    with connection.cursor() as cursor:
        stage(cursor, "rejected", REJECTED, text)
        cursor.execute(
            """
            INSERT INTO profiles_rejectedrow
                (tenant_id, source_id, line, "column", value, code, message, row)
            SELECT %s, %s, line, coalesce("column", ''), coalesce(value, ''), code, message, row
            FROM rejected
            """,
            [import_.tenant_id, import_.pk],
        )


def _finish(import_: Import, tenant_id: int, state: str, error: str = "") -> Import:
    with scope(tenant_id):
        Import.objects.filter(pk=import_.pk).update(
            state=state, error=error, finished_at=Now(), lease_until=None
        )
        import_.refresh_from_db()
        record(
            f"import.{state}",
            import_,
            kind=import_.kind,
            rows=import_.rows_read,
            rejected=import_.rejected,
        )
        if state == ImportState.DONE and import_.file:
            # What the file said is stored; the file itself is personal data without use.
            path = path_of(import_)
            transaction.on_commit(lambda: path.unlink(missing_ok=True))
        if state == ImportState.DONE and import_.created + import_.updated:
            ring(REFRESH_TRAITS, tenant_id)
            if import_.kind == ImportKind.PRODUCTS:
                ring(FETCH_PICTURES, tenant_id)
    return import_
