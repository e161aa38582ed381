"""Signing in: failed tries are counted for one account from one place; administrators too."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from axes.models import AccessAttempt
from django.core.cache import cache
from django.test import Client

from tenants.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def counted(settings):
    settings.AXES_ENABLED = True
    settings.ACCOUNT_RATE_LIMITS = False
    cache.clear()
    yield
    cache.clear()


def sign_in(email: str, password: str, *, client: Client | None = None, **headers: str):
    data = {"login": email, "password": password}
    return (client or Client()).post("/accounts/login/", data, **headers)


def test_mistakes_lock_the_account_that_was_tried_and_no_other(olga: User, mark: User) -> None:
    for _try in range(10):
        sign_in("Olga@example.com", "wrong")
    attempt = AccessAttempt.objects.get()
    assert (attempt.username, attempt.failures_since_start) == ("olga@example.com", 10)
    assert sign_in("olga@example.com", PASSWORD).status_code == 429
    assert sign_in("mark@example.com", PASSWORD).status_code == 302


def test_behind_a_proxy_the_visitor_is_who_the_proxy_names(olga: User, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    sign_in("olga@example.com", "wrong", HTTP_X_FORWARDED_FOR="10.9.9.9, 203.0.113.7")
    assert AccessAttempt.objects.get().ip_address == "203.0.113.7"


def test_without_a_proxy_a_forged_header_is_not_believed(olga: User) -> None:
    sign_in("olga@example.com", "wrong", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert AccessAttempt.objects.get().ip_address == "127.0.0.1"


def test_an_administrator_cannot_pass_by_the_second_factor(olga: User) -> None:
    olga.is_staff = olga.is_superuser = True
    olga.save()
    TOTP.activate(olga, generate_totp_secret())
    client = Client()
    answer = client.post("/admin/login/", {"username": olga.email, "password": PASSWORD})
    assert answer.url.startswith("/accounts/login/")
    assert client.get("/admin/").status_code == 302
    answer = sign_in(olga.email, PASSWORD, client=client)
    assert answer.url.startswith("/accounts/2fa/")


def test_nobody_takes_the_address_of_somebody_else(mark: User) -> None:
    client = Client()
    client.force_login(mark, backend="allauth.account.auth_backends.AuthenticationBackend")
    client.post("/accounts/email/", {"action_add": "", "email": "boss@victim.example"})
    client.post("/accounts/email/", {"action_primary": "", "email": "boss@victim.example"})
    mark.refresh_from_db()
    assert mark.email == "mark@example.com"
    assert not mark.emailaddress_set.filter(email="boss@victim.example").exists()
