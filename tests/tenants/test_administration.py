"""Administrators act in one chosen workspace at a time, and the choice is on record."""

import re
from html.parser import HTMLParser

import pytest
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from profiles.models import Customer
from tenants.context import scope
from tenants.models import SystemAuditEntry, Tenant, User
from tests.samples import tenant_models
from tests.stage import SIGN_IN

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_admin() -> Client:
    client = Client()
    person = User.objects.create_superuser("admin@example.com", "correct horse")
    client.force_login(person, backend=SIGN_IN)
    return client


@pytest.fixture
def ann(acme: Tenant) -> Customer:
    with scope(acme.pk):
        return Customer.objects.create(email="ann@example.com", first_name="Ann")


def test_without_a_choice_the_administrator_is_asked_for_one(
    as_admin: Client, ann: Customer
) -> None:
    response = as_admin.get(reverse("admin:tenants_membership_changelist"), follow=True)
    assert response.redirect_chain[0][0].startswith(reverse("admin-workspace"))
    assert "Acme" in response.content.decode()


def test_the_choice_opens_one_workspace_and_is_on_record(
    as_admin: Client, acme: Tenant, globex: Tenant
) -> None:
    members = reverse("admin:tenants_membership_changelist")
    response = as_admin.post(
        reverse("admin-workspace"), {"workspace": "acme", "next": members}, follow=True
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert "Olga" in page
    assert "eve@example.com" not in page
    entry = SystemAuditEntry.objects.get(action="admin.workspace_chosen")
    assert entry.data == {"slug": "acme"}
    assert entry.actor.email == "admin@example.com"


def test_the_next_page_is_never_a_stranger_s(as_admin: Client, acme: Tenant) -> None:
    response = as_admin.post(
        reverse("admin-workspace"), {"workspace": "acme", "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == reverse("admin:index")


def test_a_member_is_no_administrator(as_olga: Client) -> None:
    response = as_olga.post(reverse("admin-workspace"), {"workspace": "acme"})
    assert response.status_code == 302
    assert "/login/" in response.headers["Location"]
    assert "admin_workspace" not in as_olga.session


def test_every_model_can_be_administered() -> None:
    missing = [
        model._meta.label for model in tenant_models() if not admin.site.is_registered(model)
    ]
    assert not missing, f"Register in the room's admin.py: {missing}"


def test_every_column_and_filter_has_a_name_in_chinese() -> None:
    request = RequestFactory().get("/admin/")
    with translation.override("zh-hans"):
        names = {
            (model._meta.label, str(column)): str(label_for_field(column, model, site))
            for model, site in admin.site._registry.items()
            for column in (
                *site.get_list_display(request),
                *(one for one in site.list_filter if isinstance(one, str) and "__" not in one),
            )
        }
    assert {column: name for column, name in names.items() if name.isascii()} == {
        ("catalogue.ProductVariant", "sku"): "SKU",
        ("profiles.OrderLine", "sku"): "SKU",
    }


NAMES = {"API", "Acme", "English", "ID", "OpenAI", "SKU", "TOTP", "WebAuthn", "acme", "esc"}
"""What is called so in Chinese too, and the workspace that is chosen."""


class Words(HTMLParser):
    """The Latin words of a page that are no data, no code and no name of an icon."""

    SILENT = ("code", "script", "style", "svg", "td", "textarea")
    SPOKEN = ("aria-label", "placeholder", "title")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.silent: list[str] = []
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in self.SILENT or "material-symbols" in (values.get("class") or ""):
            self.silent.append(tag)
        elif not self.silent:
            self._read(*(values.get(name) or "" for name in self.SPOKEN))

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self._read(data)

    def _read(self, *texts: str) -> None:
        """Codes and addresses, which have a dot or an at sign within, are no words."""
        words = {word for text in texts for word in re.findall(r"[A-Za-z][\w.@’']+", text)}
        self.found |= {word for word in words if not re.search(r"\w[.@]\w", word)}


def test_every_list_and_form_is_chinese_but_for_a_few_names(as_admin: Client, acme: Tenant) -> None:
    as_admin.post(reverse("admin-workspace"), {"workspace": "acme"})
    urls = {reverse("admin:index"), reverse("admin-workspace")}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls |= {reverse(f"{name}_changelist"), reverse(f"{name}_add")}
        urls.add(reverse("admin:app_list", args=[model._meta.app_label]))
    foreign = {}
    for url in sorted(urls):
        answer = as_admin.get(url, headers={"Accept-Language": "zh-hans"})
        assert answer.status_code in (200, 403)
        foreign[url] = Words(answer.text).found - NAMES
    assert {url: words for url, words in foreign.items() if words} == {}


def test_a_form_for_a_new_row_shows_no_value_that_the_database_will_give(
    as_admin: Client, acme: Tenant
) -> None:
    as_admin.post(reverse("admin-workspace"), {"workspace": "acme"})
    for name in ("tenant", "membership"):
        page = as_admin.get(reverse(f"admin:tenants_{name}_add")).text
        assert "DatabaseDefault" not in page
    rows = as_admin.get(reverse("admin:tenants_tenant_change", args=[acme.pk])).text
    assert str(acme.public_id) in rows


def test_the_audit_log_is_read_in_words(as_admin: Client, acme: Tenant) -> None:
    page = as_admin.post(
        reverse("admin-workspace"),
        {"workspace": "acme", "next": reverse("admin:tenants_systemauditentry_changelist")},
        follow=True,
    ).content.decode()
    assert "Administrator · chose a workspace" in page
    assert ">admin.workspace_chosen<" not in page
