"""What is derived from a person's behaviour or words: gone as soon as they refuse a profile."""

from collections.abc import Sequence

from django.apps import apps
from django.db import models


def derived_models() -> list[type[models.Model]]:
    """Return the models of this room whose rows are derived from what a customer did or said.

    A model says so by `is_derived = True`; traits, traits from words, predictions, vectors.
    """
    room = apps.get_app_config("profiles")
    return [model for model in room.get_models() if getattr(model, "is_derived", False)]


def forget_derived(customer_ids: Sequence[int]) -> None:
    """Delete all that was derived about these customers."""
    for model in derived_models():
        model._default_manager.filter(customer_id__in=customer_ids).delete()
