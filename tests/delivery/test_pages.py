"""Settings › Senders, the suppression list, the messages of a mailing, the demo's mailbox."""

import pytest
from django.test import Client

from delivery import mailbox
from delivery import services as delivery
from delivery.models import Message, Sender, Suppression
from delivery.sending import send_mailing
from delivery.sink import Controller, Sink
from tenants.context import scope
from tenants.models import AuditEntry
from tests.delivery.conftest import launch, make_content, make_customers, make_sender

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SENDER = {
    "name": "Tarnfield",
    "email": "news@tarnfield.example",
    "host": "smtp.example.com",
    "port": 587,
    "security": "starttls",
    "username": "shop",
    "password": "secret words",
    "per_hour": 500,
}


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def sent(acme, settings, tmp_path):
    """A mailing to two people, one of whom is in doubt; its mails are in the mailbox."""
    settings.VAR_DIR = tmp_path
    folder = tmp_path / "mailbox"
    folder.mkdir()
    with scope(acme.pk), Controller(Sink(folder=folder)) as server:
        make_customers(1)
        make_customers(1, external_id="doubt", email="dropdot+1@example.org")
        mailing = launch(make_sender(port=server.port), make_content(acme))
        send_mailing(acme.pk, mailing.pk)
        return mailing


def test_an_owner_adds_a_sender_and_its_password_is_never_shown(acme, as_olga):
    response = as_olga.post("/w/acme/settings/senders/new/", SENDER, follow=True)

    assert response.status_code == 200
    assert b"secret words" not in response.content
    with scope(acme.pk):
        sender = Sender.objects.get()
        assert sender.is_default
        assert sender.password
        assert "secret" not in sender.password
        data = str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert "secret" not in data


def test_saving_without_a_password_keeps_the_one_there_is(acme, as_olga):
    as_olga.post("/w/acme/settings/senders/new/", SENDER)
    with scope(acme.pk):
        before = Sender.objects.get()

    address = f"/w/acme/settings/senders/{before.public_id}/"
    as_olga.post(address, SENDER | {"password": "", "per_hour": 900})

    with scope(acme.pk):
        after = Sender.objects.get()
    assert (after.password, after.per_hour) == (before.password, 900)


@pytest.mark.parametrize(
    ("field", "value"),
    [("host", "smtp.elsewhere.example"), ("port", 2525), ("security", "none"), ("username", "me")],
)
def test_a_kept_password_goes_to_no_other_server(acme, as_olga, field, value):
    as_olga.post("/w/acme/settings/senders/new/", SENDER)
    with scope(acme.pk):
        before = Sender.objects.get()

    address = f"/w/acme/settings/senders/{before.public_id}/"
    answer = as_olga.post(address, SENDER | {"password": "", field: value})

    assert b"Type it again" in answer.content
    with scope(acme.pk):
        assert getattr(Sender.objects.get(), field) == getattr(before, field)
    as_olga.post(address, SENDER | {field: value})
    with scope(acme.pk):
        assert getattr(Sender.objects.get(), field) == value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Tarnfield\r\nBcc: all@example.org"),
        ("name", "real@bank.example"),
        ("host", "smtp.example.com/../"),
        ("email", "no address"),
    ],
)
def test_a_sender_that_could_break_a_header_is_refused(acme, as_olga, field, value):
    response = as_olga.post("/w/acme/settings/senders/new/", SENDER | {field: value})
    assert response.status_code == 200
    with scope(acme.pk):
        assert not Sender.objects.exists()


def test_only_an_owner_sees_senders(acme, mark, eve):
    assert client_of(mark).get("/w/acme/settings/senders/").status_code == 403
    assert client_of(eve).get("/w/acme/settings/senders/").status_code == 404
    assert Client().get("/w/acme/settings/senders/").status_code == 302


def test_a_test_mail_shows_the_servers_answer(acme, as_olga):
    with Controller(Sink()) as server:
        with scope(acme.pk):
            sender = make_sender(port=server.port)
        address = f"/w/acme/settings/senders/{sender.public_id}/test/"

        good = as_olga.post(address, {"to": "olga@example.com"})
        bad = as_olga.post(address, {"to": "bounce+olga@example.com"})

    assert b"250 2.0.0 Kept" in good.content
    assert b"No such user here" in bad.content
    assert len(server.sink.accepted) == 1


def test_a_paused_sender_says_why_and_goes_on_when_told(acme, as_olga):
    from delivery.senders import pause_sender

    with scope(acme.pk):
        sender = make_sender()
        pause_sender(sender, code="auth", answer="535 5.7.8 Bad credentials")
    address = f"/w/acme/settings/senders/{sender.public_id}/"

    assert b"The provider refused the sign-in." in as_olga.get(address).content
    as_olga.post(f"{address}resume/")

    with scope(acme.pk):
        assert Sender.objects.get().state == "ready"


