"""What leads from an empty workspace to its first campaign, in the order in which it is needed."""

from django.db.models import Exists
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from catalogue.models import BrandVoice, Product
from delivery.models import Sender
from insights.types import Step
from profiles.models import Customer
from tenants.models import Tenant
from tenants.permissions import allows


def first_steps(tenant: Tenant, role: str) -> list[Step]:
    """Return the steps with what is done. A role that may not take a step gets no link to it."""

    def link(permission: str, name: str) -> str:
        return reverse(name, args=[tenant.slug]) if allows(role, permission) else ""

    has = _what_is_there(tenant)
    return [
        Step(
            icon="upload",
            title=_("Bring your customers"),
            text=_(
                "A CSV file of customers or orders, of any size. Every row that is not taken is "
                "explained."
            ),
            button=_("Import a file"),
            url=link("imports.run", "profiles:import-create"),
            is_done=has["Customer"],
        ),
        Step(
            icon="package",
            title=_("Bring what you sell"),
            text=_("Products with prices and links. Texts may say nothing that is not there."),
            button=_("Import a file"),
            url=link("imports.run", "profiles:import-create"),
            is_done=has["Product"],
        ),
        Step(
            icon="quote",
            title=_("Say how you sound"),
            text=_("The name that readers know you by, your tone, and words that you never use."),
            button=_("Set the brand voice"),
            url=link("catalogue.edit", "catalogue:voice-detail"),
            is_done=has["BrandVoice"],
        ),
        Step(
            icon="mail-check",
            title=_("Say who your mail comes from"),
            text=_("The address and the mail server. An owner of the workspace sets them."),
            button=_("Set up a sender"),
            url=link("sender.manage", "delivery:sender-create"),
            is_done=has["Sender"],
        ),
        Step(
            icon="send",
            title=_("Make the first campaign"),
            text=_(
                "Say what you want; texts are written for each group, checked, read by you, and "
                "sent."
            ),
            button=_("New campaign"),
            url=link("campaigns.edit", "campaigns:campaign-create"),
            is_done=has["Campaign"],
        ),
    ]


def _what_is_there(tenant: Tenant) -> dict[str, bool]:
    """Whether the workspace has one row or more of each kind, in one query."""
    kinds = (Customer, Product, BrandVoice, Sender, Campaign)
    found = {kind.__name__: Exists(kind.objects.all()) for kind in kinds}
    there: dict[str, bool] = Tenant.objects.filter(pk=tenant.pk).values(**found)[0]  # type: ignore[assignment]
    return there
