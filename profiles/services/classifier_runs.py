"""Training a classifier from a file that somebody uploads: looked at, started, worked on.

The row is the truth (`inference.runs`). The file holds people's words: it is deleted as soon as
the run is over, however it ends, and nothing of it stands in the row.
"""

import gzip
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from inference import services as inference
from inference.models import ModelKind, RegisteredModel, RunState, TrainingRun
from profiles.services import topics
from profiles.services.bells import ring
from profiles.services.uploads import new_file
from tenants.audit import current_actor, record
from tenants.context import scope
from tenants.errors import BadInput, Conflict, DomainError
from tenants.models import Tenant

MOST_BYTES = 20 * 1024 * 1024
PIECE = 1024 * 1024
MOST_CELLS = 1_000_000
CELL_ENDS = b"\n\r,;\t|{"
"""Signs that end cells and rows, of which so many take ten seconds and half a gigabyte to read."""
PACKED = b"\x1f\x8b"
ARCHIVES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", PACKED)
"""How a file begins that holds other files; a packed one may hold none of them."""
LEASE = timedelta(minutes=5)
"""Heads are fitted in silence. Should that last longer, two workers learn, and the first one to
end is heard."""
MOST_SECONDS = 3600
"""How long a run may keep its worker; one of pool solo heeds no limit of Celery's."""
MOST_ATTEMPTS = 3
"""How often a run is begun: a file that kills its worker must not kill every worker."""
LEARNING = 0.9
"""The share of a run that learning takes; the rest is measuring."""
SHOWN_ROWS, SHOWN_COLUMNS = 5, 4
FAILURE_DAYS = 7
FEW_TEXTS = 10
"""Below so many texts a label is learnt badly."""
MOST_JUDGED = 1000
"""Labels that are looked at one by one; far more than a classifier may have."""
OVER = (RunState.DONE, RunState.FAILED, RunState.STOPPED)
LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "": (),
    "en": ("en",),
    "zh-hans": ("zh-hans",),
    "other": ("other",),
    "mixed": ("zh-hans", "other"),
}
"""What people choose from; "" is told by the texts."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to learn from a file. `oos`: the label of texts that should get none."""

    text: str
    label: str
    name: str = ""
    oos: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class LabelCount:
    label: str
    texts: int
    is_refused: bool
    is_rare: bool


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a file says, read by a choice. `problem`: why that cannot be learnt from, or ""."""

    table: inference.Table
    choice: Choice
    labels: list[LabelCount]
    texts: int = 0
    languages: list[str]
    notes: tuple[str, ...] = ()
    problem: str = ""

    @property
    def shown(self) -> list[str]:
        """The columns whose first rows are shown: those chosen, or the first ones."""
        chosen = [one for one in (self.choice.text, self.choice.label) if one in self.columns]
        return chosen if len(set(chosen)) == 2 else self.columns[:SHOWN_COLUMNS]

    @property
    def columns(self) -> list[str]:
        return [name for name in dict.fromkeys(self.table.columns) if name.isprintable() and name]

    @property
    def sample(self) -> list[list[str]]:
        """The cells of the first rows, by the columns shown."""
        rows = self.table.rows[:SHOWN_ROWS]
        return [
            [inference.storable(str(row.get(name) or "")) for name in self.shown]
            for _line, row in rows
        ]


def shown_runs() -> QuerySet[TrainingRun]:
    """Return the runs that somebody may have to look at: those not done, and late failures."""
    late = timezone.now() - timedelta(days=FAILURE_DAYS)
    open_ = Q(state__in=[RunState.UPLOADED, RunState.WAITING, RunState.RUNNING])
    failed = Q(state=RunState.FAILED, ended_at__gte=late)
    return TrainingRun.objects.filter(open_ | failed, kind=ModelKind.CLASSIFIER).order_by("-pk")


def take_in(file: IO[bytes], file_name: str) -> TrainingRun:
    """Store a file that can be read, unpacked. Raises BadInput; nothing is kept of it then."""
    name = inference.storable(file_name)[-255:]
    path, stored = new_file("labels")
    try:
        _copy(file, path, name)
        if not inference.read_table(str(path), name=name).rows:
            raise BadInput(_("The file %(name)s has a header and no rows.") % {"name": name})
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return TrainingRun.objects.create(
        kind=ModelKind.CLASSIFIER,
        name=Path(name).name.split(".")[0].replace("_", " ")[:60].strip() or _("Classifier"),
        file=stored,
        file_name=name,
        state=RunState.UPLOADED,
        created_by=current_actor().user,
    )


def look(run: TrainingRun, choice: Choice | None = None) -> Looked:
    """Read the file by a choice, or as the columns are guessed. Raises BadInput: it is gone."""
    table = _open(run)
    if choice is None:
        rows = [row for _line, row in table.rows]
        text, label = inference.guess_columns(table.columns, rows)
        choice = Choice(name=run.name, text=text, label=label)
    try:
        known = _read(table, choice)
    except BadInput as error:
        return Looked(table=table, choice=choice, labels=[], languages=[], problem=error.message)
    problem = ""
    try:
        inference.prepare_labels(known, **_asked(choice))
    except BadInput as error:
        problem = error.message
    counts = Counter(
        label for text, label in zip(known.texts, known.labels, strict=True) if text.strip()
    )
    return Looked(
        table=table,
        choice=choice,
        labels=[_count(label, texts) for label, texts in counts.most_common(MOST_JUDGED)],
        texts=counts.total(),
        languages=inference.languages_of(known.texts),
        notes=known.notes,
        problem=problem,
    )


def start(run: TrainingRun, choice: Choice) -> None:
    """Have a worker learn. Raises BadInput: what `look` calls a problem; Conflict."""
    data = inference.prepare_labels(_read(_open(run), choice), **_asked(choice))
    Tenant.objects.select_for_update(no_key=True).get(pk=run.tenant_id)  # of two, one waits
    if inference.open_runs(ModelKind.CLASSIFIER).exists():
        raise Conflict(_("A classifier is being trained. Wait for it, or stop it first."))
    started = _uploaded(run).update(
        state=RunState.WAITING,
        name=choice.name.strip(),
        options=asdict(choice),
        texts=len(data.learnt.texts),
        held_out=len(data.held.texts),
    )
    if not started:
        raise Conflict(_("This file was started or discarded already. Load the page anew."))
    record("training.started", run, base="classifier")
    ring("profiles.tasks.train_classifier", run.tenant_id, run.pk)


def stop(run: TrainingRun) -> None:
    """Stop a run, or drop a file that was never started. Raises Conflict when it is over."""
    if _uploaded(run).update(state=RunState.STOPPED, ended_at=timezone.now()):
        record("training.stopped", run)
    else:
        inference.stop_run(run)
    forget_file(run)


def work_on(tenant_id: int, run_id: int) -> None:
    """Learn, measure and register. To be called outside a scope, in a worker; what is wrong ends
    up on the row, in the language of the workspace."""
    with scope(tenant_id):
        run = inference.claim_run(run_id, ModelKind.CLASSIFIER, lease=LEASE)
        language = Tenant.objects.get(pk=tenant_id).language
    if run is None:
        return
    with translation.override(language):
        try:
            _train(tenant_id, run)
        except _Stopped:
            pass
        except DomainError as error:
            with scope(tenant_id):
                inference.end_run(run_id, RunState.FAILED, message=error.message)
    with scope(tenant_id):
        forget_file(run)


def forget_file(run: TrainingRun) -> None:
    """Delete what was uploaded, once this is committed."""
    if run.file:
        path = Path(run.file.path)
        TrainingRun.objects.filter(pk=run.pk).update(file="")
        transaction.on_commit(lambda: path.unlink(missing_ok=True))


def drop_files(before: datetime) -> int:
    """Delete files that were uploaded before then and never learnt from; return how many."""
    left = TrainingRun.objects.filter(state=RunState.UPLOADED, created_at__lt=before)
    over = TrainingRun.objects.filter(state__in=OVER).exclude(file="")  # a worker died just then
    for run in (*left, *over):
        forget_file(run)
    return left.update(
        state=RunState.FAILED,
        message=_("The file is gone. Upload it again."),
        ended_at=timezone.now(),
    )


# ---- Steps --------------------------------------------------------------------------------------


class _Stopped(Exception):
    """Somebody stopped the run, or another worker ended it."""


def _copy(file: IO[bytes], path: Path, name: str) -> None:
    """Write the file where it is stored; a packed one unpacked, up to the size that is read."""
    source: Any = gzip.GzipFile(fileobj=file) if file.read(2) == PACKED else file
    file.seek(0)
    cells = 0
    try:
        with path.open("wb") as target:
            while piece := source.read(PIECE):
                cells += sum(map(piece.count, CELL_ENDS))
                _check_piece(piece, name, place=target.tell(), cells=cells)
                target.write(piece)
    except (OSError, EOFError, zlib.error) as error:
        message = _("The file %(name)s is packed and damaged. Pack it anew, or upload it as it is.")
        raise BadInput(message % {"name": name}) from error


def _check_piece(piece: bytes, name: str, *, place: int, cells: int) -> None:
    """Refuse what is no table, or would keep a page busy or fill its memory when it is read."""
    if place == 0 and piece.startswith(ARCHIVES):
        message = _("%(name)s is a spreadsheet or an archive. Save it as CSV, then upload that.")
        raise BadInput(message % {"name": name})
    if place + len(piece) > MOST_BYTES:
        message = _(
            "%(name)s is larger than %(most)s MB. Upload a part of it: some thousand texts teach "
            "as much."
        )
        raise BadInput(message % {"name": name, "most": MOST_BYTES // PIECE})
    if cells > MOST_CELLS:
        message = _(
            "%(name)s has more than a million cells. Upload a part of its rows, with the columns "
            "of the texts and the labels alone: some thousand texts teach as much."
        )
        raise BadInput(message % {"name": name})


def _open(run: TrainingRun) -> inference.Table:
    if not run.file or not Path(run.file.path).is_file():
        raise BadInput(_("The file is gone. Upload it again."))
    return inference.read_table(run.file.path, name=run.file_name)


def _read(table: inference.Table, choice: Choice) -> inference.Labelled:
    if not choice.text or not choice.label or choice.text == choice.label:
        raise BadInput(_("Choose a column of texts and another one of their labels."))
    return table.labelled(choice.text, choice.label)


def _asked(choice: Choice) -> dict[str, Any]:
    return {"name": choice.name.strip(), "taken": topics.taken_names(), "oos": choice.oos}


def _count(label: str, texts: int) -> LabelCount:
    return LabelCount(
        label=label,
        texts=texts,
        is_refused=inference.is_protected(label),
        is_rare=texts < FEW_TEXTS,
    )


def _uploaded(run: TrainingRun) -> Any:
    return TrainingRun.objects.filter(pk=run.pk, kind=ModelKind.CLASSIFIER, state=RunState.UPLOADED)


def _train(tenant_id: int, run: TrainingRun) -> None:
    if run.attempts > MOST_ATTEMPTS:
        message = _("Training broke off %(count)s times. Upload a part of the file.")
        raise BadInput(message % {"count": MOST_ATTEMPTS})
    choice = Choice(**run.options)
    watch = inference.Watch(tenant_id, run, LEASE)

    def on_progress(done: int, total: int) -> None:
        watch.tell(LEARNING * done / max(1, total))
        if watch.stopped:
            raise _Stopped
        if time.monotonic() - watch.began > MOST_SECONDS:
            raise BadInput(_("Training took an hour and was given up. Upload a part of the file."))

    def on_registered(model: RegisteredModel) -> None:
        RegisteredModel.objects.filter(pk=model.pk).update(created_by=run.created_by)
        if not inference.end_run(run.pk, RunState.DONE, result=model, data_hash=model.data_hash):
            raise _Stopped

    topics.train_classifier(
        tenant_id,
        name=choice.name,
        known=_read(_open(run), choice),
        oos=choice.oos,
        languages=LANGUAGES[choice.language],
        on_progress=on_progress,
        on_registered=on_registered,
    )
