"""Administrators look at a workspace's rows, and do with them what services do."""

import pytest
from django.test import Client

from catalogue.models import Offer, Product
from catalogue.services import create_offer
from profiles.models import Customer, Segment, TraitSet
from profiles.services import segments
from tenants.context import scope
from tenants.models import Tenant, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(acme: Tenant) -> Client:
    """An administrator who works in Acme."""
    person = User.objects.create_superuser("root@example.com", "correct horse")
    client = Client()
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["admin_workspace"] = acme.slug
    session.save()
    return client


def act(client: Client, model: str, action: str, *ids: int) -> None:
    data = {"action": action, "_selected_action": ids}
    assert client.post(f"/admin/{model}/", data).status_code == 302


def test_traits_are_computed_and_segments_counted(admin: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        customer = Customer.objects.create(email="ann@example.com", first_name="Ann")
        used = segments.create_segment(name="All", rules={})
        Segment.objects.update(size=None)
    listed = admin.get("/admin/profiles/customer/").content.decode()
    assert "a•••@example.com" in listed
    assert "ann@example.com" not in listed
    act(admin, "profiles/customer", "compute_traits", customer.pk)
    act(admin, "profiles/segment", "count_anew", used.pk)
    with scope(acme.pk):
        assert TraitSet.objects.get().stage == "prospect"
        assert Segment.objects.get().size == 1
    act(admin, "profiles/segment", "delete_unused", used.pk)
    with scope(acme.pk):
        assert not Segment.objects.exists()


def test_products_leave_the_sale_and_offers_are_switched_off(admin: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        product = Product.objects.create(external_id="p", title="Cascade 4")
        offer = create_offer(name="Winter", kind="gift")
    act(admin, "catalogue/product", "take_off_sale", product.pk)
    act(admin, "catalogue/offer", "switch_off", offer.pk)
    with scope(acme.pk):
        assert not Product.objects.get().is_active
        assert not Offer.objects.get().is_active
    assert admin.post(f"/admin/catalogue/product/{product.pk}/delete/").status_code == 403
