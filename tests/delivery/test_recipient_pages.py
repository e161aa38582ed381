"""What a recipient opens: a link, and the way out. Only a token of this workspace opens it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from delivery import services as delivery
from delivery.models import Hit, Message, Suppression, Unsubscribe
from delivery.tokens import click_token, unsubscribe_token
from profiles.models import Consent, Customer
from profiles.services.consent import set_consent
from tenants.context import scope
from tests.delivery.conftest import launch, make_content, make_customers, make_sender

BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Safari/605.1.15"


@pytest.fixture
def message(acme):
    """A message that was taken an hour ago."""
    with scope(acme.pk):
        make_customers(6)
        launch(make_sender(), make_content(acme))
        Message.objects.update(state="sent")
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE delivery_message SET sent_at = clock_timestamp() - %s", [timedelta(hours=1)]
            )
        return Message.objects.order_by("pk").first()


def url(tenant, message, number: int = 1) -> str:
    return f"/w/{tenant.slug}/c/{click_token(tenant, message.public_id, number)}"


def hits(tenant) -> list[tuple[str, list[str]]]:
    with scope(tenant.pk):
        return list(Hit.objects.order_by("pk").values_list("kind", "signals"))


def visit(address: str, agent: str = BROWSER, method: str = "get", ip: str = "203.0.113.7"):
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=ip)
    return getattr(client, method)(address)


def test_a_persons_click_leads_to_the_product_and_is_kept(acme, message):
    response = visit(url(acme, message))

    assert response.status_code == 302
    assert response.url == "https://tarnfield.example/cascade-4"
    assert hits(acme) == [("human", [])]


def test_the_address_of_the_visitor_is_kept_as_a_keyed_hash_alone(acme, message):
    visit(url(acme, message))
    with scope(acme.pk):
        hit = Hit.objects.get()
    assert len(hit.ip_hash) == 32
    assert "203" not in hit.ip_hash


@pytest.mark.parametrize(
    ("agent", "method", "kind", "signal"),
    [
        (BROWSER, "head", "machine", "head"),
        ("Barracuda Sentinel (EE)", "get", "machine", "scanner_agent"),
        ("python-requests/2.34", "get", "machine", "scanner_agent"),
        ("", "get", "unknown", "no_agent"),
    ],
)
def test_machines_are_told_from_people(acme, message, agent, method, kind, signal):
    visit(url(acme, message), agent, method)
    assert hits(acme) == [(kind, [signal])]


def test_a_click_at_once_after_delivery_is_a_machines(acme, message):
    with scope(acme.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE delivery_message SET sent_at = clock_timestamp()")
    visit(url(acme, message))
    assert hits(acme) == [("machine", ["at_once"])]


def test_many_peoples_links_from_one_address_are_a_filters(acme, message):
    with scope(acme.pk):
        everyone = list(Message.objects.order_by("pk"))
    for one in everyone[:5]:
        visit(url(acme, one))
    assert [kind for kind, _signals in hits(acme)] == ["human"] * 4 + ["machine"]


def test_a_burst_over_all_links_marks_the_first_ones_too(acme, message):
    with scope(acme.pk):
        message.content.links.create(number=3, url="https://tarnfield.example/guide")
    for number in (1, 2, 3):
        visit(url(acme, message, number))
    assert [kind for kind, _signals in hits(acme)] == ["machine"] * 3


def test_who_refused_to_be_measured_is_led_on_and_not_kept(acme, message):
    with scope(acme.pk):
        Customer.objects.update(may_track=False)
    assert visit(url(acme, message)).status_code == 302
    assert hits(acme) == []


def test_a_token_that_is_not_ours_is_no_page(acme, globex, message):
    token = click_token(acme, message.public_id, 1)
    foreign = click_token(globex, message.public_id, 1)
    wrong = [
        f"/w/acme/c/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        f"/w/acme/c/{foreign}",
        f"/w/globex/c/{token}",
        f"/w/globex/c/{foreign}",  # well signed, but the message is not there
        f"/w/acme/c/{click_token(acme, message.public_id, 9)}",
        f"/w/acme/c/{unsubscribe_token(acme, message.public_id)}",
        f"/w/acme/u/{token}",
        f"/w/globex/u/{unsubscribe_token(acme, message.public_id)}",
        "/w/acme/c/x?url=https://evil.example",
    ]
    for address in wrong:
        response = Client().get(address)
        assert response.status_code == 404, address
    assert hits(acme) == []


def test_opening_the_unsubscribe_page_changes_nothing(acme, message):
    address = f"/w/acme/u/{unsubscribe_token(acme, message.public_id)}"

    response = Client().get(address)

    assert response.status_code == 200
    assert b"Get no more mail from Tarnfield?" in response.content
    assert b"pe\xe2\x80\xa2\xe2\x80\xa2\xe2\x80\xa2@example.org" in response.content
    with scope(acme.pk):
        assert not Suppression.objects.exists()
        assert Customer.objects.get(pk=message.customer_id).may_email is True


def test_the_page_says_why_the_mail_came(acme, message):
    with scope(acme.pk):
        set_consent(customer=message.customer, purpose="email", granted=True, source="sign-up form")
    page = Client().get(f"/w/acme/u/{unsubscribe_token(acme, message.public_id)}").content
    assert b"How we know: sign-up form." in page
    assert b"written with the help of AI" in page


def test_one_button_unsubscribes_without_a_password(acme, message):
    address = f"/w/acme/u/{unsubscribe_token(acme, message.public_id)}"

    response = Client(enforce_csrf_checks=True).post(address, follow=True)

    assert b"You are unsubscribed" in response.content
    with scope(acme.pk):
        assert Customer.objects.get(pk=message.customer_id).may_email is False
        assert delivery.is_suppressed(message.address)
        assert Unsubscribe.objects.get().one_click is False
        consent = Consent.objects.get(customer_id=message.customer_id)
        assert (consent.purpose, consent.granted) == ("email", False)


def test_the_mail_programs_button_unsubscribes_and_twice_is_once(acme, message):
    address = f"/w/acme/u/{unsubscribe_token(acme, message.public_id)}"
    client = Client(enforce_csrf_checks=True)

    for _time in range(2):
        response = client.post(address, {"List-Unsubscribe": "One-Click"})
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers

    with scope(acme.pk):
        assert Unsubscribe.objects.get().one_click is True
        assert Suppression.objects.count() == 1
        assert Consent.objects.count() == 1


def test_the_page_speaks_the_language_of_the_mail(acme, message):
    with scope(acme.pk):
        type(message.content).objects.update(language="zh-hans")
    response = Client().get(f"/w/acme/u/{unsubscribe_token(acme, message.public_id)}")
    assert b'lang="zh-Hans"' in response.content
