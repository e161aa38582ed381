"""Two workspaces never meet: every route, method, model and task is tried with foreign ids.

The cases are generated. What is new is tried by itself; where the walk cannot guess, the test
says what to add to tests/samples.py. Who meets whom stands in tests/stage.py.
"""

import contextlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from tenants.context import scope
from tenants.errors import NoTenant
from tenants.models import Tenant, User
from tenants.postgresql.base import POLICY
from tenants.tasks import SystemTask, TenantTask
from tests.routes import Route, admin_routes
from tests.samples import CACHE_KEYS, NEEDS_MORE, OURS, TASKS, tenant_models
from tests.stage import (
    API,
    CANARY,
    SIGN_IN,
    WEB,
    Stage,
    acme_rows,
    body_of,
    ids_of,
    is_public,
    on_stage,
)

SHARED = {
    "tenants.Tenant": "the list of workspaces itself",
    "tenants.User": "a person may belong to several workspaces; memberships are the tenant's",
    "tenants.SystemAuditEntry": "what belongs to no workspace",
}
SAME_FOR_EVERYBODY = {
    "profiles:import-template": "an empty file with the columns of a kind",
    "tenants:invitation-accept": "tells every unknown token that it is used or has expired",
}
ADMIN = [
    route for route in admin_routes() if hasattr(route.view, "model_admin") and ":" in route.name
]


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker) -> Iterator[Stage]:
    with on_stage(django_db_blocker) as stage:
        yield stage


