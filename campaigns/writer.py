"""The model that writes in this installation, as pages and services ask about it.

A model whose files are missing must not take the pages down: they say what is missing.
"""

from django.conf import settings

from inference import services as inference
from inference.types import ModelInfo
from tenants.errors import DomainError


def describe() -> ModelInfo | None:
    """Return what the model's card says, None if it cannot be read."""
    try:
        return inference.describe_model(settings.INFERENCE_MODEL)
    except DomainError:
        return None


def problem() -> str:
    """Return why the model cannot write, as a sentence; "" if it can as far as its card says."""
    try:
        inference.describe_model(settings.INFERENCE_MODEL)
    except DomainError as error:
        return error.message
    return ""


def supports(language: str, channel: str) -> bool:
    """Whether the model writes such texts. True while nothing is known of it."""
    if describe() is None:
        return True
    return inference.supports(settings.INFERENCE_MODEL, language, channel)


def seconds_for(count: int) -> float:
    """Return about how long one worker takes for so many texts; 0 if nothing is known."""
    if count <= 0 or describe() is None:
        return 0.0
    return inference.estimate_seconds(count, settings.INFERENCE_MODEL)