def test_the_suppression_list_finds_an_address_by_its_fingerprint(acme, as_olga):
    as_olga.post("/w/acme/suppressions/", {"address": "Elena@Example.org"})

    assert (
        b"Added by hand" in as_olga.get("/w/acme/suppressions/?address=elena@example.org").content
    )
    page = as_olga.get("/w/acme/suppressions/?address=other@example.org").content
    assert b"other@example.org is not on the list." in page
    with scope(acme.pk):
        assert delivery.is_suppressed("elena@example.org")


def test_taking_an_address_off_the_list_needs_a_reason_and_is_audited(acme, as_olga, vic, eve):
    with scope(acme.pk):
        row = delivery.suppress(address="a@example.org", reason="by_hand")
    address = f"/w/acme/suppressions/{row.public_id}/remove/"

    as_olga.post(address, {"why": " "})
    assert client_of(vic).post(address, {"why": "x"}).status_code == 403
    assert client_of(eve).post(address, {"why": "x"}).status_code == 404
    with scope(acme.pk):
        assert Suppression.objects.count() == 1

    as_olga.post(address, {"why": "She asked for it by phone"})
    with scope(acme.pk):
        assert not Suppression.objects.exists()
        entry = AuditEntry.objects.get(action="suppression.removed")
    assert entry.data["why"] == "She asked for it by phone"


def test_the_messages_of_a_mailing_add_up_and_list_the_doubt(acme, as_olga, sent):
    address = f"/w/acme/mailings/{sent.public_id}/"

    page = as_olga.get(address)
    doubtful = as_olga.get(f"{address}?state=in_doubt")

    assert b"1 message may have arrived." in page.content
    assert b"Elena0" in page.content
    assert doubtful.context["page"].paginator.count == 1


def test_only_who_may_send_decides_about_doubt(acme, as_olga, vic, eve, sent):
    address = f"/w/acme/mailings/{sent.public_id}/doubt/"
    assert client_of(vic).post(address, {"resend": "no"}).status_code == 403
    assert client_of(eve).post(address, {"resend": "no"}).status_code == 404
    with scope(acme.pk):
        assert delivery.open_doubts(sent) == 1

    as_olga.post(address, {"resend": "no"})

    with scope(acme.pk):
        assert delivery.open_doubts(sent) == 0
        assert AuditEntry.objects.filter(action="mailing.doubt_resolved").count() == 1


def test_the_mailbox_shows_what_arrived_in_a_sandbox(acme, as_olga, sent):
    with scope(acme.pk):
        message = Message.objects.get(state="sent")

    page = as_olga.get("/w/acme/mailbox/")
    body = as_olga.get(f"/w/acme/mailbox/{message.public_id}/body/")
    text = as_olga.get(f"/w/acme/mailbox/{message.public_id}/?view=text")

    assert message.address.encode() in page.content
    assert b"Hello Elena0," in body.content
    assert b"Hello Elena0," in text.content
    policy = body.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy


def test_a_test_mail_is_in_the_mailbox_of_its_workspace(acme, as_olga, eve, sent):
    with scope(acme.pk), Controller(Sink(folder=mailbox.folder())) as server:
        sender = sent.sender
        sender.port = server.port
        delivery.test_sender(sender, to="olga@example.com")
        (key,) = mailbox.read_tests(acme.pk)

    page = as_olga.get("/w/acme/mailbox/").content
    mail = as_olga.get(f"/w/acme/mailbox/tests/{key}/?view=text").content

    assert f"/w/acme/mailbox/tests/{key}/".encode() in page
    assert b"It works." in mail
    assert client_of(eve).get(f"/w/globex/mailbox/tests/{key}/").status_code == 404


def test_a_mailbox_holds_the_mail_of_its_own_workspace_alone(acme, eve, sent):
    with scope(acme.pk):
        message = Message.objects.get(state="sent")
        assert mailbox.read_mail(message)
    client = client_of(eve)
    assert client.get(f"/w/globex/mailbox/{message.public_id}/body/").status_code == 404
    assert client.get(f"/w/globex/mailbox/{message.public_id}/").status_code == 404
    assert message.address.encode() not in client.get("/w/globex/mailbox/").content


def test_without_the_demo_there_is_no_mailbox(acme, as_olga, settings):
    settings.DEMO_MAILBOX = False
    assert as_olga.get("/w/acme/mailbox/").status_code == 404
