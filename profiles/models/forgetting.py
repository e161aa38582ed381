"""What becomes of rows about a customer who is forgotten: each model says so by `on_forget`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class OnForget:
    """Rows that stay when a customer is forgotten, and which of their fields are emptied.

    The rows are those whose `path`, a lookup, leads to the customer, and to which `only` applies.
    `blank` maps fields to what stands there afterwards; without it the rows stay as they are, for
    the reason in `why`. A model with a key to Customer that says nothing is deleted from.
    """

    why: str
    path: str = "customer"
    only: Mapping[str, Any] = field(default_factory=dict)
    blank: Mapping[str, Any] = field(default_factory=dict)
