"""Typed readers of environment variables that fail loudly and name the variable.

A variable `NAME` may also be given as `NAME_FILE`, the path of a file that holds the value, so
that secrets need not stand in the environment. `docs/settings.md` lists every variable; a test
compares that list with the calls below in `settings.py`.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """Return the value of `name`, of the file `name_FILE` names, or the default.

    Raises ImproperlyConfigured if there is none of them: a missing value stops the start.
    """
    if name in os.environ:
        return os.environ[name]
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names {path}: cannot read it.") from error
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see docs/settings.md).")
    return default


def flag(name: str, default: bool) -> bool:
    value = text(name, "on" if default else "off").strip().lower()
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Write on or off.")


def integer(name: str, default: int, *, low: int = 0) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}. Write a whole number.") from None
    if number < low:
        raise ImproperlyConfigured(f"{name} is {number}. Write a number from {low} up.")
    return number


def choice(name: str, default: str, options: Sequence[str]) -> str:
    """Return the variable, which must be one of `options`. Raises ImproperlyConfigured."""
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {value!r}.")
    return value


def words(name: str, default: str = "") -> list[str]:
    """Return a comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(name: str, default: str) -> dict[str, object]:
    """Return a Django database entry for `postgresql://user:password@host:port/name?option=…`.

    A socket folder stands in the option `host`, as libpq has it: `postgresql://app@/db?host=/run`.
    """
    value = text(name, default)
    url = urlsplit(value)
    if url.scheme not in ("postgresql", "postgres"):
        raise ImproperlyConfigured(f"{name} must begin with postgresql://.")
    options = {key: values[-1] for key, values in parse_qs(url.query).items()}
    return {
        "ENGINE": "tenants.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", unquote(url.hostname or "")),
        "PORT": str(url.port or ""),
        "OPTIONS": options,
    }
