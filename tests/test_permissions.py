"""Who may do what: every route names an action, and a role without it changes nothing.

The ladder is generated from the routes and from tenants/permissions.py.
"""

import json
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from tenants import services
from tenants.context import scope
from tenants.permissions import ACTIONS, SCOPES, Role, allows
from tests.conftest import make_member
from tests.routes import Route, api_routes, workspace_routes
from tests.stage import API, SIGN_IN, WEB, Stage, acme_rows, ids_of, is_public, on_stage

READS = ("GET", "HEAD", "OPTIONS")


def action_of(route: Route, method: str) -> str:
    name, write = route.view.action, route.view.write_action
    return write if write and method not in READS else name


def scope_of(route: Route, method: str) -> str:
    view = route.view.cls
    if method not in READS:
        wanted = view.write_permission
    else:
        wanted = view.permission
    action = (getattr(route.view, "actions", None) or {}).get(method.lower(), "")
    return getattr(view, "action_permissions", {}).get(action, wanted)


LADDER = [
    pytest.param(route, method, role, id=f"{route.name} {method} {role}")
    for route in WEB
    if hasattr(route.view, "action")
    for method in route.methods
    for role in Role
    if not allows(role, action_of(route, method))
]


@pytest.fixture(scope="module")
def ladder(django_db_setup: None, django_db_blocker) -> Iterator[tuple[Stage, dict[str, Client]]]:
    """The stage, and somebody of each role at Acme."""
    with on_stage(django_db_blocker) as stage:
        clients = {}
        for role in Role:
            clients[role] = Client()
            user = make_member(stage.acme.tenant, f"Person-{role}", role)
            clients[role].force_login(user, backend=SIGN_IN)
        yield stage, clients


@pytest.mark.parametrize("route", workspace_routes(), ids=ids_of(WEB))
def test_every_route_names_an_action(route: Route) -> None:
    if is_public(route):
        return
    assert getattr(route.view, "action", None) in ACTIONS, (
        f"The view of {route.name} names no action. Decorate it with @action (tenants/access.py)."
    )


@pytest.mark.parametrize("route", api_routes(), ids=ids_of(API))
def test_every_endpoint_names_a_scope(route: Route) -> None:
    for method in route.methods:
        assert scope_of(route, method) in SCOPES, (
            f"{route.name} names no scope for {method}. Set permission and write_permission."
        )


@pytest.mark.parametrize(("route", "method", "role"), LADDER)
def test_a_role_without_the_action_is_refused(
    route: Route, method: str, role: Role, ladder: tuple[Stage, dict[str, Client]]
) -> None:
    stage, clients = ladder
    before = acme_rows(stage) if method not in READS else None
    with transaction.atomic():
        response = clients[role].generic(method, route.url("acme", stage.acme))
        assert response.status_code in (403, 405)
        if before is not None:
            assert acme_rows(stage) == before
        transaction.set_rollback(True)


@pytest.mark.parametrize("route", API, ids=ids_of(API))
def test_a_key_without_the_scope_is_refused(
    route: Route, ladder: tuple[Stage, dict[str, Client]]
) -> None:
    stage, _clients = ladder
    for method in route.methods:
        with transaction.atomic():
            others = set(SCOPES) - {scope_of(route, method)}
            with scope(stage.acme.tenant.pk):
                key = services.create_api_key(
                    tenant=stage.acme.tenant, name="Narrow", scopes=others
                )[1]
            before = acme_rows(stage)
            response = Client().generic(
                method,
                route.url("acme", stage.acme),
                json.dumps({}),
                content_type="application/json",
                headers={"Authorization": f"Bearer {key}"},
            )
            assert response.status_code == 403, method
            assert without_use(acme_rows(stage)) == without_use(before)
            transaction.set_rollback(True)


def without_use(rows: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """When a key was last used is noted even if it may not do what was asked."""
    return [row for row in rows if row[0] != "tenants_apikey"]
