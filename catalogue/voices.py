"""Brand voices: how the brand sounds, and what it never says."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from catalogue.models import BrandVoice
from tenants.audit import record
from tenants.errors import Conflict

FIELDS = frozenset(
    {
        "name",
        "brand_name",
        "tone",
        "languages",
        "do_words",
        "dont_words",
        "samples",
        "colour",
        "website",
        "is_default",
    }
)


def default_voice() -> BrandVoice | None:
    """Return the voice that campaigns use unless they name another; None if there is none yet."""
    voice: BrandVoice | None = BrandVoice.objects.filter(is_default=True).first()
    return voice


def save_voice(voice: BrandVoice | None = None, **fields: Any) -> BrandVoice:
    """Create a voice, or change some fields of one. The first one becomes the default.

    Raises Conflict if the name is taken.
    """
    if unknown := set(fields) - FIELDS:
        raise TypeError(f"A brand voice has no {', '.join(sorted(unknown))}.")
    is_new = voice is None
    voice = voice or BrandVoice()
    for name, value in fields.items():
        setattr(voice, name, value)
    if is_new and not BrandVoice.objects.exists():
        voice.is_default = True  # whatever the form said: campaigns need one
    if BrandVoice.objects.filter(name=voice.name).exclude(pk=voice.pk).exists():
        message = _("There is a brand voice named %(name)s already.") % {"name": voice.name}
        raise Conflict(message, fields={"name": message})
    with transaction.atomic():
        if voice.is_default:
            BrandVoice.objects.exclude(pk=voice.pk).update(is_default=False)
        voice.save(update_fields=None if is_new else list(fields))
        record("voice.created" if is_new else "voice.changed", voice)
    return voice
