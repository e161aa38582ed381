"""Tenant data is reached inside a scope only, and only the tenant's own."""

import pytest
from django.db import connection

from profiles.models import Customer
from tenants.context import scope
from tenants.errors import NoTenant
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def test_without_a_scope_the_manager_refuses() -> None:
    with pytest.raises(NoTenant):
        Customer.objects.count()


def test_each_workspace_sees_its_own_customers(acme: Tenant, globex: Tenant) -> None:
    with scope(acme.pk):
        Customer.objects.create(email="ann@example.com")
    with scope(globex.pk):
        assert Customer.objects.count() == 0
        assert Customer._base_manager.count() == 0  # PostgreSQL hides them too


def test_a_nested_scope_gives_the_outer_one_back(acme: Tenant, globex: Tenant) -> None:
    with scope(acme.pk):
        with scope(globex.pk):
            Customer.objects.create(email="gus@example.com")
        assert Customer._base_manager.count() == 0


def test_the_setting_ends_with_the_scope(acme: Tenant) -> None:
    with scope(acme.pk):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        assert cursor.fetchone() == ("",)
