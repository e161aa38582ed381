"""Who may do what: one table, from action to roles. Views, API and admin only name the action."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    MARKETER = "marketer", _("Marketer")
    REVIEWER = "reviewer", _("Reviewer")
    ANALYST = "analyst", _("Analyst")
    SUPPORT = "support", _("Support")


EVERYBODY = frozenset(Role)
OWNER = frozenset({Role.OWNER})
MAKERS = frozenset({Role.OWNER, Role.MARKETER})

ACTIONS: dict[str, frozenset[Role]] = {
    "workspace.view": EVERYBODY,
    "account.edit": EVERYBODY,
    "customers.view": EVERYBODY,
    "customers.edit": MAKERS | {Role.SUPPORT},
    "customers.export": MAKERS,
    "imports.view": MAKERS | {Role.ANALYST},
    "imports.run": MAKERS,
    "segments.view": EVERYBODY,
    "segments.edit": MAKERS | {Role.ANALYST},
    "catalogue.view": EVERYBODY,
    "catalogue.edit": MAKERS,
    "campaigns.view": EVERYBODY,
    "campaigns.edit": MAKERS,
    "creatives.review": MAKERS | {Role.REVIEWER},
    "campaigns.send": MAKERS,
    "reports.view": EVERYBODY,
    "mailbox.view": EVERYBODY,
    "workspace.manage": OWNER,
    "team.manage": OWNER,
    "sender.manage": OWNER,
    "api_keys.manage": OWNER,
    "audit.view": OWNER,
}

SCOPES: dict[str, "StrOrPromise"] = {
    "customers:read": _("Read customers, events and orders"),
    "customers:write": _("Write customers, events and orders"),
    "catalogue:read": _("Read products and offers"),
    "catalogue:write": _("Write products and offers"),
    "segments:read": _("Read segments"),
    "segments:write": _("Write segments"),
    "campaigns:read": _("Read campaigns and results"),
    "campaigns:write": _("Create campaigns and have them written"),
    "campaigns:approve": _("Approve campaigns"),
    "campaigns:send": _("Send campaigns"),
    "models:read": _("Read models and their figures"),
    "models:write": _("Register models, make them live and roll them back"),
}
"""What an API key may be allowed to do."""


def allows(role: str, action: str) -> bool:
    """Whether the role may do this. Raises KeyError for an action that nobody declared."""
    return role in ACTIONS[action]
