"""One row of every model of a workspace, and which of them an address names.

The tests of isolation and of permissions walk over every route, model and task. What they
cannot guess stands in the three tables here; a new room adds a line to each.
"""

import hashlib
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.utils import timezone

from delivery import tokens
from tenants.models import Tenant, TenantModel

OURS = (
    "tenants", "inference", "catalogue", "profiles", "delivery", "conversations", "campaigns",
    "insights", "marketing_platform",
)  # fmt: skip

# What a field must hold so that pages can show the row. The rest is filled by its type.
FIELDS: dict[str, dict[str, Any]] = {
    "tenants.Invitation": {
        "token_hash": lambda tenant: hashlib.sha256(f"token-{tenant.slug}".encode()).hexdigest(),
        "expires_at": lambda tenant: timezone.now() + timedelta(days=1),
    },
    "campaigns.Campaign": {
        "languages": ["en"],
        "channels": ["email"],
        "goal": "winback",
        "offer": None,
    },
    "campaigns.Creative": {
        "channel": "email",
        "variant": "reason",
        "state": "written",
        "parts": {
            "subject": "CANARY subject",
            "preheader": "CANARY preheader",
            "body": "CANARY body",
            "call_to_action": "CANARY go",
        },
    },
    "campaigns.GateBrief": {"goal": "winback"},
    "campaigns.TextExplanation": {
        "state": "done",
        "data": {
            "clauses": [],
            "influences": [],
            "attention": {"tokens": ["a"], "prompt_tokens": 1, "layers": 1, "heads": 1},
        },
        "attention": zlib.compress(b"\xff"),
    },
    "campaigns.AudienceMember": {"place": "recipient", "variant": "reason"},
    "campaigns.MicroSegment": {
        "facts": {"stage": "lapsed", "motive": "none", "has_name": True, "interest": "CANARY"}
    },
    "catalogue.BrandVoice": {"languages": ["en"], "is_default": True},
    "catalogue.FactSnapshot": {
        "facts": {"brand.name": "CANARY brand", "product.name": "CANARY product"}
    },
    "delivery.Sender": {"host": "127.0.0.1", "port": 9, "is_default": True, "security": "none"},
    "delivery.Mailing": {"state": "paused"},
    "delivery.Message": {"address": "canary@example.com", "state": "sent"},
    "inference.EditPair": {"before": {"body": "CANARY"}, "after": {"body": "CANARY 2"}},
    "inference.RegisteredModel": {"source": "starter", "adapter": "", "channel": "ad"},
    "profiles.Customer": {"email": "canary@example.com", "may_email": True},
    "profiles.Import": {"kind": "customers", "state": "done", "columns": ["email"]},
    "profiles.RuleWish": {
        "state": "done",
        "rules": {"all": [{"field": "customer.country", "op": "is", "value": "CA"}]},
    },
    "profiles.Segment": {
        "rules": {"all": [{"field": "customer.country", "op": "is", "value": "CA"}]}
    },
    "profiles.WordTrait": {"kind": "topic"},
    "profiles.TraitSet": {"stage": "lapsed", "motive": "none"},
    "profiles.Event": {"event_id": uuid.UUID(int=7), "name": "product_viewed"},
}

# Which row a route names, by the noun that its name begins with, or by the argument's name.
NOUNS: dict[str, str] = {
    "api-key": "tenants.ApiKey",
    "attribute": "profiles.AttributeDefinition",
    "brief": "campaigns.GateBrief",
    "campaign": "campaigns.Campaign",
    "classifier": "inference.RegisteredModel/classifier",
    "classifier-run": "inference.TrainingRun/classifier",
    "creative": "campaigns.Creative",
    "customer": "profiles.Customer",
    "duplicate": "profiles.DuplicatePair",
    "import": "profiles.Import",
    "invitation": "tenants.Invitation",
    "mailing": "delivery.Mailing",
    "list": "profiles.CustomerList",
    "member": "tenants.Membership",
    "merge": "profiles.Merge",
    "message": "delivery.Message",
    "model": "inference.RegisteredModel",
    "offer": "catalogue.Offer",
    "order": "profiles.Order",
    "product": "catalogue.Product",
    "segment": "profiles.Segment",
    "sender": "delivery.Sender",
    "suppression": "delivery.Suppression",
    "training": "inference.TrainingRun",
    "voice": "catalogue.BrandVoice",
    "wish": "profiles.RuleWish",
}