@pytest.fixture
def undone(stage: Stage) -> Iterator[None]:
    """What the test does is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# Web


@pytest.mark.parametrize("route", WEB, ids=ids_of(WEB))
def test_a_foreign_workspace_is_not_there(route: Route, stage: Stage, undone: None) -> None:
    if is_public(route):
        pytest.skip("A recipient opens it without signing in; see the test of tokens.")
    before = acme_rows(stage)
    for method in route.methods:
        url = route.url("acme", stage.acme)
        response = stage.as_eve.generic(method, url)
        assert response.status_code == 404, f"{method} {url}"
        assert CANARY not in body_of(response)
    assert acme_rows(stage) == before


@pytest.mark.parametrize("route", WEB, ids=ids_of(WEB))
def test_foreign_ids_do_not_exist_in_the_own_workspace(
    route: Route, stage: Stage, undone: None
) -> None:
    before = acme_rows(stage)
    url = route.url("globex", stage.acme)
    names_a_row = len(route.kwargs) > 1
    for method in route.methods:
        data = stage.foreign_fields() if method == "POST" else {}
        ask = stage.as_eve.post if method == "POST" else stage.as_eve.get
        with transaction.atomic():
            response = ask(url, data)
            transaction.set_rollback(True)
        assert response.status_code < 500, f"{method} {url}"
        if names_a_row and route.name not in SAME_FOR_EVERYBODY:
            assert response.status_code in (404, 405), f"{method} {url}"
        assert CANARY not in body_of(response)
    assert acme_rows(stage) == before


@pytest.mark.parametrize("route", WEB, ids=ids_of(WEB))
def test_the_own_ids_exist(route: Route, stage: Stage, undone: None) -> None:
    """So that a 404 above means isolation, not a broken route."""
    url = route.url("acme", stage.acme)
    for method in route.methods:
        with transaction.atomic():
            response = stage.as_olga.generic(method, url)
            body_of(response)
            transaction.set_rollback(True)
        needs_more = method == "POST" and route.name in NEEDS_MORE
        assert needs_more or response.status_code != 404, f"{method} {url}"
        assert response.status_code < 500, f"{method} {url}"


@pytest.mark.parametrize("route", WEB, ids=ids_of(WEB))
def test_a_stranger_is_asked_to_sign_in(route: Route, stage: Stage, undone: None) -> None:
    if is_public(route):
        pytest.skip("A recipient opens it without signing in.")
    before = acme_rows(stage)
    for method in route.methods:
        response = Client().generic(method, route.url("acme", stage.acme))
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("account_login"))
    assert acme_rows(stage) == before


# REST API


@pytest.mark.parametrize("route", API, ids=ids_of(API))
def test_a_foreign_key_finds_nothing(route: Route, stage: Stage, undone: None) -> None:
    before = acme_rows(stage)
    url = route.url("globex", stage.acme)
    client = Client()
    for method in route.methods:
        with transaction.atomic():
            response = client.generic(
                method,
                url,
                json.dumps(stage.foreign_fields()) if method in ("POST", "PUT", "PATCH") else "",
                content_type="application/json",
                headers={"Authorization": f"Bearer {stage.globex_key}"},
            )
            transaction.set_rollback(True)
        assert response.status_code < 500, f"{method} {url}"
        if route.kwargs:
            assert response.status_code in (404, 405), f"{method} {url}"
        assert CANARY not in body_of(response)
    assert acme_rows(stage) == before


@pytest.mark.parametrize("route", API, ids=ids_of(API))
def test_the_own_key_finds_its_rows(route: Route, stage: Stage, undone: None) -> None:
    url = route.url("acme", stage.acme)
    client = Client()
    for method in route.methods:
        with transaction.atomic():
            response = client.generic(
                method,
                url,
                "{}",
                content_type="application/json",
                headers={"Authorization": f"Bearer {stage.acme_key}"},
            )
            transaction.set_rollback(True)
        assert response.status_code != 404, f"{method} {url}"
        assert response.status_code < 500, f"{method} {url}"


@pytest.mark.parametrize("route", API, ids=ids_of(API))
@pytest.mark.parametrize("key", ["", "mp_acme_12345678_wrong", "mp_nobody_1_2"])
def test_a_wrong_key_is_refused(route: Route, key: str, stage: Stage, undone: None) -> None:
    before = acme_rows(stage)
    for method in route.methods:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        response = Client().generic(method, route.url("acme", stage.acme), headers=headers)
        assert response.status_code == 401
    assert acme_rows(stage) == before


# Administration


@pytest.mark.parametrize("route", ADMIN, ids=ids_of(ADMIN))
def test_an_administrator_sees_the_chosen_workspace_only(
    route: Route, stage: Stage, undone: None
) -> None:
    model = route.view.model_admin.model
    if model not in tenant_models():
        pytest.skip("The model belongs to no workspace.")
    client = _administrator(stage.globex.tenant)
    before = acme_rows(stage)
    url = reverse(
        route.name, kwargs={name: stage.acme.row(model._meta.label).pk for name in route.kwargs}
    )
    for ask in (client.get, client.post):
        response = ask(url)
        if route.kwargs:
            assert response.status_code in (302, 403, 404, 405), url
        assert response.status_code < 500, url
        assert CANARY not in body_of(response)
    assert acme_rows(stage) == before


def _administrator(tenant: Tenant) -> Client:
    admin = User.objects.create_superuser("admin@example.com", "correct horse")
    client = Client()
    client.force_login(admin, backend=SIGN_IN)
    session = client.session
    session["admin_workspace"] = tenant.slug
    session.save()
    return client


# Models and tables


def test_every_model_belongs_to_a_workspace_or_says_why_not() -> None:
    from django.apps import apps

    models = {m._meta.label for m in apps.get_models() if m._meta.app_label in OURS}
    unknown = models - {model._meta.label for model in tenant_models()} - set(SHARED)
    assert not unknown, (
        f"{sorted(unknown)} has no tenant. Derive it from TenantModel, or say in SHARED of "
        "tests/test_isolation.py why every workspace may see it."
    )


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_no_manager_answers_without_a_workspace(model, stage: Stage) -> None:
    manager = model._default_manager
    questions = [
        manager.all, manager.count, manager.exists, manager.first, manager.values,
        lambda: manager.filter(pk=1), lambda: manager.exclude(pk=1), lambda: manager.get(pk=1),
        lambda: manager.bulk_create([]), lambda: manager.update(), manager.in_bulk,
    ]  # fmt: skip
    for ask in questions:
        with pytest.raises(NoTenant):
            ask()


@pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
def test_each_workspace_has_a_row_of_its_own(model, stage: Stage) -> None:
    """The same names and addresses in both: uniqueness never reaches across."""
    label = model._meta.label
    with scope(stage.globex.tenant.pk):
        assert not model._base_manager.filter(pk=stage.acme.row(label).pk).exists()
        assert model._base_manager.filter(pk=stage.globex.row(label).pk).exists()


def test_every_table_is_protected(stage: Stage) -> None:
    """Tables with a tenant: forced row level security and one bare equality, both ways."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity,
                   (SELECT array_agg(pg_get_expr(p.polqual, c.oid) || '|' ||
                       coalesce(pg_get_expr(p.polwithcheck, c.oid), 'as USING'))
                    FROM pg_policy p WHERE p.polrelid = c.oid)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE a.attname = 'tenant_id' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
            """
        )
        tables = cursor.fetchall()
    assert {model._meta.db_table for model in tenant_models()} <= {name for name, _, _ in tables}
    for name, forced, policies in tables:
        assert forced, f"{name} has no forced row level security."
        assert len(policies) == 1, f"{name} has {len(policies)} policies."
        for half in policies[0].split("|"):
            assert half == "as USING" or _plain(half) == _plain(POLICY), name


def _plain(expression: str) -> str:
    for word in ("(", ")", " ", "::text", "::bigint"):
        expression = expression.replace(word, "")
    return expression.lower()


def test_every_foreign_key_names_the_tenant(stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT conrelid::regclass || '.' || conname FROM pg_constraint k
            WHERE contype = 'f' AND cardinality(conkey) = 1
              AND EXISTS (SELECT 1 FROM pg_attribute
                          WHERE attrelid = k.conrelid AND attname = 'tenant_id')
              AND EXISTS (SELECT 1 FROM pg_attribute
                          WHERE attrelid = k.confrelid AND attname = 'tenant_id')
            """
        )
        assert cursor.fetchall() == []


