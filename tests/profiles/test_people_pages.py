"""Duplicates, lists, reasons and the data settings as a person sees them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from profiles.models import (
    AttributeDefinition,
    Customer,
    CustomerList,
    DataPolicy,
    DuplicatePair,
    Topic,
)
from profiles.services import identity, membership, segments, texts, traits, words
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


def test_duplicates_are_looked_at_merged_and_taken_back(as_olga: Client, in_acme: Tenant) -> None:
    first = Customer.objects.create(external_id="1", phone="+4722334455", first_name="Ann")
    second = Customer.objects.create(external_id="2", phone="004722334455")
    assert as_olga.post("/w/acme/customers/duplicates/").status_code == 302
    pair = DuplicatePair.objects.get()
    page = as_olga.get("/w/acme/customers/duplicates/").content.decode()
    assert "The same phone" in page
    url = f"/w/acme/customers/duplicates/{pair.public_id}/"
    page = as_olga.post(url, {"do": "merge"}, follow=True).content.decode()
    assert list(Customer.objects.all()) == [first]
    assert "Take back" in page
    merged = identity.Merge.objects.get()
    as_olga.post(f"/w/acme/customers/merges/{merged.public_id}/undo/")
    assert list(Customer.objects.order_by("pk")) == [first, second]
    assert as_olga.get(f"/w/acme/customers/{second.public_id}/").status_code == 200


def test_a_customer_is_erased_only_with_the_box_ticked(as_olga: Client, in_acme: Tenant) -> None:
    ann = Customer.objects.create(external_id="ann", first_name="Ann")
    url = f"/w/acme/customers/{ann.public_id}/erase/"
    assert "Tick the box" in as_olga.post(url, follow=True).content.decode()
    ann.refresh_from_db()
    assert ann.first_name == "Ann"
    as_olga.post(url, {"sure": "yes"})
    ann.refresh_from_db()
    assert ann.first_name == ""


def test_a_list_is_made_filled_and_shown(as_olga: Client, in_acme: Tenant) -> None:
    Customer.objects.create(external_id="ann", first_name="Ann", last_name="Lee")
    as_olga.post("/w/acme/lists/", {"name": "Fair"})
    chosen = CustomerList.objects.get()
    url = f"/w/acme/lists/{chosen.public_id}/"
    page = as_olga.post(url, {"keys": "ann, nobody"}, follow=True).content.decode()
    assert "Ann Lee" in page
    assert "nobody" in page
    assert chosen.members.count() == 1
    as_olga.post(url + "delete/")
    assert not CustomerList.objects.exists()


def test_the_person_page_shows_words_persona_and_segments(as_olga: Client, in_acme: Tenant) -> None:
    row = {"kind": "review", "external_id": "ann", "at": timezone.now() - timedelta(days=1)}
    texts.record_texts([row | {"text": "The delivery was slow, but the quality is great."}])
    ann = Customer.objects.get()
    segment = segments.create_segment(name="Everybody", rules={})
    traits.refresh_traits()
    words.refresh_words()
    membership.refresh_members(segment)
    page = as_olga.get(f"/w/acme/customers/{ann.public_id}/").content.decode()
    assert "Has not bought yet. Praises quality. Finds fault with delivery." in page
    assert "The delivery was slow, but the quality is great." in page
    assert "Everybody" in page
    why = as_olga.get(f"/w/acme/segments/{segment.public_id}/why/?customer={ann.public_id}")
    assert "Is in the segment Everybody" in why.content.decode()
    page = as_olga.get(f"/w/acme/segments/{segment.public_id}/").content.decode()
    assert "Last 7 days" in page


def test_data_settings_are_saved_by_owners_only(
    as_olga: Client, client: Client, vic: object, in_acme: Tenant
) -> None:
    url = "/w/acme/settings/data/"
    as_olga.post(url, {"do": "define", "key": "size", "label": "Size", "type": "number"})
    as_olga.post(url, {"do": "add-topic", "name": "Trail", "words": "trail; ultra"})
    as_olga.post(url, {"do": "keep", "events_days": "365", "anonymise_days": ""})
    assert AttributeDefinition.objects.get().type == "number"
    assert Topic.objects.get().words == ["trail", "ultra"]
    assert DataPolicy.objects.get().events_days == 365
    page = as_olga.post(url, {"do": "keep", "events_days": "3"}, follow=True).content.decode()
    assert "30 to 3650" in page
    page = as_olga.post(url, {"do": "add-topic", "name": "Church", "words": "x"}, follow=True)
    assert "never labelled" in page.content.decode()
    client.force_login(vic, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(url).status_code == 200
    assert client.post(url, {"do": "keep", "events_days": "40"}).status_code == 403
    assert DataPolicy.objects.get().events_days == 365