# Second rows of a model, for routes that know only such ones.
MORE: dict[str, dict[str, Any]] = {
    "inference.RegisteredModel/classifier": {
        "name": "CANARY topics",
        "kind": "classifier",
        "source": "classifiers/CANARY",
        "figures": {"labels": ["CANARY label"], "gate": {"passed": True, "against_key": ""}},
    },
    "inference.TrainingRun/classifier": {
        "name": "CANARY topics",
        "kind": "classifier",
        "state": "waiting",
        "options": {"name": "CANARY topics", "text": "CANARY text", "label": "CANARY label"},
    },
}

# What an argument holds that is no public id: by (name of the route, argument) or by argument.
ARGUMENTS: dict[Any, Callable[["World"], Any]] = {
    ("profiles:import-template", "kind"): lambda world: "customers",
    ("tenants:member-change", "member"): lambda world: world.row("tenants.Membership").pk,
    ("tenants:invitation-accept", "token"): lambda world: f"token-{world.tenant.slug}",
    ("delivery:click", "token"): lambda world: tokens.click_token(
        world.tenant, world.row("delivery.Message").public_id, world.row("delivery.Link").number
    ),
    ("delivery:unsubscribe", "token"): lambda world: tokens.unsubscribe_token(
        world.tenant, world.row("delivery.Message").public_id
    ),
    ("delivery:message-list", "public_id"): lambda world: world.row("delivery.Mailing").public_id,
    ("delivery:doubt-resolve", "public_id"): lambda world: world.row("delivery.Mailing").public_id,
    ("delivery:mailbox-mail", "public_id"): lambda world: world.row("delivery.Message").public_id,
    ("delivery:mailbox-body", "public_id"): lambda world: world.row("delivery.Message").public_id,
    ("delivery:mailbox-test", "key"): lambda world: world.row("delivery.Message").public_id,
    ("delivery:mailbox-test-body", "key"): lambda world: world.row("delivery.Message").public_id,
}


@dataclass
class World:
    """A workspace with one row of every model."""

    tenant: Tenant
    rows: dict[str, models.Model] = field(default_factory=dict)

    def row(self, label: str) -> models.Model:
        return self.rows[label]

    def public_ids(self) -> dict[str, str]:
        """Return "campaign" → public id, for every model that has one."""
        return {
            label.partition(".")[2].lower(): str(row.public_id)
            for label, row in self.rows.items()
            if hasattr(row, "public_id")
        }


def tenant_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OURS and issubclass(model, TenantModel)
    ]


def fill_world(tenant: Tenant, people: dict[str, models.Model], canary: str) -> World:
    """Make one row of every model in the scope that is open. `people` fill links to User."""
    world = World(tenant)
    with connection.cursor() as cursor:
        today = timezone.now().date()
        cursor.execute(
            "SELECT profiles_ensure_event_partitions(%s, %s)", [today - timedelta(days=31), today]
        )
    for model in tenant_models():
        _make(model, world, people, canary)
    for key, values in MORE.items():
        model = apps.get_model(key.partition("/")[0])
        world.rows[key] = model.objects.create(**_marked(values, canary))
    return world


def _make(model: Any, world: World, people: dict[str, models.Model], canary: str) -> models.Model:
    label = model._meta.label
    if label in world.rows:
        return world.rows[label]
    values = {
        item.name: value
        for item in model._meta.local_fields
        if (value := _fill(item, world, people, canary)) is not None
    }
    for name, value in FIELDS.get(label, {}).items():
        values[name] = value(world.tenant) if callable(value) else _marked(value, canary)
    if label == "tenants.Membership":
        world.rows[label] = model.objects.get(user=people["user"])
    else:
        world.rows[label] = model.objects.create(**values)
    return world.rows[label]


def _fill(item: Any, world: World, people: dict[str, models.Model], canary: str) -> Any:
    """Return what the field shall hold; None leaves it to the model's default."""
    if item.primary_key or item.name == "tenant":
        return None
    if isinstance(item, models.ForeignKey):
        target = item.related_model
        if target._meta.label == "tenants.User":
            return people["user"]
        return None if target is item.model else _make(target, world, people, canary)
    is_free_text = isinstance(item, models.CharField | models.TextField) and not item.choices
    is_needed = not item.null and not item.has_default() and not _made_by_database(item)
    return _value(item, canary) if is_free_text or is_needed else None


def _made_by_database(item: models.Field) -> bool:
    return item.db_default is not models.NOT_PROVIDED


def _marked(value: Any, canary: str) -> Any:
    """Put the workspace's own canary in place of the word CANARY."""
    if isinstance(value, str):
        return value.replace("CANARY", canary)
    if isinstance(value, dict):
        return {key: _marked(entry, canary) for key, entry in value.items()}
    if isinstance(value, list):
        return [_marked(entry, canary) for entry in value]
    return value


