"""The stages of a registered model: candidate → live → retired, and one step back.

Writers stand beside writers of their channel, classifiers beside classifiers of their name.

A candidate goes live only through its gate: the workspace's own briefs, written by it and by what
is live now, judged by the same checks (`inference.gate`). What is replaced is retired, and one
click brings it back. Every step is in the audit log.
"""

from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from inference.errors import GateNotPassed, NotPromotable
from inference.models import ModelKind, ModelStage, RegisteredModel
from tenants.audit import current_actor, record


def register(*, name: str, **fields: Any) -> RegisteredModel:
    """Add a candidate. `fields` are those of `RegisteredModel`."""
    model = RegisteredModel.objects.create(
        name=name, stage=ModelStage.CANDIDATE, created_by=current_actor().user, **fields
    )
    record("model.registered", model, data_hash=model.data_hash)
    return model


def live_model(channel: str) -> RegisteredModel | None:
    """Return the writer that is live for exactly this channel ("" = every channel)."""
    return RegisteredModel.objects.filter(
        kind=ModelKind.WRITER, stage=ModelStage.LIVE, channel=channel
    ).first()


def classifier_rows() -> QuerySet[Any]:
    """Return every classifier, newest first. Each has its `version` (1 is the first of its name)
    and `before_id`, what a step back from it would bring back."""
    rows = RegisteredModel.objects.filter(kind=ModelKind.CLASSIFIER)
    namesakes = rows.filter(name=OuterRef("name"))
    until = namesakes.filter(pk__lte=OuterRef("pk")).order_by()
    counted = until.values("name").annotate(count=Count("pk")).values("count")
    before = _replaced(namesakes, OuterRef("promoted_at")).values("pk")
    return rows.annotate(version=Subquery(counted), before_id=Subquery(before[:1])).order_by("-pk")


def live_classifier(name: str) -> Any:
    """Return the classifier of this name that is live."""
    return live_classifier_rows().filter(name=name).first()


def live_classifier_rows() -> QuerySet[Any]:
    """Return the classifiers whose labels people get."""
    return classifier_rows().filter(stage=ModelStage.LIVE).order_by("pk")


def classifier_labels(*, live: bool = False) -> set[str]:
    """Return the labels of every classifier that was live, or of those that are."""
    rows = RegisteredModel.objects.filter(
        kind=ModelKind.CLASSIFIER,
        promoted_at__isnull=False,
        **({"stage": ModelStage.LIVE} if live else {}),
    )
    return {label for labels in rows.values_list("figures__labels", flat=True) for label in labels}


def save_gate(model: RegisteredModel, result: dict[str, Any]) -> None:
    """Keep what the gate found; `figures["gate"]` is what `promote` looks at, and how long a
    text took there is what later estimates go by."""
    seconds = result.get("figures", {}).get("candidate", {}).get("seconds", 0.0)
    figures = {**model.figures, "gate": result} | ({"seconds_per_text": seconds} if seconds else {})
    RegisteredModel.objects.filter(pk=model.pk).update(figures=figures)
    model.refresh_from_db()
    record("model.gate", model, passed=result["passed"], against=result["against"])


@transaction.atomic
def promote(model: RegisteredModel) -> RegisteredModel:
    """Make a candidate live for its channel, or a classifier for its name; what was is retired.

    Raises NotPromotable (no candidate), GateNotPassed (no gate, failed, or against another model
    than the one that is live now).
    """
    model = _lock(model)
    if model.stage != ModelStage.CANDIDATE:
        raise NotPromotable(_("Only a candidate can go live. “%s” is none.") % model.name)
    live = _live_beside(model)
    _must_have_passed(model, live)
    if live is not None:
        _retire(live)
    _make_live(model)
    record("model.promoted", model, replaced=str(live.public_id) if live else "")
    return model


@transaction.atomic
def retire(model: RegisteredModel) -> RegisteredModel:
    """Take a model out of use; where it was live, the next more general one writes."""
    model = RegisteredModel.objects.select_for_update().get(pk=model.pk)
    if model.stage == ModelStage.RETIRED:
        raise NotPromotable(_("“%s” is retired already.") % model.name)
    _retire(model)
    record("model.retired", model)
    return model


@transaction.atomic
def roll_back(model: RegisteredModel) -> RegisteredModel | None:
    """Bring back what was live before this model. None: nothing was; of writers, the next more
    general one or the starter writes again.

    Raises NotPromotable when it is not live: of two clicks, the second changes nothing.
    """
    model = _lock(model)
    if model.stage == ModelStage.RETIRED:
        raise NotPromotable(
            _("This version of “%s” was retired already. Nothing was changed.") % model.name
        )
    if model.stage != ModelStage.LIVE:
        raise NotPromotable(_("“%s” is not live.") % model.name)
    before = previous(model)
    _retire(model)
    if before is not None:
        _make_live(before)
    record("model.rolled_back", model, restored=str(before.public_id) if before else "")
    return before


def previous(live: RegisteredModel) -> RegisteredModel | None:
    """Return what was live before `live`: the last one that it, or its forerunners, replaced."""
    return _replaced(RegisteredModel.objects.filter(**_place(live)), live.promoted_at).first()


def _replaced(rows: QuerySet[RegisteredModel], since: Any) -> QuerySet[RegisteredModel]:
    """Leave those that were live before `since` and are retired; the latest comes first."""
    gone = rows.filter(stage=ModelStage.RETIRED, promoted_at__lt=since)
    return gone.order_by("-promoted_at")


def _place(model: RegisteredModel) -> dict[str, str]:
    """What only one live model has."""
    if model.kind == ModelKind.CLASSIFIER:
        return {"kind": model.kind, "name": model.name}
    return {"kind": model.kind, "channel": model.channel}


def _lock(model: RegisteredModel) -> RegisteredModel:
    """Have whoever changes what is live in one place wait for each other. Return the model as it
    is then, with what the first of them did."""
    rows = RegisteredModel.objects.filter(**_place(model))
    list(rows.select_for_update().order_by("pk"))
    return rows.get(pk=model.pk)


def _live_beside(model: RegisteredModel) -> RegisteredModel | None:
    return RegisteredModel.objects.filter(stage=ModelStage.LIVE, **_place(model)).first()


def _must_have_passed(model: RegisteredModel, live: RegisteredModel | None) -> None:
    gate = model.figures.get("gate")
    classifies = model.kind == ModelKind.CLASSIFIER
    if not gate:
        raise GateNotPassed(_("The gate has not been run. Run it, then promote the model."))
    if gate["against_key"] != (str(live.public_id) if live else ""):
        raise GateNotPassed(
            _("Another classifier has gone live since this one was measured. Train it again.")
            if classifies
            else _("Another model has gone live since the gate was run. Run the gate again.")
        )
    if not gate["passed"] and classifies:
        raise GateNotPassed(
            _(
                "“%s” did not pass the gate: of the texts held out it names fewer rightly than the "
                "classifier that is live now, or than the commonest label alone would."
            )
            % model.name
        )
    if not gate["passed"]:
        raise GateNotPassed(
            _("“%s” did not pass the gate: it writes worse than what is live now.") % model.name
        )


def _make_live(model: RegisteredModel) -> None:
    """What comes back keeps the time of its promotion: the next step back goes before it."""
    model.stage, model.retired_at = ModelStage.LIVE, None
    model.promoted_at = model.promoted_at or timezone.now()
    model.save(update_fields=["stage", "promoted_at", "retired_at"])


def _retire(model: RegisteredModel) -> None:
    model.stage, model.retired_at = ModelStage.RETIRED, timezone.now()
    model.save(update_fields=["stage", "retired_at"])
