"""The models that write for this workspace, as pages and services ask about them.

A model whose files are missing must not take the pages down: they say what is missing.
"""

from inference import services as inference
from inference.types import Channel, ModelInfo
from tenants.errors import DomainError


def describe(channel: str = Channel.EMAIL) -> ModelInfo | None:
    """Return what the card of the channel's model says, None if it cannot be read."""
    try:
        return inference.describe_model(inference.live_writer(channel))
    except DomainError:
        return None


def problem() -> str:
    """Return why a model cannot write, as a sentence; "" if all can as far as their cards say."""
    for channel in Channel:
        try:
            inference.describe_model(inference.live_writer(channel))
        except DomainError as error:
            return error.message
    return ""


def name(channel: str = Channel.EMAIL) -> str:
    """Return the name of the channel's model, whatever state it is in."""
    try:
        return inference.live_writer(channel).name
    except DomainError:
        return ""


def supports(language: str, channel: str) -> bool:
    """Whether the channel's model writes such texts. True while nothing is known of it."""
    info = describe(channel)
    return info is None or (language in info.languages and channel in info.channels)


def seconds_for(count: int, channel: str = Channel.EMAIL) -> float:
    """Return about how long one worker takes for so many texts; 0 if nothing is known."""
    if count <= 0 or describe(channel) is None:
        return 0.0
    return inference.estimate_seconds(count, inference.live_writer(channel))