def _value(item: Any, canary: str) -> Any:
    makers: list[tuple[type, Callable[[], Any]]] = [
        (models.EmailField, lambda: f"{canary.lower()}@example.com"),
        (models.URLField, lambda: f"https://{canary.lower()}.example/"),
        (models.FileField, lambda: ""),
        (models.CharField, lambda: _text(item, canary)),
        (models.TextField, lambda: f"{canary} {item.name}"),
        (models.UUIDField, uuid.uuid4),
        (models.DateTimeField, timezone.now),
        (models.DateField, lambda: timezone.now().date()),
        (models.DurationField, lambda: timedelta(hours=1)),
        (models.DecimalField, lambda: Decimal("10.00")),
        (models.BooleanField, lambda: True),
        (ArrayField, list),
        (models.JSONField, dict),
        (models.IntegerField, lambda: 1),
        (models.FloatField, lambda: 1.0),
        (models.GenericIPAddressField, lambda: "203.0.113.7"),
    ]
    for kind, make in makers:
        if isinstance(item, kind):
            return make()
    raise TypeError(f"Say in FIELDS of tests/samples.py what {item} shall hold.")


def _text(item: Any, canary: str) -> str:
    if item.choices:
        return str(item.choices[0][0])
    return f"{canary}-{item.name}"[: item.max_length]


# Routes whose POST as the owner cannot work without more than an empty form, and what it needs.
NEEDS_MORE = {"profiles:import-retry": "rows that were rejected for their date"}

# With which arguments, after the tenant's id, a task is tried.
TASKS: dict[str, Callable[[World], list[Any]]] = {
    "catalogue.tasks.fetch_pictures": lambda world: [],
    "campaigns.tasks.explain_text": lambda world: [world.row("campaigns.TextExplanation").pk],
    "campaigns.tasks.judge_model": lambda world: [world.row("inference.RegisteredModel").pk],
    "campaigns.tasks.follow_all_mailings": lambda world: [],
    "campaigns.tasks.follow_mailings": lambda world: [],
    "campaigns.tasks.ring_pending": lambda world: [],
    "campaigns.tasks.ring_writers": lambda world: [],
    "campaigns.tasks.settle_pending": lambda world: [world.row("campaigns.Campaign").pk],
    "campaigns.tasks.ring_trainers": lambda world: [],
    "campaigns.tasks.train_model": lambda world: [world.row("inference.TrainingRun").pk],
    "campaigns.tasks.write_texts": lambda world: [],
    "delivery.tasks.send_chunk": lambda world: [world.row("delivery.Mailing").pk],
    "delivery.tasks.send_due": lambda world: [],
    "delivery.tasks.sweep_all": lambda world: [],
    "delivery.tasks.sweep_workspace": lambda world: [],
    "profiles.tasks.apply_policy": lambda world: [],
    "profiles.tasks.find_duplicates": lambda world: [],
    "profiles.tasks.keep_house": lambda world: [],
    "profiles.tasks.begin_all_forecasts": lambda world: [],
    "profiles.tasks.begin_forecasts": lambda world: [],
    "profiles.tasks.refresh_all_forecasts": lambda world: [],
    "profiles.tasks.read_wish": lambda world: [world.row("profiles.RuleWish").pk],
    "profiles.tasks.refresh_all_touched": lambda world: [],
    "profiles.tasks.refresh_all_traits": lambda world: [],
    "profiles.tasks.refresh_forecasts": lambda world: [],
    "profiles.tasks.refresh_topics": lambda world: [],
    "profiles.tasks.refresh_touched": lambda world: [],
    "profiles.tasks.refresh_traits": lambda world: [],
    "profiles.tasks.resume_all_imports": lambda world: [],
    "profiles.tasks.resume_imports": lambda world: [],
    "profiles.tasks.ring_classifiers": lambda world: [],
    "profiles.tasks.train_classifier": lambda world: [
        world.row("inference.TrainingRun/classifier").pk
    ],
    "profiles.tasks.run_import": lambda world: [world.row("profiles.Import").pk],
}

# Which modules use the cache, and why their keys are not the same in two workspaces.
CACHE_KEYS = {
    "campaigns/how_far.py": "the workspace's id and the campaign's key",
    "campaigns/services/audience.py": "the campaign's public id, and when it was changed",
    "insights/metrics.py": "the workspace's id, and what is counted",
    "tenants/api.py": "the API key's row, which no other workspace has",
    "delivery/tasks.py": "the mailing's key, which no other workspace has",
}
