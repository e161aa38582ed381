"""Forms of Settings → Models."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inference.models import ModelChannel, RegisteredModel
from inference.types import Channel, Language


class ServerForm(forms.Form):
    """A model at a server. The key is written and never shown again."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("What your team calls it."))
    url = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("Up to /v1, such as https://models.example.com/v1."),
    )
    remote_name = forms.CharField(label=_("Name at the server"), max_length=200)
    api_key = forms.CharField(
        label=_("Key"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Kept encrypted, and never shown again."),
    )


class LocalForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("What your team calls it."))
    source = forms.CharField(
        label=_("Repository or folder"),
        max_length=300,
        help_text=_("A Hugging Face repository such as owner/model, or a folder of the operator."),
    )
    revision = forms.CharField(
        label=_("Revision"),
        max_length=80,
        required=False,
        help_text=_("The 40 digits of the commit; for a folder the SHA-256 of its weights."),
    )


class KeyForm(forms.Form):
    api_key = forms.CharField(
        label=_("New key"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty: the server asks for none."),
    )


class ChoiceForm(forms.Form):
    """Which model writes a channel; empty means no choice of its own."""

    channel = forms.ChoiceField(choices=ModelChannel.choices, required=False)
    model = forms.UUIDField(required=False)


class TryForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[(Language.ENGLISH.value, "English"), (Language.CHINESE.value, "简体中文")],
    )
    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[(key, word) for key, word in ModelChannel.choices if key],
    )
    about = forms.CharField(
        label=_("What it shall say"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, model: RegisteredModel | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].initial = (model and model.channel) or Channel.EMAIL.value
