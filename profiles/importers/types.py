"""What a merge did."""

from dataclasses import dataclass, field

from profiles.importers.batches import Rejection


@dataclass
class Outcome:
    """rows = created + updated + unchanged + rejected."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    notices: dict[str, int] = field(default_factory=dict)