def test_every_unique_index_begins_with_the_tenant(stage: Stage) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT i.indexrelid::regclass::text FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attname = 'tenant_id'
            WHERE i.indisunique AND NOT i.indisprimary AND i.indkey[0] <> a.attnum
            """
        )
        assert cursor.fetchall() == []


def test_the_app_may_create_nothing(stage: Stage) -> None:
    """The role that serves is no superuser, bypasses nothing, owns nothing, creates nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,"
            " has_schema_privilege(current_user, 'public', 'CREATE'),"
            " has_table_privilege(current_user, 'tenants_auditentry', 'UPDATE, DELETE')"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False,) * 6


# Tasks


def our_tasks() -> list[str]:
    current_app.loader.import_default_modules()
    return sorted(name for name in current_app.tasks if name.partition(".")[0] in OURS)


@pytest.mark.parametrize("name", our_tasks())
def test_every_task_says_for_whom_it_works(name: str) -> None:
    task = current_app.tasks[name]
    assert isinstance(task, TenantTask | SystemTask), (
        f"{name} is a plain Celery task. Give it base=TenantTask, SteppedTenantTask or SystemTask."
    )
    if isinstance(task, TenantTask):
        assert next(iter(inspect.signature(task.run).parameters)) == "tenant_id"
    assert name in TASKS, f"Say in TASKS of tests/samples.py with which arguments {name} is tried."


@pytest.mark.parametrize("name", our_tasks())
def test_a_task_of_another_workspace_changes_nothing(name: str, stage: Stage, undone: None) -> None:
    task = current_app.tasks[name]
    if isinstance(task, SystemTask):
        pytest.skip("It works for no workspace.")
    before = acme_rows(stage)
    arguments = TASKS[name](stage.acme)
    for _ in range(2):
        # It may refuse foreign ids with an error; what counts is that nothing changed.
        with contextlib.suppress(Exception), transaction.atomic():
            task(stage.globex.tenant.pk, *arguments)
    assert acme_rows(stage) == before


# Cache


def test_every_use_of_the_cache_says_how_its_keys_keep_workspaces_apart() -> None:
    """The cache knows no row level security: a key must not be the same in two workspaces."""
    users = {
        str(path.relative_to(settings.BASE_DIR))
        for room in OURS
        for path in (Path(settings.BASE_DIR) / room).rglob("*.py")
        if "django.core.cache import" in path.read_text(encoding="utf-8")
    }
    assert users == set(CACHE_KEYS), (
        "Say in CACHE_KEYS of tests/samples.py how the keys of these keep workspaces apart: "
        f"{sorted(users ^ set(CACHE_KEYS))}"
    )


def test_a_header_names_no_workspace(stage: Stage, undone: None) -> None:
    """Only the address or the key says for which workspace a request is."""
    names = ("X-Tenant", "X-Workspace", "X-Tenant-Id", "Tenant")
    headers = dict.fromkeys(names, "acme")
    with transaction.atomic():
        web = stage.as_eve.get("/w/globex/customers/", headers=headers)
        api = Client().get(
            "/api/v1/customers/", headers={**headers, "Authorization": f"Bearer {stage.globex_key}"}
        )
        transaction.set_rollback(True)
    for response in (web, api):
        assert response.status_code == 200
        assert CANARY not in body_of(response)


def test_a_key_that_names_another_workspace_is_no_key(stage: Stage, undone: None) -> None:
    forged = stage.globex_key.replace("mp_globex_", "mp_acme_")
    response = Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {forged}"})
    assert response.status_code == 401
