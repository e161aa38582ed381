"""The audit log in words: “Campaign · approved” for `campaign.approved`, figures without brackets.

What stands in the database stays as it is: words are for readers, codes for machines.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from tenants.models import AuditEntry

ON_SCREEN = 12
"""How many characters of a hash or a public id tell it from the others of a page."""

FINGERPRINT = re.compile(r"\b(?:[0-9a-f]{32,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*(?:\+00:00|Z)")

NOUNS: Mapping[str, str | Promise] = {
    "admin": pgettext_lazy("audit log", "Administrator"),
    "api_key": pgettext_lazy("audit log", "API key"),
    "attribute": pgettext_lazy("audit log", "Attribute"),
    "campaign": pgettext_lazy("audit log", "Campaign"),
    "consent": pgettext_lazy("audit log", "Consent"),
    "creative": pgettext_lazy("audit log", "Creative"),
    "customer": pgettext_lazy("audit log", "Customer"),
    "customers": pgettext_lazy("audit log", "Customers"),
    "data_policy": pgettext_lazy("audit log", "How long things are kept"),
    "gate": pgettext_lazy("audit log", "Test briefs"),
    "import": pgettext_lazy("audit log", "Import"),
    "learning": pgettext_lazy("audit log", "Learning from edits"),
    "list": pgettext_lazy("audit log", "List"),
    "mailing": pgettext_lazy("audit log", "Sending"),
    "member": pgettext_lazy("audit log", "Team"),
    "model": pgettext_lazy("audit log", "Model"),
    "offer": pgettext_lazy("audit log", "Offer"),
    "orders": pgettext_lazy("audit log", "Orders"),
    "product": pgettext_lazy("audit log", "Product"),
    "recommendation_policy": pgettext_lazy("audit log", "Recommendations"),
    "segment": pgettext_lazy("audit log", "Segment"),
    "sender": pgettext_lazy("audit log", "Sender"),
    "suppression": pgettext_lazy("audit log", "Suppression list"),
    "topic": pgettext_lazy("audit log", "Topic"),
    "training": pgettext_lazy("audit log", "Training"),
    "voice": pgettext_lazy("audit log", "Brand voice"),
    "workspace": pgettext_lazy("audit log", "Workspace"),
}
VERBS: Mapping[str, str | Promise] = {
    "added": pgettext_lazy("audit log", "added"),
    "applied": pgettext_lazy("audit log", "applied"),
    "approval_voided": pgettext_lazy("audit log", "approval no longer holds"),
    "approved": pgettext_lazy("audit log", "approved"),
    "audience_changed": pgettext_lazy("audit log", "audience changed"),
    "brief_changed": pgettext_lazy("audit log", "brief changed"),
    "brief_deleted": pgettext_lazy("audit log", "one deleted"),
    "brief_saved": pgettext_lazy("audit log", "one saved"),
    "briefs_kept": pgettext_lazy("audit log", "kept as they are"),
    "briefs_made_anew": pgettext_lazy("audit log", "made anew"),
    "cancelled": pgettext_lazy("audit log", "cancelled"),
    "changed": pgettext_lazy("audit log", "changed"),
    "consent_given": pgettext_lazy("audit log", "agreed"),
    "consent_withdrawn": pgettext_lazy("audit log", "agreement withdrawn"),
    "created": pgettext_lazy("audit log", "created"),
    "defined": pgettext_lazy("audit log", "defined"),
    "deleted": pgettext_lazy("audit log", "deleted"),
    "done": pgettext_lazy("audit log", "done"),
    "doubt_resolved": pgettext_lazy("audit log", "doubt resolved"),
    "duplicated": pgettext_lazy("audit log", "duplicated"),
    "edited": pgettext_lazy("audit log", "edited"),
    "email_shown": pgettext_lazy("audit log", "address shown"),
    "erased": pgettext_lazy("audit log", "erased"),
    "exported": pgettext_lazy("audit log", "exported"),
    "facts_taken": pgettext_lazy("audit log", "facts taken anew"),
    "failed": pgettext_lazy("audit log", "failed"),
    "filled": pgettext_lazy("audit log", "filled"),
    "forgotten": pgettext_lazy("audit log", "forgotten"),
    "gate": pgettext_lazy("audit log", "went through the gate"),
    "held": pgettext_lazy("audit log", "held"),
    "invitation_withdrawn": pgettext_lazy("audit log", "invitation withdrawn"),
    "invited": pgettext_lazy("audit log", "invited"),
    "key_changed": pgettext_lazy("audit log", "key changed"),
    "launched": pgettext_lazy("audit log", "launched"),
    "merge_undone": pgettext_lazy("audit log", "merge taken back"),
    "merged": pgettext_lazy("audit log", "merged"),
    "missed": pgettext_lazy("audit log", "people missed"),
    "not_duplicate": pgettext_lazy("audit log", "no duplicate"),
    "paused": pgettext_lazy("audit log", "paused"),
    "promoted": pgettext_lazy("audit log", "made live"),
    "registered": pgettext_lazy("audit log", "registered"),
    "released": pgettext_lazy("audit log", "released"),
    "removed": pgettext_lazy("audit log", "removed"),
    "resumed": pgettext_lazy("audit log", "resumed"),
    "retired": pgettext_lazy("audit log", "retired"),
    "reviewed": pgettext_lazy("audit log", "reviewed"),
    "revoked": pgettext_lazy("audit log", "revoked"),
    "role_changed": pgettext_lazy("audit log", "role changed"),
    "rolled_back": pgettext_lazy("audit log", "rolled back"),
    "sending_cancelled": pgettext_lazy("audit log", "sending cancelled"),
    "set": pgettext_lazy("audit log", "set"),
    "shortened": pgettext_lazy("audit log", "shortened"),
    "started": pgettext_lazy("audit log", "started"),
    "stopped": pgettext_lazy("audit log", "stopped"),
    "tested": pgettext_lazy("audit log", "tested"),
    "workspace_chosen": pgettext_lazy("audit log", "chose a workspace"),
    "writing_started": pgettext_lazy("audit log", "writing started"),
    "written": pgettext_lazy("audit log", "written"),
}


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """An entry as a person reads it. `target` is short; `whole` tells the row beyond doubt."""

    entry: AuditEntry
    what: str
    target: str
    whole: str
    details: list[tuple[str, str]]


def explain_entry(entry: AuditEntry) -> AuditLine:
    return AuditLine(
        entry=entry,
        what=name_action(entry.action),
        target=shorten(entry.target.rpartition(" ")[2]),
        whole=entry.target,
        details=list(_details(entry.data)),
    )


def name_action(action: str) -> str:
    """Return “Campaign · approved”. An action without words is returned as it is."""
    noun, _point, verb = action.partition(".")
    if noun not in NOUNS or verb not in VERBS:
        return action
    return f"{NOUNS[noun]} · {VERBS[verb]}"


def shorten(text: str) -> str:
    """Keep the beginning of each hash and id, and of a moment in UTC its minutes."""
    text = FINGERPRINT.sub(lambda found: f"{found[0][:ON_SCREEN].rstrip('-')}…", text)
    return MOMENT.sub(r"\1 \2 UTC", text)


def _details(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and value of what was noted and is not empty."""
    for name, value in data.items():
        if value not in ("", None, [], {}):
            yield name.replace("_", " "), shorten(_plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)
