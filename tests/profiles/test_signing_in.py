"""Visitors who sign in at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from profiles.models import Customer
from profiles.services import identity
from tenants.context import scope
from tenants.models import Tenant


def test_two_who_sign_in_with_the_same_key_at_once_become_one(committed: None) -> None:
    tenant = Tenant.objects.create(slug="acme", name="Acme")
    start = threading.Barrier(4)

    def sign_in(browser: int) -> int:
        try:
            with scope(tenant.pk):
                start.wait()
                return identity.identify(anonymous_id=f"v{browser}", external_id="ann").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(sign_in, range(4)))
    with scope(tenant.pk):
        assert found == {Customer.objects.get(external_id="ann").pk}
