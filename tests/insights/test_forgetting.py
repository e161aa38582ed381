"""Who is erased is gone from every table of every room, and reports keep their numbers."""

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.utils import timezone

from campaigns.models import AudienceMember, Campaign, MicroSegment
from delivery.leaving import unsubscribe
from delivery.models import Hit, Message, Suppression, Unsubscribe
from insights.services import campaign_results
from profiles.models import Customer, Event, Import, Merge, RejectedRow
from profiles.services import (
    attributes,
    customers,
    events,
    identity,
    import_runs,
    imports,
    lists,
    membership,
    privacy,
    segments,
    texts,
    traits,
)
from profiles.services.forgetting import deleted_rows, kept_rows
from profiles.services.words import refresh_words
from tenants.models import Tenant
from tests.profiles.files import bring

pytestmark = pytest.mark.django_db
MARK = "zqmarker"
FILE = f"email,city\n{MARK}@example.com,{MARK}ville\nnot-an-address,Oslo\n"


def about_a_person() -> set[type[models.Model]]:
    """All models that a key, or a key of a key, ties to a customer."""
    found: set[type[models.Model]] = {Customer}
    while True:
        more = {
            model
            for model in apps.get_models()
            for field in model._meta.concrete_fields
            if field.is_relation and field.related_model in found and model not in found
        }
        if not more:
            return found - {Customer}
        found |= more


def test_every_model_about_a_customer_says_what_becomes_of_it() -> None:
    """A new one with a key to Customer is deleted from; one step further it must say so."""
    deleted = {model for model, _name in deleted_rows()}
    kept = {model for model, _rule in kept_rows()}
    gone = set(deleted)
    for model in about_a_person() - deleted - kept:
        parents = {f.related_model for f in model._meta.concrete_fields if f.is_relation}
        assert parents & gone, f"{model._meta.label} leads to a customer: give it on_forget."
    for model, rule in kept_rows():
        assert rule.why
        names = {field.name for field in model._meta.concrete_fields}
        assert set(rule.blank) <= names


@pytest.fixture
def ann(in_acme: Tenant, sent: Any) -> Customer:
    """Somebody of whom there is a trace in every room."""
    stage = sent(days_ago=3)
    row = {
        "external_id": f"{MARK}-1", "email": f"{MARK}@example.com", "first_name": f"{MARK}a",
        "last_name": f"{MARK}b", "phone": "+4712345678", "city": f"{MARK}ville", "country": "NO",
        "may_email": True, "may_profile": True, "may_write": True,
        "attributes": {"shoe": f"{MARK}shoe"},
    }  # fmt: skip
    attributes.define(key="shoe", label="Shoe", type="text")
    customers.upsert_customers([row])
    ann = Customer.objects.get(external_id=f"{MARK}-1")
    _let_live(ann)
    AudienceMember.objects.create(
        campaign=stage.campaign,
        customer=ann,
        micro_segment=_group_of_one(stage.campaign),
        place="recipient",
        variant="reason",
    )
    stage._send([ann], {"detail": f"250 OK {MARK}@example.com"})
    message = Message.objects.get(customer=ann)
    Hit.objects.create(
        message=message, link=stage.link, at=timezone.now(), kind="human", method="GET",
        user_agent=f"Mozilla {MARK}", ip_hash=f"{MARK}hash",
    )  # fmt: skip
    stage.people(3)
    return ann


def _let_live(ann: Customer) -> None:
    did = {"external_id": ann.external_id, "at": timezone.now() - timedelta(days=1)}
    events.record_events([did | {"name": "product_viewed", "properties": {"said": MARK}}])
    said = f"Great quality and fast delivery, says {MARK}."
    texts.record_texts([did | {"kind": "review", "text": said}])
    order = {"order_id": "1", "external_id": ann.external_id, "placed_at": did["at"], "total": 20}
    customers.upsert_orders([order])
    rules = {"field": "customer.attributes.shoe", "op": "is", "value": f"{MARK}shoe"}
    segment = segments.create_segment(name="Shoe", rules={"any": [rules]})
    membership.refresh_members(segment)
    segment.rules = {}  # the marketer's own words, not the customer's
    segment.save()
    lists.add_segment(lists.create_list(name="Hand-picked"), segment)
    twin = Customer.objects.create(email=f"{MARK}.twin@example.com", first_name=f"{MARK}twin")
    identity.merge(kept=ann, dropped=twin)
    traits.refresh_traits([ann.pk])
    refresh_words([ann.pk])
    other = Customer.objects.create(external_id="other", phone="+4712345678")
    identity.find_duplicates()
    assert other.pk
    _let_a_row_be_rejected()


