"""What is kept in the cache outlives the code that wrote it: an upgrade must not read it wrong."""

import hashlib
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints


def shape_of(kind: Any) -> str:
    """Return eight digits for a cache key, which change with what a dataclass is made of: its name,
    its fields and their types, those of the dataclasses within it too."""
    return hashlib.sha256(_spelt(kind).encode()).hexdigest()[:8]


def _spelt(kind: Any) -> str:
    within = [_spelt(part) for part in get_args(kind)]
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        within += [f"{field.name}:{_spelt(hints[field.name])}" for field in fields(kind)]
    module, name = getattr(kind, "__module__", ""), getattr(kind, "__qualname__", str(kind))
    return f"{module}.{name}({','.join(within)})"
