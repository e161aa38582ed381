"""Customers are found, looked at with evidence, and their answers are noted."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from catalogue.models import Product
from profiles.models import Consent, Customer, Event, Order
from profiles.services import slots, traits
from profiles.services.consent import set_consent
from profiles.timeline import read_timeline
from tenants.context import scope
from tenants.models import AuditEntry, Tenant, User
from tests.queries import at_most_queries

pytestmark = pytest.mark.django_db
LIST = "/w/acme/customers/"


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def elena(acme: Tenant) -> Customer:
    with scope(acme.pk):
        return Customer.objects.create(
            external_id="1001",
            email="elena.marsh@example.com",
            first_name="Elena",
            last_name="Marsh",
            language="en",
            timezone="America/Los_Angeles",
            city="Portland",
            may_email=True,
            attributes={"size": "8"},
        )


@pytest.fixture
def page(elena: Customer) -> str:
    return f"{LIST}{elena.public_id}/"


def make_past(customer: Customer, orders: int = 3, events: int = 3) -> Product:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT profiles_ensure_event_partitions(current_date - 400, current_date + 1)"
        )
    shoe = Product.objects.create(external_id="p1", title="Cascade 4", category="Trail shoes")
    now = timezone.now()
    for number in range(orders):
        row = Order.objects.create(
            customer=customer,
            external_id=f"o{number}",
            placed_at=now - timedelta(days=30 * number + 1),
            total=110,
            currency="USD",
        )
        row.lines.create(
            tenant_id=row.tenant_id,
            line_key=uuid.uuid4(),
            product=shoe,
            quantity=1,
            unit_price=110,
        )
    Event.objects.bulk_create(
        Event(
            customer=customer,
            event_id=uuid.uuid4(),
            name="product_viewed",
            at=now - timedelta(hours=number + 1),
            product=shoe,
        )
        for number in range(events)
    )
    return shoe


@pytest.mark.parametrize(
    "query", ["elena.m", "Elena.Marsh@example.com", "1001", "elena", "Mar", "elena mar"]
)
def test_a_customer_is_found(as_olga: Client, elena: Customer, acme: Tenant, query: str) -> None:
    with scope(acme.pk):
        Customer.objects.create(external_id="1002", first_name="Samuel", last_name="Obi")
    text = as_olga.get(LIST, {"q": query}).content.decode()
    assert "Elena Marsh" in text
    assert "Samuel" not in text
    assert "elena.marsh@" not in text.replace(f'value="{query}"', "")  # masked


def test_a_chinese_name_is_found(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Customer.objects.create(external_id="7", last_name="林", first_name="晓雯")
    for query in ("林晓", "晓雯", "林"):
        assert "晓雯" in as_olga.get(LIST, {"q": query}).content.decode()


def test_filters_narrow_the_list(as_olga: Client, elena: Customer, acme: Tenant) -> None:
    with scope(acme.pk):
        make_past(elena)
        Customer.objects.create(external_id="1002", first_name="Samuel", language="zh-CN")
        traits.refresh_traits()
    for query in (
        {"stage": "active"},
        {"language": "en"},
        {"consent": "yes"},
        {"category": "Trail shoes"},
    ):
        text = as_olga.get(LIST, query).content.decode()
        assert ("Elena" in text, "Samuel" in text) == (True, False), query
    text = as_olga.get(LIST, {"consent": "unknown", "language": "zh-hans"}).content.decode()
    assert ("Elena" in text, "Samuel" in text) == (False, True)
    assert "Nobody matches" in as_olga.get(LIST, {"stage": "loyal"}).content.decode()
    assert as_olga.get(LIST, {"q": "a\x00b", "after": "nonsense"}).status_code == 200


def test_pages_follow_each_other_and_cost_few_queries(as_olga: Client, acme: Tenant) -> None:
    with scope(acme.pk):
        Customer.objects.bulk_create(Customer(external_id=f"n{n:03}") for n in range(120))
        traits.refresh_traits()
        ids = [
            str(row) for row in Customer.objects.order_by("-pk").values_list("public_id", flat=True)
        ]
    seen: list[str] = []
    path = LIST
    for _ in range(3):
        with at_most_queries(12):
            answer = as_olga.get(path)
        shown = [str(row.public_id) for row in answer.context["page"].rows]
        seen += shown
        path = f"{LIST}?after={answer.context['page'].next}"
    assert seen == ids
    assert answer.context["page"].next == ""
    back = as_olga.get(f"{LIST}?before={answer.context['page'].previous}").context["page"]
    assert [str(row.public_id) for row in back.rows] == ids[50:100]


def test_the_page_shows_traits_with_their_evidence(
    as_olga: Client, elena: Customer, page: str, acme: Tenant
) -> None:
    with scope(acme.pk):
        make_past(elena)
        traits.refresh_traits()
    with at_most_queries(20):
        text = as_olga.get(page).content.decode()
    assert "3 of 3 orders, 3 of 3 product views" in text
    assert "Ordered Cascade 4" in text
    assert "$330.00" in text
    assert "elena.m•••@example.com" in text
    assert "elena.marsh@example.com" not in text


def test_the_timeline_goes_on_where_it_stopped(elena: Customer, acme: Tenant) -> None:
    with scope(acme.pk):
        make_past(elena, orders=20, events=55)
        Event.objects.update(at=timezone.now().replace(microsecond=0))  # all at one moment
        seen, cursor = [], ""
        for _ in range(4):
            part = read_timeline(elena, cursor=cursor)
            seen += part.entries
            cursor = part.next
            if not cursor:
                break
        assert len(seen) == 75
        assert [entry.at for entry in seen] == sorted((e.at for e in seen), reverse=True)
        assert sum(entry.is_order for entry in seen) == 20
        assert len(read_timeline(elena, show="orders").entries) == 20
        for nonsense in ("x", "====", "\u00e9", "MXwyfDM"):
            assert len(read_timeline(elena, cursor=nonsense).entries) == 30


def test_the_next_part_of_the_timeline_is_a_fragment(
    as_olga: Client, elena: Customer, page: str, acme: Tenant
) -> None:
    with scope(acme.pk):
        make_past(elena, orders=0, events=40)
        cursor = read_timeline(elena).next
    text = as_olga.get(page, {"cursor": cursor}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert text.count(">Viewed Cascade 4<") == 10


def test_the_address_is_shown_to_those_who_edit_and_noted(
    as_olga: Client, vic: User, page: str, acme: Tenant
) -> None:
    answer = as_olga.post(f"{page}email/", headers={"HX-Request": "true"})
    assert "elena.marsh@example.com" in answer.content.decode()
    assert sign_in(vic).post(f"{page}email/").status_code == 403
    assert as_olga.get(f"{page}email/").status_code == 405
    with scope(acme.pk):
        assert AuditEntry.objects.filter(action="customer.email_shown").count() == 1


def test_an_answer_is_noted_with_how_we_know(
    as_olga: Client, elena: Customer, page: str, acme: Tenant
) -> None:
    with scope(acme.pk):
        make_past(elena)
        traits.refresh_traits()
    form = {"purpose": "profiling", "granted": "no", "source": "by phone"}
    assert as_olga.post(f"{page}consent/", form | {"source": ""}).status_code == 302
    with scope(acme.pk):
        assert not Consent.objects.exists()  # not without a source
    as_olga.post(f"{page}consent/", form)
    with scope(acme.pk):
        elena.refresh_from_db()
        assert elena.may_profile is False
        assert Consent.objects.get().source == "by phone"
    text = as_olga.get(page).content.decode()
    assert "refused a profile" in text
    assert "product views" not in text


def test_the_newest_answer_counts(elena: Customer, acme: Tenant) -> None:
    now = timezone.now()
    with scope(acme.pk):
        set_consent(customer=elena, purpose="email", granted=False, source="link", at=now)
        earlier = now - timedelta(days=9)
        set_consent(customer=elena, purpose="email", granted=True, source="form", at=earlier)
        elena.refresh_from_db()
        assert elena.may_email is False
        assert Consent.objects.count() == 2


def test_only_those_who_agreed_read_what_they_did(elena: Customer, acme: Tenant) -> None:
    with scope(acme.pk):
        shoe = make_past(elena)
        shoe.translations = {"zh-hans": {"title": "瀑布 4", "category": "越野鞋"}}
        shoe.save()
        traits.refresh_traits()
        assert slots.slot_values(elena, "en") == {"customer.first_name": "Elena"}
        for purpose in ("profiling", "writing"):
            set_consent(customer=elena, purpose=purpose, granted=True, source="form")
        assert slots.slot_values(elena, "en") == {
            "customer.first_name": "Elena",
            "customer.last_product": "Cascade 4",
            "customer.interest": "Trail shoes",
        }
        nobody = Customer.objects.create(external_id="2")
        with at_most_queries(1):
            both = slots.bulk_slot_values([elena.pk, nobody.pk], "zh-hans")
        assert both[elena.pk]["customer.last_product"] == "瀑布 4"
        assert both[elena.pk]["customer.interest"] == "越野鞋"
        assert both[nobody.pk] == {}


def test_who_may_see_a_customer(page: str, vic: User, eve: User, acme: Tenant) -> None:
    assert sign_in(vic).get(page).status_code == 200
    assert sign_in(vic).get(LIST).status_code == 200
    form = {"purpose": "email", "granted": "yes", "source": "x"}
    assert sign_in(vic).post(f"{page}consent/", form).status_code == 403
    for path in (page, page.replace("acme", "globex"), LIST):
        assert sign_in(eve).get(path).status_code == 404
    assert Client().get(page).status_code == 302
    with scope(acme.pk):
        assert not Consent.objects.exists()


def test_people_are_named_in_the_order_of_their_script_or_by_their_number() -> None:
    elena = Customer(first_name="Elena", last_name="Moreau", email="elena@example.com")
    min_ = Customer(first_name="敏", last_name="傅")
    nameless = Customer(external_id="18260", email="c18260@example.com")

    assert [one.label for one in (elena, min_, nameless)] == ["Elena Moreau", "傅敏", "18260"]
    assert [one.initials for one in (elena, min_, nameless)] == ["EM", "傅", "•"]