def _let_a_row_be_rejected() -> None:
    text = f"email,may_email\n{MARK}@example.com,perhaps\n"
    bring("customers", text, {"email": "email", "may_email": "may_email"})


def _group_of_one(campaign: Campaign) -> MicroSegment:
    return MicroSegment.objects.create(
        campaign=campaign, facts_hash="one", facts={"interest": f"{MARK}shoes"}, detail=5,
        language="en", size=1,
    )  # fmt: skip


def tables_that_hold(text: str) -> dict[str, int]:
    """Look through every row of every table of the database."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables"
            " WHERE schemaname = 'public'"
        )
        for (table,) in cursor.fetchall():
            look = f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s"  # noqa: S608
            cursor.execute(look, [f"%{text}%"])
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


def test_nothing_of_an_erased_person_is_left_in_the_database(ann: Customer) -> None:
    before = tables_that_hold(MARK)
    assert {
        "public.profiles_customer", "public.profiles_event", "public.profiles_wordtrait",
        "public.profiles_attributevalue", "public.profiles_rejectedrow",
        "public.profiles_merge", "public.delivery_message", "public.delivery_hit",
        "public.campaigns_microsegment",
    } <= set(before)  # fmt: skip
    count = campaign_results(Campaign.objects.get()).recipients

    privacy.erase(ann)

    assert tables_that_hold(MARK) == {}
    assert campaign_results(Campaign.objects.get()).recipients == count
    assert Message.objects.count() == 4
    assert not Event.objects.filter(customer=ann).exists()
    assert not Merge.objects.exists()


def test_who_is_made_anonymous_leaves_as_little(ann: Customer) -> None:
    long_ago = timezone.now() - timedelta(days=400)
    with connection.cursor() as cursor:
        for change in (
            "UPDATE profiles_customer SET created_at = %s, updated_at = %s",
            "UPDATE profiles_order SET placed_at = %s, created_at = %s",
        ):
            cursor.execute(change, [long_ago, long_ago])
    Event.objects.all().update(at=timezone.now() - timedelta(days=2))
    privacy.save_policy(events_days=None, anonymise_days=365)
    assert privacy.apply_policy(at=timezone.now() + timedelta(days=500))[1] >= 1
    assert tables_that_hold(MARK) == {}


def test_an_erased_person_can_still_leave_through_an_old_message(ann: Customer) -> None:
    message = Message.objects.get(customer=ann)
    privacy.erase(ann)
    message.refresh_from_db()
    unsubscribe(message, one_click=True)
    assert Unsubscribe.objects.filter(message=message).exists()
    assert not Suppression.objects.exists()


def test_what_files_leave_behind_goes(in_acme: Tenant, tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    _let_a_row_be_rejected()
    left = imports.start_import(
        kind="customers", file=io.BytesIO(FILE.encode()), file_name="never.csv"
    )
    path = import_runs.path_of(left)
    assert RejectedRow.objects.count() == 1
    assert privacy.drop_leftovers() == (0, 0)
    assert path.exists()
    assert "sample" in Import.objects.get(pk=left.pk).options
    assert "sample" not in Import.objects.get(state="done").options
    later = timezone.now() + timedelta(days=91)
    assert privacy.drop_leftovers(at=later) == (1, 1)
    assert not path.exists()
    assert not RejectedRow.objects.exists()
    left.refresh_from_db()
    assert (left.state, left.error) == ("failed", "The file is gone. Upload it again.")
    assert Import.objects.filter(rejected=1).exists()
    assert privacy.drop_leftovers(at=later) == (0, 0)


def test_erased_people_are_in_no_segment(in_acme: Tenant) -> None:
    ann, bob = (Customer.objects.create(external_id=uuid.uuid4().hex) for _ in range(2))
    privacy.erase(ann)
    assert segments.count({}) == 1
    assert segments.reach({}).everybody == 1
    assert segments.sample({}) == [bob]
