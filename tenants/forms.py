"""Forms of the settings pages."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant, User
from tenants.permissions import SCOPES, Role


class WorkspaceForm(forms.ModelForm):
    class Meta:
        model = Tenant
        fields: ClassVar = ["name", "language", "timezone", "currency", "postal_address"]
        widgets: ClassVar = {"postal_address": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]
        self.fields["timezone"] = forms.ChoiceField(label=_("Time zone"), choices=zones)

    def clean_name(self) -> str:
        """One line: it stands in the subject of invitations."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].strip().upper()
        if len(code) != 3 or not code.isalpha():
            raise forms.ValidationError(_("Write the three letters of a currency, such as EUR."))
        return code


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Email address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role)


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Which system will use it: “Shop”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=365,
        choices=[(90, _("90 days")), (365, _("One year")), (0, _("No end"))],
    )


class AccountForm(forms.ModelForm):
    class Meta:
        model = User
        fields: ClassVar = ["name", "language", "theme"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [
            ("", _("As the workspace")),
            *self.fields["language"].choices[1:],
        ]


class InvitationAcceptForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=120)
    password = forms.CharField(label=_("Password"), widget=forms.PasswordInput, strip=False)
