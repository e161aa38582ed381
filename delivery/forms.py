"""Forms of the sender and suppression pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.models import Sender


class SenderForm(forms.Form):
    """A sender. The password is written and never shown again."""

    name = forms.CharField(
        label=_("Sender name"), max_length=120, help_text=_("What people see: your brand.")
    )
    email = forms.EmailField(label=_("Sender address"))
    reply_to = forms.EmailField(
        label=_("Answers go to"), required=False, help_text=_("Empty: to the sender address.")
    )
    host = forms.CharField(label=_("Server"), max_length=255)
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[("starttls", "STARTTLS"), ("tls", "TLS"), ("none", _("None"))],
        help_text=_("None is for a server on this machine only."),
    )
    username = forms.CharField(label=_("User name"), max_length=255, required=False)
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    per_hour = forms.IntegerField(
        label=_("Messages an hour"),
        min_value=1,
        max_value=10_000_000,
        initial=20_000,
        help_text=_("At most. A new domain starts low."),
    )
    is_default = forms.BooleanField(
        label=_("Use this sender unless a campaign says otherwise"), required=False
    )

    def __init__(self, *args: Any, sender: Sender | None = None, **kwargs: Any) -> None:
        if sender is not None:
            names = ("name", "email", "reply_to", "host", "port", "security", "username")
            kept = {name: getattr(sender, name) for name in (*names, "per_hour", "is_default")}
            kwargs["initial"] = kept | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        if sender is not None and sender.password:
            self.fields["password"].help_text = _("Empty keeps the one there is.")


class TestMailForm(forms.Form):
    """Where a test mail goes."""

    __test__ = False  # no test of ours
    to = forms.EmailField(label=_("Send a test mail to"))


class SuppressionForm(forms.Form):
    address = forms.EmailField(
        label=_("Email address"), help_text=_("Only its fingerprint is kept.")
    )


class RemovalForm(forms.Form):
    why = forms.CharField(
        label=_("Why may this address get mail again?"),
        max_length=300,
        help_text=_("It stands in the audit log."),
    )
