"""Every route of the product, found in the URL resolver."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.samples import ARGUMENTS, NOUNS, World

KWARG = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")
WORKSPACE, API, ADMIN = "w/<slug:workspace>/", "api/v1/", "admin/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Route:
    """A route: its name with the app's (`campaigns:campaign-brief`), pattern, view, arguments."""

    name: str
    pattern: str
    view: Any
    kwargs: tuple[str, ...]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that the view may know. A plain view is asked with both it can have."""
        actions = getattr(self.view, "actions", None)
        if actions:
            return tuple(name.upper() for name in actions if name.upper() in METHODS)
        cls = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        if cls:
            return tuple(name for name in METHODS if hasattr(cls, name.lower()))
        return ("GET", "POST")

    def url(self, workspace: str, world: World) -> str:
        """Return the address in `workspace` that names the rows of `world`."""
        values = {name: self._value(name, workspace, world) for name in self.kwargs}
        return reverse(self.name, kwargs=values)

    def _value(self, kwarg: str, workspace: str, world: World) -> Any:
        if kwarg == "workspace":
            return workspace
        argument = ARGUMENTS.get((self.name, kwarg)) or ARGUMENTS.get(kwarg)
        if argument:
            return argument(world)
        noun = self.noun if kwarg in ("public_id", "pk") else kwarg.removesuffix("_id")
        if noun not in NOUNS:
            raise LookupError(
                f"The route {self.name} ({self.pattern}) has an argument <{kwarg}>. Say in NOUNS "
                "or ARGUMENTS of tests/samples.py which row it means."
            )
        return world.row(NOUNS[noun]).public_id

    @property
    def noun(self) -> str:
        """The longest of the known nouns that the route's name begins with."""
        name = self.name.rpartition(":")[2]
        fitting = [noun for noun in NOUNS if name.removeprefix("api-").startswith(noun)]
        fitting += [noun for noun in NOUNS if name.startswith(noun)]
        return max(fitting, key=len, default="")


def all_routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, "", ""))


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for pattern in patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, (namespace, pattern.namespace)))
            yield from _walk(pattern.url_patterns, text, inner)
        elif isinstance(pattern, URLPattern):
            name = ":".join(filter(None, (namespace, pattern.name)))
            kwargs = tuple(match["name"] for match in KWARG.finditer(text))
            yield Route(name, text, pattern.callback, kwargs)


def workspace_routes() -> list[Route]:
    return [route for route in all_routes() if route.pattern.startswith(WORKSPACE)]


def api_routes() -> list[Route]:
    """The REST endpoints. Format suffixes (`.json`) are the same views again."""
    return [
        route
        for route in all_routes()
        if route.pattern.startswith(API) and "format" not in route.kwargs
    ]


def admin_routes() -> list[Route]:
    return [route for route in all_routes() if route.pattern.startswith(ADMIN)]
