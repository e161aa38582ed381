"""The nightly round refreshes every workspace, each in its own scope."""

import pytest

from profiles.models import Customer, TraitSet
from profiles.services import segments
from profiles.tasks import refresh_all_traits
from tenants.context import scope
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def test_the_nightly_round_reaches_every_workspace(acme: Tenant, globex: Tenant) -> None:
    for tenant in (acme, globex):
        with scope(tenant.pk):
            segments.create_segment(name="All", rules={})
            Customer.objects.create(email="ann@example.com", language="en")
    refresh_all_traits.delay()
    for tenant in (acme, globex):
        with scope(tenant.pk):
            assert TraitSet.objects.get().stage == "prospect"
            assert segments.Segment.objects.get().size == 1
