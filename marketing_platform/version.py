"""The version is the newest heading of CHANGELOG.md, and stands nowhere else."""

import re
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def read_version() -> str:
    """Return the newest version, as `1.2.3`. Raises ValueError if the file names none."""
    found = re.search(r"^## (\d+\.\d+\.\d+)", CHANGELOG.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise ValueError(f"{CHANGELOG} has no heading with a version.")
    return found[1]


__version__ = read_version()
