"""The stage of every test: two workspaces that must never meet.

At Acme: Olga owns, Mark makes campaigns, Rita reviews, Vic only looks. At Globex: Eve owns.
`scoped` work runs as in production: under the app's role, inside `scope(tenant.pk)`.
"""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from hypothesis import settings as hypothesis

from marketing_platform import embedded
from tenants import services
from tenants.context import scope
from tenants.models import Tenant, User
from tenants.permissions import SCOPES, Role

hypothesis.register_profile("same", derandomize=True)
hypothesis.load_profile("same")  # the same examples in every run; `default` draws new ones

KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission")


@pytest.fixture(scope="session")
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey of the test suite, unless DATABASE_URL names others."""
    if not embedded.needed():
        yield
        return
    with embedded.services(settings.VAR_DIR):
        yield


@pytest.fixture(scope="session")
def django_db_setup(servers: None, django_db_blocker) -> Iterator[None]:
    """Create the test database as the owner; then serve from it as the app's role."""
    with django_db_blocker.unblock():
        created = setup_databases(
            verbosity=0, interactive=False, aliases=["owner"], serialized_aliases=[]
        )
        name = connections["owner"].settings_dict["NAME"]
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name
        settings.DATABASES["default"]["NAME"] = name
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        teardown_databases(created, verbosity=0)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """For tests of other processes and threads: what is written is committed, and wiped after."""
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        with connections["owner"].cursor() as cursor:
            names = connections["owner"].introspection.table_names(cursor)
            tables = ", ".join(f'"{name}"' for name in names if name not in KEPT_TABLES)
            cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        connections["owner"].close()


def make_user(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@example.com", "correct horse", name=name)


def make_workspace(slug: str, owner: User, **fields: str) -> Tenant:
    return services.create_workspace(name=slug.title(), slug=slug, owner=owner, **fields)


@pytest.fixture
def olga(db: None) -> User:
    return make_user("Olga")


@pytest.fixture
def acme(olga: User) -> Tenant:
    return make_workspace("acme", olga)


@pytest.fixture
def globex(db: None) -> Tenant:
    return make_workspace("globex", make_user("Eve"))


@pytest.fixture
def eve(globex: Tenant) -> User:
    return User.objects.get(email="eve@example.com")


def make_member(tenant: Tenant, name: str, role: str) -> User:
    with scope(tenant.pk):
        return services.add_member(user=make_user(name), role=role).user


@pytest.fixture
def mark(acme: Tenant) -> User:
    return make_member(acme, "Mark", Role.MARKETER)


@pytest.fixture
def rita(acme: Tenant) -> User:
    return make_member(acme, "Rita", Role.REVIEWER)


@pytest.fixture
def vic(acme: Tenant) -> User:
    return make_member(acme, "Vic", Role.ANALYST)


@pytest.fixture
def in_acme(acme: Tenant) -> Iterator[Tenant]:
    """Everything in the test runs in Acme's scope."""
    with scope(acme.pk):
        yield acme


@pytest.fixture
def as_olga(olga: User, acme: Tenant) -> Client:
    client = Client()
    client.force_login(olga, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def api_key(acme: Tenant) -> str:
    """A key of Acme that may do everything."""
    with scope(acme.pk):
        return services.create_api_key(tenant=acme, name="Shop", scopes=SCOPES)[1]
