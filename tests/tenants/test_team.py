"""An owner invites, promotes and removes people; a workspace never loses its last owner."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tenants import services
from tenants.context import scope
from tenants.models import AuditEntry, Invitation, Membership, Tenant, User
from tests.conftest import make_user

TEAM = "/w/acme/settings/team/"


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def invitation_path(as_olga: Client, acme: Tenant) -> str:
    """Olga invites Nina as a marketer; the path of the link in the mail."""
    as_olga.post(TEAM, {"email": "Nina@Example.com", "role": "marketer"})
    found = re.search(r"http://[^/]+(/\S+)", mail.outbox[0].body)
    assert found
    return found.group(1)


def test_an_invited_person_joins_with_a_new_account(invitation_path: str, acme: Tenant) -> None:
    client = Client()
    assert "nina@example.com" in client.get(invitation_path).content.decode()
    answer = client.post(invitation_path, {"name": "Nina", "password": "a long good one 7"})
    assert answer.headers["Location"] == "/w/acme/"
    assert client.get("/w/acme/").status_code == 200
    with scope(acme.pk):
        assert Membership.objects.get(user__email="nina@example.com").role == "marketer"


def test_nobody_is_invited_while_the_mail_server_is_away(
    as_olga: Client, acme: Tenant, settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # nobody listens there
    answer = as_olga.post(TEAM, {"email": "nina@example.com", "role": "marketer"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nobody was invited" in page
    assert 'value="nina@example.com"' in page
    with scope(acme.pk):
        assert not Invitation.objects.exists()
        assert not AuditEntry.objects.filter(action="member.invited").exists()


def test_a_weak_password_is_refused_and_nobody_joins(invitation_path: str, acme: Tenant) -> None:
    answer = Client().post(invitation_path, {"name": "Nina", "password": "12345678"})
    assert "too common" in answer.content.decode()
    assert not User.objects.filter(email="nina@example.com").exists()


def test_an_invitation_works_once(invitation_path: str, acme: Tenant) -> None:
    Client().post(invitation_path, {"name": "Nina", "password": "a long good one 7"})
    again = Client().post(invitation_path, {"name": "Eva", "password": "a long good one 7"})
    assert "used or has expired" in again.content.decode()
    with scope(acme.pk):
        assert Membership.objects.count() == 2


def test_an_invitation_is_for_its_address_alone(invitation_path: str, acme: Tenant) -> None:
    answer = sign_in(make_user("Otto")).post(invitation_path)
    assert "is for nina@example.com" in answer.content.decode()
    with scope(acme.pk):
        assert Membership.objects.count() == 1


def test_a_withdrawn_invitation_is_void(
    invitation_path: str, as_olga: Client, acme: Tenant
) -> None:
    with scope(acme.pk):
        public_id = Invitation.objects.get().public_id
    as_olga.post(f"{TEAM}invitations/{public_id}/withdraw/")
    assert "used or has expired" in Client().get(invitation_path).content.decode()


def test_an_owner_changes_a_role(as_olga: Client, acme: Tenant, mark: User) -> None:
    with scope(acme.pk):
        member = Membership.objects.get(user=mark)
    as_olga.post(f"{TEAM}{member.pk}/", {"role": "analyst"})
    with scope(acme.pk):
        assert Membership.objects.get(user=mark).role == "analyst"


def test_the_last_owner_stays(as_olga: Client, acme: Tenant, olga: User) -> None:
    with scope(acme.pk):
        member = Membership.objects.get(user=olga)
    answer = as_olga.post(f"{TEAM}{member.pk}/", {"role": "analyst"}, follow=True)
    assert "A workspace needs an owner" in answer.content.decode()
    as_olga.post(f"{TEAM}{member.pk}/", {"remove": "1"})
    with scope(acme.pk):
        assert Membership.objects.get(user=olga).role == "owner"


def test_a_marketer_sees_the_team_and_changes_nothing(mark: User, acme: Tenant) -> None:
    client = sign_in(mark)
    assert client.get(TEAM).status_code == 200
    answer = client.post(TEAM, {"email": "nina@example.com", "role": "owner"})
    assert answer.status_code == 403
    with scope(acme.pk):
        assert Invitation.objects.count() == 0


def test_an_old_invitation_takes_no_right_from_who_is_in_already(acme: Tenant, olga: User) -> None:
    with scope(acme.pk):
        late = timezone.now() + timedelta(days=1)
        invitation = Invitation.objects.create(
            email=olga.email, role="analyst", token_hash="x", expires_at=late
        )
        services.accept_invitation(invitation=invitation, user=olga)
        assert Membership.objects.get(user=olga).role == "owner"
