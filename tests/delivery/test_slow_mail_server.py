"""A person waits for a slow mail server; no transaction of the database waits with them."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client

from delivery.models import Sender
from delivery.sink import Controller, Sink
from tenants.audit_words import explain_entry
from tenants.context import scope
from tenants.models import AuditEntry, Invitation, Tenant
from tests.conftest import make_member, make_user, make_workspace
from tests.delivery.conftest import make_sender

OTHERS = """SELECT state, query FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"""


@dataclass(kw_only=True)
class Holding(Sink):
    """Takes a mail at once, and says so when it is told to."""

    may_answer: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, *asked: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = await super().handle_DATA(*asked)
        while self.accepted and not self.may_answer.is_set():
            await asyncio.sleep(0.02)
        return answer


@pytest.fixture
def acme(committed: None) -> Tenant:
    acme = make_workspace("acme", make_user("Olga"))
    make_member(acme, "Vic", "analyst")
    return acme


@pytest.fixture
def slow_server() -> Iterator[Controller]:
    with Controller(Holding()) as server:
        yield server


@pytest.fixture
def sender(acme: Tenant, slow_server: Controller) -> Sender:
    with scope(acme.pk):
        return make_sender(port=slow_server.port)


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(username=f"{name}@example.com", password="correct horse")
    return client


def open_transactions() -> list[tuple[str, str]]:
    """Return what other connections of the web's role are at: state and last statement."""
    with connections["default"].cursor() as cursor:
        cursor.execute(OTHERS)
        others = cursor.fetchall()
    assert others, "the request keeps its connection"
    return [row for row in others if row[0] != "idle"]


def meanwhile(server: Controller, post: Callable[[], HttpResponse]) -> tuple[HttpResponse, list]:
    """Return the answer, and what was open while the server had the mail and did not say so."""

    def run() -> HttpResponse:
        try:
            return post()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(run)
        try:
            while not server.sink.accepted and not answer.done():
                time.sleep(0.02)
            found = open_transactions()
            assert not answer.done(), "the server has not said yet that it took the mail"
        finally:
            server.sink.may_answer.set()
        return answer.result(), found


def entries(acme: Tenant) -> list[tuple[str, dict]]:
    with scope(acme.pk):
        rows = AuditEntry.objects.filter(action__startswith="sender.test").order_by("pk")
        return [(row.action, row.data) for row in rows]


def test_a_test_of_a_sender_holds_no_transaction(
    acme: Tenant, sender: Sender, slow_server: Controller
) -> None:
    olga, address = client_of("olga"), f"/w/acme/settings/senders/{sender.public_id}/test/"
    answer, found = meanwhile(slow_server, lambda: olga.post(address, {"to": "olga@example.com"}))
    assert found == []
    assert "The server took the test mail: 250 2.0.0 Kept" in answer.content.decode()
    assert entries(acme) == [("sender.tested", {})]
    with scope(acme.pk):
        assert AuditEntry.objects.get(action="sender.tested").actor_name == "Olga"


@pytest.mark.parametrize(
    ("changes", "to", "words", "code"),
    [
        ({"port": 9}, "olga", "The mail server does not answer. Check server and port", "connect"),
        ({}, "bounce+olga", "It said: 550 5.1.1 No such user here", "bounced"),
        ({}, "refuse+olga", "It said: 554 5.6.0 Content refused", "content"),
    ],
)
def test_a_test_that_fails_is_told_in_words_and_noted(
    acme: Tenant, sender: Sender, changes: dict, to: str, words: str, code: str
) -> None:
    with scope(acme.pk):
        Sender.objects.update(**changes)
    address = f"/w/acme/settings/senders/{sender.public_id}/test/"
    page = client_of("olga").post(address, {"to": f"{to}@example.com"}).content.decode()
    assert "The test failed." in page
    assert words in page
    assert entries(acme) == [("sender.test_failed", {"code": code})]
    with scope(acme.pk):
        assert "test failed" in str(explain_entry(AuditEntry.objects.latest("pk")))


def test_who_may_not_and_what_is_not_there_are_refused_as_ever(
    acme: Tenant, sender: Sender, slow_server: Controller
) -> None:
    """The page of a refusal is made outside a scope too; nobody talks to the server."""
    unknown = "00000000-0000-4000-8000-000000000000"
    wanted = {"to": "olga@example.com"}
    for name, key, status in (("vic", sender.public_id, 403), ("olga", unknown, 404)):
        answer = client_of(name).post(f"/w/acme/settings/senders/{key}/test/", wanted)
        assert answer.status_code == status
        assert "To the start" in answer.content.decode()
    no_address = f"/w/acme/settings/senders/{sender.public_id}/test/"
    assert "valid email" in client_of("olga").post(no_address, {"to": "olga"}).content.decode()
    assert slow_server.sink.accepted == []
    assert entries(acme) == []


def test_an_invitation_holds_no_transaction(
    acme: Tenant, slow_server: Controller, settings: pytest.FixtureRequest
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", slow_server.port
    olga, wanted = client_of("olga"), {"email": "nina@example.com", "role": "marketer"}
    answer, found = meanwhile(slow_server, lambda: olga.post("/w/acme/settings/team/", wanted))
    assert found == []
    assert answer.status_code == 302
    with scope(acme.pk):
        assert Invitation.objects.get().email == "nina@example.com"


def test_a_forgotten_password_holds_no_transaction(
    acme: Tenant, slow_server: Controller, settings: pytest.FixtureRequest
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", slow_server.port
    wanted = {"email": "olga@example.com"}
    answer, found = meanwhile(
        slow_server, lambda: Client().post("/accounts/password/reset/", wanted)
    )
    assert found == []
    assert answer.status_code == 302
