"""The workspace's own settings, its API keys, and one's own account."""

import re

import pytest
from django.conf import settings
from django.test import Client

from tenants import services
from tenants.audit import Actor, acting, record
from tenants.audit_words import explain_entry, name_action
from tenants.context import scope
from tenants.models import ApiKey, AuditEntry, Tenant, User
from tests.tenants.test_team import sign_in

pytestmark = pytest.mark.django_db


def test_an_owner_changes_the_workspace(as_olga: Client, acme: Tenant) -> None:
    as_olga.post(
        "/w/acme/settings/",
        {
            "name": "Acme Outdoor",
            "language": "en",
            "timezone": "Europe/Berlin",
            "currency": "eur",
            "postal_address": "1 Main Street",
        },
    )
    acme.refresh_from_db()
    assert (acme.name, acme.timezone, acme.currency) == ("Acme Outdoor", "Europe/Berlin", "EUR")
    with scope(acme.pk):
        assert AuditEntry.objects.get(action="workspace.changed").actor_name == "Olga"


def test_a_currency_that_is_none_is_refused(as_olga: Client, acme: Tenant) -> None:
    answer = as_olga.post(
        "/w/acme/settings/",
        {"name": "Acme", "language": "en", "timezone": "UTC", "currency": "1€"},
    )
    assert "three letters of a currency" in answer.content.decode()
    acme.refresh_from_db()
    assert acme.currency == "USD"


def test_a_marketer_may_not_change_the_workspace(mark: User, acme: Tenant) -> None:
    answer = sign_in(mark).post("/w/acme/settings/", {"name": "Mine"})
    assert answer.status_code == 403
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_a_new_key_is_shown_once_and_works_until_revoked(as_olga: Client, acme: Tenant) -> None:
    path = "/w/acme/settings/api-keys/"
    page = as_olga.post(path, {"name": "Shop", "scopes": ["customers:read"], "days": "365"})
    found = re.search(r"mp_acme_[\w-]{40,}", page.content.decode())
    assert found
    key = found.group(0)
    assert key not in as_olga.get(path).content.decode()
    headers = {"Authorization": f"Bearer {key}"}
    assert Client().get("/api/v1/customers/", headers=headers).status_code == 200
    with scope(acme.pk):
        row = ApiKey.objects.get()
    assert key not in (row.key_hash, row.prefix)
    as_olga.post(f"{path}{row.public_id}/revoke/")
    assert Client().get("/api/v1/customers/", headers=headers).status_code == 401


def test_a_key_without_the_scope_is_refused(as_olga: Client, acme: Tenant) -> None:
    path = "/w/acme/settings/api-keys/"
    page = as_olga.post(path, {"name": "Shop", "scopes": ["segments:read"], "days": "90"})
    key = re.search(r"mp_acme_[\w-]{40,}", page.content.decode()).group(0)
    answer = Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "not_allowed"


def test_a_person_chooses_their_language(mark: User, acme: Tenant) -> None:
    client = sign_in(mark)
    answer = client.post(
        "/w/acme/settings/account/language/",
        {"language": "zh-hans", "next": "/w/acme/settings/team/"},
    )
    assert answer.headers["Location"] == "/w/acme/settings/team/"
    assert 'lang="zh-Hans"' in client.get("/w/acme/settings/team/").content.decode()


def test_the_language_button_leads_nowhere_else(mark: User, acme: Tenant) -> None:
    answer = sign_in(mark).post(
        "/w/acme/settings/account/language/", {"language": "en", "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/w/acme/"


def test_the_name_of_a_workspace_is_one_line(as_olga: Client, acme: Tenant) -> None:
    form = {"language": "en", "timezone": "UTC", "currency": "EUR", "postal_address": "1 Main St"}
    as_olga.post("/w/acme/settings/", form | {"name": "Acme\r\nBcc: all@example.org"})
    acme.refresh_from_db()
    assert acme.name == "Acme Bcc: all@example.org"


def test_a_key_works_where_the_address_has_an_underscore(olga: User) -> None:
    tenant = services.create_workspace(name="Shop", slug="my_shop", owner=olga)
    with scope(tenant.pk):
        _row, key = services.create_api_key(tenant=tenant, name="Shop", scopes=["customers:read"])
    answer = Client().get("/api/v1/customers/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


def test_the_audit_log_is_read_in_words(as_olga: Client, acme: Tenant) -> None:
    as_olga.post(
        "/w/acme/settings/api-keys/", {"name": "Shop", "scopes": ["customers:read"], "days": "365"}
    )
    page = as_olga.get("/w/acme/settings/audit-log/").content.decode()
    assert "API key · created" in page
    assert "scopes: customers:read" in page
    with scope(acme.pk):
        key = str(ApiKey.objects.get().public_id)
    assert f'title="apikey {key}"' in page
    assert f">{key}<" not in page


def test_everything_that_is_noted_has_words() -> None:
    noted = {
        action
        for path in settings.BASE_DIR.rglob("*.py")
        if path.relative_to(settings.BASE_DIR).parts[0] in layers()
        for action in re.findall(r'record(?:_system)?\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text())
    }
    assert len(noted) > 70
    assert {action for action in noted if name_action(action) == action} == set()


def test_the_details_of_the_audit_log_are_read_in_words(acme: Tenant) -> None:
    with scope(acme.pk), acting(Actor("recipient")):
        line = explain_entry(record("consent.set", granted=False, purpose="profiling", why="role"))
    assert line.who == "a recipient"
    assert line.details == [("agreed", "no"), ("purpose", "profile"), ("why", "role")]


def layers() -> set[str]:
    """The rooms: the folders of the project that are Django apps."""
    return {path.parent.name for path in settings.BASE_DIR.glob("*/apps.py")}
