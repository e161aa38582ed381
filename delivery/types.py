"""Values that cross the door of `delivery`: a composed text, and what one person would see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class LinkTarget:
    """A target in a text. In the text it stands as `{{ link_<number> }}`; numbers start at 1."""

    number: int
    url: str
    label: str


@dataclass(frozen=True, kw_only=True)
class ContentDraft:
    """A composed text, not saved yet. Facts are filled in, the customer's slots are open.

    `subject`, `preheader`, `html` and `text` are Liquid. `content_hash` is the SHA-256 of the
    canonical JSON of these four, the links and the hash of the fact snapshot: what is approved.
    """

    subject: str
    preheader: str
    html: str
    text: str
    links: tuple[LinkTarget, ...]
    content_hash: str
    snapshot_id: int
    language: str
    variant: str
    label: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A text as one customer sees it. `subject` and `preheader` are one line each."""

    subject: str
    preheader: str
    html: str
    text: str
