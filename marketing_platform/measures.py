"""What `bench` and `evaluate` share: find the function, run it, print one JSON line.

A room offers measures as a dictionary from name to function in its `benches.py` (`BENCHES`) or
`evaluations.py` (`EVALUATIONS`). A function takes `progress(done, total)` and options, and returns
`{"figures": …, "reference": …, "ratio": …}`.
"""

import importlib
import importlib.util
import inspect
import json
import math
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from tenants.errors import DomainError

ROOMS = (
    *("tenants", "inference", "catalogue", "profiles", "delivery", "campaigns", "insights"),
    "marketing_platform",
)
Measure = Callable[..., dict[str, Any]]


def find_measures(module: str, table: str) -> dict[str, Measure]:
    """Return every measure by name: `find_measures("benches", "BENCHES")`."""
    found: dict[str, Measure] = {}
    for room in ROOMS:
        if importlib.util.find_spec(f"{room}.{module}"):
            found |= getattr(importlib.import_module(f"{room}.{module}"), table)
    return found


def parse_options(words: list[str], measure: Measure) -> dict[str, Any]:
    """Turn `--rows 1000 --shape 135m` into keyword arguments of the measure, by its types."""
    known = {
        name: parameter
        for name, parameter in inspect.signature(measure).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    options: dict[str, Any] = {}
    rest = list(words)
    while rest:
        flag = rest.pop(0)
        name = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or name not in known or not rest:
            offered = ", ".join(f"--{key.replace('_', '-')} VALUE" for key in known) or "none"
            raise CommandError(f"{flag} is not understood. Options: {offered}.")
        value = rest.pop(0)
        options[name] = _typed(flag, value, known[name].annotation)
    missing = [key for key, value in known.items() if value.default is value.empty]
    if absent := [key for key in missing if key not in options]:
        raise CommandError(f"Give --{absent[0].replace('_', '-')} VALUE.")
    return options


def _typed(flag: str, value: str, kind: Any) -> Any:
    if kind not in (int, float):
        return value
    try:
        return kind(value)
    except ValueError as error:
        raise CommandError(f"{flag} takes a number, not “{value}”.") from error


def measure(name: str, function: Measure, options: dict[str, Any]) -> str:
    """Run a measure with progress on standard error; return its JSON line."""
    start = time.monotonic()
    try:
        result = function(show_progress, **options)
    except DomainError as error:
        raise CommandError(error.message) from error
    sys.stderr.write("\n")
    line = {"name": name, **result}
    line |= {
        "seconds": round(time.monotonic() - start, 1),
        # A measure that runs its work in another process says what that one needed.
        "peak_rss_mb": result.get(
            "peak_rss_mb", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        ),
        "machine": _machine(),
        "revision": _revision(),
    }
    return json.dumps(_finite(line), ensure_ascii=False)


def _finite(value: Any) -> Any:
    """JSON knows no NaN and no infinity: what cannot be said is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value


def show_progress(done: int, total: int) -> None:
    sys.stderr.write(f"\r{done:,} of {total:,}" if total else f"\r{done:,}")
    sys.stderr.flush()


def _machine() -> str:
    model = platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else model}, {len(names) or 1} cores"


def _revision() -> str:
    result = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 - git of the PATH
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout.strip() or "unknown"
