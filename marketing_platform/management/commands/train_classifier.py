"""`manage.py train_classifier`: learn to label texts from a file, and measure it.

Progress on standard error, then one JSON line.
"""

import json
import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from inference import services as inference
from inference.errors import NotPromotable
from inference.label_files import read_labelled
from inference.models import RegisteredModel
from profiles.services import topics
from profiles.services.classifier_runs import LANGUAGES
from tenants.context import scope
from tenants.errors import DomainError
from tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Learn to label customers' texts from a file. The result is a candidate in the registry "
        "with its figures on texts held out; --promote makes it live if it passed its gate, and "
        "--roll-back brings back the one before. Live labels are read from texts by the workers."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="SLUG")
        parser.add_argument(
            "--name", required=True, help="one classifier of a name is live at most"
        )
        parser.add_argument("--file", help="labelled texts: a table or JSON")
        parser.add_argument("--text", default="text", metavar="COLUMN")
        parser.add_argument("--label", default="label", metavar="COLUMN")
        parser.add_argument("--oos", default="", metavar="LABEL", help="texts that get no label")
        parser.add_argument(
            "--language",
            default="",
            choices=[code for code in LANGUAGES if code],
            help="of the texts; told by them where it is left out",
        )
        parser.add_argument("--promote", action="store_true")
        parser.add_argument("--roll-back", action="store_true")

    def handle(self, *args: Any, workspace: str, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=workspace).first()
        if tenant is None:
            raise CommandError(f"There is no workspace {workspace}.")
        if bool(options["file"]) == options["roll_back"]:
            raise CommandError("Give either --file, to learn from, or --roll-back.")
        act = _roll_back if options["roll_back"] else _train
        try:
            line = act(tenant.pk, **options)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(json.dumps(line, ensure_ascii=False))


def _train(
    tenant_id: int,
    *,
    name: str,
    file: str,
    text: str,
    label: str,
    oos: str,
    language: str,
    **options: Any,
) -> dict[str, Any]:
    start = time.monotonic()
    known = read_labelled(file, text=text, label=label, split="train")
    for note in known.notes:
        sys.stderr.write(note + "\n")
    model = topics.train_classifier(
        tenant_id,
        name=name,
        known=known,
        oos=oos,
        languages=LANGUAGES[language],
        on_progress=_tell,
    )
    if options["promote"]:
        with scope(tenant_id):
            model = topics.promote_classifier(model)
    return _line(model) | {"seconds": round(time.monotonic() - start, 1)}


def _roll_back(tenant_id: int, *, name: str, **options: Any) -> dict[str, Any]:
    with scope(tenant_id):
        live = inference.live_classifier_rows().filter(name=name).first()
        if live is None:
            raise NotPromotable(_("Nothing is live here, so there is nothing to roll back."))
        before = topics.roll_back_classifier(live)
    return _line(before) if before else {"name": "train_classifier", "model": None}


def _line(model: RegisteredModel) -> dict[str, Any]:
    figures = {key: value for key, value in model.figures.items() if key != "gate"}
    gate = model.figures["gate"]
    return {
        "name": "train_classifier",
        "model": str(model.public_id),
        "stage": model.stage,
        "data_hash": model.data_hash,
        "figures": figures,
        "gate": {key: gate[key] for key in ("passed", "against", "texts", "figures")},
    }


def _tell(done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done / max(1, total):4.0%}")
