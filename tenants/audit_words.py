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
    "test_failed": pgettext_lazy("audit log", "test failed"),
    "tested": pgettext_lazy("audit log", "tested"),
    "workspace_chosen": pgettext_lazy("audit log", "chose a workspace"),
    "writing_started": pgettext_lazy("audit log", "writing started"),
    "written": pgettext_lazy("audit log", "written"),
}

DETAILS: Mapping[str, str | Promise] = {
    "added": pgettext_lazy("audit log", "added"),
    "against": pgettext_lazy("audit log", "compared with"),
    "audience": pgettext_lazy("audit log", "audience"),
    "base": pgettext_lazy("audit log", "from model"),
    "code": pgettext_lazy("audit log", "code"),
    "content_hash": pgettext_lazy("audit log", "fingerprint"),
    "count": pgettext_lazy("audit log", "count"),
    "creatives": pgettext_lazy("audit log", "texts"),
    "customer": pgettext_lazy("audit log", "customer"),
    "customers": pgettext_lazy("audit log", "customers"),
    "data_hash": pgettext_lazy("audit log", "data fingerprint"),
    "deleted": pgettext_lazy("audit log", "deleted"),
    "dropped": pgettext_lazy("audit log", "merged away"),
    "due_at": pgettext_lazy("audit log", "due"),
    "email": pgettext_lazy("audit log", "email"),
    "events": pgettext_lazy("audit log", "events"),
    "facts": pgettext_lazy("audit log", "facts"),
    "fields": pgettext_lazy("audit log", "fields"),
    "goal": pgettext_lazy("audit log", "goal"),
    "granted": pgettext_lazy("audit log", "agreed"),
    "hash": pgettext_lazy("audit log", "fingerprint"),
    "host": pgettext_lazy("audit log", "server"),
    "kind": pgettext_lazy("audit log", "kind"),
    "messages": pgettext_lazy("audit log", "messages"),
    "most_per_category": pgettext_lazy("audit log", "most per category"),
    "only_in_stock": pgettext_lazy("audit log", "only in stock"),
    "pairs": pgettext_lazy("audit log", "pairs"),
    "passed": pgettext_lazy("audit log", "passed"),
    "password": pgettext_lazy("audit log", "password changed"),
    "purpose": pgettext_lazy("audit log", "purpose"),
    "reason": pgettext_lazy("audit log", "reason"),
    "rejected": pgettext_lazy("audit log", "refused rows"),
    "repeats": pgettext_lazy("audit log", "repeats"),
    "replaced": pgettext_lazy("audit log", "replaced"),
    "resend": pgettext_lazy("audit log", "sent again"),
    "rest_days": pgettext_lazy("audit log", "days of rest"),
    "restored": pgettext_lazy("audit log", "restored"),
    "role": pgettext_lazy("audit log", "role"),
    "rows": pgettext_lazy("audit log", "rows"),
    "scopes": pgettext_lazy("audit log", "scopes"),
    "security": pgettext_lazy("audit log", "encryption"),
    "segment": pgettext_lazy("audit log", "segment"),
    "show_new": pgettext_lazy("audit log", "shows new products"),
    "size": pgettext_lazy("audit log", "people"),
    "slug": pgettext_lazy("audit log", "address"),
    "source": pgettext_lazy("audit log", "copied from"),
    "type": pgettext_lazy("audit log", "type"),
    "verdict": pgettext_lazy("audit log", "decision"),
    "why": pgettext_lazy("audit log", "why"),
}

CODED = frozenset({"goal", "kind", "purpose", "role", "verdict"})
"""Details whose value is one of a few codes; the others are shown as they are noted."""

VALUES: Mapping[str, str | Promise] = {
    "approved": pgettext_lazy("audit log", "approved"),
    "rejected": pgettext_lazy("audit log", "rejected"),
    "undone": pgettext_lazy("audit log", "undone"),
    "owner": pgettext_lazy("audit log", "owner"),
    "marketer": pgettext_lazy("audit log", "marketer"),
    "reviewer": pgettext_lazy("audit log", "reviewer"),
    "analyst": pgettext_lazy("audit log", "analyst"),
    "support": pgettext_lazy("audit log", "support"),
    "email": pgettext_lazy("audit log", "email"),
    "profiling": pgettext_lazy("audit log", "profile"),
    "writing": pgettext_lazy("audit log", "texts written for the person"),
    "customers": pgettext_lazy("audit log", "customers"),
    "orders": pgettext_lazy("audit log", "orders"),
    "events": pgettext_lazy("audit log", "events"),
    "products": pgettext_lazy("audit log", "products"),
    "texts": pgettext_lazy("audit log", "reviews, posts and chats"),
    "welcome": pgettext_lazy("audit log", "welcome new customers"),
    "winback": pgettext_lazy("audit log", "bring customers back"),
    "launch": pgettext_lazy("audit log", "introduce a product"),
    "discount": pgettext_lazy("audit log", "tell about an offer"),
    "cart": pgettext_lazy("audit log", "remind of a cart"),
    "replenishment": pgettext_lazy("audit log", "remind to buy again"),
    "review": pgettext_lazy("audit log", "ask for a review"),
    "loyalty": pgettext_lazy("audit log", "thank loyal customers"),
    "seasonal": pgettext_lazy("audit log", "seasonal occasion"),
}
ACTORS: Mapping[str, str | Promise] = {
    "nobody": pgettext_lazy("audit log", "nobody signed in"),
    "recipient": pgettext_lazy("audit log", "a recipient"),
    "system": pgettext_lazy("audit log", "the platform"),
}


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """An entry as a person reads it. `target` is short; `whole` tells the row beyond doubt."""

    entry: AuditEntry
    who: str
    what: str
    target: str
    whole: str
    details: list[tuple[str, str]]


def explain_entry(entry: AuditEntry) -> AuditLine:
    return AuditLine(
        entry=entry,
        who=_name_actor(entry),
        what=name_action(entry.action),
        target=shorten(entry.target.rpartition(" ")[2]),
        whole=entry.target,
        details=list(_details(entry.data)),
    )


def _name_actor(entry: AuditEntry) -> str:
    """A person is called what they are called, even if that is “system”."""
    name = entry.actor_name
    return name if entry.actor_id else str(ACTORS.get(name, name))


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
            shown = VALUES.get(str(value), value) if name in CODED else value
            yield str(DETAILS.get(name, name.replace("_", " "))), shorten(_plain(shown))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return str(pgettext_lazy("audit log", "yes") if value else pgettext_lazy("audit log", "no"))
    return str(value)
