"""Forgetting people everywhere: every room's models say what becomes of their rows.

A model with a key to Customer loses the rows of who is forgotten, unless it says by `on_forget`
what stays (see profiles/models/forgetting.py). So a new model is safe before anybody thinks of it.
"""

from collections.abc import Iterator, Sequence

from django.apps import apps
from django.db import models

from profiles.models import Customer
from profiles.models.forgetting import OnForget


def deleted_rows() -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model whose rows go with the customer, and the field that leads there."""
    for model in apps.get_models():
        if model is Customer or hasattr(model, "on_forget"):
            continue
        for key in model._meta.concrete_fields:
            if key.is_relation and key.related_model is Customer:
                yield model, key.name


def kept_rows() -> Iterator[tuple[type[models.Model], OnForget]]:
    """Yield each model whose rows stay, with what is emptied."""
    for model in apps.get_models():
        if hasattr(model, "on_forget"):
            yield model, model.on_forget


def forget_rows(customer_ids: Sequence[int]) -> None:
    """Delete or empty all rows about these customers, in every room."""
    ids = list(customer_ids)
    for model, name in deleted_rows():
        model._default_manager.filter(**{f"{name}_id__in": ids}).delete()
    for model, rule in kept_rows():
        if rule.blank:
            rows = model._default_manager.filter(**{f"{rule.path}__in": ids}, **rule.only)
            rows.update(**rule.blank)
