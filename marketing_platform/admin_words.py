"""Words of the administration that no model and no template of ours says.

A field that names itself by its column has its word here, so that the administration speaks the
reader's language; giving it to the field itself would be a migration without a change. So has a
model that a package names by its class. The words of the admin theme, which brings no Chinese, are
listed to be collected for translation.
"""

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

FIELDS = {
    "active_at": pgettext_lazy("field", "active at"),
    "actor": pgettext_lazy("field", "actor"),
    "address_hash": pgettext_lazy("field", "address hash"),
    "api_key": pgettext_lazy("field", "api key"),
    "approved_by": pgettext_lazy("field", "approved by"),
    "attempts": pgettext_lazy("field", "attempts"),
    "attention": pgettext_lazy("field", "attention"),
    "bytes_read": pgettext_lazy("field", "bytes read"),
    "campaign": pgettext_lazy("field", "campaign"),
    "channel": pgettext_lazy("field", "channel"),
    "checkpoint": pgettext_lazy("field", "checkpoint"),
    "code": pgettext_lazy("field", "code"),
    "content": pgettext_lazy("field", "content"),
    "content_hash": pgettext_lazy("field", "content hash"),
    "created_at": pgettext_lazy("field", "created at"),
    "created_by": pgettext_lazy("field", "created by"),
    "creative": pgettext_lazy("field", "creative"),
    "customer": pgettext_lazy("field", "customer"),
    "data": pgettext_lazy("field", "data"),
    "day": pgettext_lazy("field", "day"),
    "definition": pgettext_lazy("field", "definition"),
    "dropped": pgettext_lazy("field", "dropped"),
    "edited_by": pgettext_lazy("field", "edited by"),
    "event_id": pgettext_lazy("field", "event id"),
    "facts_hash": pgettext_lazy("field", "facts hash"),
    "fence": pgettext_lazy("field", "fence"),
    "first": pgettext_lazy("field", "first"),
    "hour_count": pgettext_lazy("field", "hour count"),
    "hour_started_at": pgettext_lazy("field", "hour started at"),
    "html": pgettext_lazy("field", "html"),
    "instance_id": pgettext_lazy("field", "instance id"),
    "invited_by": pgettext_lazy("field", "invited by"),
    "ip_hash": pgettext_lazy("field", "ip hash"),
    "kept": pgettext_lazy("field", "kept"),
    "key": pgettext_lazy("field", "key"),
    "key_hash": pgettext_lazy("field", "key hash"),
    "last_product": pgettext_lazy("field", "last product"),
    "last_used_at": pgettext_lazy("field", "last used at"),
    "lease_until": pgettext_lazy("field", "lease until"),
    "line_key": pgettext_lazy("field", "line key"),
    "link": pgettext_lazy("field", "link"),
    "list": pgettext_lazy("field", "list"),
    "mailing": pgettext_lazy("field", "mailing"),
    "merged_into": pgettext_lazy("field", "merged into"),
    "message": pgettext_lazy("field", "message"),
    "method": pgettext_lazy("field", "method"),
    "micro_segment": pgettext_lazy("field", "micro segment"),
    "new_tokens": pgettext_lazy("field", "new tokens"),
    "number": pgettext_lazy("field", "number"),
    "offer": pgettext_lazy("field", "offer"),
    "order": pgettext_lazy("field", "order"),
    "password": pgettext_lazy("field", "password"),
    "pending": pgettext_lazy("field", "pending"),
    "pending_by": pgettext_lazy("field", "pending by"),
    "pending_by_name": pgettext_lazy("field", "pending by name"),
    "pending_tries": pgettext_lazy("field", "pending tries"),
    "position": pgettext_lazy("field", "position"),
    "product": pgettext_lazy("field", "product"),
    "prompt_hash": pgettext_lazy("field", "prompt hash"),
    "prompt_tokens": pgettext_lazy("field", "prompt tokens"),
    "public_id": pgettext_lazy("field", "public id"),
    "reviewed_by": pgettext_lazy("field", "reviewed by"),
    "second": pgettext_lazy("field", "second"),
    "second_product": pgettext_lazy("field", "second product"),
    "seconds": pgettext_lazy("field", "seconds"),
    "segment": pgettext_lazy("field", "segment"),
    "sender": pgettext_lazy("field", "sender"),
    "sha256": pgettext_lazy("field", "sha256"),
    "snapshot": pgettext_lazy("field", "snapshot"),
    "source": pgettext_lazy("field", "source"),
    "starts": pgettext_lazy("field", "starts"),
    "tenant": pgettext_lazy("field", "tenant"),
    "text": pgettext_lazy("field", "text"),
    "token_hash": pgettext_lazy("field", "token hash"),
    "type": pgettext_lazy("field", "type"),
    "user": pgettext_lazy("field", "user"),
    "user_agent": pgettext_lazy("field", "user agent"),
    "voice": pgettext_lazy("field", "voice"),
    "words": pgettext_lazy("field", "words"),
    "worker": pgettext_lazy("field", "worker"),
}

MODELS = {"mfa.Authenticator": (_("second factor"), _("second factors"))}

BORROWED = (
    gettext_noop("Search apps and models..."),
    gettext_noop("Type to search"),
    gettext_noop("No results found"),
    gettext_noop("This page yielded into no results. Create a new item or reset your filters."),
    gettext_noop("Reset filters"),
    gettext_noop("Clear all filters"),
    gettext_noop("Apply Filters"),
    gettext_noop("Filters"),
    gettext_noop("General"),
    gettext_noop("Show counts"),
    gettext_noop("Hide counts"),
    gettext_noop("Select all rows"),
    gettext_noop("Expand row"),
    gettext_noop("Add row"),
    gettext_noop("More actions"),
    gettext_noop("Run the selected action"),
    gettext_noop("Run"),
    gettext_noop("Select action"),
    gettext_noop("Select action to run"),
    gettext_noop("Select record"),
    gettext_noop("Select value"),
    gettext_noop("True"),
    gettext_noop("False"),
    gettext_noop("No data"),
    gettext_noop("Choose file to upload"),
    gettext_noop("This item will be deleted."),
    gettext_noop("After you've created a user, you’ll be able to edit more user options."),
    gettext_noop("Return to site"),
    gettext_noop("Welcome back to"),
    gettext_noop("You have been successfully logged out from the administration"),
    gettext_noop("All applications"),
    gettext_noop("Recent searches"),
    gettext_noop("No recent searches"),
    gettext_noop("No results matching your query"),
    gettext_noop("Loading more results..."),
    gettext_noop("Record picture"),
    gettext_noop("Click to download"),
    gettext_noop("Click to cancel"),
    gettext_noop("Toggle password visibility"),
    gettext_noop("View site"),
    gettext_noop("Light"),
    gettext_noop("Dark"),
    gettext_noop("System"),
    gettext_noop("Go back"),
    gettext_noop("Previous"),
    gettext_noop("Next"),
)


def give_names() -> None:
    """Give each field and model that has no name of its own its word."""
    for label, names in MODELS.items():
        about: Any = apps.get_model(label)._meta
        about.verbose_name, about.verbose_name_plural = names
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if field._verbose_name is None and field.name in FIELDS:
                field.verbose_name = FIELDS[field.name]
