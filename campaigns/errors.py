"""Refusals of this room.

DomainError
├── Conflict
│   ├── NotEditable     the campaign is written, sent or cancelled: its state does not allow it
│   └── NotApproved     there is no approval of exactly this content
└── BadInput
    └── BriefIncomplete something is missing before the next step
"""

from tenants.errors import BadInput, Conflict


class NotEditable(Conflict):
    code = "not_editable"


class NotApproved(Conflict):
    code = "not_approved"


class BriefIncomplete(BadInput):
    code = "brief_incomplete"
